"""Rules as they stand on one day at one endpoint: rows with what each decides, made once a day.

Knows no service: facts and decisions are the types of whoever owns the rules.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Generic, TypeVar

from fake_exo.kernel.endpoint import Endpoint
from fake_exo.rules.rule import Rule

F = TypeVar("F")
D = TypeVar("D")


Row = tuple[Callable[[F], bool], D]  # a rule's condition, and what it decides that day
Stages = tuple[tuple[Row[F, D], ...], ...]  # rows by stage


class Table(Generic[F, D]):
    """The rules of one service. `holds` says whether a rule is in force on a day, beside its own
    period; `decide` makes what it decides at an endpoint on a day."""

    def __init__(
        self,
        rules: Iterable[Rule[F]],
        stages: Iterable[int],
        holds: Callable[[Rule[F]], bool],
        decide: Callable[[Rule[F], Endpoint, date], D],
    ) -> None:
        self._rules = tuple(rule for rule in rules if holds(rule))
        self._count = max(stages) + 1
        self._decide = decide
        self._known: dict[tuple[str, date], Stages[F, D]] = {}

    def on(self, endpoint: Endpoint, day: date) -> Stages[F, D]:
        key = (endpoint.id, day)
        if key not in self._known:
            self._known[key] = self._made(endpoint, day)
        return self._known[key]

    def ids(self, endpoint: Endpoint, day: date) -> tuple[str, ...]:
        """The rules in force there, in their order within each stage."""
        return tuple(rule.id for stage in range(self._count)
                     for rule in self._in_force(endpoint, day) if rule.stage == stage)  # fmt: skip

    def _made(self, endpoint: Endpoint, day: date) -> Stages[F, D]:
        rows: list[list[Row[F, D]]] = [[] for _ in range(self._count)]
        for rule in self._in_force(endpoint, day):
            rows[rule.stage].append((rule.when, self._decide(rule, endpoint, day)))
        return tuple(tuple(found) for found in rows)

    def _in_force(self, endpoint: Endpoint, day: date) -> Iterator[Rule[F]]:
        return (r for r in self._rules if r.on <= endpoint.can and r.active.holds(day))


def first(rows: tuple[Row[F, D], ...], facts: F) -> D:
    """What the first row decides that matches. The last row of a stage always does."""
    for when, decision in rows:
        if when(facts):
            return decision
    raise AssertionError("no row matches")  # a table without `always`
