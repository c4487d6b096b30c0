"""Who is who, over all tenants: domains, recipients, logins, connectors. Pure and immutable.

Every question a rule asks is answered by a dictionary, so that neither the number of tenants
nor that of connectors shows in the time an answer takes. A changed directory shares with the one
that it came from all that did not change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv4Network
from itertools import compress, count, repeat
from operator import attrgetter, is_, is_not
from typing import NamedTuple, TypeVar

from fake_exo.exchange.index import Index, index
from fake_exo.exchange.tenant import (
    OBJECTS,
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

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")
Recipient = Mailbox | Group | Contact
Listed = Recipient | Account
Network = tuple[int, int]  # length of the prefix, and the address as a number


_MOST_DOMAINS = 4096  # of which it is remembered who hosts them


@dataclass(frozen=True, slots=True)
class Hosted:
    """An accepted, verified domain and the tenant that holds it."""

    tenant: Tenant
    domain: AcceptedDomain


class Known(NamedTuple):
    """A recipient that exists, and where."""

    tenant: Tenant
    recipient: Recipient


class Login(NamedTuple):
    """An account that signs in, and where."""

    tenant: Tenant
    account: Account


@dataclass(frozen=True, slots=True)
class ConnectorMatch:
    """An OnPremises connector that a session matches; `exactness` orders several."""

    tenant: Tenant
    connector: InboundConnector
    exactness: int


@lru_cache(maxsize=4096)
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


@dataclass(frozen=True, slots=True)
class Indexes:
    """What tenants say, by what is asked for; `prefixes`: lengths that networks have."""

    recipients: Index[str, Recipient]
    logins: Index[str, Account]
    domains: Index[str, AcceptedDomain]
    networks: Index[Network, InboundConnector]
    certificates: Index[str, InboundConnector]
    prefixes: tuple[int, ...]


class Directory:
    """A set of tenants, in their order. Indexes are made when somebody asks; they are no part of
    the value, and are not pickled."""

    __slots__ = ("_hosted", "_indexes", "tenants")

    def __init__(self, tenants: Iterable[Tenant] = (), indexes: Indexes | None = None) -> None:
        self.tenants: Mapping[str, Tenant] = {tenant.name: tenant for tenant in tenants}
        self._indexes = indexes
        self._hosted: dict[str, Hosted | None] = {}  # by domain, as far as asked for

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Directory):
            return NotImplemented
        return tuple(self.tenants.values()) == tuple(other.tenants.values())

    def __hash__(self) -> int:
        return hash(tuple(self.tenants))

    def __reduce__(self) -> tuple[type["Directory"], tuple[tuple[Tenant, ...]]]:
        return Directory, (tuple(self.tenants.values()),)

    @property
    def indexes(self) -> Indexes:
        if self._indexes is None:
            self._indexes = _indexes(self.tenants)
        return self._indexes

    def prepare(self) -> None:
        """Make the indexes now, so that the first who asks need not wait for them."""
        self._indexes = self.indexes

    # ---- changes -------------------------------------------------------------------------------

    def with_tenant(self, tenant: Tenant) -> "Directory":
        """The same directory with this tenant added, or replaced by name."""
        old = self.tenants.get(tenant.name)
        if old is None:
            return self._changed(tenant, (), _people(tenant))
        gone: list[Listed] = []
        come: list[Listed] = []
        for was, now in zip(_kinds(old), _kinds(tenant), strict=True):
            less, more = difference(was, now)
            gone += less
            come += more
        return self._changed(tenant, gone, come)

    def with_mailbox(self, name: str, mailbox: Mailbox) -> "Directory":
        """The same directory with this mailbox of a tenant added, or replaced by its address."""
        tenant = self.tenants[name]
        boxes, old = tenant.mailboxes, self._mailbox(name, mailbox.address)
        if old is None:
            return self._changed(replace(tenant, mailboxes=(*boxes, mailbox)), (), [mailbox])
        at = next(compress(count(), map(is_, boxes, repeat(old))))
        changed = replace(tenant, mailboxes=(*boxes[:at], mailbox, *boxes[at + 1 :]))
        return self._changed(changed, [old], [mailbox])

    def without_mailbox(self, name: str, address: str) -> "Directory":
        """The same directory without this mailbox of a tenant. Raises KeyError for an unknown."""
        tenant, old = self.tenants[name], self._mailbox(name, address)
        if old is None:
            raise KeyError(address)
        boxes = tuple(box for box in tenant.mailboxes if box is not old)
        return self._changed(replace(tenant, mailboxes=boxes), [old], ())

    def _mailbox(self, name: str, address: str) -> Mailbox | None:
        """A tenant's mailbox by its primary address."""
        address = address.lower()
        for owner, found in self.indexes.recipients.every(address):
            if owner == name and isinstance(found, Mailbox) and found.address.lower() == address:
                return found
        return None

    def _changed(
        self, tenant: Tenant, gone: Iterable[Listed], come: Iterable[Listed]
    ) -> "Directory":
        tenants = {**self.tenants, tenant.name: tenant}
        change = _Change(self.tenants.get(tenant.name), tenant, tenants)
        return Directory(tenants.values(), change.of(self.indexes, gone, come))

    # ---- questions -----------------------------------------------------------------------------

    def hosted(self, domain: str) -> Hosted | None:
        """The tenant that hosts a domain: exact, else a parent with MatchSubDomains."""
        domain = domain.lower()
        try:
            return self._hosted[domain]
        except KeyError:
            return self._remember(domain, self._host_of(domain))

    def _remember(self, domain: str, found: Hosted | None) -> Hosted | None:
        if len(self._hosted) >= _MOST_DOMAINS:  # names of the outside have no end
            self._hosted.clear()
        self._hosted[domain] = found
        return found

    def _host_of(self, domain: str) -> Hosted | None:
        found = self._exactly(domain)
        while found is None and "." in domain:
            domain = domain.partition(".")[2]
            parent = self._exactly(domain)
            if parent is not None and parent.domain.match_subdomains:
                found = parent
        return found

    def _exactly(self, domain: str) -> Hosted | None:
        said = self.indexes.domains.last(domain)
        return None if said is None else Hosted(self.tenants[said[0]], said[1])

    def recipient(self, address: str) -> Known | None:
        said = self.indexes.recipients.last(address.lower())
        return None if said is None else Known(self.tenants[said[0]], said[1])

    def login(self, user: str) -> Login | None:
        """The account a user principal name signs in to; aliases do not sign in."""
        said = self.indexes.logins.last(user.lower())
        return None if said is None else Login(self.tenants[said[0]], said[1])

    def connectors_for_address(self, address: str) -> Iterator[ConnectorMatch]:
        """OnPremises connectors of all tenants that list the address, longest prefix first."""
        number = ipv4_number(address)
        if number is None:
            return
        held = self.indexes
        for prefix in held.prefixes:
            network = number >> (32 - prefix) << (32 - prefix) if prefix else 0
            for name, connector in held.networks.every((prefix, network)):
                yield ConnectorMatch(self.tenants[name], connector, prefix)

    def connectors_for_certificate(self, names: Iterable[str]) -> list[ConnectorMatch]:
        """OnPremises connectors whose certificate name covers one of these, most exact first."""
        held = self.indexes.certificates
        found = [
            ConnectorMatch(self.tenants[owner], connector, _exactness(candidate))
            for name in names
            for candidate in _covering(name.lower())
            for owner, connector in held.every(candidate)
        ]
        return sorted(found, key=lambda match: (-match.exactness, match.connector.name))


