"""Whose turn it is: the one way in which faults count, whatever they spoil.

A `Schedule` is set up and never changes. How often it was asked belongs to the run: `Turns` makes a
`Turn` for each fault, so that two never share a counter, and `reset` lets all of them begin anew.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fake_exo.kernel.ids import chances


@dataclass(frozen=True, slots=True)
class Schedule:
    """The first `skip` times nothing happens, then `times` something does (None: always). With a
    `chance` below 1 only those times count that chance picks."""

    skip: int = 0
    times: int | None = 1
    chance: float = 1.0


class Turn:
    """The counter of one schedule in one run."""

    __slots__ = ("_draw", "_schedule", "_seen")

    def __init__(self, schedule: Schedule, draw: Callable[[], float]) -> None:
        self._schedule = schedule
        self._draw = draw
        self._seen = 0

    def due(self) -> bool:
        """Count one time that all conditions hold; true when something is to happen."""
        schedule = self._schedule
        if schedule.chance < 1.0 and self._draw() >= schedule.chance:
            return False
        self._seen += 1
        past = self._seen - schedule.skip
        return past > 0 and (schedule.times is None or past <= schedule.times)

    def reset(self) -> None:
        self._seen = 0


class Turns:
    """All counters of one run, and the chance that they share."""

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._chance = chances(seed)
        self._turns: list[Turn] = []

    def turn(self, schedule: Schedule) -> Turn:
        """A counter of its own, even for a schedule that another one has too."""
        made = Turn(schedule, self._draw)
        self._turns.append(made)
        return made

    def _draw(self) -> float:
        return self._chance()

    def reset(self) -> None:
        """The run begins anew: so do all counters, and chance."""
        self._chance = chances(self._seed)
        for turn in self._turns:
            turn.reset()
