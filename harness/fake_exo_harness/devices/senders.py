"""Addresses that a device composes: templates with its settings filled in."""

import re
from collections.abc import Mapping, Sequence

from fake_exo_harness.devices.profile import Composed

OF_JOBS = ("user", "host", "domain")  # placeholders beside the settings
_PLACEHOLDER = re.compile(r"\{([a-z_0-9]+)\}")


def placeholders(text: str) -> list[str]:
    return _PLACEHOLDER.findall(text)


def composed(choices: Sequence[Composed], values: Mapping[str, str]) -> str:
    """The first that holds and has nothing empty in it; "" when none has."""
    for each in choices:
        holds = all(values.get(name, "") == wanted for name, wanted in each.when.items())
        if holds and all(values.get(name) for name in placeholders(each.use)):
            return filled(each.use, values)
    return ""


def filled(text: str, values: Mapping[str, str]) -> str:
    """Known placeholders replaced; what is no placeholder stays as it is."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
