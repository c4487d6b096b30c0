"""Which names lead where: the zones of a world's tenants, the MX hosts, and what the service's
addresses are called. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from fake_exo import dns
from fake_exo.exchange.endpoint import forests, next_change, rows
from fake_exo.exchange.labels import mx_host
from fake_exo.exchange.tenant import Tenant
from fake_exo.exchange.zones import Hosts, recommended_zone, service_names
from fake_exo.kernel.errors import ServiceError


class Naming:
    """What tenants and the zones that they publish make of the DNS. The zones are the value; all
    else follows from the tenants, is made when somebody asks, and is not pickled."""

    __slots__ = ("_called", "_names", "_tenants", "published")

    def __init__(self, tenants: Iterable[Tenant] = (), published: Iterable[dns.Zone] = ()) -> None:
        self._tenants = {tenant.name: tenant for tenant in tenants}
        self.published: Mapping[str, dns.Zone] = {zone.origin: zone for zone in published}
        self._names: dict[date | None, dns.Names] = {}  # by the day on which they change
        self._called: dict[str, frozenset[str]] | None = None

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
            zones = (*self._zones().values(), *microsoft(self._hosts(), day))
            self._names[until] = dns.Names(zones)
        return self._names[until]

    def zone(self, origin: str) -> dns.Zone | None:
        """The zone of a domain: as published, or as recommended for an accepted domain."""
        return self._zones().get(origin.lower().rstrip("."))

    def called(self, address: str) -> frozenset[str]:
        """The MX hosts that have an address of the service."""
        if self._called is None:
            self._called = names_by_address(self._hosts())
        return self._called.get(address, frozenset())

    def with_tenant(self, tenant: Tenant) -> "Naming":
        """With this tenant added or replaced; the same one if no name depends on the change."""
        old = self._tenants.get(tenant.name)
        if old is not None and _named(old) == _named(tenant):
            return self
        tenants = {**self._tenants, tenant.name: tenant}
        return Naming(tenants.values(), self.published.values())

    def with_zone(self, zone: dns.Zone) -> "Naming":
        """With this zone published, in place of one of the same origin."""
        return Naming(self._tenants.values(), {**self.published, zone.origin: zone}.values())

    def _zones(self) -> dict[str, dns.Zone]:
        return all_zones(self._tenants.values(), self.published)

    def _hosts(self) -> dict[str, tuple[str, ...]]:
        return hosts(self._tenants.values())


def _named(tenant: Tenant) -> tuple[object, ...]:
    """All of a tenant that names depend on."""
    return tenant.forest, tenant.initial_domain, tenant.accepted_domains


def all_zones(tenants: Iterable[Tenant], published: Mapping[str, dns.Zone]) -> dict[str, dns.Zone]:
    """The zones as published; a domain whose owner published none has the recommended one."""
    recommended = {
        domain.name.lower(): recommended_zone(domain.name, initial_domain=t.initial_domain)
        for t in tenants
        for domain in t.accepted_domains
        if not domain.initial
    }
    return {**recommended, **published}


def hosts(tenants: Iterable[Tenant]) -> dict[str, tuple[str, ...]]:
    """The MX host of every domain that is set up, with the addresses of its forest."""
    found: dict[str, tuple[str, ...]] = {}
    for tenant in tenants:
        addresses = forests()[tenant.forest].mx_addresses
        names = [d.name for d in tenant.accepted_domains if d.verified]
        for name in (*names, tenant.initial_domain):
            found[_mx_host(tenant, name)] = addresses
    return found


def names_by_address(hosts: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """What each address of the service is called."""
    found: dict[str, set[str]] = {}
    for host, addresses in hosts.items():
        for address in addresses:
            found.setdefault(address, set()).add(host)
    return {address: frozenset(names) for address, names in found.items()}


def _mx_host(tenant: Tenant, domain: str) -> str:
    try:
        return mx_host(domain)
    except dns.RecordError as error:
        raise ServiceError(f"tenant {tenant.name}: {domain} has no MX host name: {error}") from None


def microsoft(hosts: Mapping[str, Sequence[str]], day: date) -> tuple[dns.Zone, ...]:
    """Microsoft's own zones on a day, with the MX hosts and where the endpoints are."""
    found: Hosts = {
        name.name: (row.on(day), name.ttl)
        for row in rows()
        if row.period.holds(day)
        for name in row.published
        if name.period.holds(day)
    }
    return service_names(hosts, found, day)
