"""What changed at the service, and when: texts, rules, limits, TLS, endpoints, by day."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

from fake_exo.exchange import endpoint
from fake_exo.exchange.rules import RULES
from fake_exo.exchange.spoken import rows as tls_rows
from fake_exo.exchange.texts import catalogue, limits_table
from fake_exo.rules.catalogue import ReplyText
from fake_exo.rules.period import Period

_NOTHING = "-"


class Change(NamedTuple):
    """`day`: from which on the fake does the new; `between`: the last day on which the old was seen
    and the first on which the new was, where the day itself is a guess."""

    day: date
    between: tuple[date | None, date | None]
    where: str
    what: str
    before: str
    after: str


def every_change() -> tuple[Change, ...]:
    """All of them, by day."""
    every = (*_texts(), *_rules(), *_limits(), *_tls(), *_endpoints())
    return tuple(sorted(every, key=lambda change: (change.day, change.what, change.where)))


def _span(before: Period | None, after: Period | None) -> tuple[date | None, date | None]:
    """Empty where the day is known."""
    last = before.last_seen if before else None
    first = after.first_seen if after else None
    day = (before.until if before else None) or (after.since if after else None)
    if last is not None and day is not None and last >= day - timedelta(days=1):
        last = None
    return last, first


def _texts() -> Iterator[Change]:
    for key in dict.fromkeys(text.key for text in catalogue()):
        for place in {text.endpoint for text in catalogue().variants(key)}:
            dated = [t for t in catalogue().variants(key) if t.endpoint == place]
            yield from _of_texts(key, place or "any", dated)


def _of_texts(key: str, place: str, dated: Iterable[ReplyText]) -> Iterator[Change]:
    by_since = {text.period.since: text for text in dated}
    for before in by_since.values():
        day = before.period.until
        after = by_since.get(day) if day is not None else None
        if day is not None and after is not None:
            span = _span(before.period, after.period)
            yield Change(day, span, place, f"reply {key}", before.text, after.text)


def _rules() -> Iterator[Change]:
    for rule in RULES:
        where = ", ".join(row.id for row in endpoint.rows() if rule.on <= row.can)
        period, what = rule.active, f"rule {rule.id}"
        if period.since is not None:
            yield Change(period.since, _span(None, period), where, what, _NOTHING, rule.why)
        if period.until is not None:
            yield Change(period.until, _span(period, None), where, what, rule.why, _NOTHING)


def _limits() -> Iterator[Change]:
    for limit in limits_table().values():
        for (was, old), (period, new) in zip(limit.values, limit.values[1:], strict=False):
            if period.since is not None:
                span, what = _span(was, period), f"limit {limit.id}"
                yield Change(period.since, span, limit.scope, what, str(old), str(new))


def _tls() -> Iterator[Change]:
    for what, listed in tls_rows().items():
        for old in listed:
            new = next((row for row in listed if row.period.since == old.period.until), None)
            if old.period.until is not None and new is not None:
                where, span = ", ".join(old.where) or "all", _span(old.period, new.period)
                yield Change(old.period.until, span, where, f"TLS {what}", old.value, new.value)


def _endpoints() -> Iterator[Change]:
    for row in endpoint.rows():
        if row.period.since is not None:
            yield Change(row.period.since, (None, None), row.id, "endpoint", _NOTHING, row.id)
        for name in row.published:
            period, what = name.period, "name"
            if period.since is not None:
                span = _span(None, period)
                yield Change(period.since, span, row.id, what, _NOTHING, name.name)
            if period.until is not None:
                span = _span(period, None)
                yield Change(period.until, span, row.id, what, name.name, _NOTHING)
