"""When a fact holds, and how well it is attested."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any


class Confidence(IntEnum):
    """How well a fact is attested: LOW is a guess, HIGH a dated capture or Microsoft's own text."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Days in which a rule, reply or limit holds: `since` included, `until` excluded.

    Where the day of a change is not known, both ends of the span are: `last_seen` of what was
    before it, `first_seen` of what came. What holds on a day between them is a guess.
    """

    since: date | None = None
    until: date | None = None
    first_seen: date | None = None
    last_seen: date | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Period":
        """Of a row of data, under these names."""
        said = (row.get(key) for key in ("since", "until", "first_seen", "last_seen"))
        return cls(*said)

    def holds(self, day: date) -> bool:
        after_start = self.since is None or day >= self.since
        return after_start and (self.until is None or day < self.until)

    def sure(self, day: date) -> bool:
        """Whether a day, on which this holds, lies outside the spans in which it may have begun
        or ended."""
        begun = self.first_seen is None or day >= self.first_seen
        return begun and (self.last_seen is None or day <= self.last_seen)


ALWAYS = Period()
