"""The mail servers elsewhere of one run: where they are, and whom they have seen."""

from collections.abc import Collection

from fake_exo.kernel.endpoint import Endpoint, EndpointIndex, Listen
from fake_exo.smtp.elsewhere.behaviours import MailHost
from fake_exo.smtp.elsewhere.connection import Caller, Ledgered
from fake_exo.smtp.elsewhere.session import HostSession

ELSEWHERE = "elsewhere"  # the endpoint's name in the record
_PORT = 25
_IDLE = 300.0  # seconds of patience (RFC 5321 4.5.3.2.7)


class MailHosts:
    """By address. What a host remembers of its senders is forgotten with the run."""

    def __init__(self, hosts: Collection[MailHost]) -> None:
        self._seen: dict[tuple[str, str, str, str], float] = {}
        self.update(hosts)

    def update(self, hosts: Collection[MailHost]) -> None:
        """From now on there are these."""
        self._hosts = {host.address: host for host in hosts}
        self._beside: tuple[EndpointIndex, EndpointIndex] | None = None

    def __contains__(self, address: object) -> bool:
        return address in self._hosts

    def beside(self, service: EndpointIndex) -> EndpointIndex:
        """The places of the service and of the hosts."""
        if not self._hosts:
            return service
        if self._beside is None or self._beside[0] is not service:
            endpoints = (_endpoint(self._hosts[address]) for address in sorted(self._hosts))
            self._beside = (service, EndpointIndex((*service.endpoints, *endpoints)))
        return self._beside[1]

    def forget(self) -> None:
        self._seen.clear()

    def session(self, world: Ledgered, address: str, by: Caller) -> HostSession:
        """A new session of the host at an address. Raises KeyError where none is."""
        return HostSession(world, self._hosts[address], by, self._seen)


def _endpoint(host: MailHost) -> Endpoint:
    tls = "starttls" if host.starttls else "none"
    listens = (Listen(host.address, _PORT, tls, (host.name,)),)
    return Endpoint(ELSEWHERE, host.address, listens, frozenset(), ELSEWHERE, _IDLE, None)
