"""What `fake-exo explain` says of limits and switches."""

from collections.abc import Iterator

from fake_exo import Limit, Switch, every_limit, every_switch
from fake_exo_harness.words.reading import Word, words

Row = tuple[str, str]


def told(name: str) -> tuple[Row, ...]:
    """A limit or a switch in rows of title and text, the name first; nothing for another word."""
    return dict(_all()).get(name.strip().lower(), ())


def every() -> Iterator[str]:
    """One line for each limit and switch: its name, how it stands, what it does."""
    for name, rows in _all():
        found = dict(rows)
        does = found.get("does") or f"not rehearsed: {found['not rehearsed']}"
        yield f"{name:<48}{found['stands at']:<28}{does}"


def _all() -> Iterator[tuple[str, tuple[Row, ...]]]:
    limits, switches = words("limits"), words("switches")
    for limit in every_limit():
        yield limit.id, tuple(_filled(_limit(limit, limits[limit.id])))
    for switch in every_switch():
        yield switch.name, tuple(_filled(_switch(switch, switches[switch.name])))


def _filled(rows: tuple[Row, ...]) -> Iterator[Row]:
    return ((title, text) for title, text in rows if text)


def _limit(limit: Limit, word: Word) -> tuple[Row, ...]:
    value = limit.value
    shown = "not published" if value is None else f"{value} {limit.unit}"
    return (
        ("limit", limit.id),
        ("stands at", shown),
        ("other days", "; ".join(_days(limit))),
        ("of", limit.scope),
        ("exceeded", limit.code_on_exceed),
        ("does", word.does),
        ("not rehearsed", word.not_rehearsed),
        ("set by", f"service: {{limits: {{{limit.id}: ...}}}}" if word.does else ""),
        ("confidence", limit.confidence.name.lower()),
        ("note", limit.note),
        ("sources", "; ".join(limit.sources)),
    )


def _days(limit: Limit) -> Iterator[str]:
    for period, value in limit.values:
        if value != limit.value:
            since = f"since {period.since} " if period.since else ""
            until = f"until {period.until} " if period.until else ""
            yield f"{since}{until}{'none' if value is None else value}"


def _switch(switch: Switch, word: Word) -> tuple[Row, ...]:
    return (
        ("switch", switch.name),
        ("stands at", "on" if switch.default else "off"),
        ("why a switch", switch.reason),
        ("does", word.does),
        ("not rehearsed", word.not_rehearsed),
        ("set by", f"service: {{switches: {{{switch.name}: {str(not switch.default).lower()}}}}}"),
    )
