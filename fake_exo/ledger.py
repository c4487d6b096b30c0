"""The append-only record of what happened, and the folds over it.

Transcripts, usage and reports are all computed from here; nobody keeps counters of his own.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from fake_exo.model.events import (
    Accepted,
    Bent,
    Body,
    Closed,
    Event,
    Opened,
    Received,
    Replied,
    Settled,
    TlsFailed,
    TlsStarted,
)
from fake_exo.model.message import Message, Outcome
from fake_exo.usage import Usage


class Ledger:
    """Events in the order in which they happened. `watch` is called with each new event."""

    def __init__(self, keep: int | None = None, keep_bytes: int | None = None) -> None:
        """`keep`: how many events at most are kept (oldest go first); `keep_bytes`: how much of
        message contents, of which the newest is always kept. None keeps all."""
        self._keep_bytes = keep_bytes
        self._contents: deque[bytearray] = deque()
        self._held = 0
        self._events: deque[Event] = deque(maxlen=keep)
        self.usage = Usage()
        self.watch: Callable[[Event], None] | None = None
        self.append = self._events.append  # the hot path: lines and replies

    def record(self, event: Event) -> None:
        self._events.append(event)
        if type(event) is Accepted:
            self._hold(event.message.content)
        if self.watch is not None:
            self.watch(event)

    def _hold(self, content: bytes | bytearray) -> None:
        """Empty the oldest contents when there is too much of them."""
        if self._keep_bytes is None or not isinstance(content, bytearray):
            return
        self._contents.append(content)
        self._held += len(content)
        while self._held > self._keep_bytes and len(self._contents) > 1:
            oldest = self._contents.popleft()
            self._held -= len(oldest)
            oldest.clear()

    def __len__(self) -> int:
        return len(self._events)

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def last(self, count: int) -> tuple[Event, ...]:
        """The newest events, in their order. Costs what they are, not what the ledger holds."""
        newest = islice(reversed(self._events), count)
        return tuple(newest)[::-1]

    def clear(self) -> None:
        self._events.clear()
        self._contents.clear()
        self._held = 0
        self.usage = Usage()

    def messages(self) -> tuple[Message, ...]:
        return tuple(event.message for event in self if type(event) is Accepted)

    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(event.outcome for event in self if type(event) is Settled)

    def connections(self) -> tuple[int, ...]:
        return tuple(event.connection for event in self if type(event) is Opened)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a transcript. `side` is C, S, or * for what is not dialogue."""

    at: float
    side: str
    text: str
    secured: bool = False
    rule: str = ""
    refused: bool = False

    @property
    def arrow(self) -> str:
        """The marks that swaks prints: the field reads them without thinking."""
        if self.side == "*":
            return "***"
        body = "~" if self.secured else "-"
        if self.side == "C":
            return f" {body}>"
        return f"<{body}*" if self.refused else f"<{body} "


def transcript(ledger: Iterable[Event], connection: int) -> tuple[Line, ...]:
    """The dialogue of one connection, line by line, with the rule beside each reply."""
    lines: list[Line] = []
    for event in ledger:
        if getattr(event, "connection", None) == connection:
            lines.extend(_lines(event))
    return tuple(lines)


def _lines(event: Event) -> Iterator[Line]:
    match event:
        case Received():
            yield Line(event.at, "C", _shown(event), event.secured)
        case Body():
            yield Line(event.at, "C", _body(event), event.secured)
        case Replied():
            yield from _reply_lines(event)
        case _:
            yield from _aside(event)


def _aside(event: Event) -> Iterator[Line]:
    """What happened beside the dialogue."""
    match event:
        case Opened():
            host = f"{event.server_ip}:{event.port}"
            yield Line(event.at, "*", f"{event.client_ip} connects to {host}")
        case Bent():
            yield Line(event.at, "*", f"INJECTED: {event.what}")
        case TlsStarted():
            yield Line(event.at, "*", _tls(event), True)
        case TlsFailed():
            yield Line(event.at, "*", f"TLS handshake failed: {event.detail}")
        case Closed():
            yield Line(event.at, "*", f"connection closed by {event.by}")


def _shown(event: Received) -> str:
    text = event.line.decode("utf-8", "backslashreplace")
    if not event.secret:
        return _printable(text)
    head = text.split(" ", 2)
    if head[0].upper() == "AUTH":
        return " ".join([*head[:2], "(credentials)"])
    return "(credentials)"


def _printable(text: str) -> str:
    clean = text
    if not text.isprintable():
        clean = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return clean if len(clean) <= 500 else f"{clean[:500]}... ({len(clean)} characters)"


def _body(event: Body) -> str:
    kind = "chunk" if event.chunk else "message"
    end = "" if event.complete else ", its end never seen"
    return f"({kind}, {event.size} bytes{end})"


def _tls(event: TlsStarted) -> str:
    shown = f", client certificate {', '.join(event.certificate)}" if event.certificate else ""
    return f"TLS started: {event.version} {event.cipher}{shown}"


def _reply_lines(event: Replied) -> Iterator[Line]:
    rows = event.data.decode("utf-8", "replace").split("\r\n")[:-1]
    refused = event.data[:1] in (b"4", b"5")
    for number, row in enumerate(rows):
        rule = event.rule if number == len(rows) - 1 else ""
        yield Line(event.at, "S", row, event.secured, rule, refused)
