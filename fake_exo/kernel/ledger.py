"""The append-only record of what happened, by cause. Knows nothing of what is recorded.

A cause is a number: the press of a button, a connection that nobody here asked for, something an
administrator did. Whatever follows from it carries that number, however much later it happens, so
nothing need be cut out of the record by position. Transcripts, reports and checks are folds.
"""

import itertools
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

_SPARE = 16  # this part of a full ledger is emptied at once


class Caused(Protocol):
    """All that a ledger asks of an event."""

    @property
    def cause(self) -> int: ...


class Gap(NamedTuple):
    """So many events in a row are not to be had any more by who asked for them."""

    missed: int


E = TypeVar("E", bound=Caused)


class Subscription(Generic[E]):
    """Who is told of each event, until `end`. One that raises is told nothing more; `error` says
    why."""

    def __init__(self, told: Callable[[E | Gap], None], ledger: "Ledger[E]") -> None:
        self.error: Exception | None = None
        self._told = told
        self._ledger = ledger

    def tell(self, event: E | Gap) -> None:
        if self.error is not None:
            return
        try:
            self._told(event)
        except Exception as error:  # whatever it is, the world goes on
            self.error = error
            self.end()

    def end(self) -> None:
        """May be called any number of times."""
        self._ledger.unsubscribe(self)


class Ledger(Generic[E]):
    """Events in the order in which they happened."""

    def __init__(
        self,
        keep: int | None = None,
        keep_bytes: int | None = None,
        weigh: Callable[[E], int] = lambda event: 0,
    ) -> None:
        """`keep`: how many events at most are kept; `keep_bytes`: how much they may weigh together,
        of which the newest is always kept. The oldest go first, some at once. None keeps all."""
        self.keep = keep
        self.keep_bytes = keep_bytes
        self._bounded = keep is not None or keep_bytes is not None
        self._most = sys.maxsize if keep is None else keep
        self._heaviest = sys.maxsize if keep_bytes is None else keep_bytes
        self._weigh = weigh
        self._events: deque[E] = deque()
        self._by_cause: dict[int, list[E]] = {}
        self._held = 0  # bytes, where they are counted
        self._gone = 0  # events that are not kept any more
        self._evicted = 0  # the newest cause of which an event is not kept any more
        self._causes = itertools.count(1)
        self._subscriptions: tuple[Subscription[E], ...] = ()

    def cause(self) -> int:
        """A new cause, of what begins now."""
        return next(self._causes)

    def record(self, event: E) -> None:
        """The one way in."""
        self._events.append(event)
        try:
            self._by_cause[event.cause].append(event)
        except KeyError:
            self._by_cause[event.cause] = [event]
        if self._bounded:
            if self.keep_bytes is not None:
                self._held += self._weigh(event)
            if self._held > self._heaviest or len(self._events) > self._most:
                self._make_room()
        if self._subscriptions:
            for subscription in self._subscriptions:
                subscription.tell(event)

    def _make_room(self) -> None:
        """For more than the newest, so that this is seldom done."""
        events = self._events
        most, heaviest = (size - size // _SPARE for size in (self._most, self._heaviest))
        gone: dict[int, int] = {}
        while len(events) > 1 and (len(events) > most or self._held > heaviest):
            oldest = events.popleft()
            gone[oldest.cause] = gone.get(oldest.cause, 0) + 1
            if self.keep_bytes is not None:
                self._held -= self._weigh(oldest)
        for cause, count in gone.items():
            self._forget(cause, count)

    def _forget(self, cause: int, count: int) -> None:
        """The oldest events of a cause."""
        mine = self._by_cause[cause]
        if count == len(mine):
            del self._by_cause[cause]
        else:
            del mine[:count]
        self._gone += count
        self._evicted = max(self._evicted, cause)

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[E]:
        return iter(tuple(self._events))

    def caused(self, cause: int) -> tuple[E, ...]:
        """What is kept of all that a cause led to, in its order."""
        return tuple(self._by_cause.get(cause, ()))

    def whole(self, cause: int) -> bool:
        """Whether `caused` has all, for certain. Causes begin and events go in their order: where
        a later cause has lost an event, this one has lost its first."""
        return cause > self._evicted

    def clear(self) -> None:
        """Forget all events. What has begun before is not whole any more."""
        self._gone += len(self._events)
        self._events.clear()
        self._by_cause.clear()
        self._held = 0
        self._evicted = self.cause()

    # ---- subscribers -----------------------------------------------------------------------------

    @property
    def mark(self) -> int:
        """How many events there have been: what happens from here on is `since` this mark."""
        return self._gone + len(self._events)

    def subscribe(
        self, told: Callable[[E | Gap], None], since: int | None = None
    ) -> Subscription[E]:
        """Call `told` with each event, at once and on the world's own thread: it must be quick
        (see `Feed`). Those since a mark come first, behind a `Gap` for what is not kept of them;
        without a mark only what is to come."""
        subscription = Subscription(told, self)
        for event in self._since(self.mark if since is None else since):
            subscription.tell(event)
        if subscription.error is None:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def _since(self, mark: int) -> Iterable[E | Gap]:
        if mark < self._gone:
            yield Gap(self._gone - mark)
        yield from tuple(itertools.islice(self._events, max(0, mark - self._gone), None))

    def unsubscribe(self, subscription: Subscription[E]) -> None:
        self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)
