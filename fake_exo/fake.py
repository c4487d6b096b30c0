"""A fake Exchange Online in the process of a test, whatever runs the test. The fixtures of the
pytest plugin only wrap it."""

import asyncio
import ssl
import weakref
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Literal, TypedDict, Unpack

from fake_exo.dns import Answer, DnsFault, Zone
from fake_exo.estate import Estate
from fake_exo.events import Event, Reported
from fake_exo.exchange.lists import BlockedAddress
from fake_exo.exchange.tenant import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Mailbox,
    Tenant,
)
from fake_exo.kernel.clock import RunningClock
from fake_exo.kernel.errors import ServiceError, nearest
from fake_exo.kernel.ledger import Gap
from fake_exo.kernel.private import private_file
from fake_exo.mail.message import Outcome
from fake_exo.parsed import Mails, ParsedMail, parsed_report
from fake_exo.pointing import Way, signing_in, told, trusting
from fake_exo.rules.limits import Value
from fake_exo.settings import Settings
from fake_exo.smtp.elsewhere.behaviours import MailHost
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.transcript import Line, transcripts
from fake_exo.sought import MailKeys, Seeking, seeking
from fake_exo.tls.choice import TlsChoice
from fake_exo.world import World


def example_tenant() -> Tenant:
    """The tenant of a test that brings none, and of documentation."""
    return Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com", default=True),),
        mailboxes=(
            Mailbox("scanner@contoso.com", password="Scan2Mail!"),
            Mailbox("ann@contoso.com", password="Ann2026!"),
        ),
        connectors=(
            InboundConnector(
                "Printers",
                connector_type=ConnectorType.ON_PREMISES,
                sender_ip_addresses=("203.0.113.7",),
            ),
        ),
    )


class FakeOptions(TypedDict, total=False):
    """What may be said of a fake beside its tenants, by the words that scenarios have for it.

    `public_ip`: where clients are taken to come from. `as_of`: the day that the service is of.
    `dns`: zones that are published; `blocked_addresses`: on the block list; `elsewhere`: mail
    servers that are not the service's. `switches`, `limits`, `texts`: of the service.
    `faults`, `dns_faults`, `magic_recipients`: what is injected. `tls`: certificate and versions.
    `client_authorities`: PEM of those whose client certificates count. `tarpit`, `skip_delays`:
    whether the service has waits of its own, and whether clients are spared them; transcripts say
    what was skipped. `keep`, `keep_bytes`: bounds of the record. `clock`: stands still, or follows
    the machine's. `host`: the address to listen on. `seed`: what chance begins with.
    """

    public_ip: str
    as_of: date | datetime | None
    dns: Iterable[Zone]
    blocked_addresses: Iterable[BlockedAddress]
    elsewhere: Iterable[MailHost]
    switches: Mapping[str, bool]
    limits: Mapping[str, Value]
    texts: Mapping[str, str]
    faults: Sequence[Fault]
    dns_faults: Sequence[DnsFault]
    magic_recipients: bool
    tls: TlsChoice
    client_authorities: Sequence[str]
    tarpit: bool
    skip_delays: bool
    keep: int | None
    keep_bytes: int | None
    clock: Literal["still", "real"]
    host: str
    seed: int


_OPTIONS = tuple(FakeOptions.__annotations__)
_SETTINGS = {field.name for field in fields(Settings)} & set(_OPTIONS)
_CHOICES = ("elsewhere", "switches", "limits", "texts")
_CLOCKS = ("still", "real")


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in options:
        if name not in _OPTIONS:
            raise TypeError(f'a fake has no option "{name}"; {nearest(name, _OPTIONS)}')
    if (clock := options.get("clock", "still")) not in _CLOCKS:
        raise ServiceError(f'no clock is "{clock}"; {nearest(str(clock), _CLOCKS)}')
    return options


def _world(tenants: Sequence[Tenant], options: Mapping[str, Any]) -> World:
    chosen = {name: options[name] for name in _SETTINGS if name in options}
    real = options.get("clock") == "real"
    return World(
        Estate.of(
            tenants or (example_tenant(),),
            zones=options.get("dns", ()),
            blocked=options.get("blocked_addresses", ()),
            **{name: options[name] for name in _CHOICES if name in options},
        ),
        as_of=options.get("as_of"),
        seed=options.get("seed", 0),
        settings=Settings(**{"skip_delays": True, "real_time": real, **chosen}),
    )


