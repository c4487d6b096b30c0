"""Cures: each rule that refuses has one in the words of the language, and each one helps."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_exo_harness.cures import Cure, cure_of, cures, situation_of, treatment, verbs
from fake_exo_harness.forms.paths import allowing
from fake_exo_harness.library import library
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import verdict
from fake_exo_harness.runner import Verdict, finish
from fake_exo_harness.scenario import Scenario, load_file
from fake_exo_harness.scenario.model import SendStep
from fake_exo_harness.scenario.wanted import RuleCheck

from fake_exo import every_rule

with allowing([library()]):
    TRIALS = load_file(Path(__file__).parent / "data" / "cures.exo.yaml")


def _rule(trial: Scenario) -> str:
    (check,) = trial.then
    assert isinstance(check, RuleCheck)
    return check.ids[0]


def _cure(rule: str, job: JobRecord, account: str) -> Cure:
    """The cure of a rule, or of the refusal that led to it."""
    cure = cure_of(rule, account)
    assert cure is not None
    if not cure.cause:
        return cure
    return _cure([r.rule for r in job.refusals if r.to == cure.cause][-1], job, account)


def _refused(trial: Scenario) -> JobRecord:
    finished = finish(trial)
    assert finished.verdict is Verdict.PASSED, "\n".join(verdict(finished))
    return finished.record.jobs[-1]


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.id}-{_rule(trial)}")
def test_the_mail_passes_once_the_cure_is_applied(trial: Scenario) -> None:
    job = _refused(trial)
    situation = situation_of(job, trial)
    cured = treatment(_cure(_rule(trial), job, situation.account), situation)
    mail = [step for step in trial.when if isinstance(step, SendStep)][-1]
    when = (*trial.when, *cured.steps, cured.again(mail))
    record = finish(replace(trial, when=when, then=())).record
    assert (record.refused_changes, [r.rule for r in record.jobs[-1].refusals]) == ([], [])
    assert record.jobs[-1].accepted or mail.kind == "say"


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: f"{trial.id}-{_rule(trial)}")
def test_without_the_cure_the_same_mail_is_refused_again(trial: Scenario) -> None:
    mail = [step for step in trial.when if isinstance(step, SendStep)][-1]
    record = finish(replace(trial, when=(*trial.when, replace(mail, repeat=1)), then=())).record
    assert record.jobs[-1].refusals


def test_every_rule_with_a_fix_has_a_cure_and_no_other_has() -> None:
    assert {cure.rule for cure in cures()} == {rule.rule for rule in every_rule() if rule.fix}


def test_every_cure_with_words_is_tried() -> None:
    told = {(cure.rule, cure.account) for cure in cures() if not cure.none}
    tried = {_rule(trial) for trial in TRIALS}
    assert {rule for rule, _ in told} - tried == set()


def test_a_cure_that_is_none_says_why_and_nothing_else() -> None:
    bare = [cure for cure in cures() if cure.none]
    assert [c.rule for c in bare if c.steps or c.mail or c.cause] == []
    assert verbs("mail.nested")[0].startswith("none: the client's own program")


def test_words_keep_the_names_that_nobody_has_filled_in() -> None:
    assert verbs("auth.mailbox-disabled") == (
        "change: {mailbox: {address: <account>, smtp_client_authentication_disabled: false}}",
    )
    assert verbs("mail.after-refused-auth") == ("that of the refusal to AUTH before it",)
    assert verbs("rcpt.ok") == ()


def test_a_verdict_tells_the_cure_with_what_was_seen_filled_in() -> None:
    trial = next(t for t in TRIALS if t.id == "cures-mx[new-address]")
    failing = replace(trial, then=(RuleCheck(("rcpt.ok",)),))
    told = [line.strip() for line in verdict(finish(failing))]
    assert (
        "verb:     change: {connector: {name: Relay 203.0.113.8, connector_type: OnPremises, "
        "sender_ip_addresses: [203.0.113.8]}}"
    ) in told


def test_a_verdict_over_several_tenants_names_the_one_to_change() -> None:
    (first, *_) = [t for t in TRIALS if t.id == "cures-submission[tenant-off]"]
    other = replace(first.tenants[0], name="fabrikam", accepted_domains=(), mailboxes=())
    trial = replace(first, tenants=(other, *first.tenants))
    job = _refused(trial)
    situation = situation_of(job, trial)
    cured = treatment(_cure("auth.tenant-disabled", job, situation.account), situation)
    assert [getattr(step, "tenant", None) for step in cured.steps] == ["contoso"]
