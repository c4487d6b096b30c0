"""Every mistake that the field knows is a bundled scenario, or has a reason why not."""

from collections.abc import Callable
from pathlib import Path

from fake_exo_harness.library import library
from fake_exo_harness.pages.misconfigurations import misconfigurations, misconfigurations_page
from fake_exo_harness.scenario import load_paths

PAGE = Path(__file__).parents[2] / "docs" / "misconfigurations.md"


def test_every_mistake_is_shown_or_has_a_reason() -> None:
    shown = {name for s in load_paths([library()]) for name in s.misconfigurations}
    missing = [m.id for m in misconfigurations() if m.id not in shown and not m.unrehearsed]
    assert missing == []


def test_no_reason_is_given_for_what_is_shown() -> None:
    shown = {name for s in load_paths([library()]) for name in s.misconfigurations}
    assert [m.id for m in misconfigurations() if m.unrehearsed and m.id in shown] == []


def test_the_list_has_every_mistake_once() -> None:
    names = [m.id for m in misconfigurations()]
    assert [name for name in names if names.count(name) > 1] == []


def test_the_page_is_the_one_that_the_data_makes(kept: Callable[[Path, str], str]) -> None:
    made = misconfigurations_page(load_paths([library()]))
    assert kept(PAGE, made) == made
