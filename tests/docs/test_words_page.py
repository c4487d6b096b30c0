"""docs/words.md is made from the data that `tests/words` holds to the truth."""

from collections.abc import Callable
from pathlib import Path

from fake_exo_harness.pages.vocabulary import words_page

PAGE = Path(__file__).parents[2] / "docs" / "words.md"


def test_the_page_is_the_one_that_the_data_makes(kept: Callable[[Path, str], str]) -> None:
    assert kept(PAGE, words_page()) == words_page()


def test_a_row_has_values_with_what_is_seen_and_one_without_effect_its_reason() -> None:
    page = words_page()
    assert (
        "| `mailbox.full` | true: it neither takes nor sends | "
        "`false`: delivered; `true`: bounced 5.2.2 (submission) |"
    ) in page
    assert "| `iis6.hop_count` (15) | **not rehearsed**: no IIS relay here yet |  |" in page
