"""Files that a file names: its own folder's, the bundled library's, and what the user allows."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_exo_harness.cli import cli
from fake_exo_harness.drivers.real import write_files
from fake_exo_harness.forms.problems import ScenarioError
from fake_exo_harness.scenario import Scenario, load_file
from fake_exo_harness.scenario.model import RunStep

HEAD = "scenario: x\nthen: [{accepted: 0}]\n"
TENANT = "tenant: {name: c, accepted_domains: [contoso.com]}\n"
DEVICE = "device: {profile: prtg-direct, settings: {from_address: a@b.example}}\n"
NAMES = {
    "include": "when: [{advance: 1s}]\ntenant: {include: PATH}\n" + DEVICE,
    "zone": "when: [{advance: 1s}]\ndns: [{zone: contoso.com, file: PATH}]\n" + TENANT + DEVICE,
    "message": "when: [{send: {to: [a@contoso.com], message: {file: PATH}}}]\n" + TENANT + DEVICE,
    "profile": "when: [{advance: 1s}]\ndevice: {profile: {file: PATH}}\n" + TENANT,
    "folder": "drivers: [command]\nwhen: [{run: {command: 'true', folder: PATH}}]\n" + TENANT,
    "build": "drivers: [docker]\nwhen: [{run: {command: 'true', build: PATH}}]\n" + TENANT,
}
NAMED = [kind for kind in NAMES if kind != "profile"]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """What a scenario in `mine` shall not read."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "secret").write_text("name: theirs\n")
    return tmp_path / "theirs"


def scenario(folder: Path, kind: str, named: str) -> Path:
    path = folder / "x.exo.yaml"
    path.write_text(HEAD + NAMES[kind].replace("PATH", named))
    return path


def read(path: Path) -> tuple[Scenario, ...]:
    return load_file(path)


def aim(kind: str, outside: Path) -> Path:
    return outside if kind in ("folder", "build") else outside / "secret"


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("way", ["relative", "absolute", "link"])
def test_a_scenario_reads_nothing_outside_its_folder(kind: str, way: str, outside: Path) -> None:
    mine, target = outside.parent / "mine", aim(kind, outside)
    named = {"relative": os.path.relpath(target, mine), "absolute": str(target), "link": "link"}
    (mine / "link").symlink_to(target)
    with pytest.raises(ScenarioError) as caught:
        read(scenario(mine, kind, named[way]))
    assert f"{named[way]} is outside {mine}, where this file may read; move it there, or" in str(
        caught.value
    )


@pytest.mark.parametrize("kind", NAMED)
@pytest.mark.parametrize("named", ["nowhere", "n" * 5_000, "a/" * 3_000, "../" * 400 + "nowhere"])
def test_a_path_that_leads_nowhere_is_told(kind: str, named: str, outside: Path) -> None:
    with pytest.raises(ScenarioError, match=r"there is no (file|folder) "):
        read(scenario(outside.parent / "mine", kind, named))


def test_what_is_allowed_is_read(outside: Path) -> None:
    path = scenario(outside.parent / "mine", "include", "../theirs/secret")
    refused = CliRunner().invoke(cli, ["check", str(path)])
    assert (refused.exit_code, "--allow-path FOLDER" in refused.stderr) == (1, True)
    allowed = CliRunner().invoke(cli, ["check", "--allow-path", str(outside), str(path)])
    assert (allowed.exit_code, allowed.stdout) == (0, "1 checked, no errors\n")
    assert CliRunner().invoke(cli, ["check", str(path)]).exit_code == 1
    told = CliRunner().invoke(cli, ["check", str(path)], env={"EXO_ALLOW_PATH": str(outside)})
    assert told.exit_code == 0


def test_a_folder_that_is_given_may_be_read_as_a_whole(outside: Path) -> None:
    scenario(outside.parent / "mine", "include", "../theirs/secret")
    assert CliRunner().invoke(cli, ["check", str(outside.parent)]).exit_code == 0


@pytest.mark.parametrize("command", ["run", "check", "list", "cutover"])
def test_every_command_that_reads_scenarios_is_told_the_remedy(command: str, outside: Path) -> None:
    path = scenario(outside.parent / "mine", "include", "../theirs/secret")
    done = CliRunner().invoke(cli, [command, str(path)])
    assert "allow its folder (--allow-path FOLDER; in pytest.ini exo_allow_path)" in done.stderr
    assert "--allow-path FOLDER" in CliRunner().invoke(cli, [command, "--help"]).stdout


@pytest.mark.parametrize("command", ["serve", "audit", "exec"])
def test_a_tenant_file_is_confined_too(command: str, outside: Path) -> None:
    path = outside.parent / "mine" / "tenant.yaml"
    path.write_text("include: ../theirs/secret\n")
    words = [command, "--tenant", str(path), "true"] if command == "exec" else [command, str(path)]
    done = CliRunner().invoke(cli, words)
    assert "../theirs/secret is outside" in done.stderr
    assert done.exit_code == 1


def test_a_link_inside_a_folder_is_followed_no_further_than_the_scenario_may(
    outside: Path,
) -> None:
    mine = outside.parent / "mine"
    (mine / "tools").mkdir()
    (mine / "tools" / "key").symlink_to(outside / "secret")
    with pytest.raises(ScenarioError, match="tools: key is a link to what lies outside; give a"):
        read(scenario(mine, "folder", "tools"))


@pytest.mark.parametrize(
    "name", ["../x", "/tmp/x", "a/../../x", "..", "C:\\\\x", "..\\\\x", "\\\\\\\\host\\\\x", ""]
)
def test_a_program_is_given_no_file_outside_its_folder(name: str, tmp_path: Path) -> None:
    path = tmp_path / "x.exo.yaml"
    step = f'{{run: {{command: "true", files: {{"{name}": x}}}}}}'
    path.write_text(f"{HEAD}drivers: [command]\nwhen: [{step}]\n{TENANT}")
    with pytest.raises(ScenarioError, match="leaves the folder of the program; write a name"):
        read(path)


def test_a_folder_of_a_program_may_hold_anything(tmp_path: Path) -> None:
    tools, run = tmp_path / "tools", tmp_path / "run"
    (tools / "deep").mkdir(parents=True)
    (tools / "pixel.png").write_bytes(b"\x89PNG\r\n\x1a\n\xff{host}")
    (tools / "deep" / "send.sh").write_bytes(b"#!/bin/sh\necho {host}\n")
    (found,) = read(scenario(tmp_path, "folder", "tools"))
    (step,) = found.when
    assert isinstance(step, RunStep)
    assert list(step.files) == ["pixel.png", "deep/send.sh"]
    run.mkdir()
    write_files(run, step.files, {"host": "127.0.0.1"})
    assert (run / "pixel.png").read_bytes() == b"\x89PNG\r\n\x1a\n\xff{host}"
    assert (run / "deep" / "send.sh").read_text() == "#!/bin/sh\necho 127.0.0.1\n"
    if os.name == "posix":
        assert os.access(run / "deep" / "send.sh", os.X_OK)
        assert not os.access(run / "pixel.png", os.X_OK) or os.getuid() == 0
