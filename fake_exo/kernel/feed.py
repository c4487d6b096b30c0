"""A queue between the world and a subscriber that may be slow: a page, a terminal, a socket."""

import threading
from collections import deque
from typing import Generic, TypeVar

from fake_exo.kernel.ledger import Gap

E = TypeVar("E")


class Feed(Generic[E]):
    """At most so many events wait. When one comes too many the oldest goes, and the reader gets a
    `Gap` in its place. Subscribe with `put`, read with `take` on any thread."""

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._waiting: deque[E] = deque()
        self._missed = 0
        self._ended = False
        self._changed = threading.Condition()

    def put(self, event: E | Gap) -> None:
        """Never waits for the reader."""
        with self._changed:
            if isinstance(event, Gap):  # comes before all others
                self._missed += event.missed
            else:
                self._waiting.append(event)
            if len(self._waiting) > self._most:
                self._waiting.popleft()
                self._missed += 1
            self._changed.notify()

    def take(self, timeout: float | None = None) -> E | Gap | None:
        """The next one, waited for at most `timeout` seconds (None: for ever). None when nothing
        came, or when the feed has ended and is empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._missed or self._ended, timeout)
            if self._missed:
                missed, self._missed = self._missed, 0
                return Gap(missed)
            return self._waiting.popleft() if self._waiting else None

    def end(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
