"""A fake Exchange Online in the process of a test, whatever runs the test. The fixtures of the
pytest plugin only wrap it."""

import ssl
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from types import TracebackType

from fake_exo.dns import Answer, Zone
from fake_exo.estate import Estate
from fake_exo.events import messages
from fake_exo.exchange.lists import BlockedAddress
from fake_exo.exchange.tenant import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Mailbox,
    Tenant,
)
from fake_exo.kernel.private import private_file
from fake_exo.mail.message import Message, Outcome
from fake_exo.settings import Settings
from fake_exo.smtp.transcript import Line, transcripts
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


class FakeClock:
    """The clock of a fake: stands still but for `advance`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._world.now()

    def advance(self, seconds: float) -> None:
        self._world.advance(seconds)


class FakeExo:
    """A fake Exchange Online on free ports of this machine, from its making to `stop` or the end
    of a `with`. Clients may be anything that speaks SMTP.

    `tenants`: without any, an example. `public_ip`: where clients are taken to come from.
    `as_of`: the day that the service is of. `zones`: published in the fake DNS; `blocked`:
    addresses on the block list. `settings`: as they are; without them nobody waits for the
    service's own delays, and they pass no time (transcripts say what was skipped). `host`: the
    address to listen on. Raises ServiceError for a tenant or setting that cannot be, OSError when
    it cannot listen.
    """

    def __init__(
        self,
        *tenants: Tenant,
        public_ip: str = "192.0.2.1",
        as_of: date | datetime | None = None,
        zones: Iterable[Zone] = (),
        blocked: Iterable[BlockedAddress] = (),
        seed: int = 0,
        settings: Settings | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.world = World(
            Estate.of(tenants or (example_tenant(),), zones=zones, blocked=blocked),
            as_of=as_of,
            seed=seed,
            settings=settings or Settings(skip_delays=True),
        )
        self.world.public_addresses["*"] = public_ip
        self._network = self.world.start(host)
        self.host = self._network.host
        self.submission_port = self._network.submission_port
        self.mx_port = self._network.mx_port
        self.dns_port = self._network.dns_port
        self.clock = FakeClock(self.world)
        self._ca: Path | None = None

    # ---- what clients need -----------------------------------------------------------------------

    @property
    def ca_pem(self) -> str:
        """The certificate of the throwaway authority."""
        return self._network.ca_pem.decode("ascii")

    @property
    def ca_file(self) -> Path:
        """The same as a file, for clients that want a path; gone after `stop`."""
        if self._ca is None:
            self._ca = private_file("ca.pem", self._network.ca_pem)
        return self._ca

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts the fake's authority and checks names."""
        return ssl.create_default_context(cadata=self.ca_pem)

    def dns(self, name: str, type_: str = "A") -> Answer:
        """Ask the fake DNS."""
        return self.world.lookup(name, type_)

    # ---- what came of it -------------------------------------------------------------------------

    @property
    def outbox(self) -> tuple[Outcome, ...]:
        """What became of every copy so far."""
        return self.world.outbox

    @property
    def messages(self) -> tuple[Message, ...]:
        """What was accepted so far."""
        return messages(self.world.ledger)

    def wait_for(self, messages: int = 1, timeout: float = 10.0) -> tuple[Message, ...]:
        """Wait in real time until so many messages were accepted. Raises TimeoutError."""
        return self.world.wait_for(messages, timeout)

    def transcripts(self) -> Sequence[tuple[Line, ...]]:
        """The dialogue of every connection so far."""
        return transcripts(self.world.ledger)

    # ---- its end ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """Close ports and connections; what was seen stays. A second time it does nothing."""
        self.world.stop()
        if self._ca is not None:
            self._ca.unlink(missing_ok=True)

    def __enter__(self) -> "FakeExo":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
