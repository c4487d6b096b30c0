"""Which names lead where: the zones of a world's tenants, the MX hosts, and what the service's
addresses are called. Pure."""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fake_exo import dns
from fake_exo.exchange.endpoint import forests, next_change, rows
from fake_exo.exchange.index import Index, index
from fake_exo.exchange.labels import mx_host
from fake_exo.exchange.tenant import Tenant
from fake_exo.exchange.zones import (
    Hosts,
    initial_zone,
    mx_records,
    recommended_zone,
    service_names,
)
from fake_exo.kernel.errors import ServiceError


class Naming:
    """What tenants and the zones that they publish make of the DNS. The zones are the value; all
    else follows from the tenants, is made when somebody asks, and is not pickled."""

    __slots__ = ("_indexes", "_names", "_tenants", "published")

    def __init__(
        self,
        tenants: Iterable[Tenant] = (),
        published: Iterable[dns.Zone] = (),
        indexes: "_Indexes | None" = None,
    ) -> None:
        self._tenants = {tenant.name: tenant for tenant in tenants}
        self.published: Mapping[str, dns.Zone] = {zone.origin: zone for zone in published}
        self._indexes = indexes
        self._names: dict[date | None, dns.Names] = {}  # by the day on which they change

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Naming) and self.published == other.published

    def __hash__(self) -> int:
        return hash(tuple(sorted(self.published)))

    def __reduce__(
        self,
    ) -> tuple[type["Naming"], tuple[tuple[Tenant, ...], tuple[dns.Zone, ...]]]:
        return Naming, (tuple(self._tenants.values()), tuple(self.published.values()))

    def names(self, day: date) -> dns.Names:
        """Everything that the name service holds on a day."""
        until = next_change(day)
        if until not in self._names:
            own = _service(day)
            joined = (own[origin] for origin in self.published if origin in own)
            zones = (*self.published.values(), *joined)
            self._names[until] = dns.Names(zones, source=_Source(self.indexes, day))
        return self._names[until]

    def zone(self, origin: str) -> dns.Zone | None:
        """The zone of a domain: as published, or as recommended for an accepted domain."""
        origin = origin.lower().rstrip(".")
        return self.published.get(origin) or self.indexes.recommended(origin)

    def called(self, address: str) -> Container[str]:
        """The MX hosts that have an address of the service."""
        return _Called(self.indexes, address)

    def with_tenant(self, tenant: Tenant) -> "Naming":
        """With this tenant added or replaced; the same one if no name depends on the change."""
        old = self._tenants.get(tenant.name)
        if old is not None and _named(old) == _named(tenant):
            return self
        tenants = {**self._tenants, tenant.name: tenant}
        return Naming(
            tenants.values(), self.published.values(), self.indexes.changed(old, tenant, tenants)
        )

    def with_zone(self, zone: dns.Zone) -> "Naming":
        """With this zone published, in place of one of the same origin."""
        published = {**self.published, zone.origin: zone}
        return Naming(self._tenants.values(), published.values(), self.indexes)

    @property
    def indexes(self) -> "_Indexes":
        if self._indexes is None:
            tenants = self._tenants.items()
            self._indexes = _Indexes(
                index((name, _customers(tenant)) for name, tenant in tenants),
                index((name, _initial(tenant)) for name, tenant in tenants),
                index((name, hosts(tenant)) for name, tenant in tenants),
            )
        return self._indexes


@dataclass(frozen=True, slots=True)
class _Indexes:
    """`customers`: the spelling of each domain, and its tenant's initial domain; `initials`: of
    each initial domain the others of its tenant; `hosts`: the addresses of each MX host."""

    customers: Index[str, tuple[str, str]]
    initials: Index[str, tuple[str, ...]]
    hosts: Index[str, tuple[str, ...]]

    def changed(self, old: Tenant | None, new: Tenant, tenants: Mapping[str, Tenant]) -> "_Indexes":
        customers, initial, found = _customers(new), _initial(new), hosts(new)
        gone = ([], [], []) if old is None else (_customers(old), _initial(old), hosts(old))
        return _Indexes(
            self.customers.changed(new.name, gone[0], customers, lambda: customers, tenants),
            self.initials.changed(new.name, gone[1], initial, lambda: initial, tenants),
            self.hosts.changed(new.name, gone[2], found, lambda: found, tenants),
        )

    def recommended(self, origin: str) -> dns.Zone | None:
        """What the owner of a domain was told to publish, or what Microsoft holds of a tenant's
        initial one."""
        if (said := self.customers.last(origin)) is not None:
            return _recommended(*said[1])
        mine = self.initials.last(origin)
        return None if mine is None else _initial_zone(origin, mine[1])


