"""`docs/rules.md` has the rules of the tables, in their order; nothing is run for it."""

from pathlib import Path

from fake_exo_harness.coverage import Covered
from fake_exo_harness.pages.rules import rules_page, standing

from fake_exo import every_rule

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def told(page: str) -> list[list[str]]:
    """Rule, endpoints, text, days and confidence of each row, in the order of the page."""
    return [cells[:5] for cells in standing(page).values()]


def test_the_page_tells_each_rule_as_the_table_has_it_and_in_its_order() -> None:
    rows = [Covered(rule, (), (), alone=False) for rule in every_rule()]
    assert told(PAGE.read_text()) == told(rules_page(rows, {}))
