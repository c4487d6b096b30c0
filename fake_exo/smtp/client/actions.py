"""What a client can do next, and what it can learn from it.

A dialogue is a generator: it yields an `Action`, and gets the `Result` from whoever carries it out.
Neither sockets nor clocks are known here; timeouts are seconds of the world's clock.

    Lookup     -> LookedUp
    Connect    -> Connected | ConnectFailed
    Write      -> None           (a lost connection shows at the next Expect)
    Expect     -> Reply | TimedOut | Lost
    StartTls   -> TlsUp | HandshakeFailed
    HangUp     -> None
    Pause      -> None

Those of every command are named tuples: a frozen dataclass takes three times as long to make.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Ask the configured resolver. `type` is A, AAAA, MX, TXT ...; `timeout` over all tries."""

    name: str
    type: str = "A"
    timeout: float = 15.0


@dataclass(frozen=True, slots=True)
class LookedUp:
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
    leaf_only: bool = False  # that certificate comes without its intermediate
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
    """`reason`: "timeout", "refused", or "tls" (the handshake failed: `detail` says how)."""

    reason: str
    detail: str = ""


class Write(NamedTuple):
    """Bytes as they go out. `secret` keeps credentials out of printed transcripts."""

    data: bytes
    secret: bool = False


class Expect(NamedTuple):
    """Wait for one whole reply (all its lines)."""

    timeout: float = 60.0


class Reply(NamedTuple):
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
class HandshakeFailed:
    detail: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """`abrupt` resets the connection instead of closing it in order."""

    abrupt: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


Action = Lookup | Connect | Write | Expect | StartTls | HangUp | Pause
Result = (
    LookedUp | Connected | ConnectFailed | Reply | TimedOut | Lost | TlsUp | HandshakeFailed | None
)

Dialogue = Generator[Action, Result, T]
