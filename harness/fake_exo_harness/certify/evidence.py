"""Runs the cases on a subject and keeps what a reader of the certificate needs to believe it."""

import platform
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from fake_exo_harness.certify import judges
from fake_exo_harness.certify.cases import CASES, LEVELS, Case
from fake_exo_harness.certify.fixes import fix_of
from fake_exo_harness.certify.judges import Grade, Judged
from fake_exo_harness.certify.results import GOOD, Certified, Occasion, Result, digest
from fake_exo_harness.certify.seen import Seen, stopped
from fake_exo_harness.certify.subjects import PASSWORD, PUBLIC_IP, USER, Subject
from fake_exo_harness.driver_names import SIMULATED
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import dialogue
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import Scenario
from fake_exo_harness.tls_failures import refuses_certificate

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
_NO_AUTHORITY = (
    "not testable here: it takes no authority of ours, so that its check of certificates is off "
    "or refuses every one"
)
_CHECKS = (
    "not testable here: it takes no authority of ours, and refuses the certificate; with its check "
    "switched off the rest can be tried"
)
_NO_NAMES = "with this driver programs are told addresses, and ask for no name"


class CannotCertify(Exception):
    """The environment does not allow it; the text says why."""


class PersonLeft(Exception):
    """Whoever stood at the device goes on another day."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is certified, and how. `trusts`: whether it can be made to trust the fake's authority;
    `known`: cases that were judged on another day, by id; `firmware`: of a real device."""

    subject: Subject
    driver: str
    seed: int = 0
    day: date = field(default_factory=lambda: service_facts()["default_day"])
    trusts: bool = True
    known: Mapping[str, Result] = field(default_factory=dict)
    firmware: str = ""

    @property
    def described(self) -> str:
        """Whose it is, and which version."""
        known = self.subject.profile
        if self.driver != "physical" or known is None:
            return self.subject.describe()
        return f"{known.vendor} {known.model} on a bench, firmware {self.firmware or 'not stated'}"


def certify(
    terms: Terms,
    levels: Sequence[str] = tuple(LEVELS),
    *,
    progress: Callable[[Case], None] = lambda case: None,
    keep: Callable[[Certified], None] = lambda found: None,
    occasion: Occasion | None = None,
) -> Certified:
    """Every case of the levels, with one driver. `occasion`: where; `keep` gets what there is so
    far after each case that was run. Raises CannotCertify and PersonLeft."""
    runs, results = _Runs(terms), [*terms.known.values()]
    where = occasion or Occasion()
    for case in (case for case in CASES if case.level in levels):
        if case.id in terms.known:
            runs.remember(terms.known[case.id])
            continue
        progress(case)
        results.append(runs.result(case))
        keep(_certified(terms, results, where))
    return _certified(terms, results, where)


def _certified(terms: Terms, results: Iterable[Result], occasion: Occasion) -> Certified:
    """In the order of the cases, whenever they were run."""
    by_id = {result.id: result for result in results}
    ordered = tuple(by_id[case.id] for case in CASES if case.id in by_id)
    return Certified(
        subject=terms.subject.name,
        described=terms.described,
        driver=terms.driver,
        seed=terms.seed,
        made=str(terms.day),
        versions=(("fake-exo", version("fake-exo")), ("Python", platform.python_version())),
        results=ordered,
        digest=digest(ordered),
        occasion=occasion,
        commands=dict(terms.subject.commands or {}),
    )


class _Runs:
    """The runs of one certification. A cause is told where it is met first, and referred to from
    then on."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._subject, self._driver, self._day = terms.subject, terms.driver, terms.day
        self._controls: dict[tuple[str, date], Result] = {}
        self._told: dict[str, str] = {}  # the case that a cause was told with

    def remember(self, found: Result) -> None:
        """A case as it came out, here or on another day."""
        self._controls.setdefault((found.id, self._day), found)
        if found.grade not in GOOD:
            self._told.setdefault(_plain(found), found.id)
        if found.cause:
            self._told.setdefault(found.cause, found.id)

    def result(self, case: Case) -> Result:
        """A case as it came out, beside the plain mail of its way."""
        found = self._run(case) if case.control else self._control(case.id, self._day)
        self.remember(found)
        return found

    def _run(self, case: Case) -> Result:
        if why := self._beyond(case):
            return Result(case.id, case.title, Grade.NOT_RUN, why, beyond=True)
        scenario = self._scenario(case, max(self._day, case.since or self._day))
        done = finish(scenario, self._driver)
        while done.record.jobs and done.record.jobs[-1].result.stage == "again":
            done = finish(scenario, self._driver)
        if done.verdict in (Verdict.ERROR, Verdict.NOT_RUN) or not done.record.jobs:
            self._give_up(done)
            why = self._once(done.error, case.id)
            return Result(case.id, case.title, Grade.NOT_RUN, why)
        job = done.record.jobs[-1]
        self._give_up(done, job)
        if job.result.stage == "skip":
            return Result(case.id, case.title, Grade.NOT_RUN, f"skipped: {job.result.failure}")
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
        if not self._terms.trusts and case.judge is judges.stranger:
            return _NO_AUTHORITY
        told = not self._subject.simulated and self._driver == "command"
        return case.beyond or (_NO_NAMES if told and case.service.dns_faults else "")

    def _give_up(self, done: Finished, job: JobRecord | None = None) -> None:
        """A program that cannot be run is no subject: nothing at all would be run; nor is a device
        at which nobody stands any more."""
        if self._driver in SIMULATED:
            return
        if job is not None and job.result.stage == "quit":
            raise PersonLeft
        if done.verdict is Verdict.ERROR:
            raise CannotCertify(done.error)
        if job is not None and job.result.stage == _NO_SUCH_PROGRAM and not job.connections:
            raise CannotCertify(job.result.panel)

    def _judged(self, case: Case, seen: Seen) -> Judged:
        missed = case.reached(seen.job)
        judged = Judged(Grade.NOT_RUN, missed) if missed else case.judge(seen)
        if judged.proven:
            return judged
        if not self._terms.trusts and _distrusts(seen.job):
            return Judged(Grade.NOT_RUN, self._once(_CHECKS, case.id), beyond=True)
        control = self._by_itself(case)
        if control is not None:
            why = self._once(_plain(control), case.id)
            return Judged(Grade.NOT_RUN, why, beyond=control.beyond)
        if missed and not seen.job.accepted:
            return judged._replace(why=f"{missed}: {self._once(stopped(seen.job), case.id)}")
        return judged

    def _by_itself(self, case: Case) -> Result | None:
        """Why nothing can be said: the plain mail of its way fails too. None when it works. The
        days after the end of Basic are judged beside one before it."""
        if not case.control:
            return None
        day = self._day if case.since is None else min(self._day, case.since - timedelta(days=1))
        control = self._control(case.control, day)
        return None if control.grade in GOOD else control

    def _control(self, id_: str, day: date) -> Result:
        found = self._controls.get((id_, day))
        if found is None:
            case = next(case for case in CASES if case.id == id_)
            runs = self if day == self._day else _Runs(replace(self._terms, day=day))
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
            seed=self._terms.seed,
            as_of=datetime.combine(day, time(12), UTC),
            service=case.service,
        )


def _distrusts(job: JobRecord) -> bool:
    """Whether it refused our certificate, and sent nothing."""
    return not job.accepted and any(map(refuses_certificate, job.tls_failures))


def _plain(control: Result) -> str:
    """What is wrong with the plain mail of a way."""
    return f"{control.title} ({control.id}): {control.why}"
