"""The real ports of a world: SMTP listeners, DNS, and who is who behind loopback addresses."""

import socket
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fake_exo import dns
from fake_exo.dns.respond import Asked
from fake_exo.dns.view import host_zone, served
from fake_exo.dns.wire import DnsListener
from fake_exo.estate import Estate
from fake_exo.events import DnsQueried, Event, NotConnected
from fake_exo.exchange.facts import Env
from fake_exo.exchange.zones import microsoft_origins, never
from fake_exo.kernel.bindings import Binding, Missed, Ports, dns_port, plan, seen_as
from fake_exo.kernel.clock import Clock, RunningClock, Timer
from fake_exo.kernel.endpoint import Endpoint, EndpointIndex, Listen, SocketAddress
from fake_exo.kernel.errors import cannot_listen
from fake_exo.kernel.ledger import Ledger
from fake_exo.kernel.loop import LoopThread
from fake_exo.settings import Settings
from fake_exo.smtp.elsewhere.hosts import ELSEWHERE
from fake_exo.smtp.server.effects import Server
from fake_exo.smtp.wire import SmtpConnection, SmtpListener
from fake_exo.tls.authority import authority_pem, client_certificate, server_tls
from fake_exo.tls.choice import TlsChoice
from fake_exo.tls.layer import ServerTls

T = TypeVar("T")
Admits = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Given:
    """Sockets that listen already, by the place that each stands for, and the name server's."""

    smtp: Mapping[SocketAddress, socket.socket]
    tcp: socket.socket
    udp: socket.socket


@dataclass(frozen=True, slots=True)
class Asking:
    """What the name server says beside the zones. `advertise`: one address in place of all that
    are listened on; `as_published`: nothing else, for simulated devices, which dial the service's
    own addresses by `Network.local`; `foreign`: refused, nxdomain or internet, for names that are
    in no zone; `names`: what this machine is called beside the service's names."""

    advertise: str = ""
    as_published: bool = False
    foreign: str = "refused"
    names: tuple[str, ...] = ()


# Beside the real names, so that clients on this machine can check the certificate too.
_LOCAL_NAMES = ("localhost", "127.0.0.1")
_VIEWS = 64  # addresses of ours for which the names are kept ready
DEFAULT_CLIENT = "192.0.2.1"  # who has no public address of his own comes from here


class NetworkHost(Protocol):
    """What the listeners need of the world."""

    @property
    def index(self) -> EndpointIndex: ...

    clock: Clock
    dns_faults: dns.DnsFaults
    ledger: Ledger[Event]
    env: Env
    settings: Settings
    estate: Estate
    public_addresses: dict[tuple[str, int] | str, str]
    causes: dict[tuple[str, int] | str, int]

    @property
    def names(self) -> dns.Names: ...

    def now(self) -> float: ...

    def tls(self, address: str, port: int) -> TlsChoice: ...

    def session(
        self, address: str, port: int, client_ip: str, cause: int | None = None
    ) -> Server | None: ...


class _View:
    """The names with the addresses that this machine listens on, made anew when they change."""

    def __init__(self, network: "Network", host: "NetworkHost", asking: Asking) -> None:
        self._network, self._host, self._asking = network, host, asking
        self._plain: dns.Names | None = None
        self._seen: dict[str, dns.Names] = {}

    def forget(self) -> None:
        """Another place is served from now on."""
        self._plain = None

    def at(self, here: str) -> dns.Names:
        """The names as they are for who asked at an address of ours."""
        if self._asking.as_published:
            return self._host.names
        if self._plain is not self._host.names:
            self._plain, self._seen = self._host.names, {}
        if here not in self._seen:
            if len(self._seen) >= _VIEWS:
                self._seen.clear()
            self._seen[here] = self._made(self._host.names, here)
        return self._seen[here]

    def _made(self, names: dns.Names, here: str) -> dns.Names:
        asking, bindings = self._asking, self._network.bindings
        seen = seen_as(bindings, asking.advertise or here)
        if asking.advertise:
            seen = dict.fromkeys(seen, asking.advertise)
        internet = self._host.index.host(dns.Foreign().host)
        foreign = dns.Foreign(
            asking.foreign,
            address=seen.get(internet, ""),
            server=asking.advertise or here,
            never=never(),
        )
        shown = served(
            names,
            seen_as=seen,
            hidden=self._host.index.addresses(),
            own=microsoft_origins(),
            foreign=foreign,
        )
        return shown.with_zones(*(host_zone(n, asking.advertise or here) for n in asking.names))