class FakeClock:
    """The clock of a fake: stands still but for `advance`, or follows the machine's."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._world.now()

    @property
    def stands_still(self) -> bool:
        return not isinstance(self._world.clock, RunningClock)

    def advance(self, seconds: float) -> None:
        """Let time pass. Mail that is due meanwhile is delivered."""
        self._world.advance(seconds)

    async def async_advance(self, seconds: float) -> None:
        """The same for asyncio, whose loop goes on meanwhile."""
        await asyncio.to_thread(self._world.advance, seconds)


class FakeExo:
    """A fake Exchange Online on free ports of this machine, from its making to `stop` or the end
    of a `with`. Clients may be anything that speaks SMTP.

    Without tenants it has an example; see `FakeOptions` for the rest. Raises ServiceError for a
    tenant or option that cannot be, TypeError for an option that is none, OSError when it cannot
    listen.
    """

    _made: ClassVar["weakref.WeakSet[FakeExo]"] = weakref.WeakSet()

    def __init__(self, *tenants: Tenant, **options: Unpack[FakeOptions]) -> None:
        self.world = _world(tenants, _checked(options))
        self.world.public_addresses["*"] = options.get("public_ip", "192.0.2.1")
        self._network = self.world.start(options.get("host", "127.0.0.1"))
        self.host = self._network.host
        self.submission_port = self._network.submission_port
        self.mx_port = self._network.mx_port
        self.dns_port = self._network.dns_port
        self.clock = FakeClock(self.world)
        self._files: dict[str, Path] = {}
        self._mails = Mails()
        self._read: tuple[object, tuple[ParsedMail, ...]] = (None, ())
        self._made.add(self)

    @classmethod
    def in_use(cls) -> "tuple[FakeExo, ...]":
        """Every fake of this process that somebody still holds."""
        return tuple(cls._made)

    # ---- what clients need -----------------------------------------------------------------------

    @property
    def ca_pem(self) -> str:
        """The certificate of the throwaway authority."""
        return self._network.ca_pem.decode("ascii")

    @property
    def ca_file(self) -> Path:
        """The same as a file, for clients that want a path; gone after `stop`."""
        return self._file("ca.pem", self._network.ca_pem)

    @property
    def java_store(self) -> Path:
        """The same as a trust store of Java's (PKCS12, no password)."""
        from fake_exo.tls.issuing import java_store

        return self._file("cacerts", java_store(self._network.ca_pem))

    def _file(self, name: str, content: bytes) -> Path:
        if name not in self._files:
            self._files[name] = private_file(name, content)
        return self._files[name]

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts the fake's authority and checks names."""
        return ssl.create_default_context(cadata=self.ca_pem)

    @property
    def user(self) -> str:
        """The first mailbox of the first tenant that has a password; empty without any."""
        return self._login.address if self._login else ""

    @property
    def password(self) -> str:
        return (self._login.password or "") if self._login else ""

    @property
    def _login(self) -> Mailbox | None:
        return signing_in(next(iter(self.world.tenants.values())))

    def environment(self, way: Way = "submission") -> dict[str, str]:
        """Variables for a program: SMTP_HOST, SMTP_PORT, with submission SMTP_USER and
        SMTP_PASSWORD, and those by which OpenSSL, Node.js, Go, curl and Java trust the fake."""
        submits = way == "submission"
        port = self.submission_port if submits else self.mx_port
        place = told(self.host, port, self._login if submits else None)
        return {**place, **trusting(self.ca_file, self.java_store)}

    def dns(self, name: str, type_: str = "A") -> Answer:
        """Ask the fake DNS."""
        return self.world.lookup(name, type_)

    # ---- what came of it -------------------------------------------------------------------------

    @property
    def mails(self) -> tuple[ParsedMail, ...]:
        """What was accepted so far."""
        ledger, held = self.world.ledger, dict(self.world.flow.held)
        state = (ledger.mark, len(ledger), held)
        known, mails = self._read
        if known != state:
            mails = self._mails.read(ledger, held)
            self._read = state, mails
        return mails

    @property
    def outbox(self) -> tuple[Outcome, ...]:
        """What became of every copy so far."""
        return self.world.outbox

    @property
    def reports(self) -> tuple[ParsedMail, ...]:
        """What the service wrote to senders so far."""
        events = self.world.ledger
        return tuple(parsed_report(e.report) for e in events if isinstance(e, Reported))

    def find(self, **sought: Unpack[MailKeys]) -> tuple[ParsedMail, ...]:
        """The mails so far of which all this holds. Raises TypeError for a key that is none."""
        wanted = seeking(sought)
        return tuple(mail for mail in self.mails if wanted.found(mail))

    def transcripts(self) -> Sequence[tuple[Line, ...]]:
        """The dialogue of every connection so far."""
        return transcripts(self.world.ledger)

    def since(self, mark: int) -> tuple[Event, ...]:
        """What is kept of all that has happened since `world.ledger.mark` was this."""
        seen: list[Event | Gap] = []
        self.world.subscribe(seen.append, mark).end()
        return tuple(event for event in seen if not isinstance(event, Gap))

    def reset(self) -> None:
        """Forget what happened, for the next test; each fault has its first turn again. Tenants,
        names and time stay."""
        self.world.reset()

    # ---- waiting for it --------------------------------------------------------------------------

    def wait_for(
        self, count: int = 1, *, timeout: float = 10.0, **sought: Unpack[MailKeys]
    ) -> tuple[ParsedMail, ...]:
        """Wait in real time until there are so many such mails and their copies have come to their
        end. Raises TimeoutError: after so many seconds, or at once when they wait for the clock
        and that stands still."""
        wanted = seeking(sought)
        future = self._expect(count, wanted)
        wait([future], timeout)
        if future.cancel():
            raise TimeoutError(self._missed(count, wanted, timeout))
        return future.result()

    async def async_wait_for(
        self, count: int = 1, *, timeout: float = 10.0, **sought: Unpack[MailKeys]
    ) -> tuple[ParsedMail, ...]:
        """The same for asyncio, whose loop goes on meanwhile."""
        wanted = seeking(sought)
        future = self._expect(count, wanted)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), timeout)
        except TimeoutError:
            if not future.cancelled():
                raise
        raise TimeoutError(self._missed(count, wanted, timeout))

    def _expect(self, count: int, wanted: Seeking) -> "Future[tuple[ParsedMail, ...]]":
        return self.world.when(lambda: self._look(count, wanted))

    def _look(self, count: int, wanted: Seeking) -> tuple[ParsedMail, ...] | None:
        found = tuple(mail for mail in self.mails if wanted.found(mail))
        if len(found) >= count:
            return found
        held = self._held(wanted) if self.clock.stands_still else ()
        if held and len(found) + len(held) >= count:
            raise TimeoutError(self._waits(held))
        return None

    def _held(self, wanted: Seeking) -> tuple[ParsedMail, ...]:
        return tuple(mail for mail in self.mails if mail.due is not None and wanted.meant(mail))

    def _waits(self, held: Sequence[ParsedMail]) -> str:
        """Which mail waits for the clock, and what helps."""
        named = "; ".join(str(mail) for mail in held[:5])
        more = f" and {len(held) - 5} more" if len(held) > 5 else ""
        seconds = max(mail.due or 0.0 for mail in held) - self.clock.now()
        return (
            f"{named}{more}: accepted, and delivered in {seconds:g} s of the fake's clock, which "
            f'stands still; exo.clock.advance({seconds:g}), or clock="real"'
        )

    def _missed(self, count: int, wanted: Seeking, timeout: float) -> str:
        """What was waited for in vain, and what came instead."""
        found, came = self.find(**wanted.keys), self.mails  # type: ignore[arg-type]
        of = f" with {wanted}" if wanted.keys else ""
        text = f"{len(found)} of {count} mails{of} after {timeout:g} s"
        others = [str(mail) for mail in came if mail not in found]
        return f"{text}; others: {'; '.join(others[-5:])}" if others else text

    # ---- its end ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """Close ports and connections; what was seen stays. A second time it does nothing."""
        self.world.stop()
        for path in self._files.values():
            path.unlink(missing_ok=True)

    def __enter__(self) -> "FakeExo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
