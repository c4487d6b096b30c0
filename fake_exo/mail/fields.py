"""What the service reads of a message's header: sender fields, Message-ID, trace count.

Works on the bytes as transmitted and never rewrites them. Broken messages have fewer fields, never
an error.
"""

import re
from typing import NamedTuple

from fake_exo.mail.addresses import AddrSpec, address_list
from fake_exo.mail.words import decoded

_HEADER_LIMIT = 1 << 20  # what is looked at when a message never ends its header section
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_DELIMITER = b"\n--"
_PART_HEAD = re.compile(rb"\n--[^\n]*(?:\n[^\r\n][^\n]*)*")
_MESSAGE_TYPE = re.compile(rb"content-type[ \t]*:\s*message/", re.IGNORECASE)


class MessageFacts(NamedTuple):
    """What rules look at when a message is complete. Sizes are bytes as transmitted."""

    size: int
    header_size: int
    from_addresses: tuple[str, ...]
    sender: str
    from_problem: str  # "", "missing", "syntax"
    message_id: str
    received_count: int
    bare_line_feeds: bool
    subject_size: int  # as transmitted, folds and encoded words included
    delimiters: int  # lines that may begin a part: there are not more parts than these and one
    nested: bool  # it may have messages within


def summarise(content: bytes | bytearray) -> MessageFacts:
    """The facts of a message. Never raises; what cannot be read is said in `from_problem`."""
    header = header_section(content)
    fields = _fields(header)
    named = dict(reversed(fields))
    addresses, problem = _from(fields)
    sender = named.get(b"sender")
    kind = named.get(b"content-type", b"").lower()
    delimiters, nested = _delimiters(content) if b"multipart" in kind else (0, False)
    identifier = _MESSAGE_ID.search(_text(named.get(b"message-id", b"")))
    return MessageFacts(
        size=len(content),
        header_size=len(header),
        from_addresses=tuple([spec.address for spec in addresses]),
        sender=_first(_text(sender)) if sender else "",
        from_problem=problem,
        message_id=identifier[1] if identifier else "",
        received_count=_count(fields, b"received") if b"received" in named else 0,
        bare_line_feeds=header.count(b"\n") > header.count(b"\r\n"),
        subject_size=len(named.get(b"subject", b"")),
        delimiters=delimiters,
        nested=nested or b"message/" in kind,
    )


def subject(content: bytes | bytearray) -> str:
    """The subject as people read it: encoded words decoded."""
    sent = next((text for name, text in header_fields(content) if name.lower() == "subject"), "")
    return decoded(sent)


def _delimiters(content: bytes | bytearray) -> tuple[int, bool]:
    """How many lines may begin a part, and whether one may be a message: its own header is looked
    at, not what it carries."""
    at = content.find(_DELIMITER)
    while at >= 0:
        head = _PART_HEAD.match(content, at)
        assert head is not None
        if _MESSAGE_TYPE.search(content, at, head.end()) is not None:
            break
        at = content.find(_DELIMITER, head.end())
    return content.count(_DELIMITER), at >= 0


def header_fields(content: bytes | bytearray) -> tuple[tuple[str, str], ...]:
    """Names as written and values unfolded of all fields, in order."""
    found = _FIELD.finditer(header_section(content))
    return tuple([(match[1].decode("ascii"), _text(match[2])) for match in found])


def from_addresses(content: bytes | bytearray) -> tuple[AddrSpec, ...]:
    """The addresses of all fields From, in order, with their domains (P2)."""
    return _from(_fields(header_section(content)))[0]


def header_section(content: bytes | bytearray) -> bytes:
    """Everything before the first empty line, with either line ending."""
    if content.startswith((b"\n", b"\r\n")):
        return b""
    end = content.find(b"\n\r\n", 0, _HEADER_LIMIT)
    bare = content.find(b"\n\n", 0, end if end >= 0 else _HEADER_LIMIT)
    end = bare if bare >= 0 else end
    return bytes(memoryview(content)[: end + 1 if end >= 0 else _HEADER_LIMIT])


def _fields(header: bytes) -> list[tuple[bytes, bytes]]:
    """Names in lower case, and values, still folded."""
    return [(match[1].lower(), match[2]) for match in _FIELD.finditer(header)]


def _count(fields: list[tuple[bytes, bytes]], wanted: bytes) -> int:
    return sum(name == wanted for name, _ in fields)


def _from(fields: list[tuple[bytes, bytes]]) -> tuple[tuple[AddrSpec, ...], str]:
    read = [address_list(_text(value)) for name, value in fields if name == b"from"]
    if not read:
        return (), "missing"
    found = tuple([spec for part in read for spec in part.found])
    return found, "" if found and all(part.valid for part in read) else "syntax"


def longest_value(content: bytes | bytearray) -> tuple[str, int]:
    """Name and size of the longest single value of the header."""
    found = ((len(m[2].strip()), m[1]) for m in _FIELD.finditer(header_section(content)))
    size, name = max(found, default=(0, b""))
    return name.decode("latin-1"), size


def _text(value: bytes) -> str:
    """A value unfolded. Bytes beyond ASCII are UTF-8 (RFC 6532) where they can be."""
    return value.decode("utf-8", "replace").replace("\r\n", "").replace("\n", "").strip()


def _first(value: str) -> str:
    return next((spec.address for spec in address_list(value).found), "")
