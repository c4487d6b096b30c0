"""What one world chooses beside what is set up."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fake_exo.dns import DnsFault
from fake_exo.kernel.errors import ServiceError
from fake_exo.smtp.server.fault import Fault
from fake_exo.tls.choice import TlsChoice


@dataclass(frozen=True, slots=True)
class Settings:
    """How one run of an estate goes.

    `tarpit` off: the service has no waits. `skip_delays`: it has them, but real programs are not
    kept waiting: no clock moves, and the record says what was skipped. What a fault asks for is
    always waited. `real_time`: the clock keeps the machine's pace, from the world's day on.
    `keep`: how many events the ledger keeps, `keep_bytes`: how many bytes of them, lines, replies
    and mail alike (None: all); the oldest go first. `faults`: what to inject, `magic_recipients`:
    recipients may ask for it; `dns_faults`: answers to spoil; `tls`: certificate and versions.
    `most_connections`: of SMTP that are open at a time (None: any number).
    `client_authorities`: PEM of those whose client certificates count, beside our own.

    Raises ServiceError for one that is no certificate.
    """

    tarpit: bool = True
    skip_delays: bool = False
    real_time: bool = False
    keep: int | None = None
    keep_bytes: int | None = None
    most_connections: int | None = None
    faults: Sequence[Fault] = ()
    dns_faults: Sequence[DnsFault] = ()
    magic_recipients: bool = False
    tls: TlsChoice = field(default_factory=TlsChoice)
    client_authorities: Sequence[str] = ()

    def __post_init__(self) -> None:
        for number, pem in enumerate(self.client_authorities):
            from fake_exo.tls.issuing import read_certificates  # only where there is one

            try:
                read_certificates(pem.encode())
            except ValueError:
                told = f"client_authorities[{number}]: there is no certificate in it; it wants PEM"
                raise ServiceError(told) from None

    @property
    def real_clients(self) -> bool:
        """Whether clients live in real time, by clocks of their own, and not by the world's."""
        return self.real_time or self.skip_delays
