"""Handlers of what changes something: waits, deletions, what administrators do, and worlds."""

from collections.abc import Mapping
from typing import Any

from fake_exo_harness.api import changes
from fake_exo_harness.api.ask import clock, kinds_asked, shown, world_item
from fake_exo_harness.api.call import Call, moment
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.hooks import checked_url
from fake_exo_harness.api.problems import refused, unknown
from fake_exo_harness.api.reading import read
from fake_exo_harness.api.resources import (
    ClockItem,
    DeletedItem,
    DoneItem,
    FaultItem,
    HookItem,
    WaitItem,
    WorldItem,
)
from fake_exo_harness.api.search import EVERYTHING, MAIL_KEYS, Sought, search
from fake_exo_harness.api.stream import KINDS
from fake_exo_harness.api.waiting import LONGEST, Wanted, read_checks, wait
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import DURATION, NUMBER_OF, TEXT
from fake_exo_harness.forms.nodes import many, one
from fake_exo_harness.scenario.tenants import tenant

_WITHIN = 10.0  # seconds of a wait that says nothing of them


def _keys(call: Call, *valid: str) -> Mapping[str, Any]:
    """The body, which is a mapping with no other keys."""
    if not isinstance(call.body, Mapping):
        raise refused(400, "a mapping is wanted here", f"keys: {', '.join(valid)}")
    for name in call.body:
        if name not in valid:
            raise unknown("the key", name, valid, f"/{name[:80]}")
    return call.body


# ---- waits ---------------------------------------------------------------------------------------


async def wait_for(call: Call) -> WaitItem:
    """Met, or refused with what was still different when time was up."""
    body = _keys(call, "then", "messages", "query", "since", "within")
    within = read(DURATION, body["within"], "/within") if "within" in body else _WITHIN
    if within > LONGEST:
        raise refused(400, f"no wait is longer than {LONGEST:g} seconds", "wait again", "/within")
    since = read(NUMBER_OF, body.get("since", 0), "/since")
    return await wait(call.served, _wanted(body), since, within)


def _wanted(body: Mapping[str, Any]) -> Wanted:
    checks = read_checks(body["then"]) if "then" in body else ()
    text = read(TEXT, body["query"], "/query") if "query" in body else ""
    count = read(NUMBER_OF, body.get("messages", 1 if text else 0), "/messages")
    if not checks and not count:
        raise refused(400, "nothing is waited for", "say then:, messages: or query:")
    return Wanted(checks, count, search(text, MAIL_KEYS) if text else EVERYTHING)


# ---- deletions -----------------------------------------------------------------------------------


async def delete_messages(call: Call) -> DeletedItem:
    """Those that a search finds, or all. What was counted of them stays counted."""
    wanted = search(call.query["query"], MAIL_KEYS)

    def delete(found: Happenings) -> DeletedItem:
        gone = [n for n in shown(found, call.served) if wanted.fits(Sought(found, n))]
        call.served.deleted.update(gone)
        return DeletedItem(len(gone))

    return await call.served.ask(delete)


async def delete_message(call: Call) -> DeletedItem:
    number = call.number("number")

    def delete(found: Happenings) -> DeletedItem:
        if number not in shown(found, call.served):
            raise refused(404, f"there is no message {number}")
        call.served.deleted.add(number)
        return DeletedItem(1)

    return await call.served.ask(delete)


async def reset(call: Call) -> DoneItem:
    """All that happened is forgotten, usage and turns of faults too; what is set up stays."""
    _keys(call)
    call.served.world.reset()
    return DoneItem("what happened is forgotten; tenants, names, lists, faults and time stay", "")


# ---- administrators ------------------------------------------------------------------------------


async def administer(call: Call) -> DoneItem:
    return changes.carry_out(call.served, call.body)


async def inject(call: Call) -> list[FaultItem]:
    world = call.served.world
    body = dict(_mapping(call.body))
    of = str(body.pop("of", "dialogue"))
    if of not in changes.FAULTS:
        raise unknown("faults of", of, changes.FAULTS, "/of")
    changes.inject(world, of, body)
    return changes.fault_items(world)


def _mapping(body: Any) -> Mapping[str, Any]:  # noqa: ANN401 - JSON
    if not isinstance(body, Mapping):
        raise refused(400, "a mapping is wanted here", 'as {"at": "mail", "text": "451 4.3.2 no"}')
    return body


async def clear_faults(call: Call) -> DeletedItem:
    return DeletedItem(changes.clear_faults(call.served.world))


async def set_clock(call: Call) -> ClockItem:
    changes.set_clock(call.served.world, call.body)
    return await clock(call)


async def add_hook(call: Call) -> HookItem:
    body = _keys(call, "url", "kinds")
    kinds = body.get("kinds", [])
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise refused(400, "kinds is a list of words", f"of {', '.join(KINDS)}", "/kinds")
    hook = call.worlds.add_hook(
        call.served, checked_url(body.get("url")), kinds_asked(kinds, "/kinds")
    )
    return hook.item


async def delete_hook(call: Call) -> DeletedItem:
    number = call.number("number")
    of, hook = call.worlds.hooks.get(number, (None, None))
    if hook is None or of is not call.served:
        raise refused(404, f"there is no webhook {number}")
    del call.worlds.hooks[number]
    hook.end()
    return DeletedItem(1)


# ---- worlds --------------------------------------------------------------------------------------


async def make_world(call: Call) -> WorldItem:
    body = _keys(call, "name", "tenants", "as_of", "public_ip")
    tenants = read(many(tenant), body["tenants"], "/tenants") if "tenants" in body else ()
    as_of = moment(body["as_of"], "/as_of") if "as_of" in body else None
    address = read(one(values.ip), body["public_ip"], "/public_ip") if "public_ip" in body else ""
    name = read(TEXT, body.get("name", ""), "/name")
    return await world_item(await call.worlds.make(name, tenants, as_of, address))


async def remove_world(call: Call) -> DeletedItem:
    await call.worlds.remove(call.served.name)
    return DeletedItem(1)
