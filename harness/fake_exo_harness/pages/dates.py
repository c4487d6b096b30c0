"""`docs/dates.md`: what changed at the service and when, with both sides."""

from collections.abc import Iterator

from fake_exo import Change, every_change

_HEAD = """# The service by date

`as_of:` sets the day. Each row is a change: before that day the fake says or does the one, from it
on the other. Where a span is given, the change lies somewhere within it, and the day is a guess: of
replies, rules and the oldest TLS the verdict tells so (low confidence), of the others this page
alone. Where none is, Microsoft has named the day, or the row's own note says how it was chosen.
This page is made from the tables.

| since | seen before, seen after | at | what | before | after |
|---|---|---|---|---|---|
"""


def dates_page() -> str:
    return _HEAD + "\n".join(map(_row, every_change())) + "\n"


def _row(change: Change) -> str:
    cells = (str(change.day), _between(change), change.where, f"`{change.what}`",
             _short(change.before), _short(change.after))  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _between(change: Change) -> str:
    last, first = change.between
    return f"{last or '?'}, {first or '?'}" if last or first else "-"


def _short(text: str) -> str:
    """All of a reply in one line of a table; `-` where there is nothing."""
    lines = "<br>".join(f"`{line}`" for line in _lines(text))
    return "-" if text in ("-", "None") else lines.replace("|", "\\|")


def _lines(text: str) -> Iterator[str]:
    return (line for line in text.splitlines() if line)
