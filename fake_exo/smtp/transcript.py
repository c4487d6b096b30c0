"""The dialogue of a connection as people read it: a fold over the ledger."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fake_exo.events import (
    Bent,
    Body,
    Closed,
    Event,
    Opened,
    Received,
    Replied,
    TlsFailed,
    TlsStarted,
)

_NAMES = 4  # of a client certificate that are shown


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


def transcript(events: Iterable[Event], connection: int) -> tuple[Line, ...]:
    """The dialogue of one connection, line by line, with the rule beside each reply."""
    lines: list[Line] = []
    for event in events:
        if getattr(event, "connection", None) == connection:
            lines.extend(_lines(event))
    return tuple(lines)


def transcripts(events: Iterable[Event]) -> tuple[tuple[Line, ...], ...]:
    """The dialogue of every connection, in the order in which they were opened."""
    found: dict[int, list[Line]] = {}
    for event in events:
        connection = getattr(event, "connection", None)
        if connection is not None:
            found.setdefault(connection, []).extend(_lines(event))
    return tuple(map(tuple, found.values()))


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
            yield Line(event.at, "*", f"INJECTED: {_escaped(event.what)}")
        case TlsStarted():
            yield Line(event.at, "*", _tls(event), True)
        case TlsFailed():
            yield Line(
                event.at, "*", f"TLS handshake failed: {_escaped(event.detail)}{_offers(event)}"
            )
        case Closed():
            yield Line(event.at, "*", f"connection closed by {event.by}")


def _shown(event: Received) -> str:
    text = event.line.decode("utf-8", "backslashreplace")
    if not event.secret:
        return _printable(text)
    head = text.split(" ", 2)
    if head[0].upper() == "AUTH":
        return _printable(" ".join([*head[:2], "(credentials)"]))
    return "(credentials)"


def _printable(text: str) -> str:
    clean = _escaped(text)
    return clean if len(clean) <= 500 else f"{clean[:500]}... ({len(clean)} characters)"


def _escaped(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _body(event: Body) -> str:
    kind = "chunk" if event.chunk else "message"
    end = "" if event.complete else ", its end never seen"
    return f"({kind}, {event.size} bytes{end})"


def _tls(event: TlsStarted) -> str:
    return f"TLS started: {event.version} {event.cipher}{_certificate(event)}"


def _certificate(event: TlsStarted) -> str:
    if not (event.certificate or event.problem):
        return ""
    more = len(event.certificate) - _NAMES
    names = [_printable(name) for name in event.certificate[:_NAMES]] or ["without a name"]
    shown = f", client certificate {', '.join(names)}{f' and {more} more' if more > 0 else ''}"
    return f"{shown}, which counts for nothing: {event.problem}" if event.problem else shown


def _offers(event: TlsFailed) -> str:
    if not event.service:
        return ""
    return f" (client: {event.client or 'no TLS'}; service: {event.service})"


def _reply_lines(event: Replied) -> Iterator[Line]:
    rows = event.data.decode("utf-8", "replace").split("\r\n")[:-1]
    refused = event.data[:1] in (b"4", b"5")
    if event.skipped:
        yield Line(event.at, "*", f"skipped: {event.skipped:g} s", event.secured)
    for number, row in enumerate(rows):
        rule = event.rule if number == len(rows) - 1 else ""
        yield Line(event.at, "S", _escaped(row), event.secured, rule, refused)
