"""The limits as data: whole, dated without overlap, in units that can be compared."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from fake_exo.exchange.texts import data, limits_table
from fake_exo.rules.limits import Formula, Limit, Value
from fake_exo.rules.period import Confidence

DATA: Mapping[str, Any] = data("limits.yaml")
LIMITS = tuple(limits_table().values())
DATED = tuple(limit for limit in LIMITS if limit.values)
ARTICLE = date(2015, 2, 19)
TODAY = date(2026, 11, 1)


def _boundaries(limit: Limit) -> set[date]:
    return {edge for period, _ in limit.values for edge in (period.since, period.until) if edge}


def test_there_are_97_limits_of_which_20_are_dated() -> None:
    assert (len(LIMITS), len(DATED)) == (97, 20)


def test_no_id_occurs_twice() -> None:
    assert Counter(row["id"] for row in DATA["limits"]) == {limit.id: 1 for limit in LIMITS}


def test_every_limit_has_unit_scope_and_source() -> None:
    assert [one.id for one in LIMITS if not (one.unit and one.scope and one.sources)] == []


def test_no_source_lost_its_number() -> None:
    # An unquoted " #" begins a comment in YAML.
    sources = {source for limit in LIMITS for source in limit.sources}
    assert {source for source in sources if source.endswith("public file")} == set()


def test_a_guess_says_why_it_is_one() -> None:
    assert [one.id for one in LIMITS if one.confidence is Confidence.LOW and not one.note] == []


def test_a_dated_limit_says_how_sure_its_days_are() -> None:
    assert [one.id for one in DATED if not one.note] == []


@pytest.mark.parametrize("limit", DATED, ids=lambda limit: limit.id)
def test_one_value_holds_on_a_day(limit: Limit) -> None:
    edges = _boundaries(limit)
    for day in {ARTICLE, TODAY} | edges | {edge - timedelta(days=1) for edge in edges}:
        assert sum(period.holds(day) for period, _ in limit.values) == 1, day


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.id)
def test_the_plain_value_is_that_of_the_default_day(limit: Limit) -> None:
    assert limit.on(TODAY) == limit.value


def test_sizes_are_in_bytes_and_waits_in_seconds() -> None:
    forbidden = {"KB", "MB", "GB", "minutes", "hours"}
    assert [one.id for one in LIMITS if one.unit.split()[0] in forbidden] == []


@pytest.mark.parametrize(
    ("id_", "then", "now"),
    [
        ("service.message_size_max", 26_214_400, 157_286_400),
        ("submission.message_size_default_send", 26_214_400, 36_700_160),
        ("submission.message_size_default_receive", 26_214_400, 37_748_736),
        ("submission.recipients_per_day", 10_000, 10_000),
        ("submission.recipients_per_message_default", 500, 500),
        ("submission.recipients_per_message_max", 500, 1_000),
        ("group.members_max", 5_000, 100_000),
        ("group.large_group_threshold", 5_000, 5_000),
        ("group.large_message_size", 2_097_152, 26_214_400),
        ("group.largest_message_size", 2_097_152, 5_242_880),
        ("submission.concurrent_connections", None, 3),
        ("tenant.terrl", None, Formula(500, 0.7, 9500)),
        ("tenant.terrl_trial", None, 500),
        ("tenant.terrl_new_under_31_days", None, 0.10),
        ("tenant.terrl_new_31_to_60_days", None, 0.25),
        ("tenant.moera_external", None, 100),
        ("mailbox.external_recipients_merrl", None, None),
        ("submission.min_tls", "1.0", "1.2"),
        ("hve.external_recipients", 2_000, 0),
    ],
)
def test_the_figures_of_the_article_of_2015_and_those_of_today(
    id_: str, then: Value, now: Value
) -> None:
    limit = limits_table()[id_]
    assert (limit.on(ARTICLE), limit.on(TODAY)) == (then, now)


@pytest.mark.parametrize(
    ("id_", "first"),
    [
        ("submission.concurrent_connections", date(2018, 9, 1)),
        ("tenant.moera_external", date(2025, 10, 15)),
        ("tenant.terrl_new_under_31_days", date(2026, 9, 14)),
        ("tenant.terrl_new_31_to_60_days", date(2026, 9, 14)),
    ],
)
def test_a_limit_that_came_into_force_binds_nobody_the_day_before(id_: str, first: date) -> None:
    limit = limits_table()[id_]
    assert limit.on(first - timedelta(days=1)) is None
    assert limit.on(first) == limit.value


def test_the_formula_for_external_recipients_gives_the_published_figures() -> None:
    figures: Mapping[int, int] = DATA["meta"]["terrl_check_values"]
    formula = limits_table()["tenant.terrl"].value
    assert isinstance(formula, Formula)
    assert {n: formula.of(n) for n in figures} == figures
