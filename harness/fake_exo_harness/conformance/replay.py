"""The client's side of a recorded session, said again; gaps in a recording are filled.

A source often shows a part of a session only. What must have gone before a command (greeting, TLS,
sign-in, envelope) is said first, unless the recorded reply complains that it was not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from fake_exo import World
from fake_exo.drive import ClientLink
from fake_exo_harness.conformance.circumstances import Causes, Circumstances, circumstances, days
from fake_exo_harness.conformance.client import Answered, Client
from fake_exo_harness.conformance.recordings import Recording
from fake_exo_harness.drivers import Driver, driver
from fake_exo_harness.forms.problems import Problem, ScenarioError


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recording with what the fake said to each step. `causes`: where from it is known in which
    world it happened."""

    recording: Recording
    driver: str
    answers: tuple[Answered, ...]
    causes: Causes

    @property
    def same(self) -> bool:
        return all(answer.ok for answer in self.answers)

    @property
    def judged(self) -> int:
        """Replies and events that were compared."""
        return sum(answer.judged for answer in self.answers)

    @property
    def odd(self) -> tuple[str, ...]:
        """Events that were not understood, as they were written down."""
        return tuple(text for answer in self.answers for text in answer.odd)


def replay(recording: Recording, driver_name: str = "memory") -> Replayed:
    """Say a recorded session again, in a world in which it can have happened. Raises ScenarioError
    when its endpoint is not served on any day on which it can have happened."""
    tries = _tries(recording, driver_name)
    first = next(tries, None)
    if first is None:
        cause = f"nobody answered at the endpoint {recording.endpoint} then ({_when(recording)})"
        raise ScenarioError([Problem(recording.place, cause, "correct endpoint:, year: or date:")])
    return first if first.same else next((each for each in tries if each.same), first)


def _when(recording: Recording) -> str:
    found = days(recording)
    return str(found[0].date()) if len(found) == 1 else str(recording.year)


def _tries(recording: Recording, driver_name: str) -> Iterator[Replayed]:
    """On each day on which the session can have happened."""
    for day in days(recording):
        found = circumstances(recording, day)
        world = found.world()
        if next(world.index.named(recording.endpoint), None) is not None:
            yield _replay(recording, driver_name, found, world)


def _replay(recording: Recording, driver_name: str, found: Circumstances, world: World) -> Replayed:
    carrier = driver(driver_name)(world)
    carrier.open()
    others: list[ClientLink] = []
    try:
        if found.message == "concurrent":
            others = [_in_data(carrier, recording, found) for _ in range(3)]
        client = Client(recording, found, _address(world, recording.endpoint))
        carrier.perform(client.dialogue(), found.client_ip)
    finally:
        for link in others:
            link.close()
        carrier.close()
    return Replayed(recording, driver_name, tuple(client.answers), found.causes)


def _address(world: World, endpoint: str) -> str:
    return next(world.index.named(endpoint)).addresses[0]


def _in_data(carrier: Driver, recording: Recording, found: Circumstances) -> ClientLink:
    """Another session of the same mailbox, in the middle of its message."""
    link = carrier.link(found.client_ip)
    address = _address(carrier.world, recording.endpoint)
    carrier.carry_out(Client(recording, found, address).up_to("end"), link)
    return link
