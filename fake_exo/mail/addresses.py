"""Address lists of header fields, as RFC 5322 3.4 and its obsolete forms, RFC 6854 (groups in From)
and RFC 6532 (UTF-8) have them. The only reader of From: rules, DMARC and deliveries go by it.

Time is linear in the length of a value, whatever is in it; nothing raises. What a person may have
meant by a value that is no address list is not guessed at: such a part has no address.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_ATOM = r"[^\s()<>\[\]:;@\\,\"]+"  # dots are in it: the plain forms only
_LABEL = r"[^\s()<>\[\]:;@\\,\".]+"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*\.?"
# The forms that nearly all mail has, read at once: a@b, <a@b>, Name <a@b>, "Name" <a@b>.
_NAME = r'(?:"[^"\\<>@]*"[ \t]*|[^"<>@,:;()\\]*)'
_PLAIN = re.compile(rf"{_NAME}<(?P<angle>{_ATOM}@{_HOST})>|(?P<bare>{_ATOM}@{_HOST})")
_TOKEN = re.compile(
    r'[ \t\r\n]+|"(?:[^"\\]|\\.)*"|\[[^\[\]\\@<>\s]*\]|[<>@,;:.]|[^ \t\r\n"()\[\]<>@,;:.\\]+',
    re.DOTALL,
)
_IN_COMMENT = re.compile(r"[^()\\]*(?:\\.[^()\\]*)*([()])", re.DOTALL)

_LONGEST_DOMAIN = 253

# What follows is read of one letter for each token: `w` for a word, the others for themselves.
# An angle bracket may begin with a route (4.4), which is dropped.
_MAILBOX = re.compile(r"[w.@]*<(?:@[w.@,]*:)?(?P<angle>[w.@]+)>|(?P<bare>[w.@]+)")
_DOMAIN = re.compile(r"w(?:\.w)*\.?")
_PART = re.compile(r"(?P<group>[w.]+:)|(?P<mailbox>(?:[w.@]|<[^<>]*>)+)|(?P<mark>.)")


class AddrSpec(NamedTuple):
    """`address` as it is written, without comments, its domain in A-labels and without a dot at
    its end; `domain`: the same, folded."""

    address: str
    domain: str


class AddressList(NamedTuple):
    """All that can be read, in order; `valid` unless some part of it is no mailbox or group."""

    found: tuple[AddrSpec, ...]
    valid: bool


def address_list(value: str) -> AddressList:
    """The addresses of an unfolded (or still folded) header value."""
    if match := _PLAIN.fullmatch(value.strip(" \t\r\n")):
        local, _, domain = (match["angle"] or match["bare"]).partition("@")
        return AddressList((_addr_spec(local, domain),), True)
    tokens = _tokens(value)
    if tokens is None:
        return AddressList((), False)
    kinds = "".join(token if token in "<>@,;:." else "w" for token in tokens)
    read = list(_read(tokens, kinds))
    return AddressList(tuple(spec for spec, _ in read if spec), all(valid for _, valid in read))


def ascii_domain(domain: str) -> str:
    """A domain in A-labels and without a dot at its end; as it is when it has no such form."""
    domain = domain.strip(" \t\r\n").rstrip(".")
    return domain if domain.isascii() else _a_labels(domain)


def address_domain(address: str) -> str:
    """The domain of an address, in A-labels, folded; empty for the null sender and for anything
    without one."""
    return ascii_domain(address.rpartition("@")[2]).lower() if "@" in address else ""


@lru_cache(maxsize=1024)
def _a_labels(domain: str) -> str:
    if len(domain) > _LONGEST_DOMAIN:
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _addr_spec(local: str, domain: str) -> AddrSpec:
    domain = ascii_domain(domain)
    return AddrSpec(f"{local}@{domain}", domain.lower())


def _tokens(value: str) -> list[str] | None:
    """Words and specials without white space and comments; None where one has no end."""
    tokens, at = [], 0
    while at < len(value):
        if value[at] == "(":
            at = _after_comment(value, at)
            if at < 0:
                return None
        elif match := _TOKEN.match(value, at):
            at = match.end()
            if match[0][0] not in " \t\r\n":
                tokens.append(match[0])
        else:
            return None
    return tokens


def _after_comment(value: str, at: int) -> int:
    """Where a comment ends, with those in it; -1 where it does not."""
    depth, at = 1, at + 1
    while depth:
        match = _IN_COMMENT.match(value, at)
        if match is None:
            return -1
        depth += 1 if match[1] == "(" else -1
        at = match.end()
    return at


def _read(tokens: list[str], kinds: str) -> Iterator[tuple[AddrSpec | None, bool]]:
    """Each mailbox, and whether it is one; what else there is of no meaning, as None."""
    in_group = False
    for part in _PART.finditer(kinds):
        if part["mailbox"]:
            yield _mailbox(tokens, kinds, part.start(), part.end())
        elif part["group"]:
            yield None, not in_group
            in_group = True
        elif part["mark"] == ";":
            yield None, in_group
            in_group = False
        else:
            yield None, part["mark"] == ","
    yield None, not in_group


def _mailbox(tokens: list[str], kinds: str, start: int, end: int) -> tuple[AddrSpec | None, bool]:
    match = _MAILBOX.fullmatch(kinds, start, end)
    if match is None:
        return None, False
    first, last = match.span("angle" if match["angle"] else "bare")
    sign = kinds.rfind("@", first, last)
    local = kinds[first:sign] if sign >= 0 else ""
    # Dots may stand anywhere in a local part, as some have them; words not side by side.
    if "w" not in local or "ww" in local or not _DOMAIN.fullmatch(kinds, sign + 1, last):
        return None, False
    if any(token[0] == '"' for token in tokens[sign + 1 : last]):  # a quoted string names no host
        return None, False
    spec = _addr_spec("".join(tokens[first:sign]), "".join(tokens[sign + 1 : last]))
    return spec, "@" not in local
