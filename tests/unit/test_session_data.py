"""The recorded sessions as data, and the reply catalogue held against them."""

import re
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_exo.exchange.texts import catalogue
from fake_exo.rules.catalogue import ReplyText

_FILE = Path(__file__).parents[2] / "harness" / "fake_exo_harness" / "data" / "sessions.yaml"
SESSIONS: list[dict[str, Any]] = yaml.safe_load(_FILE.read_text("utf-8"))

# How long a value may be, where the text around it would otherwise fit anything.
_FIELDS = {
    "suffix": r"(?: \[[^\]]+\])?",
    "hops": r"(?: \[[^\]]+\])+",
    "rfc1123_date": r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d",
    "session_id": r"[0-9A-F]{16}",
    "advertised": r"157286400",
    "client_ip": r"[0-9a-f.:]+",
}

# Sessions with a reply that no text of the catalogue gives, and why that is right.
UNMATCHED = {
    "mx-swaks-spamhaus-2025": "the consumer pool announces another SIZE",
    "mx-telnet-olc-2025": "the consumer pool announces another SIZE",
    "sub-javamail-2019": "the client printed its own words instead of the reply",
    "sub-nodemailer-949": "the post has lost the enhanced code",
    "sub-msdocs-xoauth2": "the page shows 334 without the space behind it",
    "ndr-office365mail-11": "the report wraps words around the reply",
    "mx-s3140-exim-2023": "consumer pool, before the filter agent's brackets",
}


def _replies(session: dict[str, Any]) -> list[str]:
    """Whole replies: lines joined as the wire has them, events left out."""
    replies = []
    for step in session["steps"]:
        lines = [line for line in step["s"] if not line.startswith("(")]
        if lines:
            replies.append("\n".join(lines))
    return replies


def _pattern(text: ReplyText) -> str:
    parts = re.split(r"\{(\w+)\}", text.text)
    literals = map(re.escape, parts[::2])
    fields = [_FIELDS.get(name, ".+") for name in parts[1::2]]
    return "".join(a + b for a, b in zip(literals, [*fields, ""], strict=True))


def _in_year(text: ReplyText, year: int) -> bool:
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(365))
    return any(text.period.holds(day) for day in days)


def _fits(session: dict[str, Any], reply: str) -> bool:
    endpoint = session["endpoint"]
    return any(
        re.fullmatch(_pattern(text), reply)
        for text in catalogue()
        if text.endpoint in (endpoint, None) and not text.silent and _in_year(text, session["year"])
    )


def _cut(reply: str) -> bool:
    """The source shows a part of the line only, or a cleaned one."""
    return "..." in reply or "{" in reply


def _whole(session: dict[str, Any]) -> list[str]:
    return [reply for reply in _replies(session) if not _cut(reply)]


def test_a_recorded_session_is_read_word_for_word() -> None:
    session = next(s for s in SESSIONS if s["id"] == "sub-git-xoauth2-ok")
    assert (session["endpoint"], session["year"], session.get("partial")) == (
        "submission", 2025, None
    )  # fmt: skip
    assert session["steps"][0]["s"] == [
        "220 PN4P287CA0064.outlook.office365.com Microsoft ESMTP MAIL Service ready at "
        "Sat, 26 Apr 2025 18:08:13 +0000 [08DD84B323498C1A]"
    ]
    assert session["steps"][-1] == {
        "c": "AUTH XOAUTH2 {base64 user=..auth=Bearer ..}",
        "s": ["235 2.7.0 Authentication successful"],
    }


def test_no_id_occurs_twice() -> None:
    assert max(Counter(session["id"] for session in SESSIONS).values()) == 1


def test_no_source_lost_its_number() -> None:
    # An unquoted " #" begins a comment in YAML.
    assert [s["id"] for s in SESSIONS if s["source"].endswith("public file")] == []


def test_every_session_has_the_same_fields() -> None:
    needed = {"id", "endpoint", "client", "source", "year", "steps", "outcome"}
    for session in SESSIONS:
        assert needed <= set(session) <= needed | {"partial", "note", "differs"}, session["id"]
        assert {frozenset(step) for step in session["steps"]} == {frozenset("cs")}, session["id"]


def test_a_server_line_starts_with_a_code_or_is_an_event_or_a_report() -> None:
    pattern = re.compile(r"\d{3}(?:[ -]|$)|\(.*\)$|\.\.\.$|Remote Server returned '")
    lines = {line for session in SESSIONS for step in session["steps"] for line in step["s"]}
    assert {line for line in lines if not pattern.match(line)} == set()


def test_addresses_are_those_reserved_for_examples() -> None:
    text = _FILE.read_text("utf-8")
    assert set(re.findall(r"Hello \[([^\]]+)\]", text)) == {"192.0.2.10", "2001:db8::10"}


def test_whole_replies_are_told_from_those_that_are_cut() -> None:
    session = next(s for s in SESSIONS if s["id"] == "sub-git-xoauth2-ok")
    assert [reply.splitlines()[0][:8] for reply in _whole(session)] == [
        "220 PN4P", "250-PN4P", "220 2.0.", "250-PN4P", "250-PN4P", "235 2.7."
    ]  # fmt: skip


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: str(session["id"]))
def test_what_was_recorded_is_a_text_of_the_catalogue_in_that_year(session: dict[str, Any]) -> None:
    unknown = [reply for reply in _whole(session) if not _fits(session, reply)]
    assert bool(unknown) == (session["id"] in UNMATCHED), unknown
