"""SPF macros (RFC 7208 section 7): their syntax, and their expansion.

Pure text work: the values of the letters come from `MacroValues`; only `p` costs DNS queries
and is therefore a function. Imported by `spf_record` and `spf`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

DOMAIN_LETTERS = frozenset("slodiphv")
EXPLANATION_LETTERS = DOMAIN_LETTERS | frozenset("crt")  # 7.2: c, r, t only in "exp" text
NAME_LIMIT = 253  # 7.3: longer names lose labels on the left

# macro-expand of 7.1; the whole of what may follow a percent sign.
_EXPAND = re.compile(r"%(?:\{([A-Za-z])([0-9]*)([rR]?)([.\-+,/_=]*)\}|([%_-]))")
_LITERAL = re.compile(r"[\x21-\x24\x26-\x7e]*")  # macro-literal: visible, and not "%"
_FIXED = {"%": "%", "_": " ", "-": "%20"}
_MANY = 10**6  # more parts than any name has


class MacroError(ValueError):
    """The text does not follow the grammar of 7.1."""


@dataclass(frozen=True, slots=True)
class MacroValues:
    """What the letters stand for during one check."""

    ip: IPv4Address | IPv6Address
    sender: str  # local-part "@" domain, never without either
    domain: str  # the domain whose record is being evaluated
    helo: str
    receiver: str
    now: int  # seconds since the epoch
    validated_name: Callable[[], str]

    def value(self, letter: str) -> str:
        """The text of a lower-case letter.

        Raises: KeyError for a letter outside 7.2; the grammar check comes first.
        """
        local, _, sender_domain = self.sender.rpartition("@")
        plain = {
            "s": self.sender,
            "l": local,
            "o": sender_domain,
            "d": self.domain,
            "h": self.helo,
            "r": self.receiver,
            "c": str(self.ip),
            "i": dotted(self.ip),
            "v": "in-addr" if self.ip.version == 4 else "ip6",
            "t": str(self.now),
        }
        return self.validated_name() if letter == "p" else plain[letter]


def dotted(ip: IPv4Address | IPv6Address) -> str:
    """7.3: an IPv4 address as usual, an IPv6 address as 32 nibbles with dots."""
    return str(ip) if ip.version == 4 else ".".join(ip.exploded.replace(":", "").upper())


def check(text: str, letters: frozenset[str], *, spaces: bool = False) -> None:
    """Whether `text` is a macro-string (or an explain-string, when spaces are allowed).

    Raises: MacroError.
    """
    for piece in _split(text):
        if isinstance(piece, str):
            _check_literal(piece, spaces)
        elif piece[1]:
            _check_expand(piece, letters)


def expand(text: str, values: MacroValues) -> str:
    """The text with its macros replaced. `text` has passed `check`."""
    return "".join(
        piece if isinstance(piece, str) else _expanded(piece, values) for piece in _split(text)
    )


def target_name(text: str, values: MacroValues) -> str:
    """The expanded domain to ask for: no final dot, labels dropped on the left beyond 253."""
    name = expand(text, values).removesuffix(".")
    if len(name) <= NAME_LIMIT:
        return name
    # One character more than fits shows whether the cut falls between two labels.
    return name[-NAME_LIMIT - 1 :].partition(".")[2]


def ends_in_macro(text: str) -> bool:
    """domain-end of 7.1: the last thing in the text is a macro-expand."""
    pieces = _split(text)
    return bool(pieces) and not isinstance(pieces[-1], str)


def _split(text: str) -> list[str | re.Match[str]]:
    pieces: list[str | re.Match[str]] = []
    at = 0
    for match in _EXPAND.finditer(text):
        if match.start() > at:
            pieces.append(text[at : match.start()])
        pieces.append(match)
        at = match.end()
    if at < len(text):
        pieces.append(text[at:])
    return pieces


def _check_literal(piece: str, spaces: bool) -> None:
    if not _LITERAL.fullmatch(piece.replace(" ", "") if spaces else piece):
        raise MacroError(f"not allowed in a macro string: {piece!r}")


def _check_expand(piece: re.Match[str], letters: frozenset[str]) -> None:
    if piece[1].lower() not in letters:
        raise MacroError(f"macro letter {piece[1]!r} is not allowed here")
    if piece[2] and not piece[2].strip("0"):
        raise MacroError("the number of parts must not be zero")  # 7.3


def _expanded(piece: re.Match[str], values: MacroValues) -> str:
    if not piece[1]:
        return _FIXED[piece[5]]
    value = values.value(piece[1].lower())
    if piece[2] or piece[3] or piece[4]:
        value = _transformed(value, piece)
    # 7.3: an upper-case letter URL-escapes everything outside "unreserved" of RFC 3986.
    return quote(value, safe="", errors="replace") if piece[1].isupper() else value


def _transformed(value: str, piece: re.Match[str]) -> str:
    parts = re.split(f"[{re.escape(piece[4] or '.')}]", value)
    if piece[3]:
        parts.reverse()
    digits = piece[2].lstrip("0")
    keep = _MANY if not digits or len(digits) > 6 else int(digits)
    return ".".join(parts[-keep:])
