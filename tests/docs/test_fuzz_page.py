"""docs/fuzz.md is made from the last run of `sh run fuzz`, and each kind of fault is told."""

import subprocess
import sys
from collections.abc import Callable

import yaml

from tests.fuzz import page
from tests.fuzz.targets import TARGETS

PAGE = page.HERE.parents[1] / "docs" / "fuzz.md"
MENDED = yaml.safe_load((page.HERE / "mended.yaml").read_text("utf-8"))


def test_the_page_is_the_one_that_the_last_run_makes(kept: Callable[..., str]) -> None:
    made = page.markdown(page.read(), MENDED)
    assert kept(PAGE, made) == made


def test_a_million_inputs_were_tried_on_every_reader() -> None:
    found = page.read()
    assert found.inputs >= 1_000_000
    assert {row.name for row in found.rows} == {target.name for target in TARGETS}
    assert {row["by"] for row in MENDED} <= {target.name for target in TARGETS}


def test_the_command_says_what_it_takes() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--help"],
        capture_output=True, text=True, check=True, cwd=page.HERE.parents[1],
    )  # fmt: skip
    assert "usage: sh run fuzz" in done.stdout
    for option in ("--inputs", "--seed", "--target", "--out"):
        assert option in done.stdout
