"""What recordings write in other ways than a wire does: events, masks, durations, cut dates.

People publish what their tools print. Each way of writing is a row here; what no row knows is
reported, never passed over.
"""

import re
from enum import Enum
from typing import NamedTuple


class Act(Enum):
    """What the client did beside saying a command."""

    CONNECT = "connect"
    SECRET = "secret"
    MESSAGE = "message"
    RELAY = "relay"
    HANDSHAKE = "handshake"
    PAUSE = "pause"
    HANG_UP = "hang up"
    NOTHING = "nothing"


class Event(Enum):
    """What happened at the client's end beside a reply."""

    TIMED_OUT = "timed out"
    LOST = "lost"
    HANDSHAKE_FAILED = "handshake failed"
    HANDSHAKE = "handshake"
    NOTE = "note"  # tells nothing that could be compared


_VERB = r"(?:EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT|VRFY|EXPN|HELP)\b"
_COMMAND = re.compile(rf"\((?=(?i:{_VERB}))(.*)\)$")

# The first that is found decides, so the particular stand before the general.
_ACTS: tuple[tuple[str, Act], ...] = (
    (r"connect(?:s|ed|ing|ion)?\b(?!.*\b(?:lost|closed)\b)", Act.CONNECT),
    (r"\buser|password|token|secret|credential", Act.SECRET),
    (r"relay", Act.RELAY),
    (r"end of data|final dot|message|body|content|\bdata sent\b|accepted", Act.MESSAGE),
    (r"client ?hello|handshake|\btls\b|\bssl\b|encrypted", Act.HANDSHAKE),
    (r"pause|wait|sleep|idle|later|after|delay|^[\d.]+ ?(?:ms|s|sec|seconds?|min|minutes?|h)$",
     Act.PAUSE),
    (r"hang|close|disconnect|drop|reset|\bend\b|abort", Act.HANG_UP),
    (r"nothing|no(?:t)? (?:command|sent)|silent|same|repeat", Act.NOTHING),
)  # fmt: skip
_EVENTS: tuple[tuple[str, Event], ...] = (
    (r"timed? ?-?out|no answer|unreachable|no response", Event.TIMED_OUT),
    (r"no handshake|handshake (?:failed|failure|error)|(?:ssl|tls).*(?:fail|error|alert)"
     r"|cannot start tls", Event.HANDSHAKE_FAILED),
    (r"lost|closed|closes|close|reset|dropped|disconnect|eof|hung up|broken pipe", Event.LOST),
    (r"handshake|tls (?:ok|up|started|established)|tlsv?1|encrypted|cipher", Event.HANDSHAKE),
    (r"feature|offers|extensions|ok|worked|success|taken|nothing|no reply|pause|wait|delay"
     r"|^(?:after )?[\d.,]+ ?(?:ms|s|sec|seconds?|min|minutes?)", Event.NOTE),
)  # fmt: skip

_SECONDS = {"ms": 0.001, "s": 1.0, "sec": 1.0, "second": 1.0, "seconds": 1.0, "min": 60.0,
            "minute": 60.0, "minutes": 60.0, "m": 60.0, "h": 3600.0, "hour": 3600.0,
            "hours": 3600.0}  # fmt: skip
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(ms|sec(?:ond)?s?|s|min(?:ute)?s?|m|hours?|h)\b")
_ARROW = re.compile(r"^\s*(?:<[-~*=]+|[-~*=]+>|>>>|<<<|[SC]:|[<>](?=\s))\*{0,2}\s*")
_STAMP = re.compile(r"^\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?\s+(?=\d{3}[ -]|[A-Z]{4})")
_TOOK = re.compile(r"\s*[\[(](?:after |in |took )?[\d.,]+ ?(?:ms|s|secs?|seconds?|min)[\])]\s*$")
_MASK = re.compile(r"\{[^{}]*\}|\*{2,}|<[^<>@]*>|\[[a-z ]+\]|x{4,}|X{4,}|\u2026|\.{3,}")
_BASE64 = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?:[A-Za-z0-9+/]{4}){2,}(?:[A-Za-z0-9+/]{2,3}={1,2})?")


def act(text: str) -> Act | None:
    """What the client did, of an event in parentheses; None when no row knows it."""
    return next((act for look, act in _ACTS if re.search(look, text.lower())), None)


def event(text: str) -> Event | None:
    """What happened, of an event among the server's lines; None when no row knows it."""
    return next((found for look, found in _EVENTS if re.search(look, text.lower())), None)


def command(text: str) -> str:
    """A client's line as typed: without arrows and times, and a verb out of its parentheses."""
    bare = _STAMP.sub("", _ARROW.sub("", text.strip()))
    inside = _COMMAND.match(bare)
    return inside[1] if inside else bare


def reply(text: str) -> str:
    """A server's line as sent: without arrows, times and how long it took."""
    return _TOOK.sub("", _STAMP.sub("", _ARROW.sub("", text.rstrip())))


def seconds(text: str) -> float:
    """How long a pause is; a second where it does not say."""
    found = _DURATION.search(text.lower())
    return float(found[1]) * _SECONDS[found[2]] if found else 1.0


def masked(text: str) -> bool:
    """Whether a word stands for a secret that the source does not show."""
    return bool(_MASK.search(text))


def secret(text: str) -> bool:
    """Whether a line can be credentials: masked, or base64 and nothing else."""
    return masked(text) or _BASE64.fullmatch(text.strip()) is not None


class Cut(NamedTuple):
    """A line up to where the source cut it."""

    text: str
    cut: bool


_DATE_TAIL = re.compile(
    r"(ready at )(?!.*\d\d:\d\d:\d\d \+0000)\w{3},?(?: [\d]{1,2}(?: \w*(?: [\d: +]*)?)?)?$"
)


def whole(line: str) -> Cut:
    """A reply's line without a half date or an open bracket at its end."""
    if found := _DATE_TAIL.search(line):
        return Cut(line[: found.end(1)], cut=True)
    opened = line.rfind("[")
    if opened > line.rfind("]"):
        return Cut(line[:opened], cut=True)
    return Cut(line, cut=False)
