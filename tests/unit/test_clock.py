"""Time never goes back, whoever lets it pass; timers fire in their order, early ones too."""

import threading

import pytest

from fake_exo import Settings, World
from fake_exo.kernel.clock import Action, Clock, RunningClock, VirtualClock

Fired = list[tuple[str, float]]


@pytest.fixture(params=[VirtualClock, RunningClock], ids=["virtual", "running"])
def clock(request: pytest.FixtureRequest) -> Clock:
    made: Clock = request.param(1_000.0)
    return made


def at(clock: Clock, fired: Fired, name: str, when: float) -> None:
    clock.call_at(when, lambda: fired.append((name, round(clock.now(), 1))))


def test_timers_fire_in_order_each_at_its_own_time(clock: Clock) -> None:
    fired: Fired = []
    for name, when in (("c", 1_030.0), ("a", 1_010.0), ("b", 1_010.0), ("past", 900.0)):
        at(clock, fired, name, when)
    clock.advance(20)
    assert fired == [("past", 1_000.0), ("a", 1_010.0), ("b", 1_010.0)]
    clock.advance(20)
    assert fired[3:] == [("c", 1_030.0)]
    assert clock.now() == pytest.approx(1_040, abs=0.1)


def test_a_timer_that_lets_time_pass_leaves_the_rest_in_order(clock: Clock) -> None:
    fired: Fired = []
    clock.call_at(1_010, lambda: clock.advance(15))
    at(clock, fired, "within", 1_020)
    at(clock, fired, "behind", 1_026)
    clock.advance(30)
    assert fired == [("within", 1_020.0), ("behind", 1_026.0)]
    assert clock.now() == pytest.approx(1_030, abs=0.1)


def test_a_timer_that_goes_beyond_the_whole_wait_is_not_taken_back(clock: Clock) -> None:
    fired: Fired = []
    clock.call_at(1_010, lambda: clock.advance(100))
    at(clock, fired, "a", 1_015)
    at(clock, fired, "b", 1_109)
    clock.advance(20)
    assert fired == [("a", 1_015.0), ("b", 1_109.0)]
    assert clock.now() == pytest.approx(1_110, abs=0.1)


def test_time_does_not_pass_backwards(clock: Clock) -> None:
    clock.advance(-50)
    assert clock.now() == pytest.approx(1_000, abs=0.1)


def test_a_cancelled_timer_does_nothing(clock: Clock) -> None:
    fired: Fired = []
    timer = clock.call_at(1_010, lambda: fired.append(("a", clock.now())))
    timer.cancel()
    clock.advance(20)
    timer.fire()
    assert fired == []


def test_a_running_clock_hands_over_the_timers_that_it_had() -> None:
    clock = RunningClock(1_000.0)
    fired: Fired = []
    asked: list[tuple[float, Action]] = []
    at(clock, fired, "a", 1_000.0)
    at(clock, fired, "late", 1_500.0)
    clock.call_at(1_200.0, lambda: None).cancel()
    clock.start(lambda seconds, action: asked.append((seconds, action)))
    assert [round(seconds) for seconds, _ in asked] == [0]
    asked[0][1]()
    assert fired == [("a", 1_000.0)]
    assert [round(seconds) for seconds, _ in asked[1:]] == [500]
    asked[1][1]()  # too early
    assert [round(seconds) for seconds, _ in asked[2:]] == [500]
    assert len(fired) == 1


def test_a_running_clock_that_is_moved_on_is_woken_sooner() -> None:
    clock = RunningClock(1_000.0)
    fired: Fired = []
    asked: list[tuple[float, Action]] = []
    clock.start(lambda seconds, action: asked.append((seconds, action)))
    at(clock, fired, "late", 1_500.0)
    at(clock, fired, "later", 1_600.0)
    clock.advance(499.9)
    assert [round(seconds) for seconds, _ in asked] == [500, 0]
    clock.advance(0.2)
    for _, action in asked[:2]:  # what is asked for in vain
        action()
    assert fired == [("late", 1_500.0)]
    assert [round(seconds) for seconds, _ in asked[2:]] == [100]


def test_an_earlier_timer_of_a_running_clock_is_not_kept_waiting_by_a_later_one() -> None:
    clock = RunningClock(1_000.0)
    fired: Fired = []
    asked: list[tuple[float, Action]] = []
    clock.start(lambda seconds, action: asked.append((seconds, action)))
    at(clock, fired, "idle", 1_300.0)
    at(clock, fired, "soon", 1_000.0)
    assert [round(seconds) for seconds, _ in asked] == [300, 0]
    asked[1][1]()
    assert fired == [("soon", 1_000.0)]


def test_a_timer_set_before_start_fires() -> None:
    happened = threading.Event()
    with World(settings=Settings(real_time=True)) as world:
        world.after(0.01, happened.set)
        world.start()
        assert happened.wait(10)


def test_a_timer_outlives_the_ports() -> None:
    happened = threading.Event()
    with World(settings=Settings(real_time=True)) as world:
        world.start()
        world.after(3_600, happened.set)
        world.stop()
        world.start()
        world.advance(3_600)
        assert happened.is_set()


def test_a_world_is_started_once() -> None:
    with World() as world:
        network = world.start()
        with pytest.raises(RuntimeError, match=r"has open ports already; stop\(\) closes them"):
            world.start()
        assert world.network is network
        world.stop()
        world.start()


def test_a_clock_that_is_held_stands_still_but_for_advance_and_goes_on_from_there() -> None:
    clock, asked, fired = RunningClock(1_000.0), list[float](), Fired()
    clock.start(lambda delay, action: asked.append(round(delay)))
    clock.hold()
    held = clock.now()
    at(clock, fired, "a", held + 60)
    assert (asked, clock.now()) == ([], held)
    clock.advance(20)
    assert clock.now() == held + 20
    clock.go()
    assert asked == [40]
    clock.advance(40)
    assert [name for name, _ in fired] == ["a"]


def test_cancelled_timers_are_let_go_and_the_others_fire_in_their_order(clock: Clock) -> None:
    fired: Fired = []
    for number in range(5_000):
        if number % 1_000 == 7:
            at(clock, fired, str(number), 1_500.0 - number / 100)
        clock.call_at(1_600.0, lambda: fired.append(("cancelled", 0.0))).cancel()
    assert len(clock._timers) < 2_048  # what is held shows nowhere else
    clock.advance(700)
    assert [name for name, _ in fired] == ["4007", "3007", "2007", "1007", "7"]
