"""The documentation does what it says: its files are written, its commands run and compared."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fake_exo_harness.namespaces import prerequisites

from fake_exo import SOUGHT, FakeExo, FakeOptions, ParsedMail

ROOT = Path(__file__).parents[2]
PAGES = [
    "docs/tutorial.md",
    "docs/scenarios.md",
    "docs/hve.md",
    "docs/real.md",
    "docs/certification.md",
    "docs/benches.md",
    "docs/profiles.md",
    "docs/recordings.md",
    "docs/python.md",
    "docs/fixture.md",
]
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:]+)\)")


def pattern(expected: str) -> str:
    """Literal text, but `...` alone on a line is any lines, within a line any characters."""
    lines = [
        r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\n"
        for line in expected.splitlines()
    ]
    return "".join(lines)


def ran(command: str, folder: Path) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout + done.stderr


def missing(page: str) -> str:
    """What a page's commands need and this machine lacks."""
    wanted = {"docs/real.md": ("namespaces for users", "ip", "swaks")}.get(page, ())
    found = (p for p in prerequisites() if p.name in wanted and not p.met) if wanted else iter(())
    return "; ".join(f"{p.name} is missing: {p.remedy}" for p in found)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_does_what_it_says(page: str, tmp_path: Path) -> None:
    if reason := missing(page):
        pytest.skip(reason)
    commands = 0
    for kind, name, body in _BLOCK.findall((ROOT / page).read_text()):
        if name:
            (tmp_path / name).write_text(body)
        elif kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                command, _, expected = part.partition("\n")
                said = ran(command, tmp_path)
                assert re.fullmatch(pattern(expected), said), f"$ {command}\n{said}"
                commands += 1
    assert commands


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md")),
    ],
)
def test_links_lead_somewhere(page: str) -> None:
    folder = (ROOT / page).parent
    targets = _LINK.findall((ROOT / page).read_text())
    assert [target for target in targets if not (folder / target).exists()] == []


def test_the_readme_names_every_command_of_the_command_line() -> None:
    from fake_exo_harness.cli import cli

    text = (ROOT / "README.md").read_text()
    assert [name for name in cli.commands if f"`fake-exo {name}" not in text] == []


def test_what_a_fake_has_is_explained() -> None:
    text = (ROOT / "docs" / "python.md").read_text()
    with FakeExo() as fake:
        public = {name for name in (*dir(fake), *vars(fake)) if not name.startswith("_")}
    public |= {name for name in (*dir(ParsedMail), *SOUGHT) if not name.startswith("_")}
    explained = set(re.findall(r"`(\w+)(?:\([^`]*)?`", text))
    public |= set(FakeOptions.__annotations__)
    assert public - explained == set()


def words() -> set[str]:
    """Every key of the language, from the tables that read it."""
    from fake_exo_harness.forms.nodes import FORMS, Form, Shape
    from fake_exo_harness.scenario.expectations import CHECKS
    from fake_exo_harness.scenario.language import STEPS
    from fake_exo_harness.scenario.load import SCENARIO

    found: set[str] = {*STEPS, *CHECKS, *SCENARIO.kinds}
    waiting = [form for _, form in STEPS.values()]
    waiting += [FORMS[kind] for kind in SCENARIO.kinds.values() if kind in FORMS]
    waiting += [Form("shape", Shape(kinds)) for _, kinds, _, _ in CHECKS.values()]
    while waiting:
        form = waiting.pop()
        if form.name == "shape":
            found |= set(form.of.kinds)
            waiting += [FORMS[kind] for kind in form.of.kinds.values() if kind in FORMS]
        elif form.name in ("many", "optional", "table") and form.of in FORMS:
            waiting.append(FORMS[form.of])
        elif form.name == "union":
            waiting += [inner for _, inner in form.of]
    return found


def test_every_word_of_the_language_is_explained() -> None:
    text = (ROOT / "docs" / "scenarios.md").read_text()
    explained = set(re.findall(r"[`{ ]([a-z_]+)(?=[`:}])", text))
    assert words() - explained == set()
