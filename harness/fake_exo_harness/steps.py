"""The steps of a scenario, carried out one by one against a world."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fake_exo import ServiceError, World, admin
from fake_exo_harness import devices
from fake_exo_harness.devices.jobs import Job as DeviceJob
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.devices.resolver import DnsCache
from fake_exo_harness.drivers import Driver, HarnessError, Part, PhysicalDriver, RealDriver
from fake_exo_harness.record import JobRecord, RunRecord
from fake_exo_harness.scenario.model import (
    AdvanceStep,
    BlockStep,
    ChangeStep,
    DelistBy,
    DelistStep,
    DeviceSpec,
    PublishStep,
    RestartStep,
    RetireStep,
    RunStep,
    SendStep,
    SettingsStep,
    Step,
    Traffic,
    members,
)
from fake_exo_harness.traffic import Flow

PAGE = 100 * 1024  # bytes of attachment that a scanned page makes


class Rehearsal:
    """The devices of one scenario in front of one world."""

    def __init__(
        self, world: World, driver: Driver, specs: Mapping[str, DeviceSpec], seed: int
    ) -> None:
        self.world = world
        self.record = RunRecord()
        self._driver = driver
        self._specs = dict(specs)
        self._seed = seed
        self._names: dict[str, DnsCache] = {}  # what each device remembers of the DNS
        self._devices: dict[str, tuple[DeviceSpec, devices.Device]] = {}
        self._flow: Flow | None = None

    def carry_out(self, step: Step) -> Iterator[JobRecord]:
        """Do one step; yields each job that it made, as soon as it has ended."""
        if isinstance(step, SendStep):
            yield from self._send(step)
        elif isinstance(step, RunStep):
            yield self._run(step)
        else:
            _DONE_BY[type(step)](self, step)

    def _advance(self, seconds: float) -> None:
        if self._flow is None:
            self.world.advance(seconds)
        else:
            self._flow.advance(seconds, self._ready, lambda traffic: _job(traffic.send))

    def begin(self, traffic: Sequence[Traffic]) -> None:
        """From now on devices send by themselves while time passes."""
        if traffic:
            self._flow = Flow(self.world, traffic, self.record.traffic)
            self._flow.begin(tuple(self._specs))

    def end(self) -> None:
        """The scenario is over: what is still going on comes to its end."""
        if self._flow is not None:
            self._flow.finish()

    def _ready(self, name: str) -> tuple[devices.Device, str]:
        """A device of the traffic with its settings entered, and its public address."""
        spec = self._specs[name]
        if name not in self._devices or self._devices[name][0] is not spec:
            self._devices[name] = (spec, self._configured(name, spec))
        return self._devices[name][1], spec.public_ip

    def _configured(self, name: str, spec: DeviceSpec) -> devices.Device:
        device = devices.configure(
            spec.profile,
            dict(spec.settings),
            spec.quirks,
            tls_version=spec.tls_version,
            certificate=spec.certificate,
            seed=self._seed,
        )
        device.names = self._names.setdefault(name, device.names)
        return device

    # ---- devices ---------------------------------------------------------------------------------

    def _name(self, given: str | None) -> str:
        if given is not None:
            return given
        first = next(iter(self._specs), None)
        if first is None:
            raise HarnessError("the scenario sends, but has no device")
        return first

    def _set(self, step: SettingsStep) -> None:
        name = self._name(step.device)
        spec = self._specs[name]
        self._specs[name] = replace(spec, settings={**spec.settings, **step.settings})

    def _send(self, step: SendStep) -> Iterator[JobRecord]:
        if step.devices:
            yield from self._together(step)
            return
        name = self._name(step.device)
        spec = self._specs[name]
        if isinstance(self._driver, PhysicalDriver):
            for _ in range(step.repeat):
                yield self._pressed(step, name, self._driver)
            return
        device = self._configured(name, spec)
        wanted = _job(step)
        for _ in range(step.repeat):
            yield self._one(step, name, device, wanted, spec.public_ip)

    def _together(self, step: SendStep) -> Iterator[JobRecord]:
        """Several devices at one moment, each in a job of its own."""
        names, wanted = members(step.devices, self._specs), _job(step)
        for _ in range(step.repeat):
            started = self.world.now()
            now = datetime.fromtimestamp(started, UTC)
            parts = [
                Part(
                    self._configured(name, self._specs[name]).perform(wanted, now),
                    self._specs[name].public_ip,
                    self.world.ledger.cause(),
                )
                for name in names
            ]
            for name, part, played in zip(
                names, parts, self._driver.perform_together(parts), strict=True
            ):
                yield self._ended(step, name, played.value, started, part.cause, played.ended)

    def _run(self, step: RunStep) -> JobRecord:
        """A real program, from its start until the service has seen its end."""
        driver = self._driver
        if not isinstance(driver, RealDriver):
            raise HarnessError(f"the driver {driver.name} runs no programs")
        started, cause = self.world.now(), self._outside()
        result = driver.run(step)
        driver.settle()
        return self._ended(step, step.command[0], result, started, cause)

    def _pressed(self, step: SendStep, name: str, driver: PhysicalDriver) -> JobRecord:
        """A person at a real device."""
        started, cause = self.world.now(), self._outside()
        result = driver.press(step, name, self._specs[name], cause)
        driver.settle()
        return self._ended(step, name, result, started, cause)

    def _outside(self) -> int:
        """A new cause of whatever comes from outside from now on: programs and real devices do
        not say whose doing they are, and one acts at a time."""
        cause = self.world.causes["*"] = self.world.ledger.cause()
        return cause

    def _ended(
        self,
        step: SendStep | RunStep,
        name: str,
        result: JobResult,
        started: float,
        cause: int,
        ended: float | None = None,
    ) -> JobRecord:
        """A job whose device has done its part, now unless another moment is named."""
        job = JobRecord(
            number=len(self.record.jobs) + 1,
            step=step,
            device=name,
            result=result,
            started=started,
            ended=self.world.now() if ended is None else ended,
            cause=cause,
            ledger=self.world.ledger,
        )
        self.record.jobs.append(job)
        return job

    def _one(
        self, step: SendStep, name: str, device: devices.Device, wanted: DeviceJob, public_ip: str
    ) -> JobRecord:
        started, cause = self.world.now(), self.world.ledger.cause()
        dialogue = device.perform(wanted, datetime.fromtimestamp(started, UTC))
        result = self._driver.perform(dialogue, public_ip, cause)
        return self._ended(step, name, result, started, cause)

    def _restart(self, name: str) -> None:
        """Switched off and on: what it remembered of the DNS is gone. A group's name means all."""
        for known in self._names:
            if name in (known, known.rpartition("-")[0]):
                self._names[known].forget()
        self.world.note(f"{name} is switched off and on")

    # ---- administrators --------------------------------------------------------------------------

    def _publish(self, step: PublishStep) -> None:
        self.world.publish(step.zone)
        self.world.note(f"the zone {step.zone.origin} is published anew")

    def _delist(self, step: DelistStep) -> None:
        by = "portal" if step.by is DelistBy.PORTAL else step.to
        self.record.notes.append(admin.request_delisting(self.world, step.address, by))

    def _change(self, step: ChangeStep) -> None:
        tenants = self.world.tenants
        name = step.tenant if step.tenant is not None else next(iter(tenants), "")
        if name not in tenants:
            raise HarnessError(f"{step.place}: no tenant is named {name!r}")
        try:
            new = admin.changed(tenants[name], step.verb, step.identity, step.fields)
            self.world.update(new)
            what = ", ".join(step.fields)
            self.world.note(f"{step.verb} {step.identity} of {name} is changed: {what}")
        except ServiceError as refusal:
            self.record.refused_changes.append(str(refusal))
            self.world.note(f"change refused: {refusal}")


def _job(step: SendStep) -> DeviceJob:
    made_up = tuple(step.pattern.replace("{n}", str(n + 1)) for n in range(step.recipients or 0))
    size = step.size if step.size is not None else (step.pages or 1) * PAGE
    return DeviceJob(
        to=(*step.to, *made_up),
        kind=step.kind,
        cc=step.cc,
        bcc=step.bcc,
        user=step.user,
        subject=step.subject,
        attachment_size=size,
        envelope_from=step.envelope_from,
        header_from=step.header_from,
        content=step.message,
        lines=step.lines,
    )


_DONE_BY: Mapping[type, Callable[[Rehearsal, Any], object]] = {
    AdvanceStep: lambda it, step: it._advance(step.seconds),
    SettingsStep: Rehearsal._set,
    RestartStep: lambda it, step: it._restart(it._name(step.device)),
    RetireStep: lambda it, step: admin.retire(it.world, step.address),
    ChangeStep: Rehearsal._change,
    PublishStep: Rehearsal._publish,
    BlockStep: lambda it, step: admin.block(it.world, step.entry, step.lasts),
    DelistStep: Rehearsal._delist,
}
