"""`confidence:` of a scenario: what it demands, and who is told."""

import io
import json
from pathlib import Path

import pytest
from fake_exo_harness.reports import Console, JsonReport
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import load_file

MX = "contoso-com.mail.protection.outlook.com"
SCENARIO = """
scenario: a telnet session
id: telnet
{confidence}
tenant:
  name: contoso
  accepted_domains: [contoso.com]
  mailboxes: [ann@contoso.com, {{address: full@contoso.com, full: true}}, scan@contoso.com]
  groups: [{{address: all@contoso.com, members: [ann@contoso.com], allowed_senders: [ann@contoso.com]}}]
  connectors: [{{name: c, connector_type: OnPremises, sender_ip_addresses: [203.0.113.7], treat_messages_as_internal: true}}]
device: {{profile: telnet, public_ip: 203.0.113.7, settings: {{smtp_server: {mx}, port: 25}}}}
when: [{{say: [{lines}]}}]
then: [{{rule: hello.ehlo-mx}}]
"""  # noqa: E501
# What is said, and how well the least attested answer to it is attested.
GREETING = '"EHLO h"'
BEFORE_HELLO = '"MAIL FROM:<scan@contoso.com>", "EHLO h"'
HELP = '"EHLO h", HELP'
MAIL = (
    '"EHLO h", "MAIL FROM:<scan@contoso.com>", "RCPT TO:<{to}>", DATA, '
    '"From: <scan@contoso.com>", "", "hello", "."'
)
TO_A_FULL_MAILBOX = MAIL.format(to="full@contoso.com")
TO_A_GROUP_FOR_OTHERS = MAIL.format(to="all@contoso.com")


def ended(folder: Path, said: str, wanted: str = "") -> Finished:
    path = folder / "telnet.exo.yaml"
    demand = f"confidence: {wanted}" if wanted else ""
    path.write_text(SCENARIO.format(confidence=demand, mx=MX, lines=said))
    return finish(load_file(path)[0])


@pytest.mark.parametrize(
    ("said", "wanted", "passes"),
    [
        (GREETING, "high", True),
        (BEFORE_HELLO, "high", False),
        (BEFORE_HELLO, "medium", True),
        (HELP, "high", False),
        (HELP, "medium", False),
        (HELP, "low", True),
        (HELP, "", True),
        (TO_A_FULL_MAILBOX, "medium", True),
        (TO_A_GROUP_FOR_OTHERS, "medium", False),  # the bounce is ours
        (TO_A_GROUP_FOR_OTHERS, "low", True),
    ],
)
def test_a_scenario_fails_when_anything_said_in_it_is_attested_less_well(
    tmp_path: Path, said: str, wanted: str, passes: bool
) -> None:
    done = ended(tmp_path, said, wanted)
    assert (done.verdict is Verdict.PASSED) is passes, done.failures


def test_the_failure_names_the_key_the_reply_and_its_rule(tmp_path: Path) -> None:
    (failure,) = ended(tmp_path, HELP, "medium").failures
    assert (failure.place.line, failure.title, failure.expected) == (4, "confidence", "medium")
    assert (failure.job, failure.rule) == (1, "other.help")
    assert failure.got.startswith("low: 214-")


def test_a_bounce_of_low_confidence_makes_the_verdict_low(tmp_path: Path) -> None:
    assert ended(tmp_path, TO_A_GROUP_FOR_OTHERS).doubt == "low confidence"
    assert ended(tmp_path, TO_A_FULL_MAILBOX).doubt == ""


def reported(done: Finished) -> tuple[str, dict[str, object]]:
    """On the console, and as a document."""
    console, document = io.StringIO(), io.StringIO()
    for report in (Console(console), JsonReport(document)):
        report.take(done)
        report.end()
    return console.getvalue(), json.loads(document.getvalue())["runs"][0]


@pytest.mark.parametrize(
    ("said", "wanted", "note", "end"),
    [
        (GREETING, "", "", ""),
        (GREETING, "high", "", ""),
        (GREETING, "low", "  (marked low confidence)", "; 1 marked low"),
        (HELP, "", "  (low confidence)", "; 1 rest on replies of low confidence"),
        (HELP, "low", "  (marked low confidence)",
         "; 1 rest on replies of low confidence; 1 marked low"),
    ],
)  # fmt: skip
def test_the_console_says_what_is_low_and_what_is_marked_so(
    tmp_path: Path, said: str, wanted: str, note: str, end: str
) -> None:
    headline, last = reported(ended(tmp_path, said, wanted))[0].splitlines()
    assert headline == f"passed telnet (memory): a telnet session{note}"
    assert last.partition(" s")[2] == end


def test_the_document_says_what_was_wanted_and_what_was_found(tmp_path: Path) -> None:
    told = reported(ended(tmp_path, BEFORE_HELLO, "low"))[1]
    assert (told["confidence"], told["confidence_wanted"], told["low_confidence"]) == (
        "medium",
        "low",
        True,
    )
    told = reported(ended(tmp_path, GREETING))[1]
    assert (told["confidence"], told["confidence_wanted"], told["low_confidence"]) == (
        "high",
        "",
        False,
    )
