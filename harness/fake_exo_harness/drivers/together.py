"""Many devices at once, in memory, on the world's clock: a discrete-event simulation.

Each device runs until it must wait: for a reply, for a time-out, for its own pause. When all wait,
the clock jumps to whatever is due first. Used for traffic, where hundreds of devices overlap.
"""

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from fake_exo import World
from fake_exo_harness.devices.actions import (
    Action,
    Connect,
    ConnectFailed,
    Dialogue,
    Expect,
    JobResult,
    Lookup,
    Outcome,
    Pause,
    TimedOut,
)
from fake_exo_harness.drivers.memory import MemoryDriver, MemoryLine

Done = Callable[[JobResult, tuple[int, ...]], None]  # the result, and its connections


@dataclass(slots=True, eq=False)
class _Running:
    """One dialogue: what it waits for until `deadline`, and what it gets when nothing comes."""

    dialogue: Dialogue
    line: MemoryLine
    done: Done
    deadline: float = 0.0
    otherwise: Outcome = None
    over: bool = False


class Together:
    """The running dialogues of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._driver = MemoryDriver(world)
        self._order = itertools.count()
        self._sleeping: list[tuple[float, int, _Running]] = []
        self._listening: dict[_Running, None] = {}

    def start(self, dialogue: Dialogue, public_ip: str, done: Done) -> None:
        """Let a device begin now."""
        self._run(_Running(dialogue, self._driver.line(public_ip), done), None)

    def advance(self, seconds: float) -> None:
        """Let time pass: dialogues and the service's own timers, each at its time."""
        end = self._world.now() + seconds
        while (due := self._next()) is not None and due <= end:
            self._world.advance(max(0.0, due - self._world.now()))
            self._wake()
        self._world.advance(max(0.0, end - self._world.now()))

    def finish(self) -> None:
        """Let every dialogue come to its end."""
        while self._sleeping and (due := self._next()) is not None:
            self._world.advance(max(0.0, due - self._world.now()))
            self._wake()

    def _next(self) -> float | None:
        while self._sleeping and self._sleeping[0][2].over:
            heapq.heappop(self._sleeping)
        timer = self._world.next_timer()
        mine = self._sleeping[0][0] if self._sleeping else None
        due = [t for t in (timer, mine) if t is not None]
        return min(due, default=None)

    def _wake(self) -> None:
        for running in list(self._listening):
            outcome = running.line.heard()
            if outcome is not None:
                self._run(running, outcome)
        now = self._world.now()
        while self._sleeping and self._sleeping[0][0] <= now:
            deadline, _, running = heapq.heappop(self._sleeping)
            if not running.over and running.deadline == deadline:
                self._run(running, running.otherwise)

    def _run(self, running: _Running, outcome: Outcome) -> None:
        """On until it must wait, or is over."""
        self._listening.pop(running, None)
        running.deadline = 0.0
        try:
            while True:
                action = running.dialogue.send(outcome)
                waits, outcome = self._act(running, action)
                if waits:
                    return
        except StopIteration as end:
            running.over = True
            running.line.close(abrupt=False)
            running.done(end.value, running.line.connections)

    def _act(self, running: _Running, action: Action) -> tuple[bool, Outcome]:
        """Do it: whether it must wait, else its outcome."""
        match action:
            case Pause():
                return self._sleep(running, action.seconds, None), None
            case Expect():
                heard = running.line.heard()
                if heard is not None:
                    return False, heard
                self._listening[running] = None
                return self._sleep(running, action.timeout, TimedOut()), None
            case Connect():
                outcome = running.line.dial(action)
                lost = isinstance(outcome, ConnectFailed) and outcome.reason == "timeout"
                if lost:
                    return self._sleep(running, action.timeout, outcome), None
                return False, outcome
            case Lookup():
                answer, late = running.line.ask(action)
                if late:
                    return self._sleep(running, late, answer), None
                return False, answer
        return False, running.line.act(action)

    def _sleep(self, running: _Running, seconds: float, otherwise: Outcome) -> bool:
        running.deadline = self._world.now() + seconds
        running.otherwise = otherwise
        heapq.heappush(self._sleeping, (running.deadline, next(self._order), running))
        return True
