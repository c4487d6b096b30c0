"""`docs/dates.md`: what changed at the service and when, with both sides."""

from collections.abc import Iterator
from datetime import date

from fake_exo import Change, every_change, every_switch
from fake_exo_harness.words import Since, words

_HEAD = """# The service by date

`as_of:` sets the day. Each row is a change: before that day the fake says or does the one, from it
on the other. Where a span is given, the change lies somewhere within it, and the day is a guess: of
replies, rules and the oldest TLS the verdict tells so (low confidence), of the others this page
alone. Where none is, Microsoft has named the day, or the row's own note says how it was chosen.
This page is made from the tables.

| since | seen before, seen after | at | what | before | after |
|---|---|---|---|---|---|
"""


_SETTINGS = """
## Settings

When a setting of a tenant came, where somebody has told. One that is set before its day has what
effect it has here, and `run`, `check`, `serve` and `exec` tell so (*not rehearsed*); within a span
they tell that nobody knows. They tell too of a tenant made after the day of the service, of limits
and words of replies that the service of that day does not have, and of switches of what is not
there.

| since | seen without, seen with | setting | confidence | source |
|---|---|---|---|---|
"""
_SWITCHES = """
| switch | changes something |
|---|---|
"""


def dates_page() -> str:
    changes = "\n".join(map(_row, every_change()))
    dated = [(word.name, word.since) for word in words("tenant").values() if word.since]
    settings = "\n".join(_setting(*row) for row in sorted(dated, key=lambda row: row[1].day))
    return f"{_HEAD}{changes}\n{_SETTINGS}{settings}\n{_SWITCHES}{_switches()}\n"


def _setting(name: str, since: Since) -> str:
    cells = str(since.day), _span(since.last_seen, since.first_seen), f"`{name}`"
    return f"| {' | '.join((*cells, since.confidence, since.source))} |"


def _switches() -> str:
    dated = ((s.name, s.active.since, s.active.until) for s in every_switch())
    return "\n".join(
        f"| `{name}` | since {since}{f', until {until}' if until else ''} |"
        for name, since, until in dated
        if since
    )


def _row(change: Change) -> str:
    cells = (str(change.day), _between(change), change.where, f"`{change.what}`",
             _short(change.before), _short(change.after))  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _between(change: Change) -> str:
    return _span(*change.between)


def _span(last: date | None, first: date | None) -> str:
    return f"{last or '?'}, {first or '?'}" if last or first else "-"


def _short(text: str) -> str:
    """All of a reply in one line of a table; `-` where there is nothing."""
    lines = "<br>".join(f"`{line}`" for line in _lines(text))
    return "-" if text in ("-", "None") else lines.replace("|", "\\|")


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line)
