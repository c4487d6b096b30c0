"""What administrators and postmasters do: to a tenant, and to a running world."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, replace
from typing import Any

from fake_exo.exchange.delisting import way_off
from fake_exo.exchange.lists import BlockedAddress
from fake_exo.exchange.tenant import OBJECTS, Tenant
from fake_exo.kernel.errors import ServiceError
from fake_exo.world import World

ORGANIZATION = "organization"  # the one thing of which a tenant has one
_KINDS = {kind.verb: kind for kind in OBJECTS}


def changed(tenant: Tenant, verb: str, identity: str, wanted: Mapping[str, Any]) -> Tenant:
    """The tenant with fields of one object changed, or the object added when none has the identity
    (empty for the organization). `verb` is ORGANIZATION or that of a row in `OBJECTS`. Raises
    ServiceError when a new one lacks a field."""
    if verb == ORGANIZATION:
        return replace(tenant, organization=replace(tenant.organization, **wanted))
    kind = _KINDS[verb]
    old = getattr(tenant, kind.key)
    at = next((i for i, one in enumerate(old) if _is(one, kind.identity, identity)), None)
    if at is None:
        new = (*old, _made(kind.model, {**wanted, kind.identity: identity}))
    else:
        new = (*old[:at], replace(old[at], **wanted), *old[at + 1 :])
    changes: dict[str, Any] = {kind.key: new}
    return replace(tenant, **changes)


def _is(one: object, field: str, identity: str) -> bool:
    return str(getattr(one, field)).lower() == identity.lower()


def _made(model: type[Any], given: Mapping[str, Any]) -> object:
    needed = [f.name for f in fields(model) if f.default is MISSING is f.default_factory]
    if missing := [name for name in needed if name not in given]:
        raise ServiceError(f"a new {model.__name__} needs {', '.join(missing)}")
    return model(**given)


def block(world: World, entry: BlockedAddress, lasts: float | None = None) -> None:
    """An address gets onto a list, for so many seconds or until somebody asks."""
    world.change(lambda estate: estate.with_blocked(entry))
    cause = world.ledger.cause()
    if lasts is not None:
        world.after(lasts, lambda: _lift(world, entry, cause))


def request_delisting(world: World, address: str, by: str) -> str:
    """Ask for removal from every list the address is on; `by` is "portal" or the address written
    to. Returns what the asker is told; removal happens later, on the world's clock."""
    found = [e for e in world.estate.reputation.entries if e.address == address]
    cause = world.ledger.cause()
    answers = [_delist(world, entry, by, cause) for entry in found]
    answer = "; ".join(answers) or "the address is on no list"
    world.note(f"removal of {address} asked for ({by}): {answer}", cause)
    return answer


def _delist(world: World, entry: BlockedAddress, by: str, cause: int) -> str:
    way = way_off(entry.list, by, world.day)
    if way is None:
        return "no answer ever comes"
    if way.hours is not None:
        world.after(way.hours * 3600, lambda: _lift(world, entry, cause))
    return way.answer


def _lift(world: World, entry: BlockedAddress, cause: int) -> None:
    world.change(lambda estate: estate.without_blocked(entry.address, [entry.list]))
    world.note(f"{entry.address} is off the list ({entry.list.value})", cause)


def retire(world: World, address: str) -> None:
    """A mail server that was not the service's is switched off."""
    world.change(lambda estate: estate.without_elsewhere(address))
    world.note(f"the mail server {address} is switched off")
