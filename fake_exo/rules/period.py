"""When a fact holds, and how well it is attested."""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum


class Confidence(IntEnum):
    """How well a fact is attested: LOW is a guess, HIGH a dated capture or Microsoft's own text."""

    LOW = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Period:
    """Days in which a rule, reply or limit holds: `since` included, `until` excluded."""

    since: date | None = None
    until: date | None = None

    def holds(self, day: date) -> bool:
        after_start = self.since is None or day >= self.since
        return after_start and (self.until is None or day < self.until)


ALWAYS = Period()
