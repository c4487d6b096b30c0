"""`fake-exo exec`: any program with production settings, where the fake is the service."""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from fake_exo import Settings, World
from fake_exo_harness import exits
from fake_exo_harness.commands.given import check_addresses, world_of
from fake_exo_harness.commands.verdict import asked, verdict
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.real import LAST_WORDS
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.namespaces import Lab, LabError
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.documents import job_document
from fake_exo_harness.reports.text import dialogue, refusals
from fake_exo_harness.scenario.model import KEEP_BYTES, RunStep
from fake_exo_harness.terminal import say


def exec_(
    *,
    command: Sequence[str],
    tenants: Sequence[Path],
    public_ip: str,
    as_of: datetime | None,
    zones: Sequence[Path],
    foreign: str,
    faults: Sequence[str],
    tarpit: bool,
    timeout: float,
    expect: str,
    as_json: bool,
) -> int:
    """Run the program, print what was said, and judge. Returns an exit code. `timeout`: seconds
    after which the program is ended; 0: never."""
    check_addresses([public_ip])
    injected = parse_all(faults)
    settings = Settings(
        real_time=True,
        skip_delays=not tarpit,
        faults=injected.faults,
        dns_faults=injected.dns_faults,
        tls=injected.tls,
        keep_bytes=KEEP_BYTES,
    )
    world = world_of(tenants, zones, as_of=as_of, settings=settings)
    try:
        with Lab(world, public_ip, foreign=foreign) as lab:
            started, cause = world.now(), world.ledger.cause()
            world.causes["*"] = cause
            code = _run(lab, command, timeout or None, as_json)
            world.network.settle(LAST_WORDS)
            job = _job(world, command, code, started, cause)
    except LabError as error:
        say(f"fake-exo: {error}", err=True)
        return exits.ENVIRONMENT
    passed, why = verdict(job, expect, code)
    if as_json:
        document = {"version": 1, "passed": passed, "why": why, "exit": code, **job_document(job)}
        say(json.dumps(document, indent=2))
    else:
        for line in _told(job, passed, why):
            say(line)
    return exits.PASSED if passed else exits.FAILED


def _run(lab: Lab, command: Sequence[str], timeout: float | None, as_json: bool) -> int | None:
    """The program with our own input and output; Ctrl-C is for it, then for us."""
    sys.stdout.flush()
    number = lab.start(command, fds=(0, 2 if as_json else 1, 2))
    try:
        code = lab.wait(number, timeout)
    except KeyboardInterrupt:
        lab.kill(number, signal.SIGINT)
        if lab.wait(number, 3) is None:
            lab.kill(number)
        raise
    if code is None:
        lab.kill(number)
        lab.wait(number, 5)
    return code


def _job(
    world: World, command: Sequence[str], code: int | None, started: float, cause: int
) -> JobRecord:
    stage = "" if code == 0 else ("timeout" if code is None else f"exit {code}")
    return JobRecord(
        number=1,
        step=RunStep(tuple(command)),
        device=command[0],
        result=JobResult(code == 0, "", stage),
        started=started,
        ended=world.now(),
        cause=cause,
        ledger=world.ledger,
    )


def _told(job: JobRecord, passed: bool, why: str) -> Iterator[str]:
    yield ""
    yield from dialogue(job)
    yield from asked(job)
    yield ""
    yield from refusals(job)
    yield f"{'passed' if passed else 'FAILED'}: {why} (FAKE Exchange Online)"
