"""Sliding sums against the plain way to count; quotas against the published check values."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_exo import Tenant
from fake_exo.exchange.quotas import outside_quota
from fake_exo.exchange.texts import limits_table
from fake_exo.exchange.usage import DAY, Count, Usage, Window
from fake_exo.rules.limits import Limits

TODAY = date(2026, 11, 1)
STEPS = st.lists(st.tuples(st.floats(0, DAY / 2), st.integers(1, 500)), max_size=40)


@given(STEPS)
def test_a_window_counts_what_happened_within_its_span(steps: list[tuple[float, int]]) -> None:
    window, happened, now = Window(DAY), list[tuple[float, int]](), 0.0
    for wait, amount in steps:
        now += wait
        window.add(now, amount)
        happened.append((now, amount))
        assert window.total(now) == sum(n for at, n in happened if at > now - DAY)


def test_what_was_counted_is_free_after_its_span_and_not_before() -> None:
    usage = Usage()
    usage.add(Count.RECIPIENTS_DAY, "a@contoso.com", 1000.0, 7)
    assert usage.total(Count.RECIPIENTS_DAY, "a@contoso.com", 1000.0 + DAY - 0.001) == 7
    assert usage.total(Count.RECIPIENTS_DAY, "a@contoso.com", 1000.0 + DAY) == 0


@pytest.mark.parametrize(
    ("licenses", "recipients"),
    [(1, 10_000), (2, 10_312), (10, 12_006), (25, 14_259), (100, 22_059), (1_000, 72_446),
     (10_000, 324_979), (100_000, 1_590_639)],
)  # fmt: skip
def test_the_tenant_quota_is_that_of_the_published_table(licenses: int, recipients: int) -> None:
    tenant = Tenant("contoso", licenses=licenses)
    assert outside_quota(tenant, Limits(limits_table()), TODAY) == recipients


@pytest.mark.parametrize(
    ("created", "recipients"),
    [
        (date(2026, 10, 2), 1_000),  # 30 days old
        (date(2026, 10, 1), 2_500),  # 31
        (date(2026, 9, 2), 2_500),  # 60
        (date(2026, 9, 1), 10_000),  # 61
    ],
)
def test_young_tenants_have_a_share_of_it(created: date, recipients: int) -> None:
    tenant = Tenant("contoso", licenses=1, created=created)
    assert outside_quota(tenant, Limits(limits_table()), TODAY) == recipients


def test_a_tenant_of_2015_has_no_such_quota() -> None:
    assert outside_quota(Tenant("contoso"), Limits(limits_table()), date(2015, 2, 19)) is None


def test_senders_that_were_made_up_are_forgotten_when_their_hour_is_over() -> None:
    usage = Usage()
    for number in range(50_000):
        usage.add(Count.PAIR_HOUR, f"{number}@made.up", float(number))
    usage.add(Count.RECIPIENTS_DAY, "me", 49_999.0, 3)
    assert len(usage._windows) < 20_001
    assert usage.total(Count.PAIR_HOUR, "49999@made.up", 50_000.0) == 1
    assert usage.total(Count.RECIPIENTS_DAY, "me", 50_000.0) == 3
