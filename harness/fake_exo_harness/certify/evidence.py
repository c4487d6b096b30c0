"""Runs the cases on a subject and keeps what a reader of the certificate needs to believe it."""

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import version

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Group,
    InboundConnector,
    Mailbox,
    Tenant,
    recommended_zone,
    service_facts,
)
from fake_exo_harness.certify.cases import CASES, LEVELS, Case
from fake_exo_harness.certify.fixes import fix_of
from fake_exo_harness.certify.judges import Grade, Judged
from fake_exo_harness.certify.results import GOOD, Certified, Occasion, Result, digest
from fake_exo_harness.certify.seen import Seen, stopped
from fake_exo_harness.certify.subjects import PASSWORD, PUBLIC_IP, USER, Subject
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import dialogue
from fake_exo_harness.runner import Finished, Verdict, finish
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
ZONE = recommended_zone("contoso.com", spf_extra=(f"ip4:{PUBLIC_IP}",))
_NO_SUCH_PROGRAM = "exit 127"  # a shell's word
_NO_NAMES = "with this driver programs are told addresses, and ask for no name"


class CannotCertify(Exception):
    """The environment does not allow it; the text says why."""


def certify(
    subject: Subject,
    driver: str,
    levels: Sequence[str] = tuple(LEVELS),
    *,
    seed: int = 0,
    as_of: date | None = None,
    progress: Callable[[Case], None] = lambda case: None,
    occasion: Occasion | None = None,
) -> Certified:
    """Every case of the levels, with one driver. `occasion`: where. Raises CannotCertify."""
    day = as_of or service_facts()["default_day"]
    runs = _Runs(subject, driver, seed, day)
    results = tuple(_results(runs, levels, progress))
    return Certified(
        subject=subject.name,
        described=subject.describe(),
        driver=driver,
        seed=seed,
        made=str(day),
        versions=(("fake-exo", version("fake-exo")), ("Python", platform.python_version())),
        results=results,
        digest=digest(results),
        occasion=occasion or Occasion(),
        commands=dict(subject.commands or {}),
    )


def _results(
    runs: "_Runs", levels: Sequence[str], progress: Callable[[Case], None]
) -> Iterator[Result]:
    for case in CASES:
        if case.level in levels:
            progress(case)
            yield runs.result(case)


class _Runs:
    """The runs of one certification. A cause is told where it is met first, and referred to from
    then on."""

    def __init__(self, subject: Subject, driver: str, seed: int, day: date) -> None:
        self._subject = subject
        self._driver = driver
        self._seed = seed
        self._day = day
        self._controls: dict[tuple[str, date], Result] = {}
        self._told: dict[str, str] = {}  # the case that a cause was told with

    def result(self, case: Case) -> Result:
        """A case as it came out, beside the plain mail of its way."""
        found = self._run(case) if case.control else self._control(case.id, self._day)
        if found.grade not in GOOD:
            self._told.setdefault(_plain(found), case.id)
        if found.grade is Grade.FAILED:
            self._told.setdefault(found.cause, case.id)
        return found

    def _run(self, case: Case) -> Result:
        if why := self._beyond(case):
            return Result(case.id, case.title, Grade.NOT_RUN, why, beyond=True)
        done = finish(self._scenario(case, max(self._day, case.since or self._day)), self._driver)
        if done.verdict in (Verdict.ERROR, Verdict.NOT_RUN) or not done.record.jobs:
            self._give_up(done)
            why = self._once(done.error, case.id)
            return Result(case.id, case.title, Grade.NOT_RUN, why)
        job = done.record.jobs[-1]
        self._give_up(done, job)
        judged = self._judged(case, Seen(job, case.sending))
        return Result(
            case.id,
            case.title,
            judged.grade,
            judged.why,
            len(job.connections),
            job.duplicates,
            job.clear_text,
            tuple(dialogue(job)),
            judged.beyond,
            stopped(job) if judged.grade is Grade.FAILED else "",
            fix_of(case, judged.grade, job),
        )

    def _beyond(self, case: Case) -> str:
        told = not self._subject.simulated and self._driver == "command"
        return case.beyond or (_NO_NAMES if told and case.service.dns_faults else "")

    def _give_up(self, done: Finished, job: JobRecord | None = None) -> None:
        """A program that cannot be run is no subject: nothing at all would be run."""
        if self._subject.simulated:
            return
        if done.verdict is Verdict.ERROR:
            raise CannotCertify(done.error)
        if job is not None and job.result.stage == _NO_SUCH_PROGRAM and not job.connections:
            raise CannotCertify(job.result.panel)

    def _judged(self, case: Case, seen: Seen) -> Judged:
        missed = case.reached(seen.job)
        judged = Judged(Grade.NOT_RUN, missed) if missed else case.judge(seen)
        if judged.proven:
            return judged
        if why := self._by_itself(case):
            return Judged(Grade.NOT_RUN, why)
        if missed and not seen.job.accepted:
            return judged._replace(why=f"{missed}: {self._once(stopped(seen.job), case.id)}")
        return judged

    def _by_itself(self, case: Case) -> str:
        """Why nothing can be said: the plain mail of its way fails too. Empty when it works. The
        days after the end of Basic are judged beside one before it."""
        if not case.control:
            return ""
        day = self._day if case.since is None else min(self._day, case.since - timedelta(days=1))
        control = self._control(case.control, day)
        return "" if control.grade in GOOD else self._once(_plain(control), case.id)

    def _control(self, id_: str, day: date) -> Result:
        found = self._controls.get((id_, day))
        if found is None:
            case = next(case for case in CASES if case.id == id_)
            runs = self if day == self._day else _Runs(self._subject, self._driver, self._seed, day)
            found = self._controls[id_, day] = runs._run(case)
        return found

    def _once(self, cause: str, id_: str) -> str:
        """A cause, in full or by the case that it was told with."""
        first = self._told.setdefault(cause, id_)
        return cause if first == id_ else f"as in {first}"

    def _scenario(self, case: Case, day: date) -> Scenario:
        return Scenario(
            id=f"certify-{case.id.lower()}",
            title=case.title,
            tenants=(replace(TENANT, organization=case.organization),),
            zones=(ZONE,),
            devices=self._subject.device(case.sending),
            when=(self._subject.step(case.sending, day),),
            then=(),
            seed=self._seed,
            as_of=datetime.combine(day, time(12), UTC),
            service=case.service,
        )


def _plain(control: Result) -> str:
    """What is wrong with the plain mail of a way."""
    return f"{control.title} ({control.id}): {control.why}"
