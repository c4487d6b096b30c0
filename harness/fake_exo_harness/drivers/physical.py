"""The driver for people: a device on a bench, whose button somebody presses."""

import sys
import time
from typing import ClassVar

from fake_exo import Accepted, Event, Opened
from fake_exo.drive import CannotListen
from fake_exo_harness.bench.holders import port_problem
from fake_exo_harness.bench.instructions import Reaching, steps
from fake_exo_harness.bench.places import Bench
from fake_exo_harness.devices import DeviceError
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.port import HarnessError
from fake_exo_harness.drivers.real import RealDriver
from fake_exo_harness.scenario.model import DeviceSpec, RunStep, SendStep
from fake_exo_harness.terminal import say


class PhysicalDriver(RealDriver):
    """Says what to enter and to press, waits for the device, and judges."""

    name = "physical"
    bench: ClassVar[Bench] = Bench()

    def open(self) -> None:
        try:
            self.bench.open(self.world)
        except CannotListen as error:
            raise HarnessError(f"cannot listen: {port_problem(error)}") from None
        self._network = self.world.network
        for at in self._network.bindings:
            where = f"{at.address}:{at.port}"
            self._say(f"listening: {at.endpoint.id}, port {at.listen.port}, as {where}")
        for gone in self._network.missed:
            what = f"{gone.endpoint.id}, port {gone.listen.port}"
            self._say(f"not served: {what}, for {gone.taken_by.id} is there")
        self._say(f"listening: DNS as {self.bench.bind}:{self._network.dns_port}")

    def close(self) -> None:
        self.world.stop()

    def run(self, step: RunStep) -> JobResult:
        raise HarnessError("a device on a bench is not a program; use scan, send or test")

    def press(self, step: SendStep, name: str, spec: DeviceSpec, cause: int) -> JobResult:
        """Tell what to do, and wait until the device has come and gone, or the time is over.
        `cause`: that of whatever comes from now on."""
        self.world.public_addresses["*"] = spec.public_ip
        self._say(f"at {name}:")
        try:
            for line in steps(spec.profile, spec.settings, Reaching(address=self.bench.address)):
                self._say(f"  {line}" if line else "")
        except DeviceError as error:
            raise HarnessError(str(error)) from None
        people = ", ".join((*step.to, *step.cc, *step.bcc))
        what = f"{step.pages or 1} page(s)" if step.kind == "scan" else "a mail"
        self._say(f"  then {step.kind} {what} to {people}; waiting {self.bench.patience:g} s ...")
        return self._wait(cause)

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