class _Change:
    """One tenant replaced or added: what that makes of each index."""

    def __init__(self, old: Tenant | None, new: Tenant, tenants: Mapping[str, Tenant]) -> None:
        self._old, self._new, self._tenants = old, new, tenants

    def of(self, held: Indexes, gone: Iterable[Listed], come: Iterable[Listed]) -> Indexes:
        old, new, order = self._old, self._new, self._tenants
        networks = held.networks
        certificates = held.certificates
        if old is None or old.connectors is not new.connectors:
            networks = self._restated(networks, _networks)
            certificates = self._restated(certificates, _certificates)
        return Indexes(
            recipients=held.recipients.changed(
                new.name, _by_address(gone), _by_address(come), lambda: _recipients(new), order
            ),
            logins=held.logins.changed(
                new.name, _by_login(gone), _by_login(come), lambda: _logins(new), order
            ),
            domains=self._restated(held.domains, _domains),
            networks=networks,
            certificates=certificates,
            prefixes=_prefixes(held.prefixes, _networks(new))
            if networks is not held.networks
            else held.prefixes,
        )

    def _restated(
        self, held: Index[K, V], says: Callable[[Tenant], list[tuple[K, V]]]
    ) -> Index[K, V]:
        before, now = says(self._old) if self._old else [], says(self._new)
        if before == now:
            return held
        return held.changed(self._new.name, before, now, lambda: now, self._tenants)


