"""What happened, as values: the ledger is a sequence of these, everything else is a fold.

`at` is seconds since the epoch, `cause` what all this goes back to (see `kernel.ledger`).
Named tuples and not dataclasses: two or more are made for every command, and a frozen
dataclass costs three times as much to make.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from fake_exo.mail.message import Message, Outcome, Report
from fake_exo.rules.period import Confidence
from fake_exo.rules.stage import Stage


class Opened(NamedTuple):
    at: float
    cause: int
    connection: int
    endpoint: str  # its name in the table of endpoints
    client_ip: str
    server_ip: str
    port: int


class Received(NamedTuple):
    """A client line without its CRLF; `secret` lines carry credentials."""

    at: float
    cause: int
    connection: int
    line: bytes
    secret: bool
    secured: bool


class Body(NamedTuple):
    """Message data as it ended: `complete` is False when the client left before the end."""

    at: float
    cause: int
    connection: int
    size: int
    complete: bool
    secured: bool
    chunk: bool


class Replied(NamedTuple):
    at: float
    cause: int
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
    cause: int
    connection: int
    what: str


class TlsStarted(NamedTuple):
    at: float
    cause: int
    connection: int
    version: str
    cipher: str
    certificate: tuple[str, ...]  # names on the client's certificate, if it showed one
    problem: str = ""  # why that certificate counts for nothing


AT_ONCE = "TLS at once, where STARTTLS comes first"
HUNG_UP = "the client hung up"


class TlsFailed(NamedTuple):
    """A handshake came to nothing. `detail` is OpenSSL's word, `AT_ONCE` or `HUNG_UP`."""

    at: float
    cause: int
    connection: int
    detail: str
    client: str  # what it offered, "TLS 1.1 at most"; empty when nobody could read it
    service: str
    confidence: Confidence = Confidence.HIGH  # that the service's versions were those


class Closed(NamedTuple):
    at: float
    cause: int
    connection: int
    by: str  # "server", "client", "reset"


class NotConnected(NamedTuple):
    """Somebody tried an address or port where nothing of the service listens."""

    at: float
    cause: int
    client_ip: str
    server_ip: str
    port: int


class Accepted(NamedTuple):
    at: float
    cause: int
    connection: int
    message: Message


class Settled(NamedTuple):
    """One copy of a message has come to its end."""

    at: float
    cause: int
    outcome: Outcome


class Reported(NamedTuple):
    """The service wrote to the sender what became of a message."""

    at: float
    cause: int
    report: Report


class Filed(NamedTuple):
    """A copy went into the Sent Items of the mailbox that submitted the message."""

    at: float
    cause: int
    message: int
    mailbox: str


class DnsQueried(NamedTuple):
    at: float
    cause: int
    client_ip: str
    name: str
    type: str
    rcode: str
    transport: str
    answers: int = 0  # records that the asker can use
    injected: str = ""  # what a fault did to the answer


class Noted(NamedTuple):
    """An administrator, a person at the panel or the scenario did something."""

    at: float
    cause: int
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

HEAVY: frozenset[type] = frozenset({Accepted, Reported, Noted})  # kinds that hold what users send
_EVENT = 400  # bytes of any event, with its place in the record; most need half of it
_PERSON = 300  # bytes of one recipient with what the record holds of it


def weigh(events: Iterable[Event]) -> int:
    """About how many bytes of memory events keep occupied, at most."""
    total = 0
    for event in events:
        total += _EVENT
        if type(event) is Replied:
            total += len(event.data)
        elif type(event) is Received:
            total += len(event.line)
        elif type(event) in _MORE:
            total += _MORE[type(event)](event)
    return total


def _message(message: Message) -> int:
    return len(message.content) + _PERSON * (4 + len(message.recipients))


def _report(report: Report) -> int:
    people = len(report.of) + len(report.outcomes)
    return _message(report.mail) + _PERSON * people


_MORE: Mapping[type, Callable[[Any], int]] = {
    Bent: lambda event: len(event.what),
    Noted: lambda event: 4 * len(event.text),
    TlsStarted: lambda event: _PERSON * len(event.certificate) + sum(map(len, event.certificate)),
    Accepted: lambda event: _message(event.message),
    Settled: lambda event: _PERSON + len(event.outcome.detail),
    Reported: lambda event: _report(event.report),
}


def messages(events: Iterable[Event]) -> tuple[Message, ...]:
    """Messages that were accepted."""
    return tuple(event.message for event in events if type(event) is Accepted)


def outcomes(events: Iterable[Event]) -> tuple[Outcome, ...]:
    """What became of every copy."""
    return tuple(event.outcome for event in events if type(event) is Settled)
