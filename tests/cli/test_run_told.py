"""What `run` tells: a line a file, sums of the story, how to run a failure again, and JUnit XML."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli

GOOD = (
    "scenario: mail comes in\nstory: chapter {n}, first point\n"
    "tenant: {{name: c, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}}\n"
    "device: {{profile: prtg-direct, settings: {{from_address: probe@monitor.example}}}}\n"
    "when: [{{send: {{to: [ann@contoso.com], size: 1 KB}}}}]\nthen: [{{accepted: {count}}}]\n"
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.exo.yaml").write_text(
        GOOD.format(n=1, count=1) + "---\n" + GOOD.format(n=2, count=1)
    )
    (tmp_path / "b.exo.yaml").write_text(GOOD.format(n=2, count=2))
    (tmp_path / "c.exo.yaml").write_text(GOOD.format(n=3, count=2))
    return tmp_path


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["run", *arguments])


def test_several_files_have_a_line_each_and_the_story_its_sums(folder: Path) -> None:
    lines = _run(".").stdout.splitlines()
    assert "passed a.exo.yaml: 2" in lines
    assert "failed b.exo.yaml: 1 of 1" in lines
    at = lines.index("the story:")
    assert lines[at + 1 : at + 4] == [
        "  chapter 1: 1 of 1 passed",
        "  chapter 2: 1 of 2 passed",
        "  chapter 3: 0 of 1 passed",
    ]


def test_details_are_shown_on_demand_and_of_a_single_file(folder: Path) -> None:
    told = "passed a (memory): mail comes in  [chapter 1, first point]"
    assert told in _run("a.exo.yaml").stdout
    assert told in _run("-v", ".").stdout
    assert told not in _run(".").stdout


def test_a_failure_says_how_to_run_it_again(folder: Path) -> None:
    out = _run(".").stdout
    assert "again: fake-exo run b.exo.yaml -k b -v\n" in out
    again = _run("b.exo.yaml", "-k", "b", "-v")
    assert (again.exit_code, "RCPT TO:<ann@contoso.com>" in again.stdout) == (1, True)


def test_x_stops_at_the_first_failure(folder: Path) -> None:
    out = _run("-x", ".").stdout
    assert "failed b.exo.yaml: 1 of 1" in out
    assert "c.exo.yaml" not in out
    assert "2 passed, 1 failed" in out


def test_junit_has_a_case_for_each_run_and_the_reasons_of_failures(folder: Path) -> None:
    done = _run(".", "--driver", "both", "--junit", "out.xml")
    root = ElementTree.parse(folder / "out.xml").getroot()
    cases = {(c.get("classname"), c.get("name")): c for c in root.iter("testcase")}
    assert done.exit_code == 1
    assert len(cases) == 8
    failure = cases["b.exo.yaml.socket", "b"].find("failure")
    assert failure is not None
    assert "expected: 2" in (failure.text or "")
    assert cases["a.exo.yaml.memory", "a"].find("failure") is None


def test_after_the_library_it_says_what_to_do_next(folder: Path) -> None:
    out = CliRunner().invoke(cli, ["run", "--tag", "cutover"]).stdout
    assert "fake-exo run YOURS.exo.yaml" in out
    assert "fake-exo run YOURS.exo.yaml" not in _run("a.exo.yaml").stdout
