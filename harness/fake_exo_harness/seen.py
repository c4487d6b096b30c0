"""A session as a job that nobody here asked for, so that checks and cures read it as any other."""

from dataclasses import dataclass

from fake_exo import Event, Ledger, Opened, Tenant, World
from fake_exo_harness.cures import Situation, situation_of
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.forms.location import NOWHERE
from fake_exo_harness.record import JobRecord
from fake_exo_harness.scenario.model import Scenario, SendStep

_NOBODY = JobResult(sent=False, panel="")
_NOTHING: Ledger[Event] = Ledger()


@dataclass(frozen=True, slots=True)
class SeenRecord(JobRecord):
    """What the service saw of a client, all of it."""

    seen: tuple[Event, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        return self.seen

    @property
    def whole(self) -> bool:
        return True


def seen_job(events: tuple[Event, ...], number: int = 1) -> SeenRecord:
    """The job of these events, of one session or of several."""
    first, last = (events[0].at, events[-1].at) if events else (0.0, 0.0)
    address = next((e.client_ip for e in events if isinstance(e, Opened)), "")
    step = SendStep("session", ())
    return SeenRecord(number, step, address, _NOBODY, first, last, 0, _NOTHING, events)


def situation(events: tuple[Event, ...], tenants: tuple[Tenant, ...]) -> Situation:
    """What a session shows of the one who sends, for cures."""
    scenario = Scenario("", "", tenants, {}, (), (), NOWHERE)
    return situation_of(seen_job(events), scenario)


def tenants_of(world: World) -> tuple[Tenant, ...]:
    return tuple(world.tenants.values())
