"""Processes: what acts by itself in a simulated world, as generators of actions.

A process yields an action and gets its result; it knows neither sockets nor clocks. A `Link`
carries the actions of one process out. `Processes` runs any number of them on one clock: each goes
on until it must wait, and then the clock, or what its link hears, wakes it. Those that begin beside
others take turns: each does one thing before anybody does the next.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from typing import Any, Generic, NamedTuple, TypeVar

from fake_exo.kernel.clock import Clock, Timer

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")


class Wait(NamedTuple):
    """An action that is not over: its result is `otherwise`, so many seconds from now, unless the
    process is `listening` and its link hears something before."""

    seconds: float
    otherwise: Any = None
    listening: bool = False


class Link(ABC, Generic[A, R]):
    """One process's access to the world. `news` is called when there may be something to hear."""

    news: Callable[[], None] | None = None

    @abstractmethod
    def act(self, action: A) -> R | Wait:
        """Carry out one action. A link that waits by itself returns results only."""

    @abstractmethod
    def heard(self) -> R | None:
        """What has come for a process that listens; None while nothing has."""

    @abstractmethod
    def close(self) -> None:
        """The process is over, or given up: let go of all that it holds open."""


class _Running:
    """A process with what it waits for."""

    __slots__ = ("beside", "done", "link", "listening", "process", "timer")

    def __init__(
        self,
        process: Generator[Any, Any, Any],
        link: Link[Any, Any],
        done: Callable[[Any], None],
        beside: bool,
    ) -> None:
        self.process = process
        self.beside = beside
        self.link = link
        self.done = done
        self.listening = False
        self.timer: Timer | None = None


class Processes:
    """The processes on one clock. `alive` is how many have not come to their end."""

    def __init__(self, clock: Clock) -> None:
        self.alive = 0
        self._clock = clock

    def start(
        self,
        process: Generator[A, R | None, T],
        link: Link[A, R],
        done: Callable[[T], None],
        *,
        beside: bool = False,
    ) -> None:
        """Let a process begin now, or `beside` others when the clock fires timers of now. `done`
        gets what it returns; its link stays open until then, and is `done`'s to close."""
        running = _Running(process, link, done, beside)
        link.news = lambda: self._listen(running)
        self.alive += 1
        if beside:
            self._next_turn(running, None)
        else:
            self._go(running, None)

    def _next_turn(self, running: _Running, result: Any) -> None:  # noqa: ANN401
        """On behind everybody else who can act now."""
        self._clock.call_at(self._clock.now(), lambda: self._go(running, result))

    def _go(self, running: _Running, result: Any) -> None:  # noqa: ANN401 - the link's business
        """On until it must wait, has had its turn, or is over."""
        running.listening = False
        send, act = running.process.send, running.link.act
        while True:
            try:
                action = send(result)
            except StopIteration as end:
                self._end(running, end.value)
                return
            result = act(action)
            if type(result) is Wait:
                self._sleep(running, result)
                return
            if running.beside:
                self._next_turn(running, result)
                return

    def _end(self, running: _Running, value: object) -> None:
        running.link.news = None
        self.alive -= 1
        running.done(value)

    def _sleep(self, running: _Running, wait: Wait) -> None:
        running.listening = wait.listening
        due = self._clock.now() + wait.seconds
        if wait.listening:
            running.timer = self._clock.call_at(due, lambda: self._plan(running, due, wait))
        else:
            self._plan(running, due, wait)

    def _plan(self, running: _Running, due: float, wait: Wait) -> None:
        """The end of a wait; for who listens, behind all else that is due at the same time."""
        running.timer = self._clock.call_at(due, lambda: self._go(running, wait.otherwise))

    def _listen(self, running: _Running) -> None:
        if running.listening and (heard := running.link.heard()) is not None:
            if running.timer is not None:
                running.timer.cancel()
            self._go(running, heard)


def carry_out(process: Generator[A, R | None, T], link: Link[A, R]) -> T:
    """Carry a process to its end, over a link that waits by itself."""
    result: R | None = None
    while True:
        try:
            action = process.send(result)
        except StopIteration as end:
            value: T = end.value
            return value
        outcome = link.act(action)
        assert not isinstance(outcome, Wait), "this link leaves the waiting to a clock"
        result = outcome
