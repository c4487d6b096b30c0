"""Several devices at one moment: each does one thing before anybody does the next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from fake_exo import World
from fake_exo.drive import ClientLink, Dialogue, Wait

T = TypeVar("T")


class Part(NamedTuple, Generic[T]):
    """One device's dialogue, its public address, and whose doing it is (see `Ledger`)."""

    dialogue: Dialogue[T]
    public_ip: str
    cause: int


class Played(NamedTuple, Generic[T]):
    """What a dialogue returned, and when it had come to its end."""

    value: T
    ended: float


@dataclass(slots=True)
class _Player(Generic[T]):
    """A dialogue on its link. `wait` and `due`: what it waits for; `result`: of its last action."""

    dialogue: Dialogue[T]
    link: ClientLink
    result: Any = None
    wait: Wait | None = None
    due: float = 0.0
    played: Played[T] | None = None

    def ready(self, now: float) -> bool:
        """Whether it can act; what it has waited for is its result then."""
        if self.played is not None:
            return False
        if self.wait is None:
            return True
        heard = self.link.heard() if self.wait.listening else None
        if heard is None and now < self.due:
            return False
        self.result = self.wait.otherwise if heard is None else heard
        self.wait = None
        return True

    def act(self, now: float) -> None:
        """Do one thing, or come to the end."""
        try:
            outcome = self.link.act(self.dialogue.send(self.result))
        except StopIteration as end:
            self.played = Played(end.value, now)
            return
        if isinstance(outcome, Wait):
            self.wait, self.due = outcome, now + outcome.seconds
        else:
            self.result = outcome


def play(world: World, parts: Sequence[tuple[Dialogue[T], ClientLink]]) -> list[Played[T]]:
    """Carry dialogues out in turns, in the order in which they are given; when nobody can act,
    time jumps to the next timer. Links must leave the waiting to the clock."""
    players = [_Player(dialogue, link) for dialogue, link in parts]
    while waiting := [player for player in players if player.played is None]:
        ready = [player for player in waiting if player.ready(world.now())]
        for player in ready:
            player.act(world.now())
        if not ready:
            world.advance(_next(world, waiting) - world.now())
    return [player.played for player in players if player.played is not None]


def _next(world: World, waiting: Sequence[_Player[T]]) -> float:
    """When the next one, or the service, can act."""
    due = world.next_timer()
    own = min(player.due for player in waiting)
    return own if due is None else min(own, due)
