"""The kinds of value that several words of the language take."""

from collections.abc import Sequence

from fake_exo_harness.scenario import values
from fake_exo_harness.scenario.nodes import many, one
from fake_exo_harness.scenario.problems import nearest

TEXT, BOOL, INT = one(values.text), one(values.boolean), one(values.integer)
NUMBER = one(values.number)
IP = one(values.ip)
ADDRESS, DOMAIN, DURATION, SIZE = (
    one(values.address),
    one(values.domain),
    one(values.duration),
    one(values.size),
)
TEXTS = many(TEXT, or_one=True)
WORDS = many(TEXT)


def _positive(raw: str) -> int:
    value = values.integer(raw)
    if value < 1:
        raise ValueError("counting begins at 1")
    return value


COUNT = one(_positive)


def known(raw: str, valid: Sequence[str], what: str) -> str:
    """The word itself. Raises ValueError with the nearest when it is none of the valid."""
    if raw not in valid:
        raise ValueError(f"no {what} is named so; {nearest(raw, valid)}")
    return raw
