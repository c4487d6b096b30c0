"""The service on a day: which texts, limits, waits and switches hold. Composed once a world."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from fake_exo.exchange.endpoint import forests
from fake_exo.exchange.hosts import Forest
from fake_exo.exchange.texts import catalogue, data, limits_table
from fake_exo.kernel.endpoint import Endpoint
from fake_exo.kernel.errors import ServiceError
from fake_exo.rules.catalogue import Catalogue
from fake_exo.rules.limits import Limits, Value
from fake_exo.rules.period import ALWAYS, Period
from fake_exo.rules.stage import Stage


@dataclass(frozen=True, slots=True)
class Tarpit:
    endpoint: str
    stages: frozenset[Stage]
    lowest: int
    highest: int
    period: Period
    seconds: float


@dataclass(frozen=True, slots=True)
class Switch:
    """Behaviour that nobody has attested: on or off, and why it is a switch at all. `active`: when
    what it switches is there."""

    name: str
    default: bool
    reason: str
    active: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class ServiceProfile:
    """`data/service.yaml`, typed."""

    default_day: date
    tarpits: tuple[Tarpit, ...]
    line_limit: int
    switches: Mapping[str, Switch]
    forests: Mapping[str, Forest]


@dataclass(frozen=True, slots=True)
class Service:
    """What a world runs: the profile with the world's own choices.

    `tarpit` off answers at once, for real clients whose owner cannot wait.
    """

    profile: ServiceProfile
    catalogue: Catalogue
    limits: Limits
    switches: Mapping[str, bool] = field(default_factory=dict)
    tarpit: bool = True

    def on(self, switch: str) -> bool:
        """Whether a switch is on; an unknown name is a bug (worlds check theirs at the start)."""
        chosen = self.switches.get(switch)
        return self.profile.switches[switch].default if chosen is None else chosen

    def delay(self, endpoint: Endpoint, stage: Stage, code: int, day: date) -> float:
        """Seconds that an answer is held back."""
        if not self.tarpit:
            return 0.0
        for row in self.profile.tarpits:
            within = row.lowest <= code <= row.highest and stage in row.stages
            if within and row.endpoint in (endpoint.id, endpoint.dialect) and row.period.holds(day):
                return row.seconds
        return 0.0


@lru_cache(maxsize=1)
def profile() -> ServiceProfile:
    found = data("service.yaml")
    return ServiceProfile(
        default_day=found["default_day"],
        tarpits=tuple(_tarpit(row) for row in found["tarpits"]),
        line_limit=int(found["line_limit"]),
        switches={name: _switch(name, row) for name, row in found["switches"].items()},
        forests=forests(),
    )


def default_day() -> date:
    """The day of the service when nobody says otherwise."""
    return profile().default_day


def _switch(name: str, row: Mapping[str, Any]) -> Switch:
    return Switch(name, row["default"], row["reason"], Period.of(row))


def _tarpit(row: Mapping[str, Any]) -> Tarpit:
    return Tarpit(
        endpoint=row["endpoint"],
        stages=frozenset(Stage[name.upper()] for name in row["stages"]),
        lowest=row["codes"][0],
        highest=row["codes"][1],
        period=Period.of(row),
        seconds=float(row["seconds"]),
    )


def every_switch() -> tuple[Switch, ...]:
    """All switches of the service, in the order of its data."""
    return tuple(profile().switches.values())


def service(
    switches: Mapping[str, bool] | None = None,
    limits: Mapping[str, Value] | None = None,
    texts: Mapping[str, str] | None = None,
    *,
    tarpit: bool = True,
) -> Service:
    """The shipped service with a world's choices: `texts` are its own words for replies, by id.
    Raises ServiceError for unknown names, and for words that are no reply."""
    check_choices(switches or {}, limits or {}, texts or {})
    chosen = Limits(limits_table(), dict(limits or {}))
    return Service(profile(), _reworded(texts or {}), chosen, dict(switches or {}), tarpit)


def _reworded(texts: Mapping[str, str]) -> Catalogue:
    if not texts:
        return catalogue()
    try:
        return catalogue().with_texts(texts)
    except ValueError as error:
        raise ServiceError(str(error)) from None


def check_choices(
    switches: Mapping[str, bool], limits: Mapping[str, Value], texts: Mapping[str, str]
) -> None:
    """Raise ServiceError for switches, limits and replies that do not exist, and for words that
    are no reply."""
    _known("switch", switches, profile().switches)
    _known("limit", limits, limits_table())
    _known("reply", texts, catalogue().by_id)
    _reworded(texts)


def check_words(text: str) -> None:
    """Raise ServiceError for words of somebody's own with a placeholder that nobody fills in."""
    try:
        catalogue().own(text, "injected")
    except ValueError as error:
        raise ServiceError(str(error)) from None


def _known(kind: str, given: Mapping[str, object], valid: Mapping[str, object]) -> None:
    if unknown := sorted(set(given) - set(valid)):
        names = ", ".join(sorted(valid))
        raise ServiceError(f"unknown {kind} {', '.join(unknown)}; valid are: {names}")
