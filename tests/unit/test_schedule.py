"""Whose turn a fault is: each counts by itself, and a world that is reset begins anew."""

import pytest

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    DnsFault,
    Estate,
    Fault,
    InboundConnector,
    Mailbox,
    ServiceError,
    Settings,
    Tenant,
    World,
    Zone,
    parse_zone,
)
from fake_exo.drive import Pipe
from fake_exo.exchange.service import profile
from fake_exo.kernel.schedule import Schedule, Turns

PRINTER, OTHER = "203.0.113.7", "203.0.113.8"
MX = "52.101.73.1"
TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(Mailbox("ann@contoso.com"),),
    connectors=(
        InboundConnector(
            "Printers", connector_type=ConnectorType.ON_PREMISES, sender_ip_addresses=(PRINTER,)
        ),
    ),
)
REFUSED = "451 4.3.0 injected"


def world(*faults: Fault, dns: tuple[DnsFault, ...] = (), magic: bool = False) -> World:
    settings = Settings(faults=faults, dns_faults=dns, magic_recipients=magic)
    return World(Estate.of([TENANT], zones=[zone()]), settings=settings)


def zone() -> Zone:
    return parse_zone("@ 3600 IN A 192.0.2.9\nwww 3600 IN A 192.0.2.9\n", "fabrikam.example")


def address(world: World) -> str:
    return profile().forests[world.estate.home_forest].mx_addresses[0]


def reached(world: World, client_ip: str = PRINTER) -> bool:
    return world.connect(address(world), 25, client_ip) is not None


def greeted(world: World) -> Pipe:
    pipe = world.connect(address(world), 25, PRINTER)
    assert pipe is not None
    pipe.send(b"EHLO printer.contoso.com\r\n")
    pipe.take()
    return pipe


def codes(world: World, *lines: str) -> list[str]:
    """What a new connection is told, command by command."""
    pipe = greeted(world)
    found = []
    for line in lines:
        pipe.send(f"{line}\r\n".encode())
        world.advance(5)
        found.append(pipe.take().decode()[:3])
    return found


def mail(world: World, recipient: str = "ann@contoso.com") -> list[str]:
    return codes(world, "MAIL FROM:<ann@contoso.com>", f"RCPT TO:<{recipient}>")


def broken_off(world: World) -> bool:
    """Whether a message that is well in itself is broken off in its data."""
    pipe = greeted(world)
    for line in ("MAIL FROM:<ann@contoso.com>", "RCPT TO:<ann@contoso.com>", "DATA"):
        pipe.send(f"{line}\r\n".encode())
    pipe.take()
    pipe.send(b"From: ann@contoso.com\r\n\r\nhello\r\n.\r\n")
    return pipe.closed


def rcode(world: World, name: str) -> str:
    answer, _ = world.ask(name, "A", PRINTER)
    return "(none)" if answer is None else answer.rcode


@pytest.mark.parametrize(
    ("schedule", "due"),
    [
        (Schedule(), "x....."),
        (Schedule(skip=2), "..x..."),
        (Schedule(skip=1, times=3), ".xxx.."),
        (Schedule(times=None), "xxxxxx"),
        (Schedule(skip=4, times=None), "....xx"),
        (Schedule(times=None, chance=0.0), "......"),
        (Schedule(times=2, chance=1.0), "xx...."),
    ],
)
def test_a_schedule_skips_then_strikes_so_many_times(schedule: Schedule, due: str) -> None:
    turn = Turns().turn(schedule)
    assert "".join("x" if turn.due() else "." for _ in range(6)) == due


def test_equal_schedules_count_apart() -> None:
    turns = Turns()
    first, second = turns.turn(Schedule(times=2)), turns.turn(Schedule(times=2))
    assert [first.due(), first.due(), first.due()] == [True, True, False]
    assert [second.due(), second.due(), second.due()] == [True, True, False]


def test_times_count_only_what_chance_picks() -> None:
    turn = Turns(seed=1).turn(Schedule(times=3, chance=0.5))
    struck = [turn.due() for _ in range(50)]
    assert struck.count(True) == 3
    assert not all(struck[:3])


def test_chance_falls_alike_after_a_reset() -> None:
    turns = Turns(seed=7)
    turn = turns.turn(Schedule(times=None, chance=0.5))
    first = [turn.due() for _ in range(20)]
    turns.reset()
    assert [turn.due() for _ in range(20)] == first
    assert set(first) == {True, False}


def test_two_unreachable_faults_count_apart() -> None:
    both = world(
        Fault(at="banner", does="unreachable", client=PRINTER, times=2),
        Fault(at="banner", does="unreachable", client=OTHER, times=2),
    )
    assert [reached(both, PRINTER) for _ in range(3)] == [False, False, True]
    assert [reached(both, OTHER) for _ in range(3)] == [False, False, True]


