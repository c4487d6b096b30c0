"""Faults of the name service that a scenario asks for: what a resolver may meet on a bad day.

Decided per question; whose turn it is, the run counts. The wire and the memory driver apply them
alike: a rcode, an empty answer, silence, a late answer, a truncated one that TCP does not complete.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fake_exo.dns.domain import fold
from fake_exo.dns.records import Answer
from fake_exo.kernel.schedule import Schedule, Turns

RCODES = {"nxdomain": "NXDOMAIN", "servfail": "SERVFAIL", "refused": "REFUSED"}
KINDS = (*RCODES, "empty", "silent", "slow", "truncated", "formerr-on-edns", "wrong-id")
UNANSWERED = "(none)"  # stands in the query log where an rcode would


@dataclass(frozen=True, slots=True)
class DnsFault:
    """`name`: a name, `*.zone` or `*`; `type` a mnemonic or `*`. The first `skip` questions are
    answered rightly, then `times` are not (None: all), by `chance` (0 to 1, seeded). `seconds`:
    how late a slow answer is.

    Raises ValueError for a kind that is none of `KINDS`.
    """

    name: str
    does: str
    type: str = "*"
    times: int | None = None
    skip: int = 0
    seconds: float = 0.0
    chance: float = 1.0

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.skip, self.times, self.chance)

    def __post_init__(self) -> None:
        if self.does not in KINDS:
            raise ValueError(f"no DNS fault is named {self.does}; valid are: {', '.join(KINDS)}")

    def covers(self, name: str, type_: str) -> bool:
        wanted, asked = fold(self.name).rstrip("."), fold(name).rstrip(".")
        fits = wanted in ("*", asked) or (wanted[:2] == "*." and asked.endswith(wanted[1:]))
        return fits and self.type in ("*", type_)


class DnsFaults:
    """The faults of one world, each with its turn."""

    def __init__(self, faults: Iterable[DnsFault] = (), turns: Turns | None = None) -> None:
        self.inject(faults, turns or Turns())

    def inject(self, faults: Iterable[DnsFault], turns: Turns) -> None:
        """These from now on, in place of those before."""
        self._faults = tuple((fault, turns.turn(fault.schedule)) for fault in faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def turn(self, name: str, type_: str) -> DnsFault | None:
        """The first fault that covers the question and whose turn it is."""
        found = (f for f, turn in self._faults if f.covers(name, type_) and turn.due())
        return next(found, None)


def faulty(answer: Answer, fault: DnsFault) -> Answer:
    """The answer as the fault makes it; those that change no answer leave it."""
    if fault.does in RCODES:
        return Answer(RCODES[fault.does], authoritative=False)
    if fault.does == "empty":
        return Answer("NOERROR", True)
    return answer
