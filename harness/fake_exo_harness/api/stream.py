"""Events as they are told outside: to who reads the stream, and to webhooks.

Whoever reads holds a mark and no queue: who is slow lags behind, and hears of a gap where the
record has let go what he had not read.
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any

from fake_exo import (
    Accepted,
    DnsQueried,
    Event,
    Excerpt,
    Filed,
    NotConnected,
    Noted,
    Reported,
    Settled,
    transcript,
)
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.mails import copy_items, mail_item
from fake_exo_harness.api.plain import instant_text, plain
from fake_exo_harness.api.served import ServedWorld
from fake_exo_harness.api.sessions import line_item

_AT_ONCE = 200  # events that are read at a time
_SILENT = 15.0  # seconds until a comment says that the stream lives
# What the parts of a dialogue are called; all other kinds are below.
_DIALOGUE = ("opened", "received", "body", "replied", "bent", "tls-started", "tls-failed", "closed")
_NAMES: Mapping[str, str] = {
    "Opened": "opened",
    "Received": "received",
    "Body": "body",
    "Replied": "replied",
    "Bent": "bent",
    "TlsStarted": "tls-started",
    "TlsFailed": "tls-failed",
    "Closed": "closed",
    "NotConnected": "not-connected",
    "Accepted": "accepted",
    "Settled": "settled",
    "Reported": "reported",
    "Filed": "filed",
    "DnsQueried": "dns",
    "Noted": "noted",
}
KINDS = (*_NAMES.values(), "gap")


def kind_of(event: Event) -> str:
    return _NAMES[type(event).__name__]


def told(found: Happenings, event: Event, mark: int) -> dict[str, Any]:
    """An event as plain data; credentials are not in it."""
    kind = kind_of(event)
    head = {"mark": mark, "kind": kind, "at": instant_text(event.at), "cause": event.cause}
    if kind in _DIALOGUE:
        number = getattr(event, "connection", 0)
        return {**head, "session": number, "lines": plain([*map(line_item, _lines(event))])}
    return {**head, **_more(found, event)}


def _lines(event: Event) -> Any:  # noqa: ANN401 - lines
    return transcript([event], getattr(event, "connection", 0))


def _more(found: Happenings, event: Event) -> dict[str, Any]:
    match event:
        case Accepted():
            number = event.message.number
            known = number in found.mails
            mail = plain(mail_item(found, number)) if known else {"number": number}
            return {"session": event.connection, "message": mail}
        case Settled():
            copy = plain(copy_items([event.outcome])[0])
            return {"message": event.outcome.message, "copy": copy}
        case Reported():
            report = event.report
            return {"report": report.mail.number, "of": report.kind, "message": report.about}
        case Filed():
            return {"message": event.message, "mailbox": event.mailbox}
        case _:
            return _beside(event)


def _beside(event: Event) -> dict[str, Any]:
    match event:
        case DnsQueried():
            asked = {"client_ip": event.client_ip, "name": event.name, "type": event.type}
            return {**asked, "rcode": event.rcode, "injected": event.injected}
        case NotConnected():
            place = {"server_ip": event.server_ip, "port": event.port}
            return {"client_ip": event.client_ip, **place}
        case Noted():
            return {"text": event.text}
        case _:
            return {}


Told = dict[str, Any]


async def tell(
    served: ServedWorld, mark: int, kinds: frozenset[str], *, follow: bool = True
) -> AsyncIterator[list[Told]]:
    """What happens in a world from a mark on, in lots; an empty one where nothing has happened for
    a while. Without `follow` it ends with what has happened already."""
    while True:
        excerpt = served.world.ledger.since(mark, _AT_ONCE)
        mark = excerpt.end
        if excerpt.events or excerpt.missed:
            yield await served.ask(lambda found, excerpt=excerpt: _lot(found, excerpt, kinds))  # type: ignore[misc]
        elif not follow:
            return
        elif not await served.pulse.beyond(mark, _SILENT):
            yield []


def _lot(found: Happenings, excerpt: Excerpt[Event], kinds: frozenset[str]) -> list[Told]:
    return list(_all(found, excerpt, kinds))


def _all(found: Happenings, excerpt: Excerpt[Event], kinds: frozenset[str]) -> Iterator[Told]:
    if excerpt.missed and (not kinds or "gap" in kinds):
        yield {"mark": excerpt.start, "kind": "gap", "missed": excerpt.missed}
    for mark, event in enumerate(excerpt.events, excerpt.start + 1):
        if not kinds or kind_of(event) in kinds:
            yield told(found, event, mark)


async def server_sent(lots: AsyncIterator[list[Told]]) -> AsyncIterator[bytes]:
    """The same as text/event-stream; the id of an event is the mark to go on from."""
    yield b"retry: 1000\n\n"
    async for lot in lots:
        yield b"".join(map(_sent, lot)) or b": still here\n\n"


def _sent(event: Told) -> bytes:
    data = json.dumps(event, ensure_ascii=True)
    return f"id: {event['mark']}\nevent: {event['kind']}\ndata: {data}\n\n".encode("ascii")