def test_unreachable_by_chance_lets_some_through() -> None:
    found = world(Fault(at="banner", does="unreachable", times=None, chance=0.5))
    assert {reached(found) for _ in range(20)} == {True, False}


@pytest.mark.parametrize(
    "condition",
    [{"hello": "h"}, {"sender": "a@b.example"}, {"recipient": "a@b.example"}, {"connection": 2},
     {"seconds": 5.0}, {"text": "421 no"}],
    ids=["hello", "sender", "recipient", "connection", "seconds", "text"],
)  # fmt: skip
def test_unreachable_knows_nothing_of_a_dialogue(condition: dict[str, object]) -> None:
    fault = Fault(at="banner", does="unreachable", **condition)  # type: ignore[arg-type]
    with pytest.raises(ServiceError, match="there is no dialogue"):
        world(fault)


def test_unreachable_is_refused_where_real_clients_come() -> None:
    with pytest.raises(ServiceError, match="over sockets nobody can let a connection time out"):
        world(Fault(at="banner", does="unreachable")).start()


@pytest.mark.parametrize(
    "what",
    [{"does": "delay", "seconds": 5.0}, {"does": "close", "seconds": 5.0}, {"reply": "eod-4.3.1"},
     {"does": "close", "value": "much"}, {"does": "multiline"}, {}],
    ids=["delay", "late-close", "reply", "value", "multiline", "nothing"],
)  # fmt: skip
def test_what_cannot_be_done_in_message_data_is_refused(what: dict[str, object]) -> None:
    with pytest.raises(ServiceError, match="message data is broken off by close or reset"):
        world(Fault(at="body", **what))  # type: ignore[arg-type]


def test_two_equal_faults_in_message_data_strike_twice() -> None:
    fault = Fault(at="body", does="close", value="0")
    found = world(fault, fault)
    assert [broken_off(found) for _ in range(3)] == [True, True, False]


def test_a_fault_in_message_data_has_its_chance() -> None:
    found = world(Fault(at="body", does="close", value="0", times=None, chance=0.5))
    assert {broken_off(found) for _ in range(20)} == {True, False}


def test_dns_faults_of_one_name_count_apart() -> None:
    found = world(
        dns=(
            DnsFault("*.fabrikam.example", "servfail", times=1),
            DnsFault("www.fabrikam.example", "refused", times=1),
        )
    )
    asked = [rcode(found, "www.fabrikam.example") for _ in range(3)]
    assert asked == ["SERVFAIL", "REFUSED", "NOERROR"]


def test_a_dns_fault_has_its_chance() -> None:
    found = world(dns=(DnsFault("*", "servfail", chance=0.5),))
    asked = [rcode(found, "fabrikam.example") for _ in range(20)]
    assert set(asked) == {"SERVFAIL", "NOERROR"}


def test_magic_recipients_count_apart() -> None:
    found = world(magic=True)
    first, second = "fault.rcpt.451.2@contoso.com", "fault.rcpt.452.1@contoso.com"
    told = [mail(found, person)[1] for person in (first, second, first, second, first)]
    assert told == ["451", "452", "451", "250", "250"]


def test_after_a_reset_every_fault_has_its_first_turn_again() -> None:
    """A reply, message data, a connection, the DNS and a recipient: each strikes once, then not,
    and once again after the reset."""
    found = world(
        Fault(at="banner", does="unreachable", client=OTHER),
        Fault(at="mail", text=REFUSED),
        Fault(at="body", does="close", value="0"),
        dns=(DnsFault("fabrikam.example", "servfail", times=1),),
        magic=True,
    )
    for _ in range(2):
        assert [reached(found, OTHER) for _ in range(2)] == [False, True]
        assert [mail(found)[0] for _ in range(2)] == ["451", "250"]
        assert [broken_off(found) for _ in range(2)] == [True, False]
        assert [rcode(found, "fabrikam.example") for _ in range(2)] == ["SERVFAIL", "NOERROR"]
        asked = [mail(found, "fault.rcpt.452@contoso.com")[1] for _ in range(2)]
        assert asked == ["452", "250"]
        found.reset()


def test_faults_injected_on_the_way_take_the_place_of_those_before() -> None:
    found = world(Fault(at="banner", does="unreachable", times=None))
    found.inject([Fault(at="banner", does="unreachable", times=1, skip=1)])
    assert [reached(found) for _ in range(3)] == [True, False, True]
    found.inject([], [DnsFault("*", "nxdomain", times=1)])
    assert [reached(found) for _ in range(2)] == [True, True]
    answers = [found.ask("www.fabrikam.example", "A", PRINTER)[0] for _ in range(2)]
    assert [answer.rcode for answer in answers if answer] == ["NXDOMAIN", "NOERROR"]


def test_an_open_world_takes_no_fault_that_only_memory_has() -> None:
    with world() as open_world:
        open_world.start()
        with pytest.raises(ServiceError, match="over sockets nobody can let a connection time out"):
            open_world.inject([Fault(at="banner", does="unreachable")])
