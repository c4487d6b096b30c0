"""One life of an estate: its clock, ledger, names and sessions, without a socket.

What desks, mail flow and listeners ask of the run is here; what users open and wait for is `world`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TypeVar

from fake_exo import dns
from fake_exo.estate import Estate
from fake_exo.events import HEAVY, DnsQueried, Event, NotConnected, Noted, weigh
from fake_exo.exchange.admission import check_accounts, check_groups
from fake_exo.exchange.desk import ExchangeDesk, Transport, policy
from fake_exo.exchange.endpoint import index
from fake_exo.exchange.endpoint import row as endpoint_row
from fake_exo.exchange.facts import Env, TenantSession, day_of
from fake_exo.exchange.hosts import HostNames
from fake_exo.exchange.mailflow import MailFlow, Run
from fake_exo.exchange.service import profile, service
from fake_exo.exchange.spoken import spoken
from fake_exo.exchange.tenant import Tenant
from fake_exo.exchange.texts import EARLIEST
from fake_exo.exchange.usage import DAY, Usage
from fake_exo.exchange.voice import host_label
from fake_exo.kernel.clock import Clock, RunningClock, VirtualClock, instant, wall
from fake_exo.kernel.endpoint import Endpoint, EndpointIndex
from fake_exo.kernel.errors import ServiceError
from fake_exo.kernel.ledger import Gap, Ledger, Subscription
from fake_exo.kernel.lookouts import Lookouts
from fake_exo.kernel.schedule import Turns
from fake_exo.settings import Settings
from fake_exo.smtp.elsewhere.connection import Caller
from fake_exo.smtp.elsewhere.hosts import ELSEWHERE, MailHosts
from fake_exo.smtp.pipe import Pipe
from fake_exo.smtp.server.answers import Host
from fake_exo.smtp.server.effects import Server
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.server.faults import Faults
from fake_exo.smtp.server.machine import Machine
from fake_exo.tls.choice import MODERN, TlsChoice

T = TypeVar("T")


class EstateRun(Host, Transport, Run):
    """A run of an estate. Raises ServiceError when a tenant, switch or limit cannot be."""

    def __init__(
        self,
        estate: Estate | Iterable[Tenant] = (),
        *,
        as_of: date | datetime | None = None,
        seed: int = 0,
        settings: Settings | None = None,
    ) -> None:
        """A run of an estate; tenants alone are one with nothing else."""
        self.settings = settings or Settings()
        start = instant(as_of or profile().default_day)
        self.clock: Clock = RunningClock(start) if self.settings.real_time else VirtualClock(start)
        self.now = self.clock.now  # seconds since the epoch; asked dozens of times a message
        self.skip_delays = self.settings.skip_delays
        self.ids = HostNames(seed, start)
        self._seed = seed
        self._turns = Turns(seed)
        keep, most = self.settings.keep, self.settings.keep_bytes
        self.ledger: Ledger[Event] = Ledger(keep, most, weigh, HEAVY)
        self.estate = estate if isinstance(estate, Estate) else Estate.of(estate)
        chosen = service(
            self.estate.switches,
            self.estate.limits,
            self.estate.texts,
            tarpit=self.settings.tarpit,
        )
        self.policy = policy(chosen)
        self.faults = Faults(
            self.settings.faults,
            self._turns,
            chosen.catalogue,
            magic=self.settings.magic_recipients,
        )
        self.estate.directory.prepare()
        self.env = Env(self.estate.directory, self.estate.reputation, chosen, Usage())
        self._sessions = 0
        self.lookouts = Lookouts()
        self.flow = MailFlow(self)
        self.dns_faults = dns.DnsFaults(self.settings.dns_faults, self._turns)
        self.elsewhere = MailHosts(self.estate.elsewhere)
        self.public_addresses: dict[tuple[str, int] | str, str] = {}
        self.causes: dict[tuple[str, int] | str, int] = {}  # of who comes over a socket, likewise
        self._midnight, self._day = 0.0, day_of(0.0)
        self._names: dns.Names | None = None
        self._names_end = 0.0
        self._listening: tuple[Estate, date, EndpointIndex] | None = None
        self._spoken: dict[tuple[str, date, bool], TlsChoice] = {}
        if self.day < EARLIEST:
            raise ServiceError(f"{self.day}: of the service before {EARLIEST} nothing is known")
        self._check_sizes(self.tenants.values())

    # ---- what the world holds ------------------------------------------------------------------

    def clients_now(self) -> float:
        """What a client's clock shows: the machine's time where clients are real programs, however
        long ago the world's day is. What they wrote of time is to be compared with it."""
        return wall() if self.settings.real_clients else self.now()

    @property
    def tenants(self) -> Mapping[str, Tenant]:
        return self.estate.tenants

    @property
    def names(self) -> dns.Names:
        """What the name service holds today."""
        now = self.now()
        if self._names is None or now >= self._names_end:
            self._names = self.estate.naming.names(self.day)
            self._names_end = now // DAY * DAY + DAY
        return self._names

    @property
    def day(self) -> date:
        now = self.now()
        if not self._midnight <= now < self._midnight + DAY:
            self._midnight, self._day = now // DAY * DAY, day_of(now)
        return self._day

    def limit(self, id_: str) -> float | None:
        """A limit of the service on the world's present day."""
        return self.env.service.limits.number(id_, self.day)

    # ---- changes -------------------------------------------------------------------------------

    def change(self, how: Callable[[Estate], Estate]) -> None:
        """Somebody changes what is set up. Sessions see it at once."""
        self._on_loop(lambda: self._set_estate(how(self.estate)))

    def _set_estate(self, estate: Estate) -> None:
        old = self.estate
        if _choices(estate) != _choices(old):
            raise ServiceError(
                "switches and limits hold for a whole run; choose them before it starts"
            )
        if estate.directory is not old.directory:
            known = old.tenants
            self._check_sizes(t for n, t in estate.tenants.items() if t is not known.get(n))
        self.estate, self._names = estate, None
        self.elsewhere.update(estate.elsewhere)
        self.env = replace(self.env, directory=estate.directory, reputation=estate.reputation)

    def _check_sizes(self, tenants: Iterable[Tenant]) -> None:
        members, day = self.limit("group.members_max"), self.day
        accounts = self.limit("hve.accounts")
        for tenant in tenants:
            if tenant.groups:
                check_groups(tenant, members, day)
            if tenant.hve_accounts:
                check_accounts(tenant, accounts, day)

    def note(self, text: str, cause: int | None = None) -> None:
        """Write into the record what a person did."""
        self._record(Noted(self.now(), self._cause(cause), text))

    def _record(self, event: Event) -> None:
        self._on_loop(lambda: self.ledger.record(event))

    def _cause(self, known: int | None) -> int:
        """What nobody here is known to have caused is its own cause."""
        return self.ledger.cause() if known is None else known

    def caused(self, cause: int) -> tuple[Event, ...]:
        """What is kept of all that a cause led to, from any thread."""
        return self._on_loop(lambda: self.ledger.caused(cause))

    def subscribe(
        self, told: Callable[[Event | Gap], None], since: int | None = None
    ) -> Subscription[Event]:
        """Call `told` with each event that is recorded (see `Ledger.subscribe`)."""
        return self._on_loop(lambda: self.ledger.subscribe(told, since))

    def after(self, seconds: float, action: Callable[[], None]) -> None:
        """Let something happen later, on the world's clock."""
        self._on_loop(lambda: self.clock.call_at(self.now() + seconds, action))

    def advance(self, seconds: float) -> None:
        """Let time pass. Waits and time-outs on the way happen in their order."""
        self._on_loop(lambda: self.clock.advance(seconds))

    @property
    def holds(self) -> bool:
        """Whether time stands still but for `advance`."""
        return not isinstance(self.clock, RunningClock) or self.clock.holds

    def hold(self, still: bool) -> None:
        """Let a running clock stand still, or go on from there. One that never ran stays."""
        if isinstance(clock := self.clock, RunningClock):
            self._on_loop(clock.hold if still else clock.go)

    def next_timer(self) -> float | None:
        """When the next wait or time-out is due; None when time runs by itself."""
        clock = self.clock
        if not isinstance(clock, VirtualClock):
            return None
        return self._on_loop(clock.next_timer)

    def _on_loop(self, action: Callable[[], T]) -> T:
        """Do something where the run's own things happen: here, while no port is open."""
        return action()

    def reset(self) -> None:
        """Forget what happened, so that each fault has its first turn again; tenants, names and
        time stay."""
        self._on_loop(self._forget)

    def _forget(self) -> None:
        self.ledger.clear()
        self.env = replace(self.env, usage=Usage())
        self.flow.reset()
        self.elsewhere.forget()
        self._turns.reset()

    def inject(self, faults: Sequence[Fault], dns_faults: Sequence[dns.DnsFault] = ()) -> None:
        """Inject these from now on, in place of those before, each from its first turn. Raises
        ServiceError for one that cannot be."""
        self._on_loop(lambda: self._inject(faults, dns_faults))

    def _inject(self, faults: Sequence[Fault], dns_faults: Sequence[dns.DnsFault]) -> None:
        turns, magic = Turns(self._seed), self.settings.magic_recipients
        self.faults = Faults(faults, turns, self.env.service.catalogue, magic=magic)
        self.dns_faults.inject(dns_faults, turns)
        self._turns = turns
        self.settings = replace(self.settings, faults=faults, dns_faults=dns_faults)

    # ---- names ---------------------------------------------------------------------------------

    def ask(
        self, name: str, type_: str, client_ip: str, cause: int | None = None
    ) -> tuple[dns.Answer | None, float]:
        """Ask the fake DNS as a resolver would, faults and all: the answer (None: there will be
        none) and how many seconds late it comes."""
        found, fault = self.names.answer(name, type_), self.dns_faults.turn(name, type_)
        kind, late = "", 0.0
        if fault is not None:
            found, kind, late = dns.faulty(found, fault), fault.does, fault.seconds
        rcode = dns.UNANSWERED if kind == "silent" else found.rcode
        lost = kind in ("silent", "truncated", "wrong-id")
        usable = 0 if lost else len(found.answers)
        event = DnsQueried(self.now(), self._cause(cause), client_ip, name, type_, rcode, "memory")
        self._record(event._replace(answers=usable, injected=kind))
        return (None if lost else found), late

    def lookup(self, name: str, type_: str, client_ip: str = "127.0.0.1") -> dns.Answer:
        """Ask the fake DNS, on the record."""
        answer = self.names.answer(name, type_)
        by, rcode, usable = self._cause(None), answer.rcode, len(answer.answers)
        event = DnsQueried(self.now(), by, client_ip, name, type_, rcode, "memory", usable)
        self._record(event)
        return answer

    # ---- connections ---------------------------------------------------------------------------

    @property
    def index(self) -> EndpointIndex:
        """What listens where on the world's present day."""
        day, known = self.day, self._listening
        if known is None or known[0] is not self.estate or known[1] != day:
            known = self._listening = (self.estate, day, index(self.estate.home_forest, day))
        return self.elsewhere.beside(known[2])

    def session(
        self, address: str, port: int, client_ip: str, cause: int | None = None
    ) -> Server | None:
        """A new session as if `client_ip` had connected to `address`."""
        endpoint = self.index.at(address, port)
        if endpoint is not None and endpoint.id == ELSEWHERE:
            self._sessions += 1
            by = Caller(self._sessions, self._cause(cause), client_ip)
            return self.elsewhere.session(self, address, by)
        if endpoint is None or self._blackholed(client_ip):
            self.unreachable(address, port, client_ip, cause)
            return None
        forest, row = profile().forests[endpoint.site], endpoint_row(endpoint.id)
        host = host_label(self.ids, row, forest, self.day)
        self._sessions += 1
        session = TenantSession(
            number=self._sessions,
            cause=self._cause(cause),
            id=self.ids.session(),
            endpoint=endpoint,
            client_ip=client_ip,
            server_ip=address,
            port=port,
            opened_at=self.now(),
            host=host,
            trace_host=f"{host}.{row.suffix}",
            hosts=self.estate.naming.called(address),
        )
        return Machine(self, ExchangeDesk(self, session, forest))

    def _blackholed(self, client_ip: str) -> bool:
        """Whether a fault lets the connection time out."""
        fault = self.faults.connections.next(lambda f: f.client in ("", client_ip))
        return fault is not None

    def unreachable(
        self, address: str, port: int, client_ip: str, cause: int | None = None
    ) -> None:
        """Record that somebody tried a place where nobody answers."""
        self._record(NotConnected(self.now(), self._cause(cause), client_ip, address, port))

    def connect(
        self, address: str, port: int, client_ip: str, cause: int | None = None
    ) -> Pipe | None:
        """Connect in memory; None when nothing listens there."""
        machine = self.session(address, port, client_ip, cause)
        if machine is None:
            return None
        names = self.index.listen(address, port).names
        return Pipe(machine, self.clock, names, self.tls(address, port))

    def tls(self, address: str, port: int) -> TlsChoice:
        """Certificate and versions at a place: those of the settings are the service's."""
        endpoint = self.index.at(address, port)
        if endpoint is None or address in self.elsewhere:
            return MODERN
        key = (endpoint.id, self.day, self.env.service.on("legacy-tls-handshake"))
        if key not in self._spoken:
            self._spoken[key] = self._chosen(endpoint, old=key[2])
        return self._spoken[key]

    def _chosen(self, endpoint: Endpoint, *, old: bool) -> TlsChoice:
        own = spoken(endpoint, self.day).choice
        return self.settings.tls.over(replace(own, minimum="1.0") if old else own)

    # ---- messages ------------------------------------------------------------------------------

    def taken(self) -> None:
        """Tell who waits for messages that one was taken, or delivered."""
        self.lookouts.look()


def _choices(estate: Estate) -> tuple[object, ...]:
    return estate.switches, estate.limits, estate.texts
