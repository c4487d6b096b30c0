"""What a scenario says and nothing depends on is told beside its verdict, and fails nothing."""

import io
import json
from pathlib import Path

import pytest
from fake_exo_harness.reports import Console, JsonReport
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import load_file

SCENARIO = """
scenario: words without effect
drivers: [memory]
tenant:
  name: contoso
  accepted_domains: [contoso.com]
  mailboxes: [ann@contoso.com]
  connectors: [{name: Printers, connector_type: OnPremises, sender_ip_addresses: [203.0.113.7]%s}]
service: {limits: {%s}}
device:
  profile: konica-bizhub-c220
  public_ip: 203.0.113.7
  settings: {smtp_server: contoso-com.mail.protection.outlook.com, port: 25, administrator_address: a@contoso.com%s}
when: [%s{scan: {to: [eve@partner.net], size: 0}}]
then: [{sent_out: [eve@partner.net]}]
"""  # noqa: E501


def done(folder: Path, connector: str = "", limits: str = "", setting: str = "",
         step: str = "") -> Finished:  # fmt: skip
    path = folder / "words.exo.yaml"
    path.write_text(SCENARIO % (connector, limits, setting, step))
    return finish(load_file(path)[0])


def named(finished: Finished) -> list[str]:
    assert finished.verdict is Verdict.PASSED
    return [word.word for word in finished.not_rehearsed]


def test_what_has_an_effect_is_not_told(tmp_path: Path) -> None:
    assert named(done(tmp_path, ", treat_messages_as_internal: true", "tenant.terrl: 5")) == []


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"connector": ", EFTestMode: true"}, "connector.ef_test_mode"),
        ({"connector": ", comment: of the second floor"}, "connector.comment"),
        ({"limits": "iis6.hop_count: 3"}, "iis6.hop_count"),
        ({"limits": "trace.rows: 10"}, "trace.rows"),
        ({"setting": ', pop_before_smtp: "on"'}, "setting.pop_before_smtp"),
        ({"step": "{change: {connector: {name: Printers, trusted_organizations: [x]}}}, "},
         "connector.trusted_organizations"),
    ],
)  # fmt: skip
def test_a_word_without_effect_is_told_and_the_scenario_passes(
    tmp_path: Path, said: dict[str, str], word: str
) -> None:
    assert named(done(tmp_path, **said)) == [word]


@pytest.mark.parametrize(
    "said",
    [
        {"connector": ", ef_test_mode: false, comment: ''"},
        {"limits": "iis6.hop_count: 15"},
        {"setting": ', pop_before_smtp: "off"'},
        {"setting": ", pop_before_smtp: false"},
    ],
)
def test_a_default_is_nothing_to_tell(tmp_path: Path, said: dict[str, str]) -> None:
    assert named(done(tmp_path, **said)) == []


def test_the_console_and_the_document_say_which_and_why(tmp_path: Path) -> None:
    finished = done(tmp_path, limits="iis6.hop_count: 3")
    console, document = io.StringIO(), io.StringIO()
    for report in (Console(console), JsonReport(document)):
        report.take(finished)
        report.end()
    head, told, last = console.getvalue().splitlines()
    assert head.startswith("passed words (memory): words without effect")
    assert told == "  not rehearsed: iis6.hop_count: no IIS relay here yet"
    assert last.endswith("; 1 with words that are not rehearsed")
    (run,) = json.loads(document.getvalue())["runs"]
    assert run["not_rehearsed"] == [{"word": "iis6.hop_count", "why": "no IIS relay here yet"}]


def test_junit_has_them_as_properties(pytester: pytest.Pytester) -> None:
    text = SCENARIO % (", ef_test_mode: true", "trace.rows: 10", "", "")
    (pytester.path / "words.exo.yaml").write_text(text)
    assert pytester.runpytest_subprocess("--junitxml=out.xml").ret == 0
    found = (pytester.path / "out.xml").read_text()
    assert 'name="exo_not_rehearsed" value="connector.ef_test_mode: reserved for' in found
    assert 'name="exo_not_rehearsed" value="trace.rows: there is no message trace here"' in found


def test_a_setting_that_nothing_in_the_profile_is_made_from_is_told(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(
        "like: konica-bizhub-c220\n"
        "settings: {fax_header: {label: Header, type: text}, floor: {label: Floor, type: text}}\n"
        'data: {subject: "{subject} of {floor}"}\n',
        "utf-8",
    )
    own = ", fax_header: A, floor: second"
    path = tmp_path / "words.exo.yaml"
    text = SCENARIO % ("", "", own, "")
    path.write_text(text.replace("profile: konica-bizhub-c220", "profile: {file: mine.yaml}"))
    assert named(finish(load_file(path)[0])) == ["setting.fax_header"]
