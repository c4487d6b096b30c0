"""The shape of a rule, whatever service it belongs to and whatever it looks at."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Generic, TypeVar

from fake_exo.kernel.endpoint import Trait
from fake_exo.rules.period import ALWAYS, Confidence, Period

F = TypeVar("F")  # the facts that a service's rules look at


class After(Enum):
    """What happens to the connection after the reply."""

    KEEP = "keep"
    CLOSE = "close"
    CLOSE_IF_PIPELINED = "close-if-pipelined"  # the client had already sent more


@dataclass(frozen=True, slots=True)
class Rule(Generic[F]):
    """One row of a policy. Rows of a stage are tried in page order; the first match answers.

    It holds at every endpoint that has all traits of `on`, on the days of `active`, while its
    `switch` is on.
    """

    id: str
    stage: IntEnum
    on: frozenset[Trait]
    when: Callable[[F], bool]
    reply: str  # key in the catalogue
    why: str
    fix: str = ""
    evidence: tuple[str, ...] = ()
    confidence: Confidence = Confidence.HIGH
    active: Period = ALWAYS
    switch: str | None = None
    after: After = After.KEEP


def always(facts: object) -> bool:
    """The last row of every stage: what is said when nothing is wrong."""
    return True
