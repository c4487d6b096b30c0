"""What the console says of a run, line by line; the same text is what pytest shows."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fake_exo_harness.forms.location import Location
from fake_exo_harness.reports import Console, JsonReport
from fake_exo_harness.reports.text import because, dialogue, failed, refusals, summary, verdict
from fake_exo_harness.runner import Finished, finish, run
from fake_exo_harness.scenario import load_file

SCENARIO = """\
scenario: somebody types
id: typed
{more}tenant:
  name: contoso
  accepted_domains: [contoso.com]
  mailboxes: [ann@contoso.com]
device: {{profile: telnet, public_ip: 203.0.113.7, settings: {{smtp_server: {host}, port: {port}}}}}
when: [{when}]
then: [{then}]
"""
HOST = "contoso-com.mail.protection.outlook.com"
REFUSED = '{say: [EHLO h, "MAIL FROM:<x@partner.example>", "RCPT TO:<bob@contoso.com>", QUIT]}'
GOOD, WRONG = "reply: {to: RCPT, code: 550}", "reply: {to: RCPT, code: 250}"
REPLY = "550 5.4.1 Recipient address rejected: Access denied. For more information see"


def text(then: str, when: str = REFUSED, more: str = "", port: int = 25) -> str:
    first = f"{more}\n" if more else ""
    return SCENARIO.format(more=first, host=HOST, port=port, when=when, then=then)


def written(folder: Path, *said: str, **more: str | int) -> Path:
    path = folder / "typed.exo.yaml"
    path.write_text(text(*said, **more))  # type: ignore[arg-type]
    return path


def told(path: Path, *, terminal: bool = False, **options: object) -> list[str]:
    """The console's lines, without the time that it took."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    out = Terminal()
    console = Console(out, **options)  # type: ignore[arg-type]
    for event in run(load_file(path)[0]):
        console.take(event)
    console.end()
    return re.sub(r" in \d+\.\d\d s", " in 0 s", out.getvalue()).rstrip("\n").split("\n")


def ended(path: Path) -> Finished:
    return finish(load_file(path)[0])


# ---- the console -----------------------------------------------------------------------------


def test_a_passed_run_is_a_line_and_with_q_only_the_sum(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, more="story: chapter 1")
    line = "passed typed (memory): somebody types  [chapter 1]"
    assert told(path) == [line, "1 passed in 0 s"]
    assert told(path, verbosity=0) == ["1 passed in 0 s"]


def test_with_v_a_passed_run_has_its_dialogue_and_what_stopped_the_mail(tmp_path: Path) -> None:
    lines = told(written(tmp_path, GOOD), verbosity=2)
    assert lines[:3] == [
        "passed typed (memory): somebody types",
        "--- job 1: device, say; device: sent",
        "*** 203.0.113.7 connects to 52.101.68.36:25",
    ]
    assert "  rule:     rcpt.unknown (confidence high)" in lines
    assert lines[-2:] == ["", "1 passed in 0 s"]
    assert told(written(tmp_path, GOOD), verbosity=3) == lines


def test_a_failure_says_where_what_came_and_by_which_rule(tmp_path: Path) -> None:
    path = written(tmp_path, WRONG)
    lines = told(path, verbosity=0)
    assert lines[:4] == [
        "failed typed (memory): somebody types",
        f"{path}:9:8: reply to RCPT (job 1)",
        "    then: [reply: {to: RCPT, code: 250}]",
        "  expected: 250",
    ]
    assert lines[4].startswith(f"  got:      {REPLY}")
    assert lines[5] == "  rule:     rcpt.unknown (confidence high)"
    assert lines[6].startswith("  why:      The domain is authoritative")
    assert lines[7].startswith("  fix:      Correct the address")
    assert "--- job 1: device, say; device: sent" in lines
    assert lines.count("  rule:     rcpt.unknown (confidence high)") == 1  # told once
    assert lines[-1] == "1 failed in 0 s"


def test_colours_and_progress_are_for_terminals(tmp_path: Path) -> None:
    passed = told(written(tmp_path, GOOD), colour=True)
    assert passed[0].startswith("\x1b[32mpassed\x1b[0m typed")
    assert passed[-1] == "\x1b[32m1 passed in 0 s\x1b[0m"
    failing = told(written(tmp_path, WRONG), colour=True)
    assert failing[0].startswith("\x1b[31mfailed\x1b[0m typed")
    assert failing[-1] == "\x1b[31m1 failed in 0 s\x1b[0m"
    lost = told(written(tmp_path, GOOD, more="service: {keep: 5}"), colour=True)
    assert lost[0].startswith("\x1b[33mnot run\x1b[0m typed")
    assert lost[-1] == "\x1b[31m1 not run in 0 s\x1b[0m"
    shown = told(written(tmp_path, GOOD), terminal=True, total=7)
    assert "".join(shown).startswith("\r\x1b[K[1/7] typed (memory)\r\x1b[Kpassed typed")
    quiet = told(written(tmp_path, GOOD), terminal=True, total=7, verbosity=2)
    assert "[1/7]" not in "".join(quiet)
    assert "[1/" not in "".join(told(written(tmp_path, GOOD), total=7))


