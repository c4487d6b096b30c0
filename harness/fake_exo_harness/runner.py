"""Runs scenarios and yields what happens. Prints nothing, knows neither pytest nor reports."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from fake_exo import Confidence, Estate, ServiceError, Settings, World
from fake_exo_harness.checks import Failure, check
from fake_exo_harness.devices import DeviceError
from fake_exo_harness.drivers import HarnessError, driver
from fake_exo_harness.record import JobRecord, RunRecord
from fake_exo_harness.scenario.model import Scenario
from fake_exo_harness.steps import Rehearsal
from fake_exo_harness.words import Unrehearsed, unrehearsed


class Verdict(Enum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_RUN = "not run"  # what it did is not on record any more, so nothing can be said of it
    ERROR = "error"  # it could not be run: the environment or the scenario is at fault


@dataclass(frozen=True, slots=True)
class Started:
    scenario: Scenario
    driver: str


@dataclass(frozen=True, slots=True)
class JobEnded:
    scenario: Scenario
    driver: str
    job: JobRecord


@dataclass(frozen=True, slots=True)
class Finished:
    """The verdict. `seconds` is real time; `error`: why it could not be run, or not judged."""

    scenario: Scenario
    driver: str
    verdict: Verdict
    failures: tuple[Failure, ...]
    record: RunRecord
    seconds: float
    error: str = ""

    @property
    def confidence(self) -> Confidence:
        """How well the least attested reply or bounce of the run is attested."""
        return self.record.confidence

    @property
    def marked_low(self) -> bool:
        """Whether its author says that it rests on guesses."""
        wanted = self.scenario.confidence
        return wanted is not None and wanted.least == "low"

    @property
    def low_confidence(self) -> bool:
        """Whether it rests on what nobody has captured, as seen or as its author says."""
        return self.confidence is Confidence.LOW or self.marked_low

    @property
    def doubt(self) -> str:
        """Why not to rely on the verdict, in a few words; empty when it is well attested."""
        if self.marked_low:
            return "marked low confidence"
        return "low confidence" if self.low_confidence else ""

    @property
    def not_rehearsed(self) -> tuple[Unrehearsed, ...]:
        """What the scenario sets, and nothing here depends on."""
        return unrehearsed(self.scenario)


RunEvent = Started | JobEnded | Finished


def run(
    scenario: Scenario, driver_name: str = "memory", watch: Callable[[World], None] | None = None
) -> Iterator[RunEvent]:
    """Rehearse one scenario with one driver. `watch` gets its world before anything happens."""
    yield Started(scenario, driver_name)
    began = time.perf_counter()
    record = RunRecord()
    try:
        for job in _rehearse(scenario, driver_name, record, watch):
            yield JobEnded(scenario, driver_name, job)
    except (HarnessError, ServiceError, DeviceError) as error:
        seconds = time.perf_counter() - began
        yield Finished(scenario, driver_name, Verdict.ERROR, (), record, seconds, str(error))
        return
    demand = () if scenario.confidence is None else (scenario.confidence,)
    every = (*scenario.then, *demand)
    failures = tuple(failure for wanted in every for failure in check(wanted, record))
    verdict, why = Verdict.FAILED if failures else Verdict.PASSED, record.unjudged
    if verdict is Verdict.PASSED and why:
        verdict = Verdict.NOT_RUN
    seconds = time.perf_counter() - began
    yield Finished(scenario, driver_name, verdict, failures, record, seconds, why)


def finish(scenario: Scenario, driver_name: str = "memory") -> Finished:
    """Rehearse, and return only the verdict."""
    for event in run(scenario, driver_name):
        if isinstance(event, Finished):
            return event
    raise AssertionError("a run always finishes")


def _rehearse(
    scenario: Scenario,
    driver_name: str,
    record: RunRecord,
    watch: Callable[[World], None] | None,
) -> Iterator[JobRecord]:
    kind = driver(driver_name)
    world = world_of(scenario, simulated=kind.simulated)
    if watch is not None:
        watch(world)
    carrier = kind(world)
    carrier.open()
    try:
        rehearsal = Rehearsal(world, carrier, scenario.devices, scenario.seed)
        rehearsal.record = record
        rehearsal.begin(scenario.traffic)
        for step in scenario.when:
            yield from rehearsal.carry_out(step)
        rehearsal.end()
        record.usage = world.usage()
    finally:
        carrier.close()


def world_of(scenario: Scenario, *, simulated: bool = True) -> World:
    """The world that a scenario describes. Raises ServiceError or HarnessError. What is not
    simulated lives in real time: the service's own waits are skipped then, never a fault's."""
    settings = Settings(
        tarpit=scenario.service.tarpit,
        faults=scenario.service.faults,
        dns_faults=scenario.service.dns_faults,
        magic_recipients=scenario.service.magic_recipients,
        tls=scenario.service.tls,
        keep=scenario.service.keep,
        keep_bytes=scenario.service.keep_bytes,
        real_time=not simulated,
        skip_delays=not simulated,
    )
    return World(estate_of(scenario), as_of=scenario.as_of, seed=scenario.seed, settings=settings)


def estate_of(scenario: Scenario) -> Estate:
    """What a scenario sets up before anything happens. Raises ServiceError."""
    return Estate.of(
        scenario.tenants,
        zones=scenario.zones,
        blocked=scenario.blocked,
        elsewhere=scenario.elsewhere,
        switches=scenario.service.switches,
        limits=scenario.service.limits,
        texts=scenario.service.texts,
    )
