"""A client in a situation, in a lab with production settings, and in a word what came of it. The
service's record says what was delivered and which password crossed; the client what it showed."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fake_exo_harness.commands.given import world_of
from fake_exo_harness.commands.tenant_files import TenantFiles
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.real import LAST_WORDS
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.namespaces import Lab
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import dialogue
from fake_exo_harness.scenario.model import RunStep

from fake_exo import Fate, Fault, Received, Settings, World
from tests.real.clients.rows import PROGRAMS, Client, Situation, home

SENDER = "scanner@xyz.com.pl"
TO = "anna@customer.example"
MAIL = f"From: <{SENDER}>\nTo: <{TO}>\nSubject: page\n\nhello\n"
_HOSTS = {
    "submission": ("smtp.office365.com", "587"),
    "relay": ("xyz-com-pl.mail.protection.outlook.com", "25"),
}
_PATIENCE = 20.0  # seconds that a program has
_CERTIFICATE = re.compile(r"certif|verif|tls|ssl|x509|handshake|trust", re.IGNORECASE)
_KEPT = re.compile(r"^QUEUE: [1-9]", re.MULTILINE)  # what the programs of mail servers say last


@dataclass(frozen=True, slots=True)
class Seen:
    """One run: the service's record, how the program ended (None: not at all), what it said."""

    job: JobRecord
    code: int | None
    said: str

    def __str__(self) -> str:
        return "\n".join([*dialogue(self.job), "", self.said, f"exit {self.code}"])


def met(client: Client, situation: Situation, made: Path, folder: Path) -> Seen:
    """Run the client in a copy of its program as it was `made`."""
    at = shutil.copytree(made, folder / "at")
    (at / "mail.eml").write_text(MAIL)
    world = world_of(TenantFiles([]), [], as_of=None, settings=_settings(situation))
    with Lab(world, situation.public_ip) as lab:
        started, cause = world.now(), world.ledger.cause()
        world.causes["*"] = cause
        code, said = lab.run(
            ["sh", "-c", client.command],
            text=MAIL,
            timeout=_PATIENCE,
            environment=environment(situation.mode, situation.password, at),
            cwd=at,
        )
        world.network.settle(LAST_WORDS)
        job = _record(world, client, code, started, cause)
    return Seen(job, code, said)


def build(client: Client, folder: Path) -> Path:
    """A copy of its program there, built where it has to be."""
    made = shutil.copytree(PROGRAMS / client.id, folder / client.id)
    if client.build:
        subprocess.run(["sh", "-c", client.build], cwd=made, check=True)
    return made


def environment(mode: str, password: str, at: Path) -> dict[str, str]:
    """What programs are told, and where they find what is installed for them alone."""
    host, port = _HOSTS[mode]
    login = {"SMTP_USER": SENDER, "SMTP_PASSWORD": password} if mode == "submission" else {}
    return {
        "SMTP_HOST": host,
        "SMTP_PORT": port,
        "MAIL_FROM": SENDER,
        "MAIL_TO": TO,
        "HOME": str(at),
        "CLIENTS": str(home()),
        "AS_INSTALLED": str(PROGRAMS.parent / "as-installed.sh"),
        "NODE_PATH": str(home() / "node_modules"),
        "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin",
        "LC_ALL": "C.UTF-8",
        **login,
    }


def _settings(situation: Situation) -> Settings:
    asked = parse_all(situation.faults)
    ehlo = (Fault(at="ehlo", text=situation.ehlo, times=None),) if situation.ehlo else ()
    return Settings(real_time=True, skip_delays=True, faults=(*asked.faults, *ehlo), tls=asked.tls)


def _record(
    world: World, client: Client, code: int | None, started: float, cause: int
) -> JobRecord:
    return JobRecord(
        number=1,
        step=RunStep((client.id,)),
        device=client.id,
        result=JobResult(code == 0, "", ""),
        started=started,
        ended=world.now(),
        cause=cause,
        ledger=world.ledger,
    )


# ---- in a word -----------------------------------------------------------------------------------


def outcome(seen: Seen, situation: Situation) -> str:
    """As the table has it: what became of the mail; of the password; how the program ended, and
    whether its user could read why."""
    arrived = any(o.recipient == TO for o in seen.job.ended_in(Fate.SENT_OUT))
    words = [_arrived(situation) if arrived else _stopped(seen)]
    if seen.code is not None and (seen.code or not arrived):
        words.append(f"exit {seen.code}")
    if seen.code is not None and not arrived:
        words.append(_told(seen, situation))
    return ", ".join([*words, *_crossed(seen, situation, arrived)])


def _arrived(situation: Situation) -> str:
    return "delivered later" if situation.faults and not situation.stranger else "delivered"


def _stopped(seen: Seen) -> str:
    if seen.code is None:
        return "hangs"
    if _KEPT.search(seen.said):
        return "kept"
    if any(not taken.message.mail_from.address for taken in seen.job.accepted):
        return "bounced"
    commands = [e.line.upper() for e in seen.job.events if isinstance(e, Received)]
    tried = any(line.startswith(b"MAIL FROM:<>") for line in commands)
    return "bounced in vain" if tried or "\nBOUNCED" in seen.said else "given up"


def _told(seen: Seen, situation: Situation) -> str:
    """A client may show the service's words, its code alone, or nothing of them."""
    code, words = situation.told
    about_tls = situation.stranger or not words
    if (words and words in seen.said) or (about_tls and _CERTIFICATE.search(seen.said)):
        return "told"
    return "told the code" if code and code in seen.said else "not told"


def _crossed(seen: Seen, situation: Situation, arrived: bool) -> list[str]:
    """What came to whom it should not."""
    found = {"credentials": ["password in clear text"], "mail": ["in clear text"] * arrived}
    words = found.get(seen.job.clear_text, [])
    words = ["falls back to clear text"] if arrived and seen.job.fell_back else words
    if situation.stranger and seen.job.gave_password:
        words.append("password to a stranger")
    return words