def test_the_sum_has_every_kind_of_verdict_and_what_rests_on_guesses(tmp_path: Path) -> None:
    out = io.StringIO()
    console = Console(out, verbosity=0)
    path = tmp_path / "typed.exo.yaml"
    for each in (
        text(GOOD),
        text(WRONG),
        text(GOOD, more="service: {keep: 5}"),
        text("rule: other.help", "{say: [EHLO h, HELP]}"),
    ):
        path.write_text(each)
        console.take(ended(path))
    console.end()
    last = out.getvalue().splitlines()[-1]
    assert last.startswith("2 passed, 1 failed, 1 not run in ")
    assert last.endswith(" s; 1 rest on replies of low confidence")


def test_nothing_run_is_said() -> None:
    out = io.StringIO()
    Console(out).end()
    assert out.getvalue() == "nothing run in 0.00 s\n"


# ---- the parts -------------------------------------------------------------------------------


def test_in_one_line_a_failure_is_the_first_with_its_place(tmp_path: Path) -> None:
    path = written(tmp_path, WRONG)
    line = summary(ended(path))
    assert line.startswith(f"{path}:9:8: reply to RCPT: expected 250, got {REPLY}")
    assert "\n" not in line
    greeting = written(tmp_path, "reply: {to: EHLO, code: 500}")
    assert summary(ended(greeting)).endswith(" Hello [203.0.113.7]")
    cut = ended(written(tmp_path, GOOD, more="service: {keep: 5}"))
    assert summary(cut).startswith("not run: job 1 (device) had gone from the record")
    low = ended(written(tmp_path, "rule: other.help", "{say: [EHLO h, HELP]}"))
    assert summary(low) == "it rests on replies of low confidence"
    marked = ended(written(tmp_path, GOOD, more="confidence: low"))
    assert summary(marked) == "it is marked low confidence"


def test_what_could_not_be_judged_says_so_first(tmp_path: Path) -> None:
    cut = list(verdict(ended(written(tmp_path, GOOD, more="service: {keep: 5}"))))
    assert cut[0].startswith("not run: job 1 (device) had gone from the record")


def test_what_is_attested_by_nobody_says_so_last(tmp_path: Path) -> None:
    low = written(tmp_path, WRONG, "{say: [EHLO h, HELP]}", more="confidence: low")
    assert list(verdict(ended(low)))[-2:] == [
        "This verdict rests on replies that nobody has captured (low confidence).",
        "The scenario is marked as resting on guesses (confidence: low).",
    ]
    assert "captured" not in "".join(verdict(ended(written(tmp_path, WRONG))))


def test_the_dialogue_tells_what_went_in_the_clear_and_where_copies_ended(tmp_path: Path) -> None:
    say = '{say: [EHLO h, "MAIL FROM:<x@partner.example>", "RCPT TO:<ann@contoso.com>", DATA, "From: <x@partner.example>", "", hello, ".", QUIT]}'  # noqa: E501
    job = ended(written(tmp_path, "accepted: 1", say)).record.jobs[0]
    lines = list(dialogue(job))
    assert lines[0] == "--- job 1: device, say; device: sent"
    assert " -> RCPT TO:<ann@contoso.com>" in lines
    assert "<-  250 2.1.5 Recipient OK    [rcpt.ok]" in lines
    assert "*** IN CLEAR TEXT: mail" in lines
    assert lines[-1].startswith("*** ann@contoso.com: junked (spf=none ")
    assert list(refusals(job)) == []


def test_at_most_twelve_copies_are_listed(tmp_path: Path) -> None:
    people = ", ".join(f'"RCPT TO:<p{n}@contoso.com>"' for n in range(14))
    say = f'{{say: [EHLO h, "MAIL FROM:<x@partner.example>", {people}, DATA, "From: <x@partner.example>", "", hello, "."]}}'  # noqa: E501
    boxes = "[" + ", ".join(f"p{n}@contoso.com" for n in range(14)) + "]"
    path = written(tmp_path, "accepted: 1", say)
    path.write_text(path.read_text().replace("[ann@contoso.com]\ndevice", f"{boxes}\ndevice"))
    lines = [line for line in dialogue(ended(path).record.jobs[0]) if ": junked" in line]
    assert len(lines) == 12
    assert lines[-1].startswith("*** p11@contoso.com: ")


def test_a_place_where_nobody_answers_is_told_once_with_the_right_one(tmp_path: Path) -> None:
    path = written(tmp_path, "connection: {failed: none}", "{say: [EHLO h]}", port=465)
    job = ended(path).record.jobs[0]
    assert list(dialogue(job))[:2] == [
        "--- job 1: device, say; device: not sent (connect)",
        "*** no answer from 52.101.68.36:465",
    ]
    assert list(refusals(job)) == [
        "no answer from 52.101.68.36:465",
        "  why:      Nothing of the service listens there, and attempts time out.",
        "  fix:      Submission: smtp.office365.com, port 587 with STARTTLS, never 465. Relay and "
        "direct send: the domain's MX host name, port 25.",
        "",
    ]


