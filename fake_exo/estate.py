"""An estate: everything that is set up before something happens, as one value.

Tenants, the zones that they publish, reputation lists, other people's mail servers, and what is
chosen of the service. No clock, no counters: those belong to a run of it, which is a `World`.
A change gives a new estate that shares the rest, indexes too.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace

from fake_exo import dns
from fake_exo.exchange.admission import check_tenant
from fake_exo.exchange.directory import Directory
from fake_exo.exchange.lists import BlockedAddress, BlockList
from fake_exo.exchange.naming import Naming
from fake_exo.exchange.reputation import Reputation
from fake_exo.exchange.service import check_choices, profile
from fake_exo.exchange.tenant import Mailbox, Tenant
from fake_exo.kernel.canonical import digest
from fake_exo.kernel.errors import ServiceError
from fake_exo.rules.limits import Value
from fake_exo.smtp.elsewhere.behaviours import MailHost

_INTERNET = "198.51.100.25"  # of a documentation network (RFC 5737): nobody's


@dataclass(frozen=True, slots=True)
class Estate:
    """What a world is a run of; made by `of`, changed by methods.

    `elsewhere`: mail servers that are not the service's (the old one, a customer's), one an
    address. `switches` and `limits`: where they are not the service's defaults; `texts`: words of
    one's own for replies, by id, where nobody has published the service's.
    Methods raise ServiceError for what cannot be set up.
    """

    directory: Directory
    naming: Naming
    reputation: Reputation
    elsewhere: frozenset[MailHost]
    switches: Mapping[str, bool]
    limits: Mapping[str, Value]
    texts: Mapping[str, str]

    @classmethod
    def of(
        cls,
        tenants: Iterable[Tenant] = (),
        *,
        zones: Iterable[dns.Zone] = (),
        blocked: Iterable[BlockedAddress] = (),
        elsewhere: Iterable[MailHost] = (),
        switches: Mapping[str, bool] | None = None,
        limits: Mapping[str, Value] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> "Estate":
        """The estate of all this. Raises ServiceError for what cannot be set up."""
        directory = Directory(tenants)
        for tenant in directory.tenants.values():
            check_tenant(tenant)
        check_choices(switches or {}, limits or {}, texts or {})
        return cls(
            directory,
            Naming(directory.tenants.values(), zones),
            Reputation(tuple(blocked)),
            frozenset(elsewhere),
            dict(switches or {}),
            dict(limits or {}),
            dict(texts or {}),
        )

    def __hash__(self) -> int:
        return hash((self.directory, self.elsewhere))

    def __reduce__(self) -> tuple[type["Estate"], tuple[object, ...]]:
        # Not by fields, one after the other: a compiled frozen class does not let itself be filled.
        return Estate, tuple(getattr(self, field.name) for field in fields(self))

    @property
    def tenants(self) -> Mapping[str, Tenant]:
        return self.directory.tenants

    @property
    def home_forest(self) -> str:
        """Where submission is answered: the forest of the first tenant."""
        first = next(iter(self.tenants.values()), None)
        return first.forest if first is not None else next(iter(profile().forests))

    def zone(self, origin: str) -> dns.Zone | None:
        """The zone of a domain: as published, or as recommended for an accepted domain."""
        return self.naming.zone(origin)

    def digest(self) -> str:
        """64 hexadecimal digits, the same in every process for equal estates and for no others."""
        return digest(
            (
                tuple(self.tenants.values()),
                self.naming.published,
                self.reputation.entries,
                self.elsewhere,
                self.switches,
                self.limits,
                self.texts,
            )
        )

    # ---- changes -------------------------------------------------------------------------------

    def with_tenant(self, tenant: Tenant) -> "Estate":
        """With this tenant added, or replaced by name."""
        check_tenant(tenant)
        return self._with_directory(self.directory.with_tenant(tenant), tenant.name)

    def without_tenant(self, name: str) -> "Estate":
        """Without a tenant; its domains are nobody's then."""
        self._check_name(name)
        directory = Directory(t for n, t in self.tenants.items() if n != name)
        naming = Naming(directory.tenants.values(), self.naming.published.values())
        return replace(self, directory=directory, naming=naming)

    def with_mailbox(self, tenant: str, mailbox: Mailbox) -> "Estate":
        """With this mailbox of a tenant added, or replaced by its address."""
        self._check_name(tenant)
        return self._with_directory(self.directory.with_mailbox(tenant, mailbox), tenant)

    def without_mailbox(self, tenant: str, address: str) -> "Estate":
        self._check_name(tenant)
        try:
            directory = self.directory.without_mailbox(tenant, address)
        except KeyError:
            raise ServiceError(f"tenant {tenant} has no mailbox {address}") from None
        return self._with_directory(directory, tenant)

    def _with_directory(self, directory: Directory, name: str) -> "Estate":
        naming = self.naming.with_tenant(directory.tenants[name])
        return replace(self, directory=directory, naming=naming)

    def _check_name(self, tenant: str) -> None:
        if tenant not in self.tenants:
            valid = ", ".join(self.tenants)
            raise ServiceError(f"no tenant is named {tenant}; valid: {valid}")

    def with_zone(self, zone: dns.Zone) -> "Estate":
        """With this zone published, in place of one of the same origin."""
        return replace(self, naming=self.naming.with_zone(zone))

    def with_blocked(self, entry: BlockedAddress) -> "Estate":
        """With an address on a list."""
        return replace(self, reputation=self.reputation.with_entry(entry))

    def without_blocked(
        self, address: str, lists: Iterable[BlockList] = tuple(BlockList)
    ) -> "Estate":
        """With an address taken off these lists."""
        return replace(self, reputation=self.reputation.without(address, lists))

    def with_elsewhere(self, host: MailHost) -> "Estate":
        """With a mail server that is not the service's, in place of one at its address."""
        others = self.without_elsewhere(host.address).elsewhere
        return replace(self, elsewhere=others | {host})

    def with_internet(self) -> "Estate":
        """With a mail server that takes what is sent to domains of nobody here: where the name
        service leads when foreign names are the internet's."""
        return self.with_elsewhere(MailHost(_INTERNET, name=dns.Foreign().host))

    def without_elsewhere(self, address: str) -> "Estate":
        left = frozenset(host for host in self.elsewhere if host.address != address)
        return replace(self, elsewhere=left)

    def with_choices(
        self,
        switches: Mapping[str, bool] | None = None,
        limits: Mapping[str, Value] | None = None,
        texts: Mapping[str, str] | None = None,
    ) -> "Estate":
        """With these switches, limits and words of the service chosen, beside those chosen
        before."""
        check_choices(switches or {}, limits or {}, texts or {})
        return replace(
            self,
            switches={**self.switches, **(switches or {})},
            limits={**self.limits, **(limits or {})},
            texts={**self.texts, **(texts or {})},
        )
