"""The record: by cause and not by position, within bounds, and with any number of readers."""

import threading
import tracemalloc
from typing import NamedTuple

from fake_exo import (
    Event,
    Feed,
    Gap,
    Ledger,
    Received,
    Settings,
    World,
    example_tenant,
    messages,
    mx_host,
    transcripts,
)
from fake_exo.drive import Pipe, looked_up
from fake_exo.events import weigh

MB = 1 << 20
TENANT = example_tenant()


class Happened(NamedTuple):
    cause: int
    what: str


def told(events: tuple[Happened, ...]) -> str:
    return " ".join(event.what for event in events)


def interleaved(keep: int | None = None, keep_bytes: int | None = None) -> Ledger[Happened]:
    """Two causes, of which the second ends in the midst of the first."""
    ledger: Ledger[Happened] = Ledger(
        keep, keep_bytes, lambda events: sum(len(event.what) for event in events)
    )
    one, two = ledger.cause(), ledger.cause()
    for cause, what in ((one, "a"), (two, "x"), (one, "b"), (two, "y"), (one, "c")):
        ledger.record(Happened(cause, what))
    return ledger


# ---- causes ------------------------------------------------------------------------------------


def test_what_two_causes_led_to_is_told_apart_however_it_interleaves() -> None:
    ledger = interleaved()
    assert [told(ledger.caused(cause)) for cause in (1, 2, 3)] == ["a b c", "x y", ""]
    assert told(tuple(ledger)) == "a x b y c"


def test_a_cause_is_whole_until_one_of_its_events_has_gone() -> None:
    assert interleaved(keep=5).whole(1)
    ledger = interleaved(keep=4)
    assert (ledger.whole(1), ledger.whole(2)) == (False, True)
    assert told(ledger.caused(1)) == "b c"
    assert not interleaved(keep=3).whole(2)


def test_a_cause_whose_events_are_all_gone_stays_cut_when_more_of_it_comes() -> None:
    ledger = interleaved(keep=1)
    ledger.record(Happened(2, "z"))
    assert told(ledger.caused(2)) == "z"
    assert not ledger.whole(2)
    assert ledger.whole(ledger.cause())


def test_a_long_cause_loses_its_oldest_events_only() -> None:
    ledger: Ledger[Happened] = Ledger(keep=100)
    cause = ledger.cause()
    for number in range(1_000):
        ledger.record(Happened(cause, str(number)))
    assert told(ledger.caused(cause)) == " ".join(str(number) for number in range(903, 1_000))


def test_a_cleared_ledger_has_nothing_whole_that_began_before() -> None:
    ledger = interleaved()
    unused = ledger.cause()
    ledger.clear()
    assert (len(ledger), ledger.caused(1)) == (0, ())
    assert not ledger.whole(unused)
    assert ledger.whole(ledger.cause())


# ---- bounds ------------------------------------------------------------------------------------


def test_the_oldest_go_when_there_are_too_many_or_they_are_too_heavy() -> None:
    assert told(tuple(interleaved(keep=2))) == "y c"
    assert told(tuple(interleaved(keep_bytes=3))) == "b y c"


def test_the_newest_is_kept_however_heavy_it_is() -> None:
    ledger = interleaved(keep_bytes=3)
    ledger.record(Happened(ledger.cause(), "heavier than all"))
    assert told(tuple(ledger)) == "heavier than all"


def dialled(world: World) -> Pipe:
    address = looked_up(world.lookup(mx_host("contoso.com"), "A"), "A").data[0]
    pipe = world.connect(address, 25, "203.0.113.7")
    assert pipe is not None
    pipe.send(b"EHLO h\r\n")
    pipe.take()
    return pipe


def sent(pipe: Pipe, size: int) -> None:
    pipe.send(b"MAIL FROM:<scanner@contoso.com>\r\nRCPT TO:<scanner@contoso.com>\r\nDATA\r\n")
    pipe.send(b"From: scanner@contoso.com\r\n\r\n" + b"x" * size + b"\r\n.\r\n")
    assert b"250 2.6.0" in pipe.take()


def held_by(lines: int, size: int, keep_bytes: int) -> int:
    """Bytes of memory that a world keeps of so many lines of a client and what it said to them."""
    world = World([TENANT], settings=Settings(keep_bytes=keep_bytes))
    pipe = dialled(world)
    tracemalloc.start()
    for _ in range(lines):
        pipe.send(b"NOOP%s\r\n" % (b" " * size))
        assert pipe.take().startswith(b"250")
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return held


