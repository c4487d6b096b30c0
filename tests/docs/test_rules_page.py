"""Every rule is fired by a scenario or a test, and has a near miss; docs/rules.md says by which."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fake_exo_harness.coverage import Covered, coverage
from fake_exo_harness.library import library
from fake_exo_harness.pages.rules import rules_page
from fake_exo_harness.scenario import load_paths

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
EDGES = "tests/unit/test_protocol_edges.py"
# What needs several clients at once, or hours of chatter, or kilobytes in one line.
TESTS = {
    "message.too-many-at-once": f"{EDGES}::test_the_fourth_message_at_once_is_refused",
    "other.session-timeout": f"{EDGES}::test_a_chatty_session_at_the_mx_host_ends_after_a_while",
    "other.line-too-long": f"{EDGES}::test_a_line_that_is_too_long_is_refused_once",
    "message.header-value": f"{EDGES}::test_a_header_value_over_32768_characters_is_refused",
}


@pytest.fixture(scope="module")
def rows() -> tuple[Covered, ...]:
    return coverage(load_paths([library()]))


def test_every_rule_is_fired_by_a_scenario_or_by_a_named_test(rows: tuple[Covered, ...]) -> None:
    silent = {row.rule.rule for row in rows if not row.fired}
    assert silent - set(TESTS) == set()


def test_a_rule_that_has_rivals_has_a_near_miss(rows: tuple[Covered, ...]) -> None:
    assert [row.rule.rule for row in rows if not row.missed and not row.alone] == []


@pytest.mark.parametrize("test", TESTS.values())
def test_the_tests_named_exist(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()


def test_a_new_scenario_changes_no_example_that_stands(rows: tuple[Covered, ...]) -> None:
    page = PAGE.read_text()
    row = next(row for row in rows if row.rule.rule == "rcpt.unknown")
    newer = replace(row, fired=("a-new-one", *row.fired), missed=("a-new-one", *row.missed))
    assert rules_page([newer], {}, page) == rules_page([row], {}, page)
    assert "a-new-one" in rules_page([newer], {})


def test_the_page_is_the_one_that_the_tables_make(
    rows: tuple[Covered, ...], kept: Callable[[Path, str], str]
) -> None:
    made = rules_page(rows, TESTS, PAGE.read_text())
    assert kept(PAGE, made) == made