class Network:
    """The listeners of one world, on a thread of their own. `bindings`: every place of the service
    with the local address and port that stand for it; `missed`: what cannot be had here."""

    def __init__(
        self,
        world: "NetworkHost",
        host: str,
        *,
        dns_port: int,
        ports: Ports,
        asking: Asking,
        given: Given | None = None,
        beside: "Network | None" = None,
        admits: Admits | None = None,
    ) -> None:
        """`given`: sockets that listen already, each for a place of the service; `beside`: another
        world's, whose thread this one shares, and which is stopped later; `admits`: who may come,
        by his address."""
        self._admits = admits
        self.host = host
        self._given = given
        self._names = asking.names
        self.clock = world.clock
        self._opened = 0
        self.destined: dict[int, str] = {}  # a client's local port: the address that it means
        self._ports: Ports = ports
        self._world = world
        self._loop: LoopThread = LoopThread() if beside is None else beside._loop
        self._guest = beside is not None
        clock = self.clock
        if isinstance(clock, RunningClock):
            self._loop.call(lambda: clock.start(self._schedule))
        bindings, self.missed = self._plan()
        self._listeners = [SmtpListener(self, binding) for binding in bindings]
        self._view = _View(self, world, asking)
        self._dns = DnsListener(
            self._view.at, self._asked, faults=world.dns_faults, later=self.later, admits=admits
        )
        try:
            self._loop.wait(self._open(dns_port))
        except OSError:
            self.stop()
            raise

    def _schedule(self, delay: float, action: Callable[[], None]) -> object:
        return self._loop.loop.call_soon_threadsafe(self._loop.loop.call_later, delay, action)

    def later(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Do something on the listeners' thread in so many seconds: of the world's clock, or of
        real ones where that stands still and clients are real."""
        timer = self.clock.call_at(self.clock.now() + seconds, action)
        if self._world.settings.real_clients:
            self._loop.loop.call_later(seconds, timer.fire)
        return timer

    def _plan(self) -> tuple[tuple[Binding, ...], tuple[Missed, ...]]:
        if self._given is None:
            return plan(self._in_use(), self.host, self._ports)
        return tuple(self._standing_for(*place) for place in self._given.smtp), ()

    def _in_use(self) -> tuple[Endpoint, ...]:
        """The endpoints that somebody here can mean: those of the home forest first, of other
        forests in which a tenant lives, and mail servers elsewhere."""
        home = self._world.estate.home_forest
        used = {home, *(tenant.forest for tenant in self._world.estate.tenants.values())}
        found = [
            e
            for e in self._world.index.endpoints
            if e.listens and (e.site in used or e.id == ELSEWHERE)
        ]
        return tuple(sorted(found, key=lambda e: e.site != home))

    def _standing_for(self, address: str, port: int) -> Binding:
        """A socket that is given: bound to whatever it is bound to."""
        assert self._given is not None
        endpoint = self._world.index.at(address, port)
        assert endpoint is not None
        local, number = self._given.smtp[(address, port)].getsockname()[:2]
        return Binding(endpoint, self._world.index.listen(address, port), local, number)

    async def _open(self, wanted: int) -> None:
        if self._given is not None:
            for listener in self._listeners:
                await listener.start(self._given.smtp[listener.binding.listen.place])
            await self._dns.start(given=(self._given.tcp, self._given.udp))
            return
        for listener in self._listeners:
            at = listener.binding
            with cannot_listen(at.address, at.port):
                await listener.start()
        port = wanted or dns_port(self._ports, self.bindings)
        with cannot_listen(self.host, port):
            await self._dns.start(self.host, port)

    # ---- what users ask for ----------------------------------------------------------------------

    @property
    def dns_port(self) -> int:
        return self._dns.port

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return tuple(listener.binding for listener in self._listeners)

    def local(self, address: str, port: int) -> tuple[str, int] | None:
        """The local address and port that stand for a place of the service; None: nothing listens
        there."""
        endpoint = self._world.index.at(address, port)
        if endpoint is None:
            return None
        for binding in self.bindings:
            same = (binding.endpoint.id, binding.endpoint.site) == (endpoint.id, endpoint.site)
            if same and binding.listen.port == port:
                return binding.address, binding.port
        return self._open_another(endpoint, self._world.index.listen(address, port))

    def _open_another(self, endpoint: Endpoint, listen: Listen) -> tuple[str, int] | None:
        """A forest in which no tenant lives: opened when somebody goes there."""
        if self._ports == "real":
            return None  # its port is taken by the first one
        listener = SmtpListener(self, Binding(endpoint, listen, self.host, 0))
        self._loop.wait(listener.start())
        self._listeners.append(listener)
        self._view.forget()
        return listener.binding.address, listener.binding.port

    def _port_of(self, id_: str) -> int:
        return next(b.port for b in self.bindings if b.endpoint.id == id_)

    @property
    def submission_port(self) -> int:
        """The local port of smtp.office365.com:587."""
        return self._port_of("submission")

    @property
    def mx_port(self) -> int:
        """The local port of the first tenant's MX host."""
        return self._port_of("mx")

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

    def begin(self, work: Coroutine[Any, Any, T]) -> "Future[T]":
        """Run a coroutine on the listeners' loop, beside them."""
        return self._loop.begin(work)

    def soon(self, action: Callable[[], None]) -> None:
        """Let something happen on the listeners' thread; waits for nothing."""
        self._loop.loop.call_soon_threadsafe(action)

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
            lambda: tuple((li.binding.endpoint.id, c.peer_port) for li in self._listeners
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
        if isinstance(self.clock, RunningClock):
            self.clock.stop()
        if not self._guest:
            self._loop.stop()

    async def _shut(self) -> None:
        for listener in self._listeners:
            await listener.stop()
        await self._dns.stop()

    # ---- what listeners ask for ------------------------------------------------------------------

    def open(self, binding: Binding, peer: tuple[str, int]) -> Server:
        known = self._world.public_addresses
        self._opened += 1
        own = peer[0] if self._given is not None and "*" not in known else None
        listed = known.pop(peer, None) or known.get(peer[0]) or known.get("*", DEFAULT_CLIENT)
        client = own or listed
        address = self.destined.pop(peer[1], binding.listen.address)
        by = self._cause(peer)
        machine = self._world.session(address, binding.listen.port, client, by)
        assert machine is not None
        return machine

    def admits(self, binding: Binding, client_ip: str) -> bool:
        """Whether somebody may come; who may not is on the record."""
        most = self._world.settings.most_connections
        full = most is not None and sum(len(li.connections) for li in self._listeners) >= most
        if not full and (self._admits is None or self._admits(client_ip)):
            return True
        place = binding.listen.place
        self._world.ledger.record(
            NotConnected(self._world.now(), self._world.ledger.cause(), client_ip, *place)
        )
        return False

    def tls(self, listen: Listen, here: str) -> ServerTls:
        # Where the fake has the service's own addresses, nobody asks for it by another name.
        own = () if self._given is not None else (*_LOCAL_NAMES, here, *self._names)
        names = tuple(dict.fromkeys((*listen.names, *own)))
        world = self._world
        trusted = tuple(world.settings.client_authorities)
        return server_tls(names, world.tls(*listen.place), trusted)

    def _asked(self, asked: Asked, client: tuple[str, int], transport: str) -> None:
        world, by = self._world, self._cause(client)
        world.ledger.record(
            DnsQueried(
                world.now(),
                by,
                client[0],
                asked.name,
                asked.type,
                asked.rcode,
                transport,
                asked.answers,
                asked.fault,
            )
        )

    def _cause(self, peer: tuple[str, int]) -> int:
        """Whose doing it is that somebody comes from there; its own where nobody said so."""
        known = self._world.causes
        found = known.get(peer) or known.get(peer[0]) or known.get("*")
        return self._world.ledger.cause() if found is None else found
