"""The append-only record of what happened, by cause. Knows nothing of what is recorded.

A cause is a number: the press of a button, a connection that nobody here asked for, something an
administrator did. Whatever follows from it carries that number, however much later it happens, so
nothing need be cut out of the record by position. Transcripts, reports and checks are folds.
"""

import itertools
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

_SPARE = 16  # this part of a full ledger is emptied at once
_SELDOM = 64  # so many events may go by between two looks at what is held
_MOST_UNSEEN = 8192  # or so many, where there is room enough for them
_LIGHT = 1 << 14  # bytes that no event weighs of a kind that is not called heavy


class Caused(Protocol):
    """All that a ledger asks of an event."""

    @property
    def cause(self) -> int: ...


class Gap(NamedTuple):
    """So many events in a row are not to be had any more by who asked for them."""

    missed: int


E = TypeVar("E", bound=Caused)


@dataclass(frozen=True)
class Excerpt(Generic[E]):
    """Some events in a row, from the mark `start` on; `missed`: so many before that are gone."""

    events: tuple[E, ...]
    start: int
    missed: int = 0

    @property
    def end(self) -> int:
        """The mark behind the last of them."""
        return self.start + len(self.events)


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
        weigh: Callable[[Iterable[E]], int] = lambda events: 0,
        heavy: frozenset[type] = frozenset(),
    ) -> None:
        """`keep`: how many events at most are kept; `keep_bytes`: how much they may weigh together,
        of which the newest is always kept. The oldest go first, some at once. None keeps all.
        `heavy`: kinds of event of which a single one may weigh a lot."""
        self.keep = keep
        self.keep_bytes = keep_bytes
        self._most = sys.maxsize if keep is None else keep
        self._heaviest = sys.maxsize if keep_bytes is None else keep_bytes
        self._weigh = weigh
        self._heavy = heavy if keep_bytes is not None else frozenset()
        # So many go by unweighed as there is spare room for; a small ledger weighs each at once.
        self._unseen = max(0, min(_SELDOM, self._heaviest // _SPARE // _LIGHT) - 1)
        self._weighed = 0  # the mark up to which events have been weighed
        self._events: deque[E] = deque()
        self._by_cause: dict[int, list[E]] = {}
        self._indexed = 0  # the mark up to which events are in it
        self._held = 0  # bytes, where they are counted
        self._gone = 0  # events that are not kept any more
        self._evicted = 0  # the newest cause of which an event is not kept any more
        self._causes = itertools.count(1)
        self._subscriptions: tuple[Subscription[E], ...] = ()
        self._look = self._next_look()  # beyond so many events

    def cause(self) -> int:
        """A new cause, of what begins now."""
        return next(self._causes)

    def record(self, event: E) -> None:
        """The one way in."""
        events = self._events
        events.append(event)
        if event.__class__ in self._heavy:
            self._look -= self._weigh((event,)) // _LIGHT  # as so many light ones
        if len(events) > self._look:
            self._bound()
        if self._subscriptions:
            for subscription in self._subscriptions:
                subscription.tell(event)

    def _newest(self, count: int) -> list[E]:
        return list(itertools.islice(reversed(self._events), count))

    def _bound(self) -> None:
        """Look at what is held, and keep to the bounds until the next look."""
        if self.keep_bytes is not None:
            self._held += self._weigh(self._newest(self.mark - self._weighed))
            self._weighed = self.mark
        heaviest = self._heaviest - self._unseen * _LIGHT
        if self._held > heaviest or len(self._events) > self._most:
            self._make_room()
        self._look = self._next_look()

    def _next_look(self) -> int:
        if self.keep_bytes is None:
            return self._most
        room = min(_MOST_UNSEEN, (self._heaviest - self._held) // _LIGHT - 1)
        return min(self._most, len(self._events) + max(self._unseen, room))

    def _make_room(self) -> None:
        """For more than the newest, so that this is seldom done."""
        events = self._events
        most, heaviest = (size - size // _SPARE for size in (self._most, self._heaviest))
        gone: list[E] = []
        while len(events) > 1 and (len(events) > most or self._held > heaviest):
            oldest = events.popleft()
            gone.append(oldest)
            if self.keep_bytes is not None:
                self._held -= self._weigh((oldest,))
        self._forget(gone)

    def _forget(self, gone: list[E]) -> None:
        """The oldest of all events."""
        indexed = gone[: max(0, self._indexed - self._gone)]
        for cause, count in Counter(event.cause for event in indexed).items():
            mine = self._by_cause[cause]
            if count == len(mine):
                del self._by_cause[cause]
            else:
                del mine[:count]
        self._gone += len(gone)
        self._indexed = max(self._indexed, self._gone)
        self._evicted = max(self._evicted, max((event.cause for event in gone), default=0))

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[E]:
        return iter(tuple(self._events))

    def caused(self, cause: int) -> tuple[E, ...]:
        """What is kept of all that a cause led to, in its order."""
        if self._indexed < self.mark:
            self._index()
        return tuple(self._by_cause.get(cause, ()))

    def _index(self) -> None:
        """File what has come since somebody asked for a cause."""
        for event in reversed(self._newest(self.mark - self._indexed)):
            try:
                self._by_cause[event.cause].append(event)
            except KeyError:
                self._by_cause[event.cause] = [event]
        self._indexed = self.mark

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
        self._weighed = self._indexed = self._gone
        self._look = self._next_look()
        self._evicted = self.cause()

    # ---- subscribers -----------------------------------------------------------------------------

    @property
    def oldest(self) -> int:
        """The mark of the oldest event that is kept."""
        return self._gone

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
        for event in () if since is None else self._since(since):
            subscription.tell(event)
        if subscription.error is None:
            self._subscriptions = (*self._subscriptions, subscription)
        return subscription

    def _since(self, mark: int) -> Iterable[E | Gap]:
        found = self.since(mark)
        if found.missed:
            yield Gap(found.missed)
        yield from found.events

    def since(self, mark: int, most: int | None = None) -> "Excerpt[E]":
        """What is kept of the events since a mark, at most so many of them, the oldest first."""
        start = min(max(mark, self._gone), self.mark)
        wanted = self.mark - start
        if wanted < len(self._events) // 2:  # nearer from the other end
            found = tuple(reversed(self._newest(wanted)))[:most]
        else:
            stop = None if most is None else start - self._gone + most
            found = tuple(itertools.islice(self._events, start - self._gone, stop))
        return Excerpt(found, start, max(0, start - mark))

    def unsubscribe(self, subscription: Subscription[E]) -> None:
        self._subscriptions = tuple(s for s in self._subscriptions if s is not subscription)
