"""The kinds of value that several words of the language take."""

from collections.abc import Sequence

from fake_exo_harness.forms import values
from fake_exo_harness.forms.nodes import many, one
from fake_exo_harness.forms.problems import nearest

TEXT, LINE, BOOL = one(values.text), one(values.line), one(values.boolean)
INT = one(values.integer)
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


def _many(raw: str) -> int:
    value = _positive(raw)
    if value > MOST:
        raise ValueError(f"no rehearsal needs more than {MOST:,}")
    return value


def _not_negative(raw: str) -> int:
    value = values.integer(raw)
    if value < 0:
        raise ValueError("less than nothing is never there")
    return value


def _limit(raw: str) -> float:
    value = values.number(raw)
    if value < 0:
        raise ValueError("a limit is not negative")
    return value


MOST = 100_000  # of what one scenario may have or do
COUNT, MANY, NUMBER_OF = one(_positive), one(_many), one(_not_negative)
LIMIT = one(_limit)


def known(raw: str, valid: Sequence[str], what: str) -> str:
    """The word itself. Raises ValueError with the nearest when it is none of the valid."""
    if raw not in valid:
        raise ValueError(f"no {what} is named so; {nearest(raw, valid)}")
    return raw
