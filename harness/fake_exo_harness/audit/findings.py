"""What an audit looks at, and what it finds."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from ipaddress import IPv4Network, ip_network

from fake_exo import (
    AcceptedDomain,
    BlockedAddress,
    ConnectorType,
    InboundConnector,
    Record,
    Tenant,
    World,
    Zone,
    check_spf,
    present,
)
from fake_exo_harness.scenario import Location


class Severity(Enum):
    """As SARIF names them: mail is lost; mail may be lost or junked; worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is the thing concerned (a domain, a connector); `place` where it is written, if it
    is known."""

    rule: str
    severity: Severity
    about: str
    message: str
    fix: str
    place: Location | None = None


# What a rule yields: what it is about, a message, and where that is written.
Found = Iterator[tuple[str, str, Location | None]]


@dataclass(frozen=True)
class AuditSubject:
    """One tenant with the zones that its owner publishes, the addresses that its mail leaves
    from, and a world in which to ask."""

    tenant: Tenant
    world: World
    zones: Mapping[str, Zone]
    egress: Sequence[str] = ()
    blocked: Sequence[BlockedAddress] = ()
    zone_places: Mapping[str, Location] = field(default_factory=dict)
    place_of: Callable[[object], Location | None] = lambda thing: None

    @cached_property
    def domains(self) -> tuple[AcceptedDomain, ...]:
        """Custom domains that are set up: what devices send from."""
        return tuple(d for d in self.tenant.accepted_domains if d.verified and not d.initial)

    @cached_property
    def published(self) -> tuple[AcceptedDomain, ...]:
        """Those of them whose zone is known."""
        return tuple(d for d in self.domains if d.name.lower() in self.zones)

    @cached_property
    def relays(self) -> tuple[InboundConnector, ...]:
        """Connectors that let devices relay."""
        mine = self.tenant.connectors
        return tuple(c for c in mine if c.enabled and c.connector_type is ConnectorType.ON_PREMISES)

    def addresses(self) -> Iterator[tuple[InboundConnector, IPv4Network]]:
        for connector in self.relays:
            for text in connector.sender_ip_addresses:
                yield connector, IPv4Network(text, strict=False)

    def ends(self) -> Iterator[tuple[InboundConnector, str]]:
        """The first and the last address of each public network of each connector."""
        for connector, network in self.addresses():
            if is_private(network):
                continue
            for address in dict.fromkeys([network[0], network[-1]]):
                yield connector, str(address)

    def records(self, name: str, type_: str) -> tuple[Record, ...]:
        """What the zone publishes under a name, aliases not followed."""
        zone = self.world.estate.zone(self._apex(name))
        every = zone.records if zone is not None else ()
        return tuple(r for r in every if r.type == type_ and r.name.lower() == name.lower())

    def spf(self, client_ip: str, domain: str) -> tuple[str, str]:
        """What SPF says of mail from a domain that an address delivers, and why."""
        found = check_spf(self.world.names, client_ip, domain, self.world.now())
        return found.result.value, found.reason

    def _apex(self, name: str) -> str:
        parts = name.lower().split(".")
        tails = (".".join(parts[i:]) for i in range(len(parts)))
        return next((tail for tail in tails if tail in self.zones), name)

    def texts(self, name: str, prefix: str) -> list[str]:
        """TXT records of a name that begin so."""
        found = (_text(r) for r in self.records(name, "TXT"))
        return [text for text in found if text.lower().startswith(prefix)]

    def place(self, domain: str, token: str = "") -> Location | None:
        """Where a domain's zone is written; the line with `token`, if there is one."""
        place = self.zone_places.get(domain.lower())
        if place is None or not token:
            return place
        lines = place.path.read_text("utf-8", "replace").splitlines()
        for number, line in enumerate(lines[place.line - 1 :], place.line):
            if token.lower() in line.lower():
                return Location(place.path, number, line.lower().index(token.lower()) + 1)
        return place


def _text(record: Record) -> str:
    return str(getattr(record.data, "text", "")) or present(record.data).strip('"')


# Documentation ranges are private to Python, and public to everybody who rehearses.
_PRIVATE = tuple(
    IPv4Network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8")
)


def is_private(network: IPv4Network) -> bool:
    """Whether the service can never see an address of it."""
    return any(network.subnet_of(private) for private in _PRIVATE)


def network_of(text: str) -> IPv4Network | None:
    """An ip4: value as a network; None when it is none."""
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Network) else None
