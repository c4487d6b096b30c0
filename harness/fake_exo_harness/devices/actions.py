"""What a device can do next, and what it can learn from it: the contract of devices and drivers.

A device is a generator: it yields an `Action`, and the driver sends back the `Outcome`. Neither
sockets nor clocks are known here; timeouts are seconds of the scenario's clock.

    Lookup     -> Answer
    Connect    -> Connected | ConnectFailed
    Send       -> None           (a lost connection shows at the next Expect)
    Expect     -> Reply | TimedOut | Lost
    StartTls   -> TlsUp | TlsFailed
    Close      -> None
    Pause      -> None
"""

from collections.abc import Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask the configured resolver. `type` is A, AAAA, MX, TXT ...; `timeout` over all tries."""

    name: str
    type: str = "A"
    timeout: float = 15.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`rcode` as dig prints it (NOERROR, NXDOMAIN, ...), or TIMEOUT; `data` the values of the asked
    type, in order, CNAMEs followed: addresses as text, MX as "preference host". `ttl` in seconds,
    the least of the answer's."""

    rcode: str
    data: tuple[str, ...] = ()
    ttl: float = 0.0


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """`maximum` and `minimum` are "1.0" to "1.3"; `verify` checks chain and name."""

    minimum: str = "1.2"
    maximum: str = "1.3"
    verify: bool = False
    server_name: str = ""
    certificate: str | None = None  # name on the client certificate to present, if any
    clock_wrong: bool = False  # every certificate looks expired; only without sockets


@dataclass(frozen=True, slots=True)
class Connect:
    """Open a connection to a numeric address; with `tls`, speak TLS from the first byte."""

    address: str
    port: int
    timeout: float = 60.0
    tls: TlsOptions | None = None


@dataclass(frozen=True, slots=True)
class Connected:
    pass


@dataclass(frozen=True, slots=True)
class ConnectFailed:
    """`reason`: "timeout", "refused", "tls" (the handshake failed: `detail` says how), or
    "elsewhere": a mail server that is not the service's took the connection."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """Bytes as they go out. `secret` keeps credentials out of printed transcripts."""

    data: bytes
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait for one whole reply (all its lines)."""

    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply as read: `lines` without CRLF and without the code; `code` 0 if unreadable."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class TimedOut:
    pass


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone: "closed" by the server, or "reset"."""

    reason: str = "closed"


@dataclass(frozen=True, slots=True)
class StartTls:
    """Start the handshake now (after the 220 to STARTTLS)."""

    options: TlsOptions


@dataclass(frozen=True, slots=True)
class TlsUp:
    version: str  # "TLSv1.3"


@dataclass(frozen=True, slots=True)
class TlsFailed:
    detail: str


@dataclass(frozen=True, slots=True)
class Close:
    """`abrupt` resets the connection instead of closing it in order."""

    abrupt: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Action = Lookup | Connect | Send | Expect | StartTls | Close | Pause
Outcome = Answer | Connected | ConnectFailed | Reply | TimedOut | Lost | TlsUp | TlsFailed | None


@dataclass(frozen=True, slots=True)
class Job:
    """What the person at the panel asked for: one scan, one notification, one test."""

    to: tuple[str, ...]
    kind: str = "scan"  # scan, send, test, say
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    user: str | None = None  # address of the person signed in at the panel
    subject: str = "Scan"
    attachment_size: int = 100_000  # bytes before base64
    envelope_from: str | None = None  # overrides what the profile derives from the settings
    header_from: str | None = None
    content: bytes | None = None  # a whole message, sent as it is
    lines: tuple[str, ...] = ()  # kind "say": what somebody types, line by line


@dataclass(frozen=True, slots=True)
class JobResult:
    """What the device believes. `sent` may be wrong: that is what some quirks are about."""

    sent: bool
    panel: str  # what the panel or the log shows
    stage: str = ""  # where it gave up: connect, tls, auth, mail, rcpt, data, final-dot
    refused: tuple[str, ...] = ()  # recipients the server refused while others were accepted
    attempts: int = 1
    failure: str = ""  # what stopped it, in the server's words where there are any
    address: str = ""  # of the server that it talked to, or tried to


Dialogue = Generator[Action, Outcome, JobResult]