def test_a_refusal_that_failures_have_told_is_not_told_again(tmp_path: Path) -> None:
    job = ended(written(tmp_path, GOOD)).record.jobs[0]
    assert list(refusals(job, {"rcpt.unknown"})) == []
    assert next(iter(refusals(job))).startswith(REPLY)
    twice = '{say: [EHLO h, "MAIL FROM:<x@partner.example>", "RCPT TO:<b@contoso.com>", "RCPT TO:<c@contoso.com>"]}'  # noqa: E501
    again = ended(written(tmp_path, GOOD, twice)).record.jobs[0]
    assert len([line for line in refusals(again) if line.startswith("550 5.4.1")]) == 1


def test_an_unknown_rule_is_explained_by_nothing() -> None:
    assert list(because("")) == []
    assert list(because("fault.nobody")) == []


def test_a_failure_quotes_its_line_and_indents_what_came(tmp_path: Path) -> None:
    done = ended(written(tmp_path, "reply: {to: EHLO, code: 500}"))
    lines = list(failed(done.failures[0]))
    assert lines[1] == "    then: [reply: {to: EHLO, code: 500}]"
    assert lines[2] == "  expected: 500"
    assert lines[3].startswith("  got:      250-")
    assert lines[3].splitlines()[1] == "            250-SIZE 157286400"


@pytest.mark.parametrize(("line", "quoted"), [(0, False), (1, True), (9, True), (10, False)])
def test_a_line_that_is_not_there_is_not_quoted(tmp_path: Path, line: int, quoted: bool) -> None:
    path = written(tmp_path, WRONG)
    failure = replace(ended(path).failures[0], place=Location(path, line, 1))
    second = list(failed(failure))[1]
    assert second.startswith("  expected:") is not quoted


def test_only_the_jobs_that_failures_speak_of_are_shown(tmp_path: Path) -> None:
    three = f"{REFUSED}, {REFUSED}, {REFUSED}"
    second = verdict(ended(written(tmp_path, "reply: {to: RCPT, code: 250, job: 2}", three)))
    assert [line for line in second if line.startswith("--- job")] == [
        "--- job 2: device, say; device: sent"
    ]
    whole = verdict(ended(written(tmp_path, "accepted: 1", three)))
    assert [line for line in whole if line.startswith("--- job")] == [
        "--- job 3: device, say; device: sent"
    ]
    assert [line for line in verdict(ended(written(tmp_path, GOOD))) if line] == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("", "NOERROR"),
        ("nxdomain", "NXDOMAIN; INJECTED: nxdomain"),
        ("empty", "NOERROR, and no record; INJECTED: empty"),
        ("silent", "no answer; INJECTED: silent"),
        ("wrong-id", "NOERROR; INJECTED: wrong-id"),
    ],
)
def test_what_a_device_that_did_not_connect_asked_is_told(
    fault: str, said: str, tmp_path: Path
) -> None:
    service = f"service: {{dns_faults: [{{name: '*', does: {fault}}}]}}" if fault else ""
    path = written(tmp_path, "accepted: 0", port=465, more=service)
    (job,) = ended(path).record.jobs
    assert [line for line in dialogue(job) if "asked" in line] == [f"*** asked: {HOST} A ({said})"]


# ---- JSON ------------------------------------------------------------------------------------


def test_the_document_has_failures_jobs_and_refusals(tmp_path: Path) -> None:
    out = io.StringIO()
    report = JsonReport(out)
    path = written(tmp_path, WRONG, more="tags: [typed]")
    for event in run(load_file(path)[0]):
        report.take(event)
    report.end()
    assert out.getvalue().endswith("}\n")
    whole = json.loads(out.getvalue())
    assert whole["version"] == 1
    (done,) = whole["runs"]
    assert (done["id"], done["line"], done["driver"], done["verdict"], done["tags"]) == (
        "typed", 1, "memory", "failed", ["typed"]
    )  # fmt: skip
    (failure,) = done["failures"]
    assert (failure["line"], failure["column"], failure["check"], failure["job"]) == (
        10, 8, "reply to RCPT", 1
    )  # fmt: skip
    assert failure["why"].startswith("The domain is authoritative")
    (job,) = done["jobs"]
    assert (job["number"], job["sent"], job["attempts"], job["clear_text"]) == (1, True, 1, "mail")
    assert job["refusals"][0]["rule"] == "rcpt.unknown"
    assert job["refusals"][0]["why"].startswith("The domain is authoritative")
    assert (job["unreached"], job["outcomes"], job["duplicates"]) == ([], [], 0)
    assert isinstance(done["seconds"], float)


@pytest.mark.parametrize(("then", "got"), [(GOOD, 0), (WRONG, 1)])
def test_a_document_counts_what_failed(tmp_path: Path, then: str, got: int) -> None:
    assert len(ended(written(tmp_path, then)).failures) == got
