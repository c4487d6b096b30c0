"""What happened, as values: the ledger is a sequence of these, everything else is a fold.

Named tuples and not dataclasses: two or more are made for every command, and a frozen
dataclass costs three times as much to make.
"""

from typing import NamedTuple

from fake_exo.mail.message import Message, Outcome, Report
from fake_exo.rules.period import Confidence
from fake_exo.smtp.stage import Stage


class Opened(NamedTuple):
    at: float
    connection: int
    endpoint: str  # its name in the table of endpoints
    client_ip: str
    server_ip: str
    port: int


class Received(NamedTuple):
    """A client line without its CRLF; `secret` lines carry credentials."""

    at: float
    connection: int
    line: bytes
    secret: bool
    secured: bool


class Body(NamedTuple):
    """Message data as it ended: `complete` is False when the client left before the end."""

    at: float
    connection: int
    size: int
    complete: bool
    secured: bool
    chunk: bool


class Replied(NamedTuple):
    at: float
    connection: int
    to: str  # verb, or CONNECT, END-OF-DATA, TIMEOUT
    data: bytes  # all lines with CRLF
    stage: Stage
    rule: str
    reply: str  # id in the catalogue
    confidence: Confidence
    secured: bool
    skipped: float = 0.0  # seconds of the service's own wait that nobody waited


class Bent(NamedTuple):
    """A fault was injected here: never a rule of the service."""

    at: float
    connection: int
    what: str


class TlsStarted(NamedTuple):
    at: float
    connection: int
    version: str
    cipher: str
    certificate: tuple[str, ...]  # names on the client's certificate, if it showed one


class TlsFailed(NamedTuple):
    at: float
    connection: int
    detail: str


class Closed(NamedTuple):
    at: float
    connection: int
    by: str  # "server", "client", "reset"


class NotConnected(NamedTuple):
    """Somebody tried an address or port where nothing of the service listens."""

    at: float
    client_ip: str
    server_ip: str
    port: int


class Accepted(NamedTuple):
    at: float
    connection: int
    message: Message


class Settled(NamedTuple):
    """One copy of a message has come to its end."""

    at: float
    outcome: Outcome


class Reported(NamedTuple):
    """The service wrote to the sender what became of a message."""

    at: float
    report: Report


class Filed(NamedTuple):
    """A copy went into the Sent Items of the mailbox that submitted the message."""

    at: float
    message: int
    mailbox: str


class DnsQueried(NamedTuple):
    at: float
    client_ip: str
    name: str
    type: str
    rcode: str
    transport: str


class Noted(NamedTuple):
    """An administrator, a person at the panel or the scenario did something."""

    at: float
    text: str


Event = (
    Opened
    | Received
    | Body
    | Replied
    | Bent
    | TlsStarted
    | TlsFailed
    | Closed
    | NotConnected
    | Accepted
    | Settled
    | Reported
    | Filed
    | DnsQueried
    | Noted
)
