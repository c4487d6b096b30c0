"""`fake-exo exec`: any program with production settings, where the fake is the service."""

import json
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from fake_exo import Settings, TlsFailed, TlsStarted, World
from fake_exo.drive import ClientCredentials
from fake_exo_harness import exits
from fake_exo_harness.bench import Bench
from fake_exo_harness.commands import client_certificates
from fake_exo_harness.commands.given import check_addresses, kept_authority, world_of
from fake_exo_harness.commands.tenant_files import TenantFiles
from fake_exo_harness.commands.verdict import verdict
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.drivers.real import LAST_WORDS
from fake_exo_harness.fault_catalogue import AskedFaults, parse_all
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
    client_authorities: Sequence[Path],
    client_names: Sequence[str],
    ca_folder: Path | None,
    tarpit: bool,
    timeout: float,
    expect: str,
    as_json: bool,
) -> int:
    """Run the program, print what was said, and judge. Returns an exit code. `timeout`: seconds
    after which the program is ended; 0: never."""
    check_addresses([public_ip])
    kept_authority(ca_folder, Bench())
    injected, shown = parse_all(faults), client_certificates.handed_out(client_names)
    settings = _settings(injected, client_authorities, tarpit)
    world = world_of(TenantFiles(tenants), zones, as_of=as_of, settings=settings)
    try:
        with Lab(world, public_ip, foreign=foreign) as lab:
            started, cause = world.now(), world.ledger.cause()
            world.causes["*"] = cause
            code = _run(lab, command, shown, timeout or None, as_json)
            world.network.settle(LAST_WORDS)
            job = _job(world, command, code, started, cause)
    except LabError as error:
        say(f"fake-exo: {error}", err=True)
        return exits.ENVIRONMENT
    passed, why = verdict(job, expect, code, injected.tls.certificate)
    unshown = shown is not None and client_certificates.not_shown(job)
    bent = injected.tls.told if _tried_tls(job) else ""
    if as_json:
        told = {"passed": passed, "why": why, "exit": code, "certificate_not_shown": unshown}
        document = {"version": 1, **told, "injected_tls": bent, **job_document(job)}
        say(json.dumps(document, indent=2))
    else:
        for line in _told(job, passed, why, bent, unshown):
            say(line)
    return exits.PASSED if passed else exits.FAILED


def _settings(injected: AskedFaults, authorities: Sequence[Path], tarpit: bool) -> Settings:
    return Settings(
        real_time=True,
        skip_delays=not tarpit,
        faults=injected.faults,
        dns_faults=injected.dns_faults,
        tls=injected.tls,
        client_authorities=client_certificates.vouching(authorities),
        keep_bytes=KEEP_BYTES,
    )


def _run(
    lab: Lab,
    command: Sequence[str],
    shown: ClientCredentials | None,
    timeout: float | None,
    as_json: bool,
) -> int | None:
    """The program with our own input and output; Ctrl-C is for it, then for us."""
    sys.stdout.flush()
    files = client_certificates.files(shown) if shown else {}
    paths = {name: lab.put(name, content) for name, content in files.items()}
    number = lab.start(
        client_certificates.filled(command, paths),
        environment=client_certificates.variables(paths),
        fds=(0, 2 if as_json else 1, 2),
    )
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


def _tried_tls(job: JobRecord) -> bool:
    return any(isinstance(event, TlsStarted | TlsFailed) for event in job.events)


def _told(job: JobRecord, passed: bool, why: str, bent: str, unshown: bool) -> Iterator[str]:
    yield ""
    yield from dialogue(job)
    if bent:
        yield f"*** INJECTED: TLS {bent}"
    if unshown:
        yield "*** the certificate of --client-cert was not shown; only port 25 asks for one"
    yield ""
    yield from refusals(job)
    yield f"{'passed' if passed else 'FAILED'}: {why} (FAKE Exchange Online)"