# ---- what a tenant says ------------------------------------------------------------------------


def _indexes(tenants: Mapping[str, Tenant]) -> Indexes:
    def said(says: Callable[[Tenant], list[tuple[K, V]]]) -> Index[K, V]:
        return index((name, says(tenant)) for name, tenant in tenants.items())

    every = [network for tenant in tenants.values() for network in _networks(tenant)]
    return Indexes(
        recipients=said(_recipients),
        logins=said(_logins),
        domains=said(_domains),
        networks=said(_networks),
        certificates=said(_certificates),
        prefixes=_prefixes((), every),
    )


# Everybody with an address, by kind.
_kinds: Callable[[Tenant], tuple[tuple[Listed, ...], ...]] = attrgetter(
    *(row.key for row in OBJECTS if row.identity == "address")
)


def _people(tenant: Tenant) -> list[Listed]:
    return [one for kind in _kinds(tenant) for one in kind]


def _recipients(tenant: Tenant) -> list[tuple[str, Recipient]]:
    return _by_address(_people(tenant))


def _logins(tenant: Tenant) -> list[tuple[str, Account]]:
    return _by_login(_people(tenant))


def _by_address(people: Iterable[Listed]) -> list[tuple[str, Recipient]]:
    recipients = (one for one in people if isinstance(one, Recipient))
    return [(address, one) for one in recipients for address in addresses_of(one)]


def _by_login(people: Iterable[Listed]) -> list[tuple[str, Account]]:
    accounts = (one for one in people if isinstance(one, Account))
    return [((one.user_principal_name or one.address).lower(), one) for one in accounts]


def _domains(tenant: Tenant) -> list[tuple[str, AcceptedDomain]]:
    initial = AcceptedDomain(tenant.initial_domain, initial=True)
    every = (initial, *tenant.accepted_domains)
    return [(domain.name.lower(), domain) for domain in every if domain.verified]


def _on_premises(tenant: Tenant) -> Iterator[InboundConnector]:
    """Partner connectors are looked up inside the recipient's tenant, never across tenants."""
    for connector in tenant.connectors:
        if connector.enabled and connector.connector_type is ConnectorType.ON_PREMISES:
            yield connector


def _networks(tenant: Tenant) -> list[tuple[Network, InboundConnector]]:
    return [(_network(t), c) for c in _on_premises(tenant) for t in c.sender_ip_addresses]


@lru_cache(maxsize=65_536)
def _network(text: str) -> Network:
    network = IPv4Network(text, strict=False)
    return network.prefixlen, int(network.network_address)


def _prefixes(known: Iterable[int], networks: Iterable[tuple[Network, object]]) -> tuple[int, ...]:
    return tuple(sorted({*known, *(prefix for (prefix, _), _ in networks)}, reverse=True))


def _certificates(tenant: Tenant) -> list[tuple[str, InboundConnector]]:
    named = ((c.tls_sender_certificate_name, c) for c in _on_premises(tenant))
    return [(name.lower(), connector) for name, connector in named if name]


def _exactness(name: str) -> int:
    return len(name) + (0 if "*" in name else 1000)


def difference(was: Sequence[T], now: Sequence[T]) -> tuple[list[T], list[T]]:
    """What the one has that the other has not, by identity and place; beyond what both begin and
    end with, where one is longer."""
    if was is now:
        return [], []
    if len(was) == len(now):
        other = list(compress(range(len(was)), map(is_not, was, now)))
        return [was[at] for at in other], [now[at] for at in other]
    start = _alike(was, now)
    end = min(_alike(was[::-1], now[::-1]), min(len(was), len(now)) - start)
    return list(was[start : len(was) - end]), list(now[start : len(now) - end])


def _alike(was: Sequence[T], now: Sequence[T]) -> int:
    """With how many of the same both begin."""
    return next(compress(count(), map(is_not, was, now)), min(len(was), len(now)))


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
