"""What changed at the service, and when, by day: texts, rules, limits, waits, TLS, names,
endpoints, and what single decisions make of a day."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from fake_exo.exchange import endpoint
from fake_exo.exchange.delisting import WAYS
from fake_exo.exchange.filtering import AUTHSERV_SINCE, JUDGED_SINCE
from fake_exo.exchange.mailflow import FILED_SINCE
from fake_exo.exchange.rules import RULES
from fake_exo.exchange.rules.auth import OFF_BY_DEFAULT_SINCE
from fake_exo.exchange.service import profile
from fake_exo.exchange.spoken import rows as tls_rows
from fake_exo.exchange.texts import catalogue, limits_table
from fake_exo.exchange.voice import LONG_SUFFIX_SINCE, NEW_EDGES_SINCE
from fake_exo.exchange.zones import dated_names
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


_UNKNOWN = (None, None)
# What is decided in code and not in a table of texts, rules or limits.
_DECISIONS = (
    Change(date(2023, 11, 1), _UNKNOWN, "mx", "relay: header From in an accepted domain",
           "is enough", "is not looked at"),
    Change(date(2026, 3, 31), _UNKNOWN, "hve", "an alias of the account as sender",
           "taken", "refused"),
    Change(FILED_SINCE, _UNKNOWN, "submission", "copy in Sent Items", _NOTHING, "kept"),
    Change(JUDGED_SINCE, _UNKNOWN, "mx", "anonymous mail, and that of connectors",
           "delivered", "judged by SPF, DKIM and DMARC"),
    Change(AUTHSERV_SINCE, _UNKNOWN, "mx", "Authentication-Results",
           "begins with spf", "begins with the server's name"),
    Change(LONG_SUFFIX_SINCE, _UNKNOWN, "all", "bracket behind refusals",
           "[host]", "[host time session]"),
    Change(NEW_EDGES_SINCE, _UNKNOWN, "mx", "host in banner and brackets",
           "by the forest's eop name", "by the edge's own name"),
    Change(OFF_BY_DEFAULT_SINCE, _UNKNOWN, "submission", "SMTP AUTH of a tenant made from then on",
           "on by default", "off by default"),
)  # fmt: skip


def every_change() -> tuple[Change, ...]:
    """All of them, by day."""
    tables = (_texts(), _rules(), _limits(), _waits(), _tls(), _names(), _endpoints(), _ways_off())
    every = (*_DECISIONS, *chain.from_iterable(tables))
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


def _waits() -> Iterator[Change]:
    for row in profile().tarpits:
        stages = ", ".join(sorted(stage.label for stage in row.stages))
        what, wait = f"wait before {row.lowest} to {row.highest}", f"{row.seconds:g} s at {stages}"
        yield from _comes_and_goes(row.period, row.endpoint, what, wait)


def _names() -> Iterator[Change]:
    for row in dated_names():
        period, data = Period.of(row), f"{row['type']} {row['data']}"
        yield from _comes_and_goes(period, "DNS", f"name {row['name']}", data)


def _ways_off() -> Iterator[Change]:
    for way in WAYS:
        what = f"way off the list {way.list.value}"
        yield from _comes_and_goes(way.period, "mx", what, f"{way.by}: {way.answer}")


def _comes_and_goes(period: Period, where: str, what: str, it: str) -> Iterator[Change]:
    if period.since is not None:
        yield Change(period.since, _span(None, period), where, what, _NOTHING, it)
    if period.until is not None:
        yield Change(period.until, _span(period, None), where, what, it, _NOTHING)


def _endpoints() -> Iterator[Change]:
    for row in endpoint.rows():
        if row.period.since is not None:
            yield Change(row.period.since, (None, None), row.id, "endpoint", _NOTHING, row.id)
        for name in row.published:
            yield from _comes_and_goes(name.period, row.id, "name", name.name)
        yield from _addresses(row)


def _addresses(row: endpoint.EndpointRow) -> Iterator[Change]:
    """Where an endpoint listens, as one row a day on which that changes."""
    for day in sorted({period.since for _, period in row.addresses if period.since}):
        came = next(period for _, period in row.addresses if period.since == day)
        gone = next((period for _, period in row.addresses if period.until == day), None)
        before, after = (", ".join(row.on(at)) for at in (day - timedelta(days=1), day))
        yield Change(day, _span(gone, came), row.id, "addresses", before, after)
