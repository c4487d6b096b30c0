"""docs/dates.md is made from the tables, and has both sides of each change."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from fake_exo_harness.pages.dates import dates_page

from fake_exo import every_change

PAGE = Path(__file__).parents[2] / "docs" / "dates.md"


def test_the_page_is_the_one_that_the_tables_make(kept: Callable[[Path, str], str]) -> None:
    assert kept(PAGE, dates_page()) == dates_page()


def test_a_day_that_is_known_is_told_as_one() -> None:
    (found,) = [c for c in every_change() if c.what == "rule rcpt.direct-send-rejected"]
    assert (found.day, found.between) == (date(2025, 4, 1), (None, None))


def test_a_span_is_told_with_both_ends_and_both_sides() -> None:
    (found,) = [c for c in every_change() if c.what == "reply banner-submission"]
    assert found.day == date(2024, 9, 1)
    assert found.between == (date(2024, 6, 27), date(2024, 10, 10))
    assert found.before.endswith("{rfc1123_date} +0000")
    assert found.after.endswith("{rfc1123_date} +0000 [{session_id}]")


def test_the_order_is_that_of_the_days() -> None:
    days = [change.day for change in every_change()]
    assert days == sorted(days)
    assert days[0] == date(2015, 3, 25)
