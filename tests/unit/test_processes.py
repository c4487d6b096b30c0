"""Processes on one clock: who waits is woken at his time, or by what his link hears."""

from collections.abc import Generator

from fake_exo.drive import Link, Processes, Wait
from fake_exo.kernel.clock import VirtualClock

Told = Generator[object, object, str]


class Radio(Link[object, object]):
    """Actions are seconds to wait, or "listen"; what is said to it is heard."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed = False

    def act(self, action: object) -> object:
        if isinstance(action, float):
            return Wait(action, "slept")
        return self.heard() or Wait(60.0, "silence", listening=True)

    def heard(self) -> object:
        return self.said.pop(0) if self.said else None

    def say(self, word: str) -> None:
        self.said.append(word)
        if self.news is not None:
            self.news()

    def close(self) -> None:
        self.closed = True


def listener() -> Told:
    first = yield "listen"
    second = yield "listen"
    return f"{first}, {second}"


def sleeper(seconds: float) -> Told:
    return f"{seconds:g} {(yield seconds)}"


def nothing() -> list[object]:
    """What has ended so far."""
    return []


def test_what_is_heard_comes_before_the_wait_is_over() -> None:
    clock, radio, ended = VirtualClock(0.0), Radio(), nothing()
    processes = Processes(clock)
    processes.start(listener(), radio, lambda told: ended.append((clock.now(), told)))
    clock.call_at(10.0, lambda: radio.say("hello"))
    clock.advance(1000)
    assert ended == [(70.0, "hello, silence")]
    assert processes.alive == 0


def test_a_word_at_the_last_moment_is_heard() -> None:
    clock, radio, ended = VirtualClock(0.0), Radio(), nothing()
    processes = Processes(clock)
    processes.start(listener(), radio, ended.append)
    clock.call_at(60.0, lambda: radio.say("late"))  # planned after the wait, due with its end
    clock.advance(60)
    radio.say("more")
    assert ended == ["late, more"]


def test_who_sleeps_hears_nothing_until_he_listens() -> None:
    def deaf_first() -> Told:
        yield 5.0
        return str((yield "listen"))

    clock, radio, ended = VirtualClock(0.0), Radio(), nothing()
    Processes(clock).start(deaf_first(), radio, ended.append)
    radio.say("early")
    assert (ended, clock.now()) == ([], 0.0)
    clock.advance(5)
    assert ended == ["early"]


def test_many_processes_end_in_the_order_of_their_times() -> None:
    clock, ended = VirtualClock(0.0), nothing()
    processes = Processes(clock)
    for seconds in (3.0, 1.0, 2.0):
        processes.start(sleeper(seconds), Radio(), lambda told: ended.append((told, clock.now())))
    assert processes.alive == 3
    clock.advance(10)
    assert ended == [("1 slept", 1.0), ("2 slept", 2.0), ("3 slept", 3.0)]


def test_a_process_that_never_waits_is_over_at_once_and_its_link_is_its_owner_s_to_close() -> None:
    def at_once() -> Told:
        return "done"
        yield

    radio, ended = Radio(), nothing()
    Processes(VirtualClock(0.0)).start(at_once(), radio, ended.append)
    assert (ended, radio.closed, radio.news) == (["done"], False, None)


def test_who_begins_beside_others_takes_turns_with_them() -> None:
    acted: list[str] = []

    def talker(name: str) -> Told:
        for number in (1, 2):
            acted.append(f"{name}{number}")
            yield "listen"
        return name

    clock, ended = VirtualClock(0.0), nothing()
    processes = Processes(clock)
    for name in "abc":
        radio = Radio()
        radio.said = ["one", "two"]
        processes.start(talker(name), radio, ended.append, beside=True)
    assert acted == []
    clock.advance(0)
    assert acted == ["a1", "b1", "c1", "a2", "b2", "c2"]
    assert (ended, clock.now()) == (["a", "b", "c"], 0.0)
