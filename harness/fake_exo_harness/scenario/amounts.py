"""How much a scenario does, worked out before any of it is done: each number in it may be modest,
and their product a machine's whole day."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fake_exo_harness.forms.kinds import MOST
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import Reading
from fake_exo_harness.forms.problems import Problem
from fake_exo_harness.scenario.model import AdvanceStep, DeviceSpec, SendStep, members

_PAGE = 100 << 10  # bytes of a page that is scanned


class Amount(NamedTuple):
    """Of what, how much at most, and what makes less of it."""

    of: str
    most: float
    remedy: str


DEVICES = Amount("devices", MOST, "lower count")
JOBS = Amount("mails that somebody sends", MOST, "lower repeat, or let fewer devices send")
COPIES = Amount("copies of mail", 20 * MOST, "lower repeat or recipients")
LINES = Amount("lines that somebody types", 20 * MOST, "lower repeat")
BYTES = Amount("bytes of mail", 64 << 30, "lower size, pages or repeat")
ROUNDS = Amount("mails of traffic", 20 * MOST, "let less time pass, or less often or fewer send")


def too_many_devices(named: Mapping[str, DeviceSpec]) -> bool:
    """Whether groups are larger together than any rehearsal needs."""
    return sum(spec.count or 1 for spec in named.values()) > DEVICES.most


def check_amounts(
    reading: Reading, found: Mapping[str, Any], devices: Mapping[str, DeviceSpec]
) -> None:
    """Tell each amount of which the whole scenario has too much, at the step that is the first to
    have more."""
    sums: dict[Amount, float] = {}
    for amount, count, place in _amounts(found, devices):
        before = sums.get(amount, 0.0)
        sums[amount] = before + count
        if before <= amount.most < sums[amount]:
            cause = f"this comes to more than {amount.most:,} {amount.of}"
            reading.problems.append(Problem(place, cause, amount.remedy))


def _amounts(
    found: Mapping[str, Any], devices: Mapping[str, DeviceSpec]
) -> Iterator[tuple[Amount, float, Location]]:
    for step in (each for each in found["when"] if isinstance(each, SendStep)):
        senders = len(members(step.devices, devices)) if step.devices else 1
        yield from ((what, count, step.place) for what, count in _of_step(step, senders))
    seconds = sum(step.seconds for step in found["when"] if isinstance(step, AdvanceStep))
    for flow in found.get("traffic", ()):
        senders = len(members(flow.devices, devices))
        people = len(_people(flow.send)) + (flow.send.recipients or 0)
        yield ROUNDS, senders * people * (seconds / flow.every + 1), flow.place


def _of_step(step: SendStep, senders: int) -> Iterator[tuple[Amount, float]]:
    times = step.repeat * senders
    size = step.size or (step.pages or 0) * _PAGE or len(step.message or b"")
    yield JOBS, times
    yield LINES, times * len(step.lines)
    yield COPIES, times * (len(_people(step)) + (step.recipients or 0))
    yield BYTES, times * size


def _people(step: SendStep) -> Sequence[str]:
    return (*step.to, *step.cc, *step.bcc)
