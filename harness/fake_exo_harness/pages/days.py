"""`docs/days.md`: what a client meets on both sides of a change, in the lines that differ."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

_HEAD = """# Both sides of a change

What a client meets before a change of the service and after it: of two rehearsals of one scenario
the lines that differ, behind the last that the client had said. Where the day of the change is
known, the two are the day before and the day itself; where only a span is, its ends. All changes
are in [dates](dates.md). This page is made by a test, which holds it to the truth.
"""
_MOST = 10  # lines of one side
# What differs from day to day by itself: moments, and the ids made of them.
_OF_THE_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+Z|\w{3}, \d{1,2} \w{3} \d{4} [\d:]+|\[[0-9A-F]{16}\]|\b[0-9A-F]{16}\b"
    r"|<\d{14}[^>]*>|InternalId=\d+|\d[\d.]* bytes in .*KB/sec|, \d+ bytes"
)


class Side(NamedTuple):
    """A day, the dialogue of it in lines, and what was looked for beside it."""

    day: date
    lines: tuple[str, ...]
    seen: str


def days_page(found: Mapping[str, Sequence[Side]]) -> str:
    """The page of these changes, each by its name with its two sides."""
    return f"{_HEAD}\n" + "\n".join(line for row in found.items() for line in _change(*row)) + "\n"


def _change(name: str, sides: Sequence[Side]) -> Iterator[str]:
    yield f"## {name.replace('-', ' ').capitalize()}"
    yield ""
    before, after = sides
    told = tuple(_differing(before.lines, after.lines)) or ((before.seen,), (after.seen,))
    for side, lines in zip(sides, told, strict=True):
        yield f"{side.day}:"
        yield ""
        yield "```text"
        yield from lines
        yield "```"
        yield ""


def _differing(*sides: tuple[str, ...]) -> Iterator[Sequence[str]]:
    """Of each side the lines from the first to the last that the other has not, behind the last
    line of the client before them; nothing where they differ in nothing."""
    before, after = ([_OF_THE_MOMENT.sub("", line) for line in side] for side in sides)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [place for kind, *place in blocks if kind != "equal"]
    if changed:
        (a, _, b, _), (_, c, _, d) = changed[0], changed[-1]
        yield _shortened(sides[0][_said_before(sides[0], a) : c])
        yield _shortened(sides[1][_said_before(sides[1], b) : d])


def _said_before(lines: Sequence[str], at: int) -> int:
    """Where the client last spoke before a line; that line itself where it never did."""
    return next((n for n in range(at - 1, -1, -1) if lines[n].lstrip()[:2] in ("->", "~>")), at)


def _shortened(lines: Sequence[str]) -> Sequence[str]:
    if len(lines) <= _MOST:
        return lines
    return (*lines[: _MOST // 2], "...", *lines[-_MOST // 2 :])
