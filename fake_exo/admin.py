"""What administrators and postmasters do to a running world, beside changing its estate."""

from fake_exo.exchange.delisting import way_off
from fake_exo.exchange.lists import BlockedAddress
from fake_exo.world import World


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
