"""The driver for people: a device on a bench, whose button somebody presses."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import ClassVar

from fake_exo import Accepted, Event, Opened
from fake_exo.drive import CannotListen
from fake_exo_harness.bench.holders import port_problem
from fake_exo_harness.bench.instructions import changes, entered, steps
from fake_exo_harness.bench.person import PanelAnswer, Person
from fake_exo_harness.bench.places import Bench
from fake_exo_harness.devices import DeviceError
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.port import HarnessError
from fake_exo_harness.drivers.real import RealDriver
from fake_exo_harness.scenario.model import DeviceSpec, RunStep, Scalar, SendStep
from fake_exo_harness.terminal import say

_LARGE = 500_000  # bytes of a mail that nobody scans by chance


class PhysicalDriver(RealDriver):
    """Says what to enter and to press, waits for the device, and judges."""

    name = "physical"
    bench: ClassVar[Bench] = Bench()
    person: ClassVar[Person | None] = None

    def open(self) -> None:
        try:
            self.bench.open(self.world)
        except CannotListen as error:
            raise HarnessError(f"cannot listen: {port_problem(error)}") from None
        self._network = self.world.network
        places = tuple(self._places())
        if self.person is None or self.person.told != places:
            for line in places:
                self._say(line)
        if self.person is not None:
            self.person.told = places

    def _places(self) -> Iterator[str]:
        for at in self._network.bindings:
            where = f"{at.address}:{at.port}"
            yield f"listening: {at.endpoint.id}, port {at.listen.port}, as {where}"
        for gone in self._network.missed:
            what = f"{gone.endpoint.id}, port {gone.listen.port}"
            yield f"not served: {what}, for {gone.taken_by.id} is there"
        yield f"listening: DNS as {self.bench.bind}:{self._network.dns_port}"

    def close(self) -> None:
        self.world.stop()

    def run(self, step: RunStep) -> JobResult:
        raise HarnessError("a device on a bench is not a program; use scan, send or test")

    def press(self, step: SendStep, name: str, spec: DeviceSpec, cause: int) -> JobResult:
        """Tell what to do, and wait until the device has come and gone, or the time is over; a
        person who answers says when, and what it shows. `cause`: that of whatever comes."""
        self.world.public_addresses["*"] = spec.public_ip
        settings = self._as_served(entered(spec.settings, self.bench.reaching))
        try:
            self._tell(name, spec, settings)
        except DeviceError as error:
            if self.person is None:
                raise HarnessError(str(error)) from None
            return JobResult(False, "", "skip", failure=str(error).partition("\n")[0])
        people = ", ".join((*step.to, *step.cc, *step.bcc))
        what = f"{step.pages or 1} page(s)" if step.kind == "scan" else f"a mail{_about(step)}"
        self._say(f"  then {step.kind} {what} to {people}")
        if self.person is None:
            self._say(f"  waiting {self.bench.patience:g} s ...")
            return self._wait(cause)
        return _result(self.person.answer())

    def _tell(self, name: str, spec: DeviceSpec, settings: Mapping[str, Scalar]) -> None:
        """All of it, or to somebody who has entered the rest what is to change."""
        before = None if self.person is None else self.person.entered
        self._say(f"at {name}:")
        if before is None:
            lines = steps(spec.profile, settings, self.bench.reaching)
        else:
            lines = changes(spec.profile, before, settings)
        for line in lines:
            self._say(f"  {line}" if line else "")
        if self.person is not None:
            self.person.entered = settings

    def _as_served(self, settings: Mapping[str, Scalar]) -> dict[str, Scalar]:
        """With the ports that are listened on, where those are not the service's own."""
        if self.bench.ports == "real" or "port" not in settings:
            return dict(settings)
        ports = {"587": self._network.submission_port, "25": self._network.mx_port}
        return {**settings, "port": ports.get(str(settings["port"]), settings["port"])}

    def _wait(self, cause: int) -> JobResult:
        limit = time.monotonic() + self.bench.patience
        while time.monotonic() < limit:
            came = any(isinstance(event, Opened) for event in self._caused(cause))
            if came and not self._network.connections():
                events = self._caused(cause)  # to the end of what has come
                taken = sum(isinstance(event, Accepted) for event in events)
                self._say(f"  it came: {taken} mail(s) taken")
                return JobResult(taken > 0, "", "" if taken else "not taken")
            time.sleep(0.05)
        self._say("  nobody came")
        return JobResult(False, "", "timeout", failure="nobody came in time")

    def _caused(self, cause: int) -> tuple[Event, ...]:
        return self._network.call(lambda: self.world.ledger.caused(cause))

    @staticmethod
    def _say(text: str) -> None:
        say(text, err=True)
        sys.stderr.flush()


def _about(step: SendStep) -> str:
    """What else the mail has to be."""
    size = step.size or 0
    parts = [f"about {size / 1_000_000:.0f} MB"] if size >= _LARGE else []
    if step.header_from:
        parts.append(f"From {step.header_from}, if it lets you")
    return f" ({', '.join(parts)})" if parts else ""


def _result(answer: PanelAnswer) -> JobResult:
    """What the device believes, as a person sees it; else the word of the answer as the stage."""
    if answer.word in ("ok", "error"):
        return JobResult(answer.word == "ok", answer.text, "")
    return JobResult(False, "", answer.word, failure=answer.text)
