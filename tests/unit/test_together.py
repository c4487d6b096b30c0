"""Several devices at one moment: turns, waits of their own, and one clock for all."""

from collections.abc import Iterator

import pytest
from fake_exo_harness.drivers import Driver, Part, driver

from fake_exo import AcceptedDomain, Mailbox, Replied, Tenant, World
from fake_exo.drive import Connect, Dialogue, Expect, Pause, Write

MX = "52.101.68.36"
TENANT = Tenant("contoso", (AcceptedDomain("contoso.com"),), (Mailbox("ann@contoso.com"),))


@pytest.fixture(params=["memory", "socket"])
def world_and_driver(request: pytest.FixtureRequest) -> Iterator[tuple[World, Driver]]:
    world = World([TENANT])
    carrier = driver(request.param)(world)
    carrier.open()
    yield world, carrier
    carrier.close()


def says(world: World, *lines: str, pause: float = 0.0) -> Dialogue[float]:
    yield Connect(MX, 25)
    yield Expect(60)
    yield Pause(pause)
    for line in lines:
        yield Write(line.encode() + b"\r\n")
        yield Expect(60)
    return world.now()


def silent(world: World) -> Dialogue[float]:
    """Nobody answers at this address: the connection times out after its own time."""
    yield Connect("198.51.100.1", 25, timeout=30.0)
    return world.now()


def played(world: World, carrier: Driver, *dialogues: Dialogue[float]) -> list[float]:
    cause = world.ledger.cause
    parts = [Part(each, f"203.0.113.{n}", cause()) for n, each in enumerate(dialogues, 1)]
    found = carrier.perform_together(parts)
    assert [one.value for one in found] == [one.ended for one in found]
    return [one.ended - START for one in found]


START = World([TENANT]).now()


def test_each_does_one_thing_before_anybody_does_the_next(
    world_and_driver: tuple[World, Driver],
) -> None:
    world, carrier = world_and_driver
    assert played(world, carrier, says(world, "EHLO a", "NOOP"), says(world, "EHLO b", "NOOP"))
    replies = [event for event in world.ledger if isinstance(event, Replied)]
    assert [event.data[:3] for event in replies] == [b"220", b"220", b"250", b"250", b"250", b"250"]
    assert [event.connection for event in replies] == [1, 2, 1, 2, 1, 2]


def test_one_s_wait_holds_up_nobody_and_time_passes_once(
    world_and_driver: tuple[World, Driver],
) -> None:
    world, carrier = world_and_driver
    ended = played(world, carrier, says(world, "EHLO a", pause=20), silent(world), says(world))
    assert ended == [20.0, 30.0, 0.0]
    assert world.now() - START == 30.0
