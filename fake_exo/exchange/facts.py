"""All a rule may look at, and the shape of a rule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import NamedTuple

from fake_exo.exchange.attribution import Attributed
from fake_exo.exchange.directory import Directory
from fake_exo.exchange.reputation import Reputation
from fake_exo.exchange.service import Service
from fake_exo.exchange.usage import Usage
from fake_exo.kernel.endpoint import Trait
from fake_exo.mail.message import Judgement
from fake_exo.rules.period import ALWAYS, Confidence, Period
from fake_exo.smtp.command import Command, MessageFacts
from fake_exo.smtp.session import Session
from fake_exo.smtp.stage import Stage


@dataclass(frozen=True, slots=True)
class Env:
    """The world as a rule sees it, in one snapshot."""

    directory: Directory
    reputation: Reputation
    service: Service
    usage: Usage


class Facts(NamedTuple):
    """One question to the rules. `attribution` at RCPT and MESSAGE of the MX endpoint only."""

    stage: Stage
    command: Command
    session: Session
    env: Env
    now: float
    day: date  # of `now`
    attribution: Attributed | None = None
    message: MessageFacts | None = None
    judgement: Judgement | None = None  # of anonymous mail at MESSAGE

    def limit(self, id_: str) -> float | None:
        return self.env.service.limits.number(id_, self.day)


def day_of(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


class After(Enum):
    """What happens to the connection after the reply."""

    KEEP = "keep"
    CLOSE = "close"
    CLOSE_IF_PIPELINED = "close-if-pipelined"  # the client had already sent more


# Where a rule holds: at every endpoint that has all these traits.
ALL: frozenset[Trait] = frozenset()
SIGNS_IN = frozenset({Trait.SIGNS_IN})
SUBMISSION = frozenset({Trait.COUNTS_SUBMISSION})
MX = frozenset({Trait.ATTRIBUTES})
HVE = frozenset({Trait.ENTERPRISE_ONLY})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy. Rows of a stage are tried in page order; the first match answers."""

    id: str
    stage: Stage
    on: frozenset[Trait]
    when: Callable[[Facts], bool]
    reply: str  # key in the catalogue
    why: str
    fix: str = ""
    evidence: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH
    active: Period = ALWAYS
    switch: str | None = None
    after: After = After.KEEP


def always(facts: Facts) -> bool:
    """The last row of every stage: what is said when nothing is wrong."""
    return True
