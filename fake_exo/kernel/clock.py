"""Time, and nothing else: the only places that know what time it is.

Times are seconds since the epoch, UTC, as floats. A `VirtualClock` moves only when it is told;
a `RunningClock` starts at a chosen instant and keeps pace with the machine. `wall` is what real
programs see on their own clocks. Timers are fired by whoever owns the clock's thread.
"""

import heapq
import itertools
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, date, datetime

_FEW = 1024  # timers that are kept, cancelled or not
Action = Callable[[], None]
Later = Callable[[float, Action], object]  # on a loop: in so many seconds, do this


class Timer:
    """A planned action. `cancel()` may be called at any time, any number of times."""

    __slots__ = ("action", "when")

    def __init__(self, when: float, action: Action) -> None:
        self.when = when
        self.action: Action | None = action

    def cancel(self) -> None:
        self.action = None

    def fire(self) -> None:
        """Do it, unless it is cancelled or done."""
        action, self.action = self.action, None
        if action is not None:
            action()


class Clock(ABC):
    """Timers in their order, and a time that never goes back.

    `advance` may be called by a timer's own action: what is due until then fires at once, and who
    called the outer one goes on from there.
    """

    def __init__(self) -> None:
        self._timers: list[tuple[float, int, Timer]] = []
        self._many = _FEW  # beyond so many, those that were cancelled are let go
        self._order = itertools.count()

    @abstractmethod
    def now(self) -> float: ...

    @abstractmethod
    def _move(self, to: float) -> None:
        """Let it be `to`, unless it is later already."""

    def call_at(self, when: float, action: Action) -> Timer:
        timer = Timer(when, action)
        heapq.heappush(self._timers, (when, next(self._order), timer))
        if len(self._timers) > self._many:
            self._let_go()
        return timer

    def _let_go(self) -> None:
        """Of cancelled timers: a busy server leaves one for each connection, minutes ahead."""
        self._timers = [planned for planned in self._timers if planned[2].action is not None]
        heapq.heapify(self._timers)
        self._many = max(_FEW, 2 * len(self._timers))

    def next_timer(self) -> float | None:
        """When the earliest timer is due that has not been cancelled; None without any."""
        while self._timers and self._timers[0][2].action is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`, firing on the way each timer at its own time."""
        self._pass(self.now() + max(0.0, seconds))

    def _pass(self, target: float) -> None:
        while (due := self.next_timer()) is not None and due <= target:
            _, _, timer = heapq.heappop(self._timers)
            self._move(due)
            timer.fire()
        self._move(target)


def instant(when: date | datetime) -> float:
    """Seconds since the epoch of a day's noon UTC, or of a moment (naive means UTC).

    Noon, so that a scenario of a few hours stays within the day that it names.
    """
    if isinstance(when, datetime):
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return aware.timestamp()
    return datetime(when.year, when.month, when.day, 12, tzinfo=UTC).timestamp()


def wall() -> float:
    """What the machine's own clock shows, and with it that of every real program."""
    return time.time()


class VirtualClock(Clock):
    """Discrete-event time: stands still until `advance`."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self._now = start

    def now(self) -> float:
        return self._now

    def _move(self, to: float) -> None:
        self._now = max(self._now, to)


class RunningClock(Clock):
    """Real pace from a chosen start, for clients that live in real time: `wall` and an offset,
    which `advance` makes larger. Its timers fire from `start` on, also those that are older. It
    stands still from `hold` to `go`, but for `advance`."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self._offset = start - time.monotonic()
        self._held: float | None = None
        self._later: Later | None = None
        self._armed = math.inf  # for when the loop is asked to wake us

    def now(self) -> float:
        held = self._held
        return time.monotonic() + self._offset if held is None else held

    def _move(self, to: float) -> None:
        passed = max(0.0, to - self.now())
        self._offset += passed
        if self._held is not None:
            self._held += passed

    @property
    def holds(self) -> bool:
        """Whether it stands still."""
        return self._held is not None

    def hold(self) -> None:
        """Stand still."""
        self._held = self.now()

    def go(self) -> None:
        """Keep the machine's pace again, from here on."""
        if self._held is not None:
            self._offset = self._held - time.monotonic()
            self._held, self._armed = None, math.inf
            self._arm()

    def start(self, later: Later) -> None:
        """A loop has come to own the timers."""
        self._later = later
        self._arm()

    def stop(self) -> None:
        """The loop is gone; timers wait for another one."""
        self._later, self._armed = None, math.inf

    def call_at(self, when: float, action: Action) -> Timer:
        timer = super().call_at(when, action)
        self._arm()
        return timer

    def advance(self, seconds: float) -> None:
        super().advance(seconds)
        self._armed = math.inf  # what is left is due sooner than the loop believes
        self._arm()

    def _arm(self) -> None:
        due = self.next_timer()
        later = self._later if self._held is None else None
        if later is not None and due is not None and due < self._armed:
            self._armed = due
            later(max(0.0, due - self.now()), lambda: self._wake(due))

    def _wake(self, due: float) -> None:
        if due == self._armed:  # else an earlier one has been asked for meanwhile
            self._armed = math.inf
            if self._held is not None:
                return  # `go` asks anew
            self._pass(self.now())  # nothing yet, if the loop, which counts in ms, is early
            self._arm()
