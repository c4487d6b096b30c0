"""The composition root: tenants, names, clock and ledger of one simulated world.

A world is complete without a socket (`connect` gives a connection in memory); `start` opens real
ports on loopback for real clients. Nothing here connects anywhere by itself, ever.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from fake_exo import dns
from fake_exo.events import messages as accepted
from fake_exo.events import outcomes
from fake_exo.exchange.quotas import Gauge, gauges
from fake_exo.exchange.tenant import Tenant
from fake_exo.kernel.errors import ServiceError
from fake_exo.mail.message import Message, Outcome
from fake_exo.run import EstateRun
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.transcript import Line, transcript

if TYPE_CHECKING:
    import socket

    from fake_exo.kernel.bindings import Ports
    from fake_exo.network import Network

T = TypeVar("T")


class World(EstateRun):
    """One simulated Exchange Online with its DNS: a run with start and stop.

    Raises ServiceError when a tenant, switch or limit cannot be.
    """

    _network: "Network | None" = None

    # ---- changes and questions -------------------------------------------------------------------

    def update(self, tenant: Tenant) -> None:
        """An administrator changed a tenant, or a new one came."""
        self.change(lambda estate: estate.with_tenant(tenant))

    def publish(self, zone: dns.Zone) -> None:
        """Put a zone into the fake DNS, in place of one of the same origin."""
        self.change(lambda estate: estate.with_zone(zone))

    def usage(self) -> tuple[Gauge, ...]:
        """How much of each limit is used now: by mailbox, tenant, recipient, address."""
        env = self.env
        found = gauges(env.usage, env.service.limits, env.directory, self.now(), self.day)
        return tuple(found)

    @property
    def outbox(self) -> tuple[Outcome, ...]:
        """What became of every copy so far."""
        return outcomes(self.ledger)

    def when(self, look: Callable[[], T | None]) -> "Future[T]":
        """What `look` finds, on the world's thread: now, or after a message was taken or delivered;
        None is nothing. What it raises the future raises. Never waits; `cancel` ends it."""
        found: Future[T] = Future()
        add = partial(self.lookouts.add, look, found)
        if self._network is None:
            add()
        else:
            self._network.soon(add)
        return found

    def wait_for(self, messages: int = 1, timeout: float = 10.0) -> tuple[Message, ...]:
        """Wait in real time until so many messages were accepted. Raises TimeoutError."""
        future = self.when(lambda: len(accepted(self.ledger)) >= messages or None)
        wait([future], timeout)
        found = accepted(self.ledger)
        if future.cancel():
            raise TimeoutError(f"{len(found)} of {messages} messages after {timeout:g} s")
        return found

    def transcript(self, connection: int) -> tuple[Line, ...]:
        """The dialogue of one connection."""
        return transcript(self.ledger, connection)

    # ---- real ports ----------------------------------------------------------------------------

    def start(
        self,
        address: str = "127.0.0.1",
        *,
        dns_port: int = 0,
        ports: "Ports" = "any",
        advertise: str = "",
        as_published: bool = False,
        foreign: str = "refused",
        names: tuple[str, ...] = (),
        beside: "World | None" = None,
        admits: Callable[[str], bool] | None = None,
    ) -> "Network":
        """Open ports: free ones, `fixed` ones that are always the same, `real` ones (587, 25 and
        53), or these. The DNS then says where: the addresses that are listened on, or `advertise`,
        or the service's own (`as_published`, for simulated devices). `foreign`: what it says of
        names in no zone, refused, nxdomain or internet. `names`: further ones of this machine, for
        the DNS and in certificates. `beside`: a world with open ports, whose thread this one
        shares; it is stopped later. `admits`: who may come, by his address; None: everybody.

        Raises CannotListen when a port cannot be had, RuntimeError when ports are open already.
        """
        from fake_exo.network import Asking, Network  # sockets and TLS only when somebody asks

        self._not_started()
        asking = Asking(advertise, as_published, foreign, names)
        self._network = Network(
            self,
            address,
            dns_port=dns_port,
            ports=ports,
            asking=asking,
            beside=None if beside is None else beside.network,
            admits=admits,
        )
        return self._network

    def serve(
        self,
        smtp: Mapping[tuple[str, int], "socket.socket"],
        tcp: "socket.socket",
        udp: "socket.socket",
        *,
        foreign: str = "refused",
    ) -> "Network":
        """Serve on sockets that listen already, each for a place of `index`, and two for the DNS,
        which says where they are. Clients are who they are, unless `public_addresses` says
        otherwise; no port is opened. Raises RuntimeError when ports are open already."""
        from fake_exo.network import Asking, Given, Network

        self._not_started()
        self._network = Network(
            self,
            "",
            dns_port=0,
            ports="real",
            asking=Asking(foreign=foreign),
            given=Given(smtp, tcp, udp),
        )
        return self._network

    def _not_started(self) -> None:
        if self._network is not None:
            raise RuntimeError("the world has open ports already; stop() closes them")
        _check_reachable(self.settings.faults)

    def inject(self, faults: Sequence[Fault], dns_faults: Sequence[dns.DnsFault] = ()) -> None:
        if self._network is not None:
            _check_reachable(faults)
        super().inject(faults, dns_faults)

    @property
    def network(self) -> "Network":
        """The open ports. Raises RuntimeError before `start`."""
        if self._network is None:
            raise RuntimeError("the world has no open ports; call start()")
        return self._network

    def stop(self) -> None:
        if self._network is not None:
            network, self._network = self._network, None
            network.stop()
            self.lookouts.end()

    def __enter__(self) -> "World":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _on_loop(self, action: Callable[[], T]) -> T:
        return action() if self._network is None else self._network.call(action)


def _check_reachable(faults: Iterable[Fault]) -> None:
    if any(fault.does == "unreachable" for fault in faults):
        raise ServiceError(
            "fault unreachable: over sockets nobody can let a connection time out; "
            "use the driver memory, or `does: close` at the banner"
        )
