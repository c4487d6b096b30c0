"""A file of another kind than a command takes is told as what it is, with who takes it."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_exo_harness.cli import cli

TENANT = "name: c\naccepted_domains: [contoso.com]\nmailboxes: [ann@contoso.com]\n"
FILES = {
    "s.exo.yaml": "scenario: t\ntenant: {name: c, accepted_domains: [contoso.com]}\n"
    "device: {profile: telnet}\nwhen: [{say: [NOOP]}]\nthen: [{accepted: 0}]\n",
    "tenant.yaml": TENANT,
    "contoso.com.zone": "@ 3600 IN MX 0 contoso-com.mail.protection.outlook.com.\n",
    "zones.yaml": "- {zone: contoso.com, records: []}\n",
    "session.yaml": "- {id: x, endpoint: mx, year: 2024, steps: []}\n",
    "program.yaml": "{name: mine, submission: mailer, relay: mailer}\n",
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return CliRunner()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["audit", "s.exo.yaml"], "s.exo.yaml: this is a scenario; it is for fake-exo run"),
        (["audit", "contoso.com.zone"], "contoso.com.zone: this is a zone file; it is for"),
        (["audit", "session.yaml"], "session.yaml: this is recorded sessions"),
        (["audit", "tenant.yaml", "--zone", "tenant.yaml"], "tenant.yaml: this is a tenant file"),
        (["cutover", "tenant.yaml"], "it is for fake-exo check, audit, serve, and exec --tenant"),
        (["cutover", "zones.yaml"], "zones.yaml: this is zones; it is for --zone of"),
        (["run", "tenant.yaml"], "tenant.yaml: this is a tenant file"),
        (["list", "program.yaml"], "this is a program to certify; it is for fake-exo certify"),
        (["conformance", "s.exo.yaml"], "s.exo.yaml: this is a scenario"),
        (["certify", "tenant.yaml"], "tenant.yaml: this is a tenant file"),
        (["serve", "s.exo.yaml"], "s.exo.yaml: this is a scenario"),
        (["serve", "--zone", "zones.yaml"], "zones.yaml: this is zones"),
    ],
)
def test_the_wrong_kind_of_file_is_told_with_its_command(
    run: CliRunner, arguments: list[str], told: str
) -> None:
    done = run.invoke(cli, arguments)
    assert (done.exit_code, done.stdout) == (1, "")
    assert told in done.stderr


@pytest.mark.parametrize("name", [name for name in FILES if name != "session.yaml"])
def test_check_takes_a_file_of_every_kind(run: CliRunner, name: str) -> None:
    done = run.invoke(cli, ["check", name])
    assert (done.exit_code, done.stdout) == (0, "1 checked, no errors\n"), done.stderr


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("a..b.zone", "@ IN A 192.0.2.1\n", "a..b.zone:1:1: 'a..b' has an empty label"),
        ("p.yaml", "{name: p, submission: 'a \"b', relay: x}", "submission cannot be split"),
        ("p.yaml", "{name: p, submission: '', relay: x}", "p: submission is empty"),
        ("r.yaml", "- {id: x, endpoint: mx}\n", '"steps" is missing here'),
    ],
)
def test_check_tells_what_is_wrong_in_each_kind(
    run: CliRunner, tmp_path: Path, name: str, text: str, told: str
) -> None:
    (tmp_path / name).write_text(text)
    done = run.invoke(cli, ["check", name])
    assert done.exit_code == 1
    assert told in done.stderr


@pytest.mark.parametrize("command", ["check", "run", "list"])
def test_a_folder_without_scenarios_is_no_success(
    run: CliRunner, tmp_path: Path, command: str
) -> None:
    (tmp_path / "empty").mkdir()
    done = run.invoke(cli, [command, "empty"])
    assert (done.exit_code, done.stdout) == (5, "")
    assert "no scenario" in done.stderr
