"""What a client meets on both sides of a change, in whole scenarios; docs/days.md shows them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_exo_harness.pages.days import Side, days_page
from fake_exo_harness.words import Shown

from tests.words.looking import dialogue_of, seen

ROWS = yaml.safe_load(Path(__file__).with_name("days.yaml").read_text("utf-8"))
PAGE = Path(__file__).parents[2] / "docs" / "days.md"


def shown(row: list[Any]) -> Shown:
    base, changes, look, _ = row
    return Shown(base, "", (), look, changes)


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_both_sides_of_a_change_are_seen(row: list[Any], tmp_path: Path) -> None:
    days = row[3]
    assert {day: seen(tmp_path, shown(row), ["as_of"], str(day)) for day in days} == days
    before, after = days
    assert before < after


def test_the_page_has_the_dialogues_of_both_sides(
    tmp_path: Path, kept: Callable[[Path, str], str]
) -> None:
    def side(row: list[Any], day: date, saw: str) -> Side:
        return Side(day, tuple(dialogue_of(tmp_path, shown(row), ["as_of"], str(day))), saw)

    sides = {name: [side(row, *day) for day in row[3].items()] for name, row in ROWS.items()}
    assert kept(PAGE, days_page(sides)) == days_page(sides)


@pytest.mark.parametrize(
    ("day", "takes"),
    [("2015-12-31", "delivered"), ("2016-01-01", "RCPT 550 5.7.606")],
)
def test_the_old_address_takes_banned_addresses_off_until_2016(
    tmp_path: Path, day: str, takes: str
) -> None:
    delisted = Shown(
        "direct",
        "",
        (),
        "ends",
        {
            "blocked_addresses": [{"address": "198.51.100.7", "list": "banned"}],
            "when": [
                {"delist": {"address": "198.51.100.7", "by": "mail",
                            "to": "delist@messaging.microsoft.com"}},
                {"advance": "5h"},
                {"send": {"to": ["ann@contoso.com"], "size": 0}},
            ],
        },
    )  # fmt: skip
    assert seen(tmp_path, delisted, ["as_of"], day) == takes
