"""The real ports of a world: SMTP listeners, DNS, and who is who behind loopback addresses."""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol, TypeVar

from fake_exo import dns
from fake_exo.dns.respond import Asked
from fake_exo.dns.wire import DnsListener
from fake_exo.events import DnsQueried
from fake_exo.exchange.endpoint import Endpoint
from fake_exo.exchange.facts import Env
from fake_exo.exchange.service import profile
from fake_exo.exchange.tenant import Tenant
from fake_exo.kernel.clock import Clock, RunningClock
from fake_exo.kernel.ledger import Ledger
from fake_exo.kernel.loop import LoopThread
from fake_exo.settings import Settings
from fake_exo.smtp.server.machine import Machine
from fake_exo.smtp.session import Spot
from fake_exo.smtp.wire import SmtpConnection, SmtpListener
from fake_exo.tls.layer import authority_pem, client_certificate, server_context

T = TypeVar("T")
# Listening sockets by address and port, and the DNS's stream and datagram socket.
Given = tuple[Mapping[tuple[str, int], socket.socket], socket.socket, socket.socket]
# Beside the real names, so that clients on this machine can check the certificate too.
_LOCAL_NAMES = ("localhost", "127.0.0.1")
DEFAULT_CLIENT = "192.0.2.1"  # who has no public address of his own comes from here


class NetworkHost(Protocol):
    """What the listeners need of the world."""

    clock: Clock
    skip_delays: bool
    names: dns.Names
    dns_faults: dns.DnsFaults
    ledger: Ledger
    env: Env
    settings: Settings
    public_addresses: dict[tuple[str, int] | str, str]

    @property
    def tenants(self) -> Mapping[str, Tenant]: ...

    @property
    def home_forest(self) -> str: ...

    def now(self) -> float: ...

    def session(self, address: str, port: int, client_ip: str) -> Machine | None: ...


class _View:
    """The names with other addresses, made anew when they change."""

    def __init__(self, world: NetworkHost, seen_as: Mapping[str, str]) -> None:
        self._world, self._seen_as = world, seen_as
        self._plain: dns.Names | None = None
        self._seen = dns.Names()

    def names(self) -> dns.Names:
        if self._plain is not self._world.names:
            self._plain = self._world.names
            self._seen = self._plain.with_addresses(self._seen_as)
        return self._seen


