"""Handlers of questions: what came, where it went and why, and how the world stands."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from fake_exo_harness.api.call import Call
from fake_exo_harness.api.changes import fault_items
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.mails import attachment, clean, mail_detail, mail_item, report_item
from fake_exo_harness.api.plain import instant_text
from fake_exo_harness.api.problems import refused, unknown
from fake_exo_harness.api.resources import (
    ClockItem,
    FaultItem,
    GaugeItem,
    MailDetail,
    PlaceItem,
    QueryItem,
    ReportItem,
    SessionDetail,
    StateItem,
    WorldItem,
)
from fake_exo_harness.api.search import MAIL_KEYS, SESSION_KEYS, Search, Sought, search
from fake_exo_harness.api.served import ServedWorld
from fake_exo_harness.api.sessions import session_detail, session_item
from fake_exo_harness.api.stream import KINDS, server_sent, tell
from fake_exo_harness.seen import tenants_of

Page = dict[str, Any]


def _page(
    numbers: Iterable[int], call: Call, fits: Callable[[int], bool], item: Callable[[int], Any]
) -> Page:
    """Rows by number, the newest first, as many as are asked for; `next` goes on behind them."""
    before, limit = call.query["before"], call.query["limit"]
    wanted = (n for n in numbers if (before is None or n < before) and fits(n))
    found = list(islice(wanted, limit + 1))
    following = found[limit - 1] if len(found) > limit else None
    return {"items": [item(n) for n in found[:limit]], "next": following}


def _fitting(wanted: Search, found: Happenings) -> Callable[[int], bool]:
    return lambda number: wanted.fits(Sought(found, number))


# ---- sessions and messages -----------------------------------------------------------------------


async def sessions(call: Call) -> Page:
    wanted = search(call.query["query"], SESSION_KEYS)
    return await call.served.ask(
        lambda found: _page(
            sorted(found.opened, reverse=True),
            call,
            _fitting(wanted, found),
            lambda number: session_item(found, number),
        )
    )


async def session(call: Call) -> SessionDetail:
    number, tenants = call.number("number"), tenants_of(call.served.world)

    def answer(found: Happenings) -> SessionDetail:
        _known(number in found.opened, "session", number)
        return session_detail(found, number, tenants)

    return await call.served.ask(answer)


def _known(there: bool, what: str, number: int) -> None:
    if not there:
        raise refused(404, f"there is no {what} {number}", "it may have gone from the record")


def shown(found: Happenings, served: ServedWorld) -> list[int]:
    """Numbers of the messages that are not deleted, the newest first."""
    return sorted(found.mails.keys() - served.deleted, reverse=True)


async def messages(call: Call) -> Page:
    wanted = search(call.query["query"], MAIL_KEYS)
    return await call.served.ask(
        lambda found: _page(
            shown(found, call.served),
            call,
            _fitting(wanted, found),
            lambda number: mail_item(found, number),
        )
    )


def _message(found: Happenings, call: Call) -> int:
    number = call.number("number")
    _known(number in found.mails and number not in call.served.deleted, "message", number)
    return number


async def message(call: Call) -> MailDetail:
    return await call.served.ask(lambda found: mail_detail(found, _message(found, call)))


async def raw(call: Call) -> Response:
    content = await call.served.ask(
        lambda found: bytes(found.mails[_message(found, call)].message.content)
    )
    return Response(content, media_type="message/rfc822")


async def part(call: Call) -> Response:
    """Decoded, as a download: what strangers send is never shown by a browser."""
    place = call.number("part")
    found = await call.served.ask(
        lambda found: attachment(found.mails[_message(found, call)], place)
    )
    if found is None:
        raise refused(404, f"the message has no part {place}")
    name = quote(clean(found.name)[:255] or f"part-{place}", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(found.content, media_type="application/octet-stream", headers=headers)


async def reports(call: Call) -> Page:
    return await call.served.ask(
        lambda found: _page(
            sorted(found.reports, reverse=True),
            call,
            lambda number: True,
            lambda number: report_item(found.reports[number]),
        )
    )


async def report(call: Call) -> ReportItem:
    number = call.number("number")

    def answer(found: Happenings) -> ReportItem:
        _known(number in found.reports, "report", number)
        return report_item(found.reports[number])

    return await call.served.ask(answer)


# ---- the world -----------------------------------------------------------------------------------


async def queries(call: Call) -> Page:
    def answer(found: Happenings) -> Page:
        numbers = range(len(found.queries) - 1, -1, -1)
        return _page(numbers, call, lambda n: True, lambda n: _query(found, n))

    return await call.served.ask(answer)


def _query(found: Happenings, number: int) -> QueryItem:
    event = found.queries[number]
    return QueryItem(
        instant_text(event.at),
        event.client_ip,
        event.name,
        event.type,
        event.rcode,
        event.transport,
        event.answers,
        event.injected,
    )


async def usage(call: Call) -> list[GaugeItem]:
    return [
        GaugeItem(
            gauge.kind,
            gauge.who,
            gauge.what,
            gauge.used,
            gauge.most,
            gauge.limit,
            None if gauge.frees_at is None else instant_text(gauge.frees_at),
        )
        for gauge in call.served.world.usage()
    ]


async def clock(call: Call) -> ClockItem:
    world = call.served.world
    return ClockItem(instant_text(world.now()), "nothing" if world.holds else "real")


async def faults(call: Call) -> list[FaultItem]:
    return fault_items(call.served.world)


async def world(call: Call) -> WorldItem:
    return await world_item(call.served)


async def world_item(served: ServedWorld) -> WorldItem:
    world, network = served.world, served.world.network
    counts = await served.ask(lambda found: (len(shown(found, served)), len(found.opened)))
    places = [
        PlaceItem(at.endpoint.id, at.listen.port, f"{at.address}:{at.port}")
        for at in network.bindings
    ]
    return WorldItem(
        served.name,
        [*world.tenants],
        world.day.isoformat(),
        places,
        f"{network.host}:{network.dns_port}",
        world.ledger.mark,
        *counts,
    )


async def worlds(call: Call) -> list[WorldItem]:
    return [await world_item(served) for served in tuple(call.worlds.by_name.values())]


async def hooks(call: Call) -> list[Any]:
    return [hook.item for of, hook in call.worlds.hooks.values() if of is call.served]


def kinds_asked(kinds: Iterable[str], place: str) -> frozenset[str]:
    """Kinds of events. Raises RequestProblem for one that there is not."""
    found = frozenset(kinds)
    for kind in found - {*KINDS}:
        raise unknown("the kind", kind, KINDS, place)
    return found


async def events(call: Call) -> Response:
    """From Last-Event-ID where a browser comes back, else from `since`, else from now on."""
    kinds = kinds_asked(call.query["kinds"], "kinds")
    last = call.request.headers.get("last-event-id", "")
    since = int(last) if last.isdecimal() and len(last) < 18 else call.query["since"]
    mark = call.served.world.ledger.mark if since is None else since
    lots = tell(call.served, mark, kinds, follow=call.query["follow"])
    return StreamingResponse(server_sent(lots), media_type="text/event-stream")


# ---- health --------------------------------------------------------------------------------------


async def lives(call: Call) -> StateItem:
    return StateItem(True, "alive")


async def ready(call: Call) -> StateItem:
    """Every world has its ports open."""
    for served in tuple(call.worlds.by_name.values()):
        try:
            served.world.network.dns_port  # noqa: B018 - raises where none is open
        except RuntimeError:
            raise refused(503, f"the world {served.name} has no open ports") from None
    return StateItem(True, "ready")
