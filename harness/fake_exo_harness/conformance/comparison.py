"""Answers against recorded ones: equal, but for what differs from session to session.

Names of hosts, ids, times and sizes are replaced on both sides by the word for their kind, so a
suffix of the wrong shape still shows. `...` in a recording stands for anything.
"""

import re
from collections.abc import Iterable

from fake_exo_harness.conformance import words

_LABEL = (
    r"(?:(?<=^\d{3}[- ])|(?<![\w{}*-]))(?!\d{3}-)[\w{}*-]+"  # of a host, not the code before it
)
# Kind -> how it looks. The first that fits wins; `{name}` in a recording stands for its kind.
_KINDS: tuple[tuple[str, str], ...] = (
    ("date", r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d"),
    ("time", r"\d{4}-\d\d-\d\dT[\d:]+(?:\.\d+)?Z?"),
    ("number", r"\b\d\.\d{4,5}:[0-9A-F]{8,}"),
    ("id", r"\b[0-9A-F]{16}\b|\{session_id\}|\{mx_id\}"),
    ("internal", r"(?<=InternalId=)\d+"),
    ("bytes", r"\d+(?= bytes in )"),
    ("pace", r"(?<= bytes in )[\d.]+(?=,)|[\d.]+(?= KB/sec)"),
    ("frontend", _LABEL + r"\.outlook\.office365\.com"),
    ("edge", _LABEL + r"\.mail\.protection\.outlook\.com"),
    ("old edge", r"(?i:[\w{}*.-]+\.prod\.protection\.outlook\.com)"),
    ("host", r"(?i:[\w{}*.-]+\.prod\.(?:outlook\.com|exchangelabs\.com|partner\.outlook\.cn))"),
    ("message", r"(?<=^250 2\.6\.0 )<[^>]*>|(?<=^250 2\.0\.0 OK )<[^>]*>"),
    ("size", r"(?<=size \()\d+(?=\))"),
)
_ANY = re.compile("|".join(f"(?P<k{n}>{look})" for n, (_, look) in enumerate(_KINDS)))


_HIDDEN = re.compile(r"\.\.\.|\{\w+\}|\*{2,}|\bx\.x\.x\.x\b|<(?:redacted|hidden|removed)>")


def steady(line: str) -> str:
    """A line with the kinds of its variable parts in place of them."""
    return _ANY.sub(lambda found: f"<{_kind(found)}>", line)


def _kind(found: "re.Match[str]") -> str:
    assert found.lastgroup is not None
    return _KINDS[int(found.lastgroup[1:])][0]


def same(recorded: Iterable[str], answered: Iterable[str]) -> bool:
    """Whether a reply is the recorded one; both as lines with their codes."""
    wanted = "\n".join(_pattern(line) for line in recorded)
    return re.fullmatch(wanted, "\n".join(steady(line.rstrip()) for line in answered)) is not None


def _pattern(recorded: str) -> str:
    if recorded == "...":
        return r"(?:.*\n)*.*"
    if own_words := re.fullmatch(r"(\d{3}) \(.*\)", recorded):  # of the client, not the server
        return f"{own_words[1]}[ -].*"
    line, cut = words.whole(recorded.rstrip().replace("\u2026", "..."))
    # Half a word before a cut has no kind: it is cut as a whole, with the comma before it.
    whole = steady(re.sub(r"(?:, )?[\w.:{}-]*\.\.\.", "...", line)) + ("..." if cut else "")
    parts = _HIDDEN.split(whole)
    return ".*".join(re.escape(part) for part in parts)
