"""What can be certified: a bundled device profile, or a program with its command lines."""

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from fake_exo_harness.devices import Profile, fitting, names, profile, read_profile
from fake_exo_harness.devices.shelf import is_bundled
from fake_exo_harness.forms.problems import nearest
from fake_exo_harness.scenario.model import DeviceSpec, RunStep, Scalar, SendStep, Step

PUBLIC_IP = "203.0.113.7"
USER, PASSWORD = "scanner@contoso.com", "Scan-2026"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
OF_PROFILES = {"vendor", "model", "like", "hello", "settings"}  # keys by which a file is known
_KEYS = {"name", "version", "submission", "relay"}
_FOLD = 76


class SubjectError(ValueError):
    """Nothing of this name can be certified; the text says what can."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What a case asks a subject to send. `size`: bytes of attachment before base64."""

    to: tuple[str, ...]
    way: str = "submission"  # or relay
    size: int = 2_000
    header_from: str = ""
    password: str = PASSWORD
    bare: bool = False  # a program's mail has neither Date nor Message-ID


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing to certify: `profile` of a simulated device, or `commands` by way of sending."""

    name: str
    profile: Profile | None = None
    commands: Mapping[str, str] | None = None
    version: tuple[str, ...] = ()

    @property
    def simulated(self) -> bool:
        return self.profile is not None

    def describe(self) -> str:
        """Name and version, as the evidence has them."""
        if (known := self.profile) is not None:
            whose = "bundled profile" if is_bundled(known) else f"profile {known.path.name}"
            return f"{known.vendor} {known.model} ({whose}, confidence {known.confidence})"
        return f"{self.name}: {_first_line(self.version)}"

    def device(self, sending: Sending) -> Mapping[str, DeviceSpec]:
        if self.profile is None:
            return {}
        settings = _settings(self.profile, sending)
        return {"device": DeviceSpec(self.profile, PUBLIC_IP, settings)}

    def programs(self) -> Iterator[str]:
        """What has to be on this machine."""
        commands = (shlex.split(command) for command in (self.commands or {}).values())
        yield from dict.fromkeys(words[0] for words in (*commands, self.version) if words)

    def step(self, sending: Sending, day: date) -> Step:
        """What carries it out on a day."""
        if self.simulated:
            header = sending.header_from or None
            return SendStep("send", to=sending.to, size=sending.size, header_from=header)
        assert self.commands is not None
        mail = _mail(sending, day)
        words = shlex.split(self.commands[sending.way])
        values = {
            "user": USER,
            "password": sending.password,
            "from": USER,
            "to": ",".join(sending.to),
            "mail": "{folder}/mail.eml",
        }
        for name, value in values.items():
            words = [word.replace(f"{{{name}}}", value) for word in words]
        return RunStep(
            tuple(words), stdin=mail, files={"mail.eml": mail}, public_ip=PUBLIC_IP, timeout=90
        )


def _settings(profile: Profile, sending: Sending) -> dict[str, Scalar]:
    """As somebody would enter them; only what this device's pages have."""
    wanted: dict[str, Scalar] = {
        "from_address": USER,
        "administrator_address": USER,
        "smtp_server": "contoso-com.mail.protection.outlook.com",
        "port": 25,
        "tls": "off",
        "authentication": "off",
    }
    if sending.way == "submission":
        wanted |= {
            "smtp_server": "smtp.office365.com",
            "port": 587,
            "tls": "starttls",
            "authentication": "on",
            "user_name": USER,
            "password": sending.password,
        }
    return dict(fitting(profile, wanted))


def _mail(sending: Sending, day: date) -> str:
    """The mail that a program is given; how it is framed on the wire is the program's."""
    raw = "U2NhbiBvZiBhIHBhZ2Uu" * (sending.size // 15 + 1)
    body = "\n".join(raw[at : at + _FOLD] for at in range(0, len(raw), _FOLD))
    noon = datetime.combine(day, time(12), UTC)
    told = f"Date: {format_datetime(noon)}\nMessage-ID: <certify@contoso.com>\n"
    return (
        f"From: <{sending.header_from or USER}>\nTo: {', '.join(sending.to)}\nSubject: Scan\n"
        f"{'' if sending.bare else told}MIME-Version: 1.0\nContent-Type: application/octet-stream\n"
        f"Content-Transfer-Encoding: base64\n\n{body}\n"
    )


def _first_line(command: Sequence[str]) -> str:
    if not command:
        return "version unknown"
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=10,
            check=False,
        )
    except OSError as error:
        return f"not here ({error.strerror})"
    return (done.stdout + done.stderr).strip().splitlines()[0]


def subject(name: str) -> Subject:
    """A subject by the id of a profile, the name of a bundled program, or a YAML file. Raises
    SubjectError, and ScenarioError for a profile that is wrong."""
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return _from_file(path)
    programs = {row["name"]: row for row in _bundled()}
    if name in programs:
        return _program(programs[name])
    if name in names():
        return Subject(name, profile=profile(name))
    valid = [*programs, *names()]
    raise SubjectError(f"nothing is named {name!r}; {nearest(name, valid)}")


def _bundled() -> list[dict[str, Any]]:
    text = resources.files("fake_exo_harness.data").joinpath("programs.yaml").read_text("utf-8")
    rows: list[dict[str, Any]] = yaml.load(text, Loader=_LOADER)
    return rows


def _from_file(path: Path) -> Subject:
    try:
        row = yaml.load(path.read_text("utf-8"), Loader=_LOADER)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SubjectError(f"{path}: {str(error).splitlines()[0]}") from None
    row = row[0] if isinstance(row, list) and len(row) == 1 else row
    if isinstance(row, dict) and OF_PROFILES & set(row):
        return Subject(path.stem, profile=read_profile(path))
    if not isinstance(row, dict) or not {"name", "submission", "relay"} <= set(row) <= _KEYS:
        raise SubjectError(f"{path}: wants name, submission and relay, maybe version")
    return _program(row)


def _program(row: Mapping[str, Any]) -> Subject:
    version = row.get("version", ())
    words = version if isinstance(version, str) else shlex.join(str(w) for w in version or ())
    commands = {way: str(row[way]) for way in ("submission", "relay")}
    for key, line in {**commands, "version": words}.items():
        _split(str(row["name"]), key, line)
    return Subject(str(row["name"]), commands=commands, version=tuple(shlex.split(words)))


def _split(name: str, key: str, line: str) -> None:
    """A command line can be split into words, and there are some."""
    try:
        empty = not shlex.split(line) and key != "version"
    except ValueError as error:
        raise SubjectError(
            f"{name}: {key} cannot be split into words: {error}; close the quotes"
        ) from None
    if empty:
        raise SubjectError(f"{name}: {key} is empty; give the command line")
