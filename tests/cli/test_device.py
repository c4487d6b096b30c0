"""Devices of a user's own on the command line: folders of profiles, files of quirks, `device`."""

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli
from fake_exo_harness.devices import names, profiles, read_profile
from fake_exo_harness.devices.schema import profile_schema
from fake_exo_harness.devices.written import as_document, as_yaml
from jsonschema import Draft202012Validator

SCANBOX = """vendor: Scanbox
model: SB-100
kind: scanner
confidence: low
sources: [its log]
hello: {name: scanbox}
"""
QUIRKS = '''
from fake_exo.drive import Expect, Write
from fake_exo_harness.devices import Quirk, rewritten


def noop_first(dialogue):
    """NOOP before the greeting, whose answer it reads."""

    def change(action):
        if isinstance(action, Write) and action.data.startswith(b"EHLO"):
            yield Write(b"NOOP\\r\\n")
            yield Expect(60)
        yield action

    return rewritten(dialogue, change)


QUIRKS = [Quirk("noop-first", "says NOOP before it greets", wrap=noop_first)]
'''
SCENARIO = """scenario: a scan
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
device:
  profile: scanbox
  quirks: [noop-first]
  settings: {smtp_server: contoso-com.mail.protection.outlook.com, from_address: a@partner.net}
when: [{send: {to: [ann@contoso.com]}}]
then: [{reply: {to: NOOP, code: 250}}, {accepted: 1}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a profile, a file of quirks and a scenario; what is known is as before then."""
    monkeypatch.setattr("fake_exo_harness.devices.shelf._folders", [])
    monkeypatch.setattr("fake_exo_harness.devices.quirks._of_user", {})
    monkeypatch.delenv("FAKE_EXO_PROFILES", raising=False)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "scanbox.yaml").write_text(SCANBOX, "utf-8")
    (tmp_path / "quirks.py").write_text(QUIRKS, "utf-8")
    (tmp_path / "scan.exo.yaml").write_text(SCENARIO, "utf-8")
    return tmp_path


def ran(*words: object, **environment: str) -> Result:
    return CliRunner(env=environment).invoke(cli, [str(w) for w in words], catch_exceptions=False)


def test_a_scenario_has_a_device_and_a_quirk_of_the_users_own(folder: Path) -> None:
    given = ("--profiles", folder / "profiles", "--quirks", folder / "quirks.py")
    for driver in ("memory", "socket"):
        done = ran("run", *given, "--driver", driver, folder / "scan.exo.yaml")
        assert (done.exit_code, "1 passed" in done.stdout) == (0, True), done.output


def test_without_them_the_names_are_told(folder: Path) -> None:
    done = ran("check", folder / "scan.exo.yaml")
    assert done.exit_code == 1
    assert 'no device profile is named "scanbox"' in done.stderr
    assert '"noop-first": no quirk is named so' in done.stderr


def test_folders_may_stand_in_the_environment(folder: Path) -> None:
    (folder / "more").mkdir()
    (folder / "more" / "other.yaml").write_text(SCANBOX, "utf-8")
    several = f"{folder / 'profiles'}:{folder / 'more'}"
    done = ran("device", "list", FAKE_EXO_PROFILES=several)
    assert [line.split()[0] for line in done.stdout.splitlines()][-2:] == ["scanbox", "other"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("QUIRKS = [", "quirks.py:1: SyntaxError: '[' was never closed"),
        ("import nothing_of_this_name", "quirks.py:1: ModuleNotFoundError: No module named"),
        ("\n1 / 0", "quirks.py:2: ZeroDivisionError: division by zero"),
        ("x = 1", "QUIRKS is missing; write QUIRKS = [Quirk(...), ...]"),
        ("QUIRKS = ['a']", "QUIRKS holds 'a', which is no Quirk"),
        (QUIRKS.replace("noop-first", "bare-lf"), 'the name "bare-lf" is taken; rename it'),
    ],
)
def test_what_is_wrong_with_a_file_of_quirks_is_told(text: str, why: str, folder: Path) -> None:
    (folder / "quirks.py").write_text(text, "utf-8")
    done = ran("check", "--quirks", folder / "quirks.py", folder / "scan.exo.yaml")
    assert done.exit_code == 2
    assert why in " ".join(done.stderr.split()).replace("- ", "-")


