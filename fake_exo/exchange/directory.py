"""Who is who, over all tenants: domains, recipients, logins, connectors. Pure and immutable.

Every question a rule asks is answered by a dictionary, so that neither the number of tenants
nor that of connectors shows in the time an answer takes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network

from fake_exo.exchange.tenant import (
    AcceptedDomain,
    Account,
    ConnectorType,
    Contact,
    DomainType,
    Group,
    InboundConnector,
    Mailbox,
    Tenant,
)

Recipient = Mailbox | Group | Contact


@dataclass(frozen=True, slots=True)
class Hosted:
    """An accepted, verified domain and the tenant that holds it."""

    tenant: Tenant
    domain: AcceptedDomain


@dataclass(frozen=True, slots=True)
class Known:
    """A recipient that exists, and where."""

    tenant: Tenant
    recipient: Recipient


@dataclass(frozen=True, slots=True)
class Login:
    """An account that signs in, and where."""

    tenant: Tenant
    account: Account


@dataclass(frozen=True, slots=True)
class ConnectorMatch:
    """An OnPremises connector that a session matches; `exactness` orders several."""

    tenant: Tenant
    connector: InboundConnector
    exactness: int


def domain_of(address: str) -> str:
    """The domain of an address, folded; empty for the null sender."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


@lru_cache(maxsize=65_536)
def ipv4_number(address: str) -> int | None:
    try:
        return int(IPv4Address(address))
    except AddressValueError:
        return None


def matches_name(pattern: str, name: str) -> bool:
    """Whether a certificate or domain pattern (`*.x` or `x`) covers a name (itself maybe `*.x`)."""
    pattern, name = pattern.lower(), name.lower()
    if pattern == name or pattern == "*":
        return True
    return pattern.startswith("*.") and name.endswith(pattern[1:]) and name != pattern[1:]


class Directory:
    """The index over a set of tenants."""

    def __init__(self, tenants: Iterable[Tenant] = ()) -> None:
        self.tenants: dict[str, Tenant] = {tenant.name: tenant for tenant in tenants}
        self._domains: dict[str, Hosted] = {}
        self._recipients: dict[str, Known] = {}
        self._logins: dict[str, Login] = {}
        self._by_address: dict[tuple[int, int], list[ConnectorMatch]] = defaultdict(list)
        self._by_certificate: dict[str, list[ConnectorMatch]] = defaultdict(list)
        self._prefixes: tuple[int, ...] = ()
        for tenant in self.tenants.values():
            self._add(tenant)

    def _add(self, tenant: Tenant) -> None:
        initial = AcceptedDomain(tenant.initial_domain, initial=True)
        for domain in (initial, *tenant.accepted_domains):
            if domain.verified:
                self._domains[domain.name.lower()] = Hosted(tenant, domain)
        recipients: tuple[Recipient, ...] = (*tenant.mailboxes, *tenant.groups, *tenant.contacts)
        for recipient in recipients:
            for address in addresses_of(recipient):
                self._recipients[address] = Known(tenant, recipient)
        accounts: tuple[Account, ...] = (*tenant.mailboxes, *tenant.hve_accounts)
        for account in accounts:
            login = (account.user_principal_name or account.address).lower()
            self._logins[login] = Login(tenant, account)
        for connector in tenant.connectors:
            self._add_connector(tenant, connector)

    def _add_connector(self, tenant: Tenant, connector: InboundConnector) -> None:
        # Partner connectors are looked up inside the recipient's tenant, never across tenants.
        if not connector.enabled or connector.connector_type is not ConnectorType.ON_PREMISES:
            return
        for text in connector.sender_ip_addresses:
            network = IPv4Network(text, strict=False)
            key = (network.prefixlen, int(network.network_address))
            self._by_address[key].append(ConnectorMatch(tenant, connector, network.prefixlen))
        self._prefixes = tuple(sorted({p for p, _ in self._by_address}, reverse=True))
        if name := connector.tls_sender_certificate_name:
            match = ConnectorMatch(tenant, connector, len(name) + (0 if "*" in name else 1000))
            self._by_certificate[name.lower()].append(match)

    def with_tenant(self, tenant: Tenant) -> "Directory":
        """The same directory with this tenant added, or replaced by name."""
        return Directory({**self.tenants, tenant.name: tenant}.values())

    def hosted(self, domain: str) -> Hosted | None:
        """The tenant that hosts a domain: exact, else a parent with MatchSubDomains."""
        domain = domain.lower()
        found = self._domains.get(domain)
        while found is None and "." in domain:
            domain = domain.partition(".")[2]
            parent = self._domains.get(domain)
            if parent is not None and parent.domain.match_subdomains:
                found = parent
        return found

    def recipient(self, address: str) -> Known | None:
        return self._recipients.get(address.lower())

    def login(self, user: str) -> Login | None:
        """The account a user principal name signs in to; aliases do not sign in."""
        return self._logins.get(user.lower())

    def connectors_for_address(self, address: str) -> Iterator[ConnectorMatch]:
        """OnPremises connectors of all tenants that list the address, longest prefix first."""
        number = ipv4_number(address)
        if number is None:
            return
        for prefix in self._prefixes:
            network = number >> (32 - prefix) << (32 - prefix) if prefix else 0
            yield from self._by_address.get((prefix, network), ())

    def connectors_for_certificate(self, names: Iterable[str]) -> list[ConnectorMatch]:
        """OnPremises connectors whose certificate name covers one of these, most exact first."""
        found: list[ConnectorMatch] = []
        for name in names:
            for candidate in _covering(name.lower()):
                found.extend(self._by_certificate.get(candidate, ()))
        return sorted(found, key=lambda match: (-match.exactness, match.connector.name))


def _covering(name: str) -> Iterator[str]:
    """All patterns that cover a name: itself, and `*.` with each of its parents."""
    yield name
    rest = name.removeprefix("*.") if name.startswith("*.") else name.partition(".")[2]
    while "." in rest:
        yield f"*.{rest}"
        rest = rest.partition(".")[2]


def addresses_of(recipient: Recipient) -> tuple[str, ...]:
    """All SMTP addresses of a recipient, folded."""
    aliases = () if isinstance(recipient, Contact) else recipient.aliases
    return tuple(address.lower() for address in (recipient.address, *aliases))


def edge_blocks(hosted: Hosted) -> bool:
    """Directory-based edge blocking is on for authoritative domains."""
    return hosted.domain.type is DomainType.AUTHORITATIVE
