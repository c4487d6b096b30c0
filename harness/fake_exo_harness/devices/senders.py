"""Addresses that a device composes: templates with its settings filled in."""

import re
from collections.abc import Iterator, Mapping, Sequence

from fake_exo_harness.devices.profile import Composed, Profile

OF_REPLIES = ("reply", "code", "enhanced", "text", "stage")
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


def templates(profile: Profile) -> Iterator[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """Every other text that is filled in: the way to it, the text, what it may name."""
    settings = tuple(profile.settings)
    of_mail = (*settings, *OF_JOBS, "subject", "date", "number", "total")
    yield ("hello", "name"), profile.hello.name, settings
    yield ("auth", "user"), profile.auth.user, (*settings, "user_name")
    for key in ("subject", "text", "attachment"):
        yield ("data", key), getattr(profile.data, key), of_mail
    for name, text in profile.data.headers.items():
        yield ("data", "headers", name), text, of_mail
    for stage, text in profile.messages.items():
        yield ("messages", stage), text, OF_REPLIES


def choices(profile: Profile) -> tuple[Composed, ...]:
    """All that senders and names are made from."""
    found = profile.envelope
    return (*found.mail_from, *found.header_from, *found.display_name, *found.reply_to)


def read_settings(profile: Profile) -> set[str]:
    """The settings that something here reads: the device itself, or what its profile composes."""
    named = {n for each in choices(profile) for n in (*placeholders(each.use), *each.when)}
    named |= {name for _, text, _ in templates(profile) for name in placeholders(text)}
    return {*_READ, *named}


_READ = (
    "smtp_server", "secondary_server", "port", "ssl_port", "tls", "authentication", "user_name",
    "password", "token", "mechanism", "hello_name", "verify_certificate", "timeout",
    "max_mail_size", "binary_division", "divided_mail_size",
)  # fmt: skip