def test_forty_thousand_lines_of_twelve_kilobytes_stay_within_their_bound() -> None:
    ledger: Ledger[Event] = Ledger(keep_bytes=64 * MB, weigh=weigh)
    tracemalloc.start()
    for number in range(40_000):
        line = b"%012d" % number * 1_000
        ledger.record(Received(float(number), number // 9, 1, line, False, False))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 56 * MB < held <= 64 * MB


def test_lines_of_a_client_stay_within_the_bound_of_their_world() -> None:
    assert 3 * MB < held_by(2_000, 12_000, 4 * MB) < 5 * MB


def test_replies_and_small_events_count_as_well() -> None:
    assert MB / 2 < held_by(6_000, 0, 2 * MB) < 2 * MB


def test_mail_is_never_kept_without_its_content() -> None:
    world = World([TENANT], settings=Settings(keep_bytes=3 * MB))
    for _ in range(5):
        sent(dialled(world), MB)
    assert [len(message.content) for message in messages(world.ledger)] == [MB + 31, MB + 31]


def test_a_world_that_is_reset_forgets_what_its_messages_took() -> None:
    world = World([TENANT], settings=Settings(keep_bytes=3 * MB))
    sent(dialled(world), 2 * MB)
    world.reset()
    sent(dialled(world), 2 * MB)
    assert len(transcripts(world.ledger)) == 1


# ---- subscribers -------------------------------------------------------------------------------


def test_every_subscriber_hears_from_its_own_mark_on() -> None:
    ledger = interleaved()
    mark = ledger.mark
    ledger.record(Happened(1, "d"))
    heard: dict[str, list[object]] = {"all": [], "mark": [], "now": []}
    ledger.subscribe(heard["all"].append, since=0)
    ledger.subscribe(heard["mark"].append, since=mark)
    last = ledger.subscribe(heard["now"].append)
    ledger.record(Happened(1, "e"))
    last.end()
    last.end()
    ledger.record(Happened(1, "f"))
    shown = {
        name: " ".join(event.what for event in events if isinstance(event, Happened))
        for name, events in heard.items()
    }
    assert shown == {"all": "a x b y c d e f", "mark": "d e f", "now": "e"}


def test_a_subscriber_is_told_of_what_is_not_kept_since_its_mark() -> None:
    ledger = interleaved(keep=2)
    heard: list[object] = []
    ledger.subscribe(heard.append, since=1)
    assert heard == [Gap(2), Happened(2, "y"), Happened(1, "c")]


def test_a_subscriber_that_raises_stops_neither_the_world_nor_the_others() -> None:
    world = World([TENANT])
    heard: list[object] = []

    def broken(event: object) -> None:
        raise ValueError("no more of this")

    bad = world.subscribe(broken)
    world.subscribe(heard.append)
    sent(dialled(world), 10)
    assert len(heard) == len(world.ledger)
    assert str(bad.error) == "no more of this"


def test_a_slow_reader_gets_a_gap_in_place_of_what_came_too_fast() -> None:
    ledger: Ledger[Happened] = Ledger()
    feed: Feed[Happened] = Feed(most=2)
    ledger.subscribe(feed.put)
    for what in "abcde":
        ledger.record(Happened(1, what))
    assert [feed.take() for _ in range(3)] == [Gap(3), Happened(1, "d"), Happened(1, "e")]
    assert feed.take(timeout=0) is None
    ledger.record(Happened(1, "f"))
    assert feed.take() == Happened(1, "f")


def test_a_reader_that_waits_is_woken_by_an_event_and_by_the_end() -> None:
    feed: Feed[Happened] = Feed()
    heard: list[object] = []

    def read() -> None:
        while (event := feed.take()) is not None:
            heard.append(event)

    reader = threading.Thread(target=read)
    reader.start()
    feed.put(Happened(1, "a"))
    feed.end()
    reader.join(10)
    assert not reader.is_alive()
    assert heard == [Happened(1, "a")]


def test_an_excerpt_has_so_many_events_from_a_mark_on_and_says_what_is_gone() -> None:
    ledger: Ledger[Happened] = Ledger(16)
    for number in range(20):
        ledger.record(Happened(number, ""))
    early, late = ledger.since(0, 2), ledger.since(18)
    first = 20 - len(ledger)
    assert ([e.cause for e in early.events], early.missed) == ([first, first + 1], first)
    assert ([e.cause for e in late.events], late.missed) == ([18, 19], 0)
    assert (late.start, late.end) == (18, 20)
    assert ledger.since(99).events == ()