class _Source(dns.ZoneSource):
    """The zones of a day that nobody published: Microsoft's own, and the recommended ones."""

    def __init__(self, indexes: _Indexes, day: date) -> None:
        self._indexes, self._day = indexes, day
        self._own = _service(day)

    def zone(self, origin: str, name: str) -> dns.Zone | None:
        own = self._own.get(origin)
        if own is None:
            return self._indexes.recommended(origin)
        said = self._indexes.hosts.last(name)
        return own if said is None else _with_host(origin, name, said[1], self._day)


class _Called(Container[str]):
    """Names under which a client may know the server at an address."""

    def __init__(self, indexes: _Indexes, address: str) -> None:
        self._hosts, self._address = indexes.hosts, address

    def __contains__(self, name: object) -> bool:
        said = self._hosts.last(name) if isinstance(name, str) else None
        return said is not None and self._address in said[1]


@lru_cache(maxsize=4_096)
def _recommended(domain: str, initial_domain: str) -> dns.Zone:
    return recommended_zone(domain, initial_domain=initial_domain)


@lru_cache(maxsize=4_096)
def _initial_zone(initial_domain: str, domains: tuple[str, ...]) -> dns.Zone:
    return initial_zone(initial_domain, domains)


@lru_cache(maxsize=4_096)
def _with_host(origin: str, host: str, addresses: tuple[str, ...], day: date) -> dns.Zone:
    """A zone of Microsoft's with one of the MX hosts in it: no answer needs two."""
    return _service(day)[origin].with_records(*mx_records(host, addresses))


@lru_cache(maxsize=64)
def _service(day: date) -> Mapping[str, dns.Zone]:
    """Microsoft's own zones on a day, without MX hosts, and where the endpoints are."""
    found: Hosts = {
        name.name: (row.on(day), name.ttl)
        for row in rows()
        if row.period.holds(day)
        for name in row.published
        if name.period.holds(day)
    }
    return {zone.origin: zone for zone in service_names({}, found, day)}


def _named(tenant: Tenant) -> tuple[object, ...]:
    """All of a tenant that names depend on."""
    return tenant.forest, tenant.initial_domain, tenant.accepted_domains


def _customers(tenant: Tenant) -> list[tuple[str, tuple[str, str]]]:
    """The domains whose owner was told what to publish."""
    initial = tenant.initial_domain
    return [(d.name.lower(), (d.name, initial)) for d in tenant.accepted_domains if not d.initial]


def _initial(tenant: Tenant) -> list[tuple[str, tuple[str, ...]]]:
    """The initial domain, with the others whose DKIM aliases lead into it."""
    others = tuple(domain for domain, _ in _customers(tenant))
    return [(tenant.initial_domain.lower(), others)]


def hosts(tenant: Tenant) -> list[tuple[str, tuple[str, ...]]]:
    """The MX host of every domain that is set up, with the addresses of its forest. Raises
    ServiceError for a domain that can have none."""
    addresses = forests()[tenant.forest].mx_addresses
    names = [d.name for d in tenant.accepted_domains if d.verified]
    return [(_mx_host(tenant, name), addresses) for name in (*names, tenant.initial_domain)]


def _mx_host(tenant: Tenant, domain: str) -> str:
    try:
        return mx_host(domain)
    except dns.RecordError as error:
        raise ServiceError(f"tenant {tenant.name}: {domain} has no MX host name: {error}") from None
