"""Every check can fail: each of its keys with a run in which it holds and one in which it does not.

A kind, a key or a word of the tables that has no row in `checks.yaml` is found here.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from fake_exo_harness.checks import check
from fake_exo_harness.forms.nodes import FORMS
from fake_exo_harness.pages.checks import checks_page
from fake_exo_harness.record import RunRecord
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import ScenarioError, load_file
from fake_exo_harness.scenario.expectations import CHECKS
from fake_exo_harness.scenario.wanted import Check, ReplyTo

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "checks.md"


class Row(NamedTuple):
    of: str  # kind and key
    check: str
    holds: str
    fails: str

    @property
    def kind(self) -> str:
        return self.of.partition(".")[0]


ROWS = [Row(**row) for row in yaml.safe_load((HERE / "checks.yaml").read_text())]


@cache
def situations() -> dict[str, RunRecord]:
    """Every run of the file."""
    found = load_file(HERE / "situations.yaml")
    return {each.id.partition("[")[2][:-1]: finish(each).record for each in found}


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str], Check]:
    """A line of `then:` as the language reads it."""

    def made(line: str) -> Check:
        path = tmp_path / "one.exo.yaml"
        path.write_text(
            "scenario: one check\ntenant: {name: c, accepted_domains: [contoso.com]}\n"
            "devices: {app: {profile: telnet}}\ndrivers: [memory]\n"
            "traffic: [{devices: [app], every: 1h, send: {to: [ann@contoso.com]}}]\n"
            "when: [{advance: 1h}, {send: {to: [ann@contoso.com], repeat: 2}}]\n"
            f"then:\n  - {line}\n"
        )
        return load_file(path)[0].then[0]

    return made


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.of}: {row.holds} not {row.fails}")
def test_it_holds_in_one_run_and_fails_in_another(row: Row, read: Callable[[str], Check]) -> None:
    wanted = read(row.check)
    assert check(wanted, situations()[row.holds]) == ()
    assert check(wanted, situations()[row.fails]) != ()


def of_jobs() -> list[Row]:
    """The first row of each kind that takes a job."""
    kinds = [kind for kind, row in CHECKS.items() if "job" in row[1]]
    return [next(row for row in ROWS if row.kind == kind) for kind in kinds]


@pytest.mark.parametrize("row", of_jobs(), ids=lambda row: row.kind)
def test_it_looks_at_the_job_that_it_numbers(row: Row, read: Callable[[str], Check]) -> None:
    good, bad = (situations()[name].jobs[-1] for name in (row.holds, row.fails))
    kind, _, value = row.check.partition(": ")
    short = CHECKS[kind][3]
    whole = value[:-1] if value.startswith("{") else f"{{{short}: {value}"
    wanted = read(f"{kind}: {whole}, job: 2}}")
    assert check(wanted, RunRecord(jobs=[bad, good])) == ()
    assert check(wanted, RunRecord(jobs=[good, bad])) != ()
    assert [failure.title for failure in check(wanted, RunRecord(jobs=[good]))] == ["no such job"]


@pytest.mark.parametrize("verb", [each.value for each in ReplyTo])
def test_a_reply_to_each_verb_is_seen_and_missed(verb: str, read: Callable[[str], Check]) -> None:
    where = "fell silent" if verb == "TIMEOUT" else "everything said"
    there, away = situations()[where], situations()["nobody there"]
    assert (check(read(f"reply: {{to: {verb}}}"), there) == ()) is True
    assert (check(read(f"reply: {{to: {verb}}}"), away) == ()) is False
    assert (check(read(f"no_reply: {verb}"), there) == ()) is False
    assert (check(read(f"no_reply: {verb}"), away) == ()) is True


@pytest.mark.parametrize(
    ("line", "run"),
    [
        ("bounced: {to: [nobody@contoso.com], enhanced: 5.1.1}", "bounced as unknown"),  # 5.1.10
        ("usage: {of: app@contoso.com, limit: tenant.moera_external, used: 0, most: 5}", "sent"),
        ("lost: {at_most: 3, contains: [mailbox full]}", "traffic that arrives"),
        ("lost: 0", "traffic before its time"),
        ("elapsed: {at_most: 0s}", "taken at a second try"),
        ("delivered: {to: [ann@contoso.com], at_most: 0s}", "delivered late"),
        ("headers: {fields: {X-Nobody-Stamps: [x]}}", "sent"),
        ("headers: {fields: {Received: [by]}}", "refused"),
        ("report: {to: app@contoso.com}", "sent"),
        ("encrypted: false", "nothing said"),
        ("device: {panel: [OK, nothing]}", "sent"),
        ("usage: {of: app@contoso.com, limit: submission.recipients_per_day, most: 9}", "sent"),
    ],
)
def test_it_fails_also_where_little_is_missing(
    line: str, run: str, read: Callable[[str], Check]
) -> None:
    assert len(check(read(line), situations()[run])) == 1


# ---- the table is whole ----------------------------------------------------------------------


def test_every_key_of_every_check_has_a_row() -> None:
    keys = {f"{kind}.{key}" for kind, row in CHECKS.items() for key in row[1] if key != "job"}
    assert {row.of for row in ROWS} == keys


def test_every_word_of_a_key_has_a_row() -> None:
    words = {
        f"{kind}.{key}: {word}"
        for kind, row in CHECKS.items()
        for key, takes in row[1].items()
        if takes in FORMS and FORMS[takes].name == "words" and key != "to"
        for word in FORMS[takes].of
    }
    told = {word for word in words if any(_says(row, word) for row in ROWS)}
    assert words - told == set()


def _says(row: Row, word: str) -> bool:
    of, _, value = word.partition(": ")
    return row.of == of and value in row.check.replace("}", " ").split()


def test_the_page_is_the_one_that_the_table_makes(kept: Callable[[Path, str], str]) -> None:
    made = checks_page(ROWS)
    assert kept(PAGE, made) == made


# ---- what can never fail is refused ------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("retry: {}", "says nothing that could fail"),
        ("device: {job: 1}", "says nothing that could fail"),
        ("connection: {}", "says nothing that could fail"),
        ("elapsed: {job: 2}", "says nothing that could fail"),
        ("lost: {}", "says nothing that could fail"),
        ("lost: {device: app}", "says nothing that could fail"),
        ("rule: []", "an empty list is always true"),
        ("dns_queries: []", "an empty list is always true"),
        ("refused_change: []", "an empty list is always true"),
        ("headers: {fields: {}}", "says nothing that could fail"),
        ("reply: {to: MAIL, contains: []}", "an empty list is always true"),
        ('reply: {to: MAIL, contains: ""}', "an empty text is in every text"),
        ("device: {panel: []}", "an empty list is always true"),
        ("lost: {device: copier, count: 1}", 'no device is named "copier"'),
    ],
)
def test_what_can_never_fail_is_refused(
    line: str, cause: str, read: Callable[[str], Check]
) -> None:
    with pytest.raises(ScenarioError, match=cause):
        read(line)


def test_lost_is_refused_where_nothing_is_sent_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "one.exo.yaml"
    path.write_text(
        "scenario: no traffic\ntenant: {name: c, accepted_domains: [contoso.com]}\n"
        "device: {profile: telnet}\nwhen: [{advance: 1h}]\nthen: [{lost: 0}]\n"
    )
    with pytest.raises(ScenarioError, match="counts the mails of traffic:, and there is none"):
        load_file(path)
