"""docs/mutants.md is made from the last run, and every survivor has a reason."""

from collections.abc import Callable
from pathlib import Path

import yaml

from tests.mutation import page
from tests.mutation.mutants import MODULES

PAGE = page.HERE.parents[1] / "docs" / "mutants.md"
REASONS = yaml.safe_load((page.HERE / "survivors.yaml").read_text())


def test_the_page_is_the_one_that_the_last_run_makes(kept: Callable[[Path, str], str]) -> None:
    made = page.markdown(page.read(), REASONS)
    assert kept(PAGE, made) == made


def test_every_survivor_has_a_reason_and_every_reason_a_survivor() -> None:
    survivors = {(m.module, m.was, m.became) for m in page.read().survivors}
    assert {(r["of"], r["was"], r["became"]) for r in REASONS} == survivors


def test_enough_is_noticed_of_enough_modules() -> None:
    found = page.read()
    assert sum(found.tried.values()) >= 400
    assert found.rate >= page.WANTED
    assert set(found.tried) <= set(MODULES)
