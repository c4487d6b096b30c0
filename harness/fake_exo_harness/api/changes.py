"""What an administrator changes of a running world: some verbs of the scenario language, and none
that runs programs, opens files or drives devices.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from fake_exo import DnsFault, Fault, ServiceError, World, admin
from fake_exo_harness.api.problems import refused, unknown
from fake_exo_harness.api.reading import read
from fake_exo_harness.api.resources import DoneItem, FaultItem
from fake_exo_harness.api.served import ServedWorld
from fake_exo_harness.forms.kinds import DURATION
from fake_exo_harness.forms.nodes import Form, Kind
from fake_exo_harness.scenario.language import STEPS
from fake_exo_harness.scenario.language import step as step_kind
from fake_exo_harness.scenario.model import (
    BlockStep,
    ChangeStep,
    DelistBy,
    DelistStep,
    PublishStep,
)
from fake_exo_harness.scenario.services import DNS_FAULT, FAULT

MOST_FAULTS = 200


def _change(served: ServedWorld, step: ChangeStep) -> DoneItem:
    tenants = served.world.tenants
    name = step.tenant if step.tenant is not None else next(iter(tenants), "")
    if name not in tenants:
        raise unknown("the tenant", name, tenants, "/change/tenant")
    new = admin.changed(tenants[name], step.verb, step.identity, step.fields)
    served.world.update(new)
    what = f"{step.verb} {step.identity}".strip()
    return DoneItem(f"{what} of {name} is changed: {', '.join(step.fields)}", "")


def _publish(served: ServedWorld, step: PublishStep) -> DoneItem:
    served.world.publish(step.zone)
    return DoneItem(f"the zone {step.zone.origin} is published anew", "")


def _block(served: ServedWorld, step: BlockStep) -> DoneItem:
    admin.block(served.world, step.entry, step.lasts)
    return DoneItem(f"{step.entry.address} is on the list ({step.entry.list.value})", "")


def _delist(served: ServedWorld, step: DelistStep) -> DoneItem:
    by = "portal" if step.by is DelistBy.PORTAL else step.to
    answer = admin.request_delisting(served.world, step.address, by)
    return DoneItem(f"removal of {step.address} is asked for ({by})", answer)


_STEPS: Mapping[type, Callable[[ServedWorld, Any], DoneItem]] = {
    ChangeStep: _change,
    PublishStep: _publish,
    BlockStep: _block,
    DelistStep: _delist,
}
VERBS = ("change", "publish", "block", "delist")


def verb_form(name: str) -> Form:
    """What a verb takes, for the OpenAPI document."""
    return STEPS[name][1]


def carry_out(served: ServedWorld, body: Any) -> DoneItem:  # noqa: ANN401 - plain data
    """Do one step. Raises RequestProblem for one that is none, or is not offered here."""
    if not isinstance(body, Mapping) or len(body) != 1:
        raise refused(400, "one verb is wanted here", f"one of {', '.join(VERBS)}")
    name = next(iter(body))
    if name not in VERBS:
        raise unknown("the verb", name, VERBS, f"/{name[:80]}")
    step = read(step_kind, body)
    try:
        done = _STEPS[type(step)](served, step)
    except ServiceError as error:
        served.world.note(f"change refused: {error}")
        raise refused(409, str(error), "", f"/{name}") from None
    served.world.note(done.done)
    return done


# ---- faults --------------------------------------------------------------------------------------

FAULTS: Mapping[str, Kind] = {"dialogue": FAULT, "dns": DNS_FAULT}


def inject(world: World, of: str, given: Any) -> None:  # noqa: ANN401 - plain data
    """One more fault; the turns of the others begin anew."""
    settings = world.settings
    if len(settings.faults) + len(settings.dns_faults) >= MOST_FAULTS:
        raise refused(409, f"{MOST_FAULTS} faults are injected already", "delete them first")
    made: Fault | DnsFault = read(FAULTS[of], given)
    try:
        if isinstance(made, Fault):
            world.inject([*settings.faults, made], settings.dns_faults)
        else:
            world.inject(settings.faults, [*settings.dns_faults, made])
    except ServiceError as error:
        raise refused(400, str(error)) from None
    world.note(f"a fault is injected: {_told(made)}")


def clear_faults(world: World) -> int:
    """No fault from now on. Returns how many there were."""
    count = len(world.settings.faults) + len(world.settings.dns_faults)
    world.inject([], [])
    world.note("no fault is injected any more")
    return count


def fault_items(world: World) -> list[FaultItem]:
    """What is injected now."""
    return [
        *(FaultItem("dialogue", _told(fault)) for fault in world.settings.faults),
        *(FaultItem("dns", _told(fault)) for fault in world.settings.dns_faults),
    ]


def _told(fault: Fault | DnsFault) -> dict[str, Any]:
    """The keys of a fault that are not as they would be anyway."""
    kept = ((f.name, getattr(fault, f.name), f.default) for f in fields(fault))
    return {name: value for name, value, default in kept if value != default}


# ---- time ----------------------------------------------------------------------------------------


def set_clock(world: World, body: Any) -> None:  # noqa: ANN401 - plain data
    """`advance` by a duration, or `follow`: real time, or nothing."""
    if not isinstance(body, Mapping) or len(body) != 1 or next(iter(body)) not in _CLOCK:
        raise refused(400, "one of advance and follow is wanted", 'as {"advance": "1h"}')
    name, value = next(iter(body.items()))
    _CLOCK[name](world, value)


def _advance(world: World, value: Any) -> None:  # noqa: ANN401 - plain data
    seconds = read(DURATION, value, "/advance")
    world.advance(seconds)
    world.note(f"{seconds:g} seconds are passed over")


def _follow(world: World, value: Any) -> None:  # noqa: ANN401 - plain data
    if value not in ("real", "nothing"):
        raise refused(400, "follow is real or nothing", 'as {"follow": "real"}', "/follow")
    world.hold(value == "nothing")
    world.note(f"the clock follows {'real time' if value == 'real' else 'nothing'}")


_CLOCK: Mapping[str, Callable[[World, Any], None]] = {"advance": _advance, "follow": _follow}
