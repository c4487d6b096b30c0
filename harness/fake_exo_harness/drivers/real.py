"""Drivers for programs, which are not simulated: on loopback, or in a namespace.

Programs and people live in real time. The service's own waits are skipped, and the transcript says
so; what a fault asks for is waited. What a program is told is text with placeholders, see
`PLACEHOLDERS`.
"""

import os
import signal
import subprocess
import sys
import tempfile
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from fake_exo import World, mx_host
from fake_exo.drive import ClientLink, client_certificate
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.port import Driver, HarnessError
from fake_exo_harness.interrupts import undisturbed
from fake_exo_harness.namespaces import Lab, LabError
from fake_exo_harness.namespaces.lab import NAMESERVER
from fake_exo_harness.scenario.model import RunStep

PLACEHOLDERS = (
    "host",
    "submission_port",
    "mx_host",
    "mx_port",
    "ca",
    "dns",
    "dns_port",
    "folder",
    "certificate",
)
_PROGRAMS = (b"#!", b"\x7fELF", b"MZ", b"\xcf\xfa\xed\xfe")  # how they begin
LAST_WORDS = 3.0  # seconds until connections of a program that has ended are closed


class RealDriver(Driver):
    """What all real drivers share: no simulated device, and a folder for a program's files."""

    simulated: ClassVar[bool] = False

    def link(self, public_ip: str, cause: int | None = None) -> ClientLink:
        raise HarnessError(
            f"the driver {self.name} runs programs and real devices; profiles need memory or socket"
        )

    @abstractmethod
    def run(self, step: RunStep) -> JobResult:
        """Run a program to its end."""

    def settle(self) -> None:
        """Wait until the service has seen the end of every connection."""
        self.world.network.settle(LAST_WORDS)

    def production(self, ca: str, dns: str, folder: str, certificate: str) -> dict[str, str]:
        """The settings of the day of the cutover, and where the rest is for the program."""
        return {
            "host": "smtp.office365.com",
            "submission_port": "587",
            "mx_host": self.mx(),
            "mx_port": "25",
            "ca": ca,
            "dns": dns,
            "dns_port": "53",
            "folder": folder,
            "certificate": certificate,
        }

    def certificate(self, step: RunStep) -> str:
        """The file of a client certificate that the service trusts; empty without one."""
        if not step.certificate:
            return ""
        return str(client_certificate(step.certificate))

    def mx(self) -> str:
        """The MX host of the first tenant."""
        tenant = next(iter(self.world.tenants.values()))
        first = next((d.name for d in tenant.accepted_domains), tenant.initial_domain)
        return mx_host(first)


def filled(text: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def write_files(folder: Path, files: Mapping[str, str | bytes], values: Mapping[str, str]) -> None:
    """Give a program its files: in text placeholders are filled in, all else is as it was. What
    begins as programs do can be run."""
    for name, given in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _content(given, values)
        path.write_bytes(content)
        path.chmod(0o700 if content.startswith(_PROGRAMS) else 0o600)


def _content(given: str | bytes, values: Mapping[str, str]) -> bytes:
    try:
        text = given if isinstance(given, str) else given.decode("utf-8")
    except UnicodeDecodeError:
        return bytes(given)  # type: ignore[arg-type]
    return filled(text, values).encode("utf-8")


def result(code: int | None, said: str) -> JobResult:
    """What a program's end tells: its exit code, and the last line that it printed."""
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else ""
    if code is None:
        return JobResult(False, last, "timeout", failure="it took too long and was ended")
    stage = "" if code == 0 else f"exit {code}"
    return JobResult(code == 0, last, stage, failure="" if code == 0 else last)


class CommandDriver(RealDriver):
    """Programs on this machine, told where the fake listens on loopback."""

    name = "command"

    def open(self) -> None:
        try:
            network = self.world.start()
        except OSError as error:
            raise HarnessError(f"no port on loopback: {error}") from error
        self._folder = tempfile.TemporaryDirectory(prefix="fake-exo-")
        ca = Path(self._folder.name) / "ca.pem"
        ca.write_bytes(network.ca_pem)
        self._values = {
            "host": network.host,
            "submission_port": str(network.submission_port),
            "mx_host": network.host,
            "mx_port": str(network.mx_port),
            "ca": str(ca),
            "dns": network.host,
            "dns_port": str(network.dns_port),
            "folder": self._folder.name,
        }

    def close(self) -> None:
        with undisturbed():
            self.world.stop()
            self._folder.cleanup()

    def run(self, step: RunStep) -> JobResult:
        self.world.public_addresses["*"] = step.public_ip
        self._values["certificate"] = self.certificate(step)
        write_files(Path(self._folder.name), step.files, self._values)
        command = [filled(word, self._values) for word in step.command]
        try:
            process = subprocess.Popen(
                command,
                cwd=self._folder.name,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, "SSL_CERT_FILE": self._values["ca"]},
            )
        except OSError as error:
            raise HarnessError(f"{command[0]}: {error.strerror}") from None
        return result(*_ended(process, filled(step.stdin, self._values), step.timeout))


def _ended(process: "subprocess.Popen[bytes]", text: str, timeout: float) -> tuple[int | None, str]:
    try:
        said, _ = process.communicate(text.encode(), timeout)
        return process.returncode, said.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        _kill(process)
        said, _ = process.communicate()
        return None, said.decode("utf-8", "replace")
    except BaseException:
        _kill(process)
        process.wait()
        raise


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """A program and its children, which would keep its output open."""
    if sys.platform == "win32":
        with suppress(OSError):
            words = ["taskkill", "/T", "/F", "/PID", str(process.pid)]
            subprocess.run(words, capture_output=True, check=False)
        process.terminate()
        return
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class NamespaceDriver(RealDriver):
    """Programs with the settings of the day of the cutover, in a network of their own."""

    name = "namespace"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lab: Lab | None = None
        self._address = ""

    def open(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fake-exo-")

    def close(self) -> None:
        with undisturbed():
            if self._lab is not None:
                self._lab.close()
            self._folder.cleanup()

    def run(self, step: RunStep) -> JobResult:
        lab = self._ready(step.public_ip)
        certificate = self.certificate(step)
        values = self.production(lab.ca_file, NAMESERVER, self._folder.name, certificate)
        folder = Path(self._folder.name)
        write_files(folder, step.files, values)
        command = [filled(word, values) for word in step.command]
        try:
            code, said = lab.run(
                command, text=filled(step.stdin, values), timeout=step.timeout, cwd=folder
            )
        except LabError as error:
            raise HarnessError(str(error)) from None
        return result(code, said)

    def _ready(self, public_ip: str) -> Lab:
        if self._lab is None:
            try:
                self._lab = Lab(self.world, public_ip)
            except LabError as error:
                raise HarnessError(str(error)) from None
            self._address = public_ip
        if public_ip != self._address:
            raise HarnessError("all programs of a scenario share one public_ip in a namespace")
        return self._lab
