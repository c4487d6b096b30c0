"""Time, and nothing else: the only places that know what time it is.

Times are seconds since the epoch, UTC, as floats. A `VirtualClock` moves only when it is told;
a `RunningClock` starts at a chosen instant and keeps pace with the machine. Timers of both are
fired by whoever owns the clock's thread; the virtual ones by `advance`.
"""

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Protocol

Action = Callable[[], None]


class Timer:
    """A planned action. `cancel()` may be called at any time, any number of times."""

    __slots__ = ("action", "when")

    def __init__(self, when: float, action: Action) -> None:
        self.when = when
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None


class Clock(Protocol):
    def now(self) -> float: ...

    def call_at(self, when: float, action: Action) -> Timer: ...

    def advance(self, seconds: float) -> None: ...


def instant(when: date | datetime) -> float:
    """Seconds since the epoch of a day's noon UTC, or of a moment (naive means UTC).

    Noon, so that a scenario of a few hours stays within the day that it names.
    """
    if isinstance(when, datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return aware.timestamp()
    return datetime(when.year, when.month, when.day, 12, tzinfo=UTC).timestamp()


class VirtualClock:
    """Discrete-event time: stands still until `advance`, which fires timers in order."""

    def __init__(self, start: float) -> None:
        self._now = start
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        return self._now

    def call_at(self, when: float, action: Action) -> Timer:
        timer = Timer(when, action)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        return timer

    def next_timer(self) -> float | None:
        """When the earliest timer is due that has not been cancelled; None without any."""
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, firing on the way each timer at its own time."""
        target = self._now + max(0.0, seconds)
        while (due := self.next_timer()) is not None and due <= target:
            _, _, timer = heapq.heappop(self._timers)
            self._now = max(self._now, due)
            action, timer.action = timer.action, None
            if action is not None:
                action()
        self._now = target


class RunningClock:
    """Real pace from a chosen start, for clients that live in real time.

    `schedule` is given by the event loop that owns the timers: (delay in seconds, action).
    """

    def __init__(self, start: float) -> None:
        self._offset = start - time.monotonic()
        self.schedule: Callable[[float, Action], object] | None = None

    def now(self) -> float:
        return time.monotonic() + self._offset

    def call_at(self, when: float, action: Action) -> Timer:
        timer = Timer(when, action)
        if self.schedule is not None:
            self.schedule(max(0.0, when - self.now()), lambda: self._fire(timer))
        return timer

    def _fire(self, timer: Timer) -> None:
        # `advance` moves the clock, never timers already running: real clients count real seconds.
        action, timer.action = timer.action, None
        if action is not None:
            action()

    def advance(self, seconds: float) -> None:
        self._offset += max(0.0, seconds)