def test_a_folder_without_profiles_and_a_name_that_is_taken_are_refused(folder: Path) -> None:
    done = ran("device", "list", "--profiles", folder)
    assert (done.exit_code, "no profile (*.yaml) is in this folder" in done.stderr) == (2, True)
    (folder / "profiles" / "telnet.yaml").write_text(SCANBOX, "utf-8")
    done = ran("device", "list", "--profiles", folder / "profiles")
    assert (done.exit_code, 'the name "telnet" is taken by' in done.stderr) == (2, True)


def test_check_reads_files_and_folders_and_tells_every_error(folder: Path) -> None:
    assert ran("device", "check", folder / "profiles").stdout == "1 checked, no errors\n"
    (folder / "profiles" / "wrong.yaml").write_text(SCANBOX + "tls: {polcy: never}\n", "utf-8")
    done = ran("device", "check", folder / "profiles")
    assert done.exit_code == 1
    assert 'wrong.yaml:7:7: "polcy" is not a key here; did you mean "policy"?' in done.stderr


def test_what_is_shown_can_be_used_as_a_file(folder: Path) -> None:
    done = ran("device", "show", "konica-bizhub-c220")
    assert done.exit_code == 0
    (folder / "mine.yaml").write_text(done.stdout, "utf-8")
    shown = json.loads(ran("device", "show", folder / "mine.yaml", "--json").stdout)
    assert shown["settings"]["tls"]["options"]["Start TLS"] == "starttls"
    assert shown["hello"]["name"] == "KMBT-C220"


def test_who_misspells_a_device_is_told_the_nearest() -> None:
    done = ran("device", "show", "konika")
    assert done.exit_code == 1
    assert done.stderr == (
        'fake-exo: no device profile is named "konika"; '
        'did you mean "konica-bizhub-20-ifax" or "konica-bizhub-c220"?\n'
    )


def test_a_profile_of_ones_own_is_certified(folder: Path) -> None:
    done = ran("certify", folder / "profiles" / "scanbox.yaml", "--levels", "A")
    assert done.exit_code == 0
    assert "Scanbox SB-100 (profile scanbox.yaml, confidence low)" in done.stdout
    named = ran("certify", "scanbox", "--profiles", folder / "profiles", "--levels", "A")
    assert named.exit_code == 0
    (folder / "wrong.yaml").write_text(SCANBOX + "tls: {polcy: never}\n", "utf-8")
    done = ran("certify", folder / "wrong.yaml")
    assert (done.exit_code, 'did you mean "policy"?' in done.stderr) == (1, True)


def test_what_to_enter_at_it_is_told_by_its_name(folder: Path) -> None:
    done = ran("panel", "scanbox", "--profiles", folder / "profiles")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "Scanbox SB-100, confidence low")


def test_every_bundled_profile_survives_being_written_out(tmp_path: Path) -> None:
    for name, made in profiles().items():
        path = tmp_path / f"{name}.yaml"
        path.write_text(as_yaml(made), "utf-8")
        assert as_document(read_profile(path)) == as_document(made)


def test_the_schema_takes_what_is_bundled_and_marks_what_is_misspelt() -> None:
    validator = Draft202012Validator(profile_schema())
    for path in names().values():
        assert list(validator.iter_errors(yaml.safe_load(path.read_text("utf-8")))) == []
    for wrong in ({"hello": {"frist": "HELO"}}, {"close": "slam"}, {"settings": {"p": {"x": 1}}}):
        assert not validator.is_valid(wrong)


def test_the_schema_says_what_keys_do() -> None:
    printed = json.loads(ran("schema", "profile").stdout)
    assert printed["title"] == "fake-exo device profile"
    assert printed["properties"]["hello"]["properties"]["first"]["description"] == (
        "what it greets with"
    )
