"""Limits by name and day; a world may override single values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from fake_exo.rules.catalogue import DataError
from fake_exo.rules.period import Confidence, Period


@dataclass(frozen=True, slots=True)
class Formula:
    """factor * n ** exponent + constant, rounded, of a count that the limit names."""

    factor: float
    exponent: float
    constant: float

    def __str__(self) -> str:
        return f"round({self.factor:g} * n**{self.exponent:g} + {self.constant:g})"

    def of(self, count: int) -> float:
        return float(round(self.factor * count**self.exponent + self.constant))


Value = float | str | Formula | None  # a text says in words what is no number


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. `values` are tried in order; `value` holds when none of their periods does."""

    id: str
    value: Value
    values: tuple[tuple[Period, Value], ...]
    unit: str
    scope: str
    code_on_exceed: str
    confidence: Confidence
    sources: tuple[str, ...]
    note: str

    def on(self, day: date) -> Value:
        return next((value for period, value in self.values if period.holds(day)), self.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits a world enforces."""

    table: Mapping[str, Limit]
    overrides: Mapping[str, Value] = field(default_factory=dict)
    _known: dict[tuple[str, date], float | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def __iter__(self) -> Iterator[Limit]:
        return iter(self.table.values())

    def number(self, id_: str, day: date) -> float | None:
        """The limit's value on a day; None when it is not published or not yet in force."""
        key = (id_, day)
        try:  # rules ask for the same few thousands of times a second
            return self._known[key]
        except KeyError:
            return self._known.setdefault(key, self._number(id_, day))

    def formula(self, id_: str, day: date, count: int) -> float | None:
        """A limit that depends on a count, or the number put in its place; None when it is not in
        force."""
        value = self.overrides.get(id_, self.table[id_].on(day))
        if isinstance(value, Formula):
            return value.of(count)
        return float(value) if isinstance(value, int | float) else None

    def _number(self, id_: str, day: date) -> float | None:
        if id_ in self.overrides:
            value = self.overrides[id_]
        else:
            if id_ not in self.table:
                raise DataError(f"no limit has the id {id_!r}")
            value = self.table[id_].on(day)
        return float(value) if isinstance(value, int | float) else None


def read_limits(rows: Iterable[Mapping[str, Any]]) -> Mapping[str, Limit]:
    """Limits of rows of data, by id."""
    return {row["id"]: _limit(row) for row in rows}


def _value(given: Any) -> Value:  # noqa: ANN401 - YAML is what it is
    return Formula(**given) if isinstance(given, dict) else given


def _limit(row: Mapping[str, Any]) -> Limit:
    dated = tuple((Period.of(entry), _value(entry.get("value"))) for entry in row.get("values", ()))
    return Limit(
        id=row["id"],
        value=_value(row.get("value")),
        values=dated,
        unit=row.get("unit", ""),
        scope=row.get("scope", ""),
        code_on_exceed=row.get("code_on_exceed") or "",
        confidence=Confidence[row["confidence"].upper()],
        sources=tuple(row.get("sources", ())),
        note=row.get("note", ""),
    )