class Network:
    """The listeners of one world, on a thread of their own."""

    def __init__(
        self,
        world: NetworkHost,
        host: str,
        *,
        dns_port: int,
        real: bool,
        given: Given | None = None,
        seen_as: Mapping[str, str] | None = None,
    ) -> None:
        """`given`: sockets that listen already, at the service's own addresses; `seen_as`: what
        the DNS says in place of some addresses."""
        self._view = _View(world, seen_as) if seen_as else None
        self.host = host
        self._given = given
        self.clock = world.clock
        self.skip_delays = world.skip_delays
        self._opened = 0
        self.destined: dict[int, str] = {}  # a client's local port: the address that it means
        self._real = real
        self._world = world
        self._loop = LoopThread()
        if isinstance(self.clock, RunningClock):
            self.clock.schedule = self._schedule
        spots = self._spots() if given is None else self._spots_of(given)
        self._listeners = [SmtpListener(self, spot) for spot in spots]
        self._dns = DnsListener(
            self._names, self._asked, faults=world.dns_faults, later=self._later
        )
        try:
            self._loop.wait(self._open(dns_port, real))
        except OSError:
            self.stop()
            raise

    def _names(self) -> dns.Names:
        return self._world.names if self._view is None else self._view.names()

    def _schedule(self, delay: float, action: Callable[[], None]) -> object:
        return self._loop.loop.call_soon_threadsafe(self._loop.loop.call_later, delay, action)

    def _later(self, seconds: float, action: Callable[[], None]) -> object:
        return self.clock.call_at(self.clock.now() + seconds, action)

    def _spots(self) -> list[Spot]:
        """Where the service listens: submission once, an MX endpoint for each forest in use."""
        found = profile()
        home = self._world.home_forest
        spots = [
            Spot("submission", home, found.submission_addresses[0], port)
            for port in found.fronts[Endpoint.SUBMISSION].ports
        ]
        forests = dict.fromkeys([home, *(t.forest for t in self._world.tenants.values())])
        for forest in forests:
            address = found.forests[forest].mx_addresses[0]
            spots += [Spot("mx", forest, address, p) for p in found.fronts[Endpoint.MX].ports]
        return spots

    def _spots_of(self, given: Given) -> list[Spot]:
        return [self._spot(address, port) for address, port in given[0]]

    def _spot(self, address: str, port: int) -> Spot:
        found, home = profile(), self._world.home_forest
        if address in found.submission_addresses:
            return Spot("submission", home, address, port)
        forest = next(f.name for f in found.forests.values() if address in f.mx_addresses)
        return Spot("mx", forest, address, port)

    async def _open(self, dns_port: int, real: bool) -> None:
        if self._given is not None:
            smtp, tcp, udp = self._given
            for listener in self._listeners:
                place = listener.spot.address, listener.spot.port
                await listener.start("", 0, smtp[place])
            await self._dns.start(given=(tcp, udp))
            return
        for listener in self._listeners:
            await listener.start(self.host, listener.spot.port if real else 0)
        await self._dns.start(self.host, 53 if real and not dns_port else dns_port)

    # ---- what users ask for ----------------------------------------------------------------------

    @property
    def dns_port(self) -> int:
        return self._dns.port

    @property
    def spots(self) -> tuple[tuple[Spot, int], ...]:
        """Every place of the service with the local port that stands for it."""
        return tuple((listener.spot, listener.port) for listener in self._listeners)

    def local_port(self, address: str, port: int) -> int | None:
        """The local port that stands for a place of the service; None: nothing listens there."""
        found = profile()
        endpoint, forest = "submission", self._world.home_forest
        if address not in found.submission_addresses:
            endpoint = "mx"
            forests = (f.name for f in found.forests.values() if address in f.mx_addresses)
            forest = next(forests, "")
        for spot, local in self.spots:
            if (spot.endpoint, spot.forest, spot.port) == (endpoint, forest, port):
                return local
        if endpoint == "submission" or not forest or port not in found.fronts[Endpoint.MX].ports:
            return None
        return self._open_another(Spot(endpoint, forest, address, port))

    def _open_another(self, spot: Spot) -> int | None:
        """A forest in which no tenant lives: opened when somebody goes there."""
        if self._real:
            return None  # its port is taken by the first one
        listener = SmtpListener(self, spot)
        self._loop.wait(listener.start(self.host, 0))
        self._listeners.append(listener)
        return listener.port

    @property
    def submission_port(self) -> int:
        """The local port of smtp.office365.com:587."""
        return next(port for spot, port in self.spots if spot.port == 587)

    @property
    def mx_port(self) -> int:
        """The local port of the first tenant's MX host."""
        return next(port for spot, port in self.spots if spot.endpoint == "mx")

    @property
    def ca_pem(self) -> bytes:
        """The certificate of the throwaway authority, for clients' trust stores."""
        return authority_pem()

    def client_certificate(self, *names: str) -> Path:
        """A PEM file with key and chain of a client certificate that the service trusts."""
        return client_certificate(*names)

    def call(self, action: Callable[[], T]) -> T:
        """Run something on the listeners' thread."""
        return self._loop.call(action)

    def settled(self, local_port: int, sent: int) -> bool:
        """Whether the connection from a client's local port has consumed `sent` plain bytes and
        now waits: for the client, or for the clock."""
        return self._loop.call(lambda: self._is_settled(local_port, sent))

    def _is_settled(self, local_port: int, sent: int) -> bool:
        connection = self._connection(local_port)
        return connection is None or connection.received >= sent

    def opened(self) -> int:
        """How many SMTP connections there have been."""
        return self._loop.call(lambda: self._opened)

    def connected(self, local_port: int) -> bool:
        """Whether the connection from a client's local port is still open on our side."""
        return self._loop.call(lambda: self._connection(local_port) is not None)

    def connections(self) -> tuple[tuple[str, int], ...]:
        """Open SMTP connections: name of the endpoint and the client's local port."""
        return self._loop.call(
            lambda: tuple((li.spot.endpoint, c.peer_port) for li in self._listeners
                          for c in li.connections)
        )  # fmt: skip

    def settle(self, seconds: float) -> None:
        """Wait until the service has seen the end of every connection, at most so long."""
        limit = time.monotonic() + seconds
        while self.connections() and time.monotonic() < limit:
            time.sleep(0.01)

    def _connection(self, local_port: int) -> SmtpConnection | None:
        every = (c for listener in self._listeners for c in listener.connections)
        return next((c for c in every if c.peer_port == local_port), None)

    def stop(self) -> None:
        """Close all ports and connections; returns when the thread is gone."""
        self._loop.wait(self._shut())
        self._loop.stop()

    async def _shut(self) -> None:
        for listener in self._listeners:
            await listener.stop()
        await self._dns.stop()

    # ---- what listeners ask for ------------------------------------------------------------------

    def open(self, spot: Spot, peer: tuple[str, int]) -> Machine:
        known = self._world.public_addresses
        self._opened += 1
        own = peer[0] if self._given is not None and "*" not in known else None
        listed = known.pop(peer, None) or known.get(peer[0]) or known.get("*", DEFAULT_CLIENT)
        client = own or listed
        address = self.destined.pop(peer[1], spot.address)
        machine = self._world.session(address, spot.port, client)
        assert machine is not None
        return machine

    def tls_context(self, spot: Spot) -> ssl.SSLContext:
        front = profile().fronts[Endpoint(spot.endpoint)]
        legacy = self._world.env.service.on("legacy-tls-handshake")
        return server_context(
            front.common_name, (*front.names, *_LOCAL_NAMES), legacy, self._world.settings.tls
        )

    def _asked(self, asked: Asked, client: tuple[str, int], transport: str) -> None:
        self._world.ledger.record(
            DnsQueried(self._world.now(), client[0], asked.name, asked.type, asked.rcode, transport)
        )
