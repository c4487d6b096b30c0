"""What the pytest fixtures hand out: a world on real ports, in a test's words."""

import ssl
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

from fake_exo import (
    AcceptedDomain,
    Answer,
    BlockedAddress,
    ConnectorType,
    Estate,
    InboundConnector,
    Line,
    Mailbox,
    Message,
    Outcome,
    Settings,
    Tenant,
    World,
    Zone,
    messages,
    transcripts,
)


def example_tenant() -> Tenant:
    """The tenant of the `exo` fixture when a test brings none, and of documentation."""
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


class Clock:
    """The world's clock: stands still but for `advance`."""

    def __init__(self, world: World) -> None:
        self._world = world

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return self._world.now()

    def advance(self, seconds: float) -> None:
        self._world.advance(seconds)


class Exo:
    """A fake Exchange Online on free loopback ports. Clients may be anything that speaks SMTP.

    Nobody waits for the service's own delays, and they pass no time; transcripts say what was
    skipped.
    """

    def __init__(
        self,
        tenants: Iterable[Tenant],
        *,
        public_ip: str = "192.0.2.1",
        as_of: date | datetime | None = None,
        zones: Iterable[Zone] = (),
        blocked: Iterable[BlockedAddress] = (),
        seed: int = 0,
    ) -> None:
        self.world = World(
            Estate.of(tenants, zones=zones, blocked=blocked),
            as_of=as_of,
            seed=seed,
            settings=Settings(skip_delays=True),
        )
        self.world.public_addresses["*"] = public_ip
        self._network = self.world.start()
        self.host = self._network.host
        self.submission_port = self._network.submission_port
        self.mx_port = self._network.mx_port
        self.dns_port = self._network.dns_port
        self.clock = Clock(self.world)
        self._ca: Path | None = None

    @property
    def ca_pem(self) -> str:
        return self._network.ca_pem.decode("ascii")

    @property
    def ca_file(self) -> Path:
        """The CA certificate as a file, for clients that want a path."""
        if self._ca is None:
            with tempfile.NamedTemporaryFile(
                "w", encoding="ascii", suffix=".pem", delete=False
            ) as file:
                file.write(self.ca_pem)
            self._ca = Path(file.name)
        return self._ca

    def ssl_context(self) -> ssl.SSLContext:
        """A context that trusts the fake's CA and checks names."""
        return ssl.create_default_context(cadata=self.ca_pem)

    @property
    def outbox(self) -> tuple[Outcome, ...]:
        """What became of every copy so far."""
        return self.world.outbox

    @property
    def messages(self) -> tuple[Message, ...]:
        return messages(self.world.ledger)

    def wait_for(self, messages: int = 1, timeout: float = 10.0) -> tuple[Message, ...]:
        """Wait until so many messages were accepted. Raises TimeoutError."""
        return self.world.wait_for(messages, timeout)

    def dns(self, name: str, type_: str = "A") -> Answer:
        """Ask the fake DNS."""
        return self.world.lookup(name, type_)

    def transcripts(self) -> Sequence[tuple[Line, ...]]:
        """The dialogue of every connection so far."""
        return transcripts(self.world.ledger)

    def stop(self) -> None:
        self.world.stop()
        if self._ca is not None:
            self._ca.unlink(missing_ok=True)
