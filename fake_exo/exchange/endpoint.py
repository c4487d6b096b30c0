"""The endpoints of Exchange Online on a day: rows of `data/service.yaml`, made into values.

To add one: its row there, its rules in `rules/`, its texts in `data/replies.yaml`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from fake_exo.exchange.hosts import Forest
from fake_exo.exchange.texts import data as service_data
from fake_exo.kernel.endpoint import Endpoint, EndpointIndex, Listen, Trait
from fake_exo.rules.period import Confidence, Period


@dataclass(frozen=True, slots=True)
class Published:
    """A name of an endpoint in Microsoft's own zones, while it is there. `ttl` in seconds."""

    name: str
    ttl: int
    period: Period
    confidence: Confidence
    source: str


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """A row of the table. Without `addresses` there is one endpoint for each forest, at the
    forest's MX addresses."""

    id: str
    client_name: str  # what clients are told to use; empty where every tenant has its own
    can: frozenset[Trait]
    ports: tuple[int, ...]
    period: Period
    addresses: tuple[tuple[str, Period], ...]
    published: tuple[Published, ...]
    certificate: tuple[str, ...]
    dialect: str
    host: str  # how its hosts are named: frontend or edge
    suffix: str  # what follows a host's label in trace lines
    idle_timeout: float
    session_timeout: float | None

    def on(self, day: date) -> tuple[str, ...]:
        """Its own addresses on a day."""
        return tuple(address for address, period in self.addresses if period.holds(day))


@lru_cache(maxsize=1)
def rows() -> tuple[EndpointRow, ...]:
    return tuple(_row(row) for row in service_data("service.yaml")["endpoints"])


def row(id_: str) -> EndpointRow:
    """The row of an endpoint's name. Raises KeyError for an unknown one."""
    return next(r for r in rows() if r.id == id_)


def endpoint_host(id_: str) -> str:
    """The name that clients are told to use for an endpoint of the service; empty where the tenant
    has its own, and for what is not the service's."""
    return next((row.client_name for row in rows() if row.id == id_), "")


def endpoint_ids() -> tuple[str, ...]:
    return tuple(row.id for row in rows())


def ids_with(traits: frozenset[Trait]) -> tuple[str, ...]:
    """The endpoints at which a rule with these traits holds."""
    return tuple(row.id for row in rows() if traits <= row.can)


def dialects(traits: frozenset[Trait]) -> tuple[str, ...]:
    """The endpoints whose words are used at those of `ids_with` that nobody has heard."""
    return tuple(row.dialect for row in rows() if traits <= row.can)


@lru_cache(maxsize=256)
def index(home: str, day: date) -> EndpointIndex:
    """Everything that listens on a day. `home`: the forest where sign-ins are answered."""
    held = (row for row in rows() if row.period.holds(day))
    return EndpointIndex(e for row in held for e in _endpoints(row, home, day))


@lru_cache(maxsize=1)
def forests() -> Mapping[str, Forest]:
    """The forests by name, as the data has them."""
    found = service_data("service.yaml")["forests"]
    made = (Forest(**{**row, "mx_addresses": tuple(row["mx_addresses"])}) for row in found)
    return {forest.name: forest for forest in made}


def next_change(day: date) -> date | None:
    """The first day after this one on which something else listens, or is published elsewhere."""
    periods = [p for row in rows() for p in (row.period, *(p for _, p in row.addresses))]
    periods += [name.period for row in rows() for name in row.published]
    edges = (edge for p in periods for edge in (p.since, p.until) if edge is not None)
    return min((edge for edge in edges if edge > day), default=None)


def _endpoints(row: EndpointRow, home: str, day: date) -> Iterable[Endpoint]:
    if row.addresses:
        yield _endpoint(row, home, row.on(day))
        return
    for forest in forests().values():
        yield _endpoint(row, forest.name, forest.mx_addresses)


def _endpoint(row: EndpointRow, site: str, addresses: Iterable[str]) -> Endpoint:
    listens = (
        Listen(a, port, "starttls", row.certificate) for a in addresses for port in row.ports
    )
    return Endpoint(
        row.id, site, tuple(listens), row.can, row.dialect, row.idle_timeout, row.session_timeout
    )


def _row(data: Mapping[str, Any]) -> EndpointRow:
    certificate = data["certificate"]
    return EndpointRow(
        id=data["id"],
        client_name=data.get("client_name", ""),
        can=frozenset(Trait(word) for word in data["can"]),
        ports=tuple(data["ports"]),
        period=Period.of(data),
        addresses=tuple((a["address"], Period.of(a)) for a in data.get("addresses", ())),
        published=tuple(_published(p) for p in data.get("published", ())),
        certificate=tuple(dict.fromkeys((certificate["common_name"], *certificate["names"]))),
        dialect=data.get("dialect", data["id"]),
        host=data["host"],
        suffix=data["suffix"],
        idle_timeout=float(data["idle_timeout"]),
        session_timeout=float(data["session_timeout"]) if "session_timeout" in data else None,
    )


def _published(data: Mapping[str, Any]) -> Published:
    confidence = Confidence[data["confidence"].upper()]
    return Published(data["name"], data["ttl"], Period.of(data), confidence, data["source"])
