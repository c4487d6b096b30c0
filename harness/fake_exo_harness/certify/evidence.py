"""Runs the cases on a subject and keeps what a reader of the certificate needs to believe it."""

import hashlib
import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Group,
    InboundConnector,
    Mailbox,
    Tenant,
    service_facts,
)
from fake_exo_harness.certify.cases import CASES, LEVELS, Case, Grade
from fake_exo_harness.certify.subjects import PASSWORD, PUBLIC_IP, USER, Subject
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import dialogue
from fake_exo_harness.runner import Verdict, finish
from fake_exo_harness.scenario import Scenario

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(Mailbox(USER, password=PASSWORD), Mailbox("ann@contoso.com", password="Ann-2026")),
    groups=(Group("office@contoso.com", members=("ann@contoso.com",), accepts_external=True),),
    connectors=(
        InboundConnector(
            "Devices",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=(PUBLIC_IP,),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Result:
    """One case as it came out, with its dialogue."""

    case: Case
    grade: Grade
    why: str
    attempts: int
    duplicates: int
    clear_text: str
    transcript: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Certified:
    """The evidence. `digest` is that of everything that the cases said."""

    subject: str
    described: str
    driver: str
    seed: int
    made: str  # the day of the service, not of the machine
    versions: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]
    digest: str

    @property
    def passed(self) -> bool:
        return all(result.grade in (Grade.PASSED, Grade.NOTED) for result in self.results)

    def of_level(self, level: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.case.level == level)

    def grade(self, level: str) -> Grade:
        grades = {result.grade for result in self.of_level(level)}
        worst = (Grade.FAILED, Grade.NOT_RUN, Grade.NOTED)
        return next((grade for grade in worst if grade in grades), Grade.PASSED)


def certify(
    subject: Subject,
    driver: str,
    levels: Sequence[str] = tuple(LEVELS),
    *,
    seed: int = 0,
    progress: Callable[[Case], None] = lambda case: None,
) -> Certified:
    """Every case of the levels, with one driver."""
    results = tuple(_results(subject, driver, levels, seed, progress))
    return Certified(
        subject=subject.name,
        described=subject.describe(),
        driver=driver,
        seed=seed,
        made=str(service_facts()["default_day"]),
        versions=(("fake-exo", version("fake-exo")), ("Python", platform.python_version())),
        results=results,
        digest=_digest(results),
    )


def _results(
    subject: Subject,
    driver: str,
    levels: Sequence[str],
    seed: int,
    progress: Callable[[Case], None],
) -> Iterator[Result]:
    for case in CASES:
        if case.level in levels:
            progress(case)
            yield _result(subject, driver, case, seed)


def _result(subject: Subject, driver: str, case: Case, seed: int) -> Result:
    done = finish(_scenario(subject, case, seed), driver)
    if done.verdict in (Verdict.ERROR, Verdict.NOT_RUN) or not done.record.jobs:
        return Result(case, Grade.NOT_RUN, done.error, 0, 0, "nothing", ())
    job: JobRecord = done.record.jobs[-1]
    grade, why = case.judge(job)
    return Result(
        case,
        grade,
        why,
        len(job.connections),
        job.duplicates,
        job.clear_text,
        tuple(dialogue(job)),
    )


def _scenario(subject: Subject, case: Case, seed: int) -> Scenario:
    return Scenario(
        id=f"certify-{case.id.lower()}",
        title=case.title,
        tenants=(TENANT,),
        devices=subject.device(case.sending),
        when=(subject.step(case.sending),),
        then=(),
        seed=seed,
        as_of=datetime.combine(service_facts()["default_day"], datetime.min.time(), UTC).replace(
            hour=12
        ),
        service=case.service,
    )


def _digest(results: Sequence[Result]) -> str:
    """SHA-256 over ids, grades and dialogues. Simulated subjects give the same every time."""
    told = [[r.case.id, r.grade.value, r.why, *r.transcript] for r in results]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
