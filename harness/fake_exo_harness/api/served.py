"""The worlds that are served, each with what the interface knows of it.

Questions are answered on one thread beside the loop, which has the folds to itself; the record is
read on the loop, where it grows.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

from fake_exo import Event, Gap, Subscription, World
from fake_exo_harness.api.fold import Happenings

T = TypeVar("T")
_GATHER = 0.02  # seconds in which events that come together wake who waits once


class Pulse:
    """Wakes who waits for the record to grow. While nobody does, the world is not slowed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._waiting: set[asyncio.Future[None]] = set()
        self._subscription: Subscription[Event] | None = None
        self._due = False

    async def beyond(self, mark: int, seconds: float) -> bool:
        """Whether the record has gone beyond a mark, waited for at most so many real seconds."""
        if self._world.ledger.mark > mark:
            return True
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        if self._subscription is None:
            self._subscription = self._world.subscribe(self._saw)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            return False
        finally:
            self._left(waiter)
        return True

    def _left(self, waiter: "asyncio.Future[None]") -> None:
        self._waiting.discard(waiter)
        if not self._waiting and self._subscription is not None:
            self._subscription.end()
            self._subscription = None

    def _saw(self, event: Event | Gap) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(_GATHER, self._wake)

    def _wake(self) -> None:
        self._due = False
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)


@dataclass(slots=True)
class ServedWorld:
    """One world. `deleted`: messages that are not shown any more."""

    name: str
    world: World
    pulse: Pulse
    thread: ThreadPoolExecutor
    deleted: set[int] = field(default_factory=set)
    found: Happenings = field(default_factory=Happenings)

    async def ask(self, question: Callable[[Happenings], T]) -> T:
        """Answer a question about what has happened so far, beside the loop."""
        ledger = self.world.ledger
        if ledger.oldest > self.found.start:  # what is gone is let go
            self.found = Happenings(ledger.oldest, ledger.oldest)
        found, excerpt = self.found, ledger.since(self.found.mark)

        def answered() -> T:
            found.extend(excerpt)
            self.deleted &= found.mails.keys()
            return question(found)

        return await asyncio.get_running_loop().run_in_executor(self.thread, answered)
