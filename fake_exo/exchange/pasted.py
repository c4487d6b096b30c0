"""What somebody pasted, taken apart: the replies in it, and what stands around them.

Wrappers of programs are not known one by one: a reply is found by its codes, wherever it stands,
and may be quoted inside another. What stands around tells the command, the endpoint and the
mechanism.
"""

import html
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from fake_exo.exchange.likeness import Features, features

_LONGEST = 200_000  # characters that are looked at
_MOST = 200  # replies of one paste
_REPLY_WORDS = 1_200  # characters that belong to one reply

_ENHANCED = r"[245]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)"
_CODE = r"[2345]\d\d"
_BETWEEN = r"[\s,:;#'\"b\-(]{1,6}"  # (535, b'5.7.3 ...', 550-5.7.1, 421: 4.3.2
_ANCHOR = re.compile(
    rf"(?<![\w.:/=-])(?P<code>{_CODE}){_BETWEEN}(?P<both>{_ENHANCED})"
    rf"|(?<![\w.])(?P<enhanced>{_ENHANCED})"
    rf"|(?<![\w.:/-])(?P<plain>{_CODE})(?=[\s,:-]+['\"b(]*[A-Za-z])"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_ESCAPED = re.compile(r"\\r\\n|\\[rnt]")  # as JSON and Python's repr print line ends
_SOFT_BREAK = re.compile(r"=\r?\n")  # of quoted-printable

# What stands around a reply, and what it says about it; the first that is there holds.
_STAGES = (
    ("auth", r"in (?:reply|response) to auth|\beauth\b|auth(?:entication)?failed|smtpauthentication"
             r"|auth login|auth xoauth2|authenticateasync|failed to authenticate|sasl auth"
             r"|password command|invalid login|login denied|authentication failed"),
    ("message", r"end of data|data end|smtpdataerror|datastopcommand|after data|emessage"
                r"|message failed|data not accepted|finishdata|issuesendcommand|\(after \.\)"),
    ("mail", r"mail from command|smtpsenderrefused|mailcommand|after mail from|mail from:"),
    ("rcpt", r"rcpt to command|recipientsrefused|recipientcommand|after rcpt to|rcpt to:"
             r"|failedrecipient|recipients failed|sendfailedexception|smtpaddressfailed"),
)  # fmt: skip
_ENDPOINTS = (
    ("hve", r"smtp-hve\.|smtp\.hve\.|high volume email"),
    ("mx", r"protection\.outlook\.com|\b\w{3,}(?:epf|ft)[0-9a-f]{3,}\b"),
    ("submission", r"office365\.com|smtp-mail\.outlook\.com|\b\w+ca\d{4}\.\w+\.prod"),
)
_TOKENS = re.compile(r"xoauth2|oauth|bearer|access token")


class Quoted(NamedTuple):
    """One reply of a paste. A code that is not there is empty."""

    code: str
    enhanced: str
    words: Features
    text: str


@dataclass(frozen=True, slots=True)
class Pasted:
    """A paste as it is compared with what is known. Empty: not told."""

    text: str  # in lower case, its white space single
    words: Features
    replies: tuple[Quoted, ...]
    stage: str
    endpoint: str
    token: bool


def read_pasted(text: str) -> Pasted:
    """A paste of any length, of which the beginning counts."""
    plain = _unwrapped(text[:_LONGEST])
    lower = plain.lower()
    return Pasted(
        text=lower,
        words=features(lower),
        replies=_replies(plain),
        stage=_told(_STAGES, lower),
        endpoint=_told(_ENDPOINTS, lower),
        token=_TOKENS.search(lower) is not None,
    )


def _unwrapped(text: str) -> str:
    text = _SOFT_BREAK.sub("", _ANSI.sub("", text))
    text = html.unescape(_ESCAPED.sub(" ", text)).replace("\\'", "'").replace('\\"', '"')
    return " ".join(text.split())


def _replies(text: str) -> tuple[Quoted, ...]:
    """In the order in which they stand; a reply of several lines, or told twice, is one."""
    anchors = list(_ANCHOR.finditer(text))
    found: dict[tuple[str, str, str], Quoted] = {}
    for anchor, end in zip(anchors, _ends(anchors, len(text)), strict=True):
        code, enhanced = _codes(anchor)
        words = text[anchor.end() : min(end, anchor.end() + _REPLY_WORDS)]
        key = (code, enhanced, words[:80])
        if key not in found and len(found) < _MOST:
            quoted = text[anchor.start() : min(end, anchor.start() + 120)].strip()
            found[key] = Quoted(code, enhanced, features(words.lower()), quoted)
    return tuple(found.values())


def _codes(anchor: re.Match[str]) -> tuple[str, str]:
    code = anchor["code"] or anchor["plain"] or ""
    return code, anchor["both"] or anchor["enhanced"] or ""


def _ends(anchors: list[re.Match[str]], last: int) -> list[int]:
    """Where the reply ends that begins at each anchor: at the next one of other codes."""
    ends: list[int] = []
    for here, following in zip(reversed(anchors), (None, *reversed(anchors)), strict=False):
        if following is None:
            ends.append(last)
        else:
            same = _codes(here) == _codes(following)
            ends.append(ends[-1] if same else following.start())
    return ends[::-1]


def _told(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for name, pattern in table if _compiled(pattern).search(text)), "")


@lru_cache(maxsize=32)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def codes_of(text: str) -> tuple[str, str]:
    """The code and the enhanced code with which a text of the catalogue begins."""
    anchor = _ANCHOR.search(text)
    return ("", "") if anchor is None else _codes(anchor)
