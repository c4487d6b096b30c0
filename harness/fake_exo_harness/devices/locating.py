"""Where a device goes with a mail: the names that it asks for, and what it remembers of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address

from fake_exo.drive import Dialogue, GaveUp, LookedUp, Lookup
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Locating, Profile
from fake_exo_harness.devices.resolver import DnsCache


@dataclass(frozen=True, slots=True)
class Target:
    """One server to hand the mail to, and for whom."""

    host: str
    addresses: tuple[str, ...]
    recipients: tuple[str, ...]


@dataclass
class Locator:
    """One device's way of finding servers; `now`: seconds since the epoch, by its own clock."""

    profile: Profile
    options: Options
    names: DnsCache = field(default_factory=DnsCache)
    now: float = 0.0

    @property
    def _host(self) -> Locating:
        return self.profile.host

    def servers(self) -> tuple[str, ...]:
        """The servers that are set, each tried where the one before cannot be reached; "" stands
        for those that the recipients' domains name."""
        if self._host.lookup.startswith("recipient"):
            return ("",)
        named = (self.options.text("smtp_server"), self.options.text("secondary_server"))
        return tuple(dict.fromkeys(filter(None, (*named, self._host.fallback)))) or ("",)

    def targets(self, server: str, recipients: tuple[str, ...]) -> Dialogue[list[Target]]:
        if not self._host.lookup.startswith("recipient"):
            if not server:
                raise GaveUp("device", "no mail server is configured")
            mail_host = server
            if self._host.lookup == "mx" and not numeric(server):
                mail_host = yield from self._exchanger(server)
            return [Target(mail_host, (yield from self.resolve(mail_host)), recipients)]
        found = []
        for domain, people in _by_domain(recipients):
            host = domain
            if self._host.lookup == "recipient-mx":
                host = yield from self._exchanger(domain)
            found.append(Target(host, (yield from self.resolve(host)), people))
        return found

    def _exchanger(self, domain: str) -> Dialogue[str]:
        answer = yield from self._ask(domain, "MX")
        hosts = [host.split() for host in answer.data if len(host.split()) == 2]
        return min(hosts, key=lambda host: int(host[0]))[1] if hosts else domain

    def resolve(self, host: str) -> Dialogue[tuple[str, ...]]:
        """The addresses of a host, in the order in which the device tries them."""
        if numeric(host):
            return (host,)
        found: tuple[str, ...] = ()
        rcode = ""
        for type_ in ("AAAA", "A") if self._host.ipv6_first else ("A",):
            answer = yield from self._ask(host, type_)
            found, rcode = (*found, *answer.data), answer.rcode
        if not found:
            raise GaveUp("dns", f"{host}: {rcode}", temporary=True)
        return found

    def _ask(self, name: str, type_: str) -> Dialogue[LookedUp]:
        """Look a name up, first in what the device remembers."""
        if self._host.search:
            longer = yield from self._lookup(f"{name}.{self._host.search}", type_)
            if longer.data:
                return longer
        return (yield from self._lookup(name, type_))

    def _lookup(self, name: str, type_: str) -> Dialogue[LookedUp]:
        known = self.names.get(self._host.cache, name, type_, self.now)
        if known is not None:
            return known
        answer = yield Lookup(name, type_, self.profile.timeouts.dns)
        if not isinstance(answer, LookedUp):
            return LookedUp("TIMEOUT")
        self.names.keep(self._host.cache, name, type_, self.now, answer)
        return answer


@lru_cache(maxsize=1024)
def numeric(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _by_domain(recipients: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    groups: dict[str, list[str]] = {}
    for address in recipients:
        groups.setdefault(address.rpartition("@")[2].lower(), []).append(address)
    return ((domain, tuple(people)) for domain, people in groups.items())
