"""The append-only record of what happened, and the folds over it.

Transcripts, usage and reports are all computed from here; nobody keeps counters of his own.
"""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice

from fake_exo.events import (
    Accepted,
    Event,
    Opened,
    Settled,
)
from fake_exo.exchange.usage import Usage
from fake_exo.mail.message import Message, Outcome


class Ledger:
    """Events in the order in which they happened. `watch` is called with each new event."""

    def __init__(self, keep: int | None = None, keep_bytes: int | None = None) -> None:
        """`keep`: how many events at most are kept (oldest go first); `keep_bytes`: how much of
        message contents, of which the newest is always kept. None keeps all."""
        self._keep_bytes = keep_bytes
        self._contents: deque[bytearray] = deque()
        self._held = 0
        self._events: deque[Event] = deque(maxlen=keep)
        self.usage = Usage()
        self.watch: Callable[[Event], None] | None = None
        self.append = self._events.append  # the hot path: lines and replies

    def record(self, event: Event) -> None:
        self._events.append(event)
        if type(event) is Accepted:
            self._hold(event.message.content)
        if self.watch is not None:
            self.watch(event)

    def _hold(self, content: bytes | bytearray) -> None:
        """Empty the oldest contents when there is too much of them."""
        if self._keep_bytes is None or not isinstance(content, bytearray):
            return
        self._contents.append(content)
        self._held += len(content)
        while self._held > self._keep_bytes and len(self._contents) > 1:
            oldest = self._contents.popleft()
            self._held -= len(oldest)
            oldest.clear()

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def last(self, count: int) -> tuple[Event, ...]:
        """The newest events, in their order. Costs what they are, not what the ledger holds."""
        newest = islice(reversed(self._events), count)
        return tuple(newest)[::-1]

    def clear(self) -> None:
        self._events.clear()
        self._contents.clear()
        self._held = 0
        self.usage = Usage()

    def messages(self) -> tuple[Message, ...]:
        return tuple(event.message for event in self if type(event) is Accepted)

    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(event.outcome for event in self if type(event) is Settled)

    def connections(self) -> tuple[int, ...]:
        return tuple(event.connection for event in self if type(event) is Opened)
