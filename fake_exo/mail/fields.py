"""What the service reads of a message at its end: sender headers, Message-ID, trace count.

Works on the bytes as transmitted and never rewrites them.
"""

import re
from email.headerregistry import AddressHeader

from fake_exo.smtp.command import MessageFacts

_HEADER_LIMIT = 1 << 20  # what is looked at when a message never ends its header section
_SHORT = 32_768  # the limit of a single value; a shorter section cannot hold a longer one
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:((?:[^\r\n]|\r?\n[ \t])*)", re.MULTILINE)
_SIMPLE = re.compile(r'\s*(?:"[^"<>@]*"|[^"<>@,:;()\\]*)\s*<\s*([^\s<>@,;]+@[^\s<>@,;]+)\s*>\s*')
_BARE = re.compile(r"\s*([^\s<>@,;:()\"]+@[^\s<>@,;:()\"]+)\s*")
_MESSAGE_ID = re.compile(r"<([^<>\s]+)>")
_BARE_LF = re.compile(rb"(?<!\r)\n")


def summarise(content: bytes | bytearray) -> MessageFacts:
    """The facts of a message. Never raises; what cannot be read is said in `from_problem`."""
    end = content.find(b"\r\n\r\n", 0, _HEADER_LIMIT)
    header_size = end + 2 if end >= 0 else min(len(content), _HEADER_LIMIT)
    header = bytes(memoryview(content)[:header_size])
    fields = [(m[1].lower(), m[2]) for m in _FIELD.finditer(header)]
    named = dict(reversed(fields))
    addresses, problem = _from(fields)
    identifier = _MESSAGE_ID.search(_text(named.get(b"message-id", b"")))
    return MessageFacts(
        size=len(content),
        header_size=header_size,
        from_addresses=addresses,
        sender=_first(_text(named.get(b"sender", b""))),
        from_problem=problem,
        message_id=identifier[1] if identifier else "",
        received_count=sum(name == b"received" for name, _ in fields),
        longest_header=_longest(header),
        bare_line_feeds=_BARE_LF.search(header) is not None,
    )


def _longest(header: bytes) -> tuple[str, int]:
    """Name and size of the longest value; sizes that no limit knows are not looked for."""
    if len(header) <= _SHORT:
        return "", 0
    found = ((len(m[2].strip()), m[1]) for m in _FIELD.finditer(header))
    size, name = max(found, default=(0, b""))
    return name.decode("latin-1"), size


def _from(fields: list[tuple[bytes, bytes]]) -> tuple[tuple[str, ...], str]:
    values = [_text(value) for name, value in fields if name == b"from"]
    if not values:
        return (), "missing"
    found = [address for value in values for address in _addresses(value)]
    if not found or not all("@" in address for address in found):
        return tuple(found), "syntax"
    return tuple(found), ""


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").replace("\r\n", "").strip()


def _first(value: str) -> str:
    return next(iter(_addresses(value)), "")


def _addresses(value: str) -> list[str]:
    """Addresses of a header value: the plain forms fast, everything else by the library."""
    if not value:
        return []
    if match := _SIMPLE.fullmatch(value) or _BARE.fullmatch(value):
        return [match[1]]
    try:
        return _parsed(value)
    except Exception:
        return []


def _parsed(value: str) -> list[str]:
    parsed: dict[str, object] = {"defects": []}
    AddressHeader.parse(value, parsed)
    groups = parsed.get("groups", ())
    assert isinstance(groups, list)
    return [a.addr_spec for group in groups for a in group.addresses if a.addr_spec != "<>"]
