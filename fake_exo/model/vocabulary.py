"""The words of the service: endpoints, stages, confidence, and the period in which a fact holds."""

from dataclasses import dataclass
from datetime import date
from enum import Enum, IntEnum


class Endpoint(Enum):
    """A service, not a port: submission answers on 587 and 25 alike."""

    SUBMISSION = "submission"
    MX = "mx"
    HVE = "hve"


class Stage(IntEnum):
    """Where in the dialogue a decision falls. An IntEnum, because rule tables are indexed by it."""

    CONNECT = 0
    HELLO = 1
    STARTTLS = 2
    AUTH = 3
    MAIL = 4
    RCPT = 5
    DATA = 6
    CHUNK = 7
    MESSAGE = 8
    OTHER = 9

    @property
    def label(self) -> str:
        return self.name.lower()


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
