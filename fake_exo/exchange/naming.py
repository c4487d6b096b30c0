"""Which names lead where: the zones of a world's tenants, the MX hosts, and what the service's
addresses are called. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from fake_exo import dns
from fake_exo.exchange.endpoint import forests, rows
from fake_exo.exchange.labels import mx_host
from fake_exo.exchange.tenant import Tenant
from fake_exo.exchange.zones import Hosts, recommended_zone, service_names
from fake_exo.kernel.errors import ServiceError


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
