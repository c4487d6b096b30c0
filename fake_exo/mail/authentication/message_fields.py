"""The header fields of a message as the filter reads them: tolerant, and only what it needs.

A message is bytes and stays as it is; nothing here is for showing or for rewriting. Broken
messages have fewer fields, never an error.
"""

import re

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ANGLE = re.compile(r"<([^<>]*)>")
_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+)[ \t]*:(.*)", re.DOTALL)  # RFC 5322 2.2, obs 4.5


def header_section(message: bytes | bytearray) -> bytes:
    """Everything before the first empty line, with either line ending."""
    ends = [at for at in (message.find(b"\r\n\r\n"), message.find(b"\n\n")) if at >= 0]
    starts_with_body = message.startswith((b"\r\n", b"\n"))
    return b"" if starts_with_body else bytes(message[: min(ends, default=len(message))])


def field_values(message: bytes | bytearray, name: str) -> tuple[str, ...]:
    """The unfolded values of every field of that name, from the top.

    Bytes beyond ASCII are UTF-8 (RFC 6532) where they can be, replaced where not.
    """
    wanted = name.lower().encode("ascii")
    values = []
    for field in re.split(rb"\r?\n(?![ \t])", header_section(message)):
        match = _NAME.match(field)
        if match and match[1].lower() == wanted:
            text = match[2].decode("utf-8", "replace")
            values.append(re.sub(r"\r?\n", "", text).strip())
    return tuple(values)


def from_domains(message: bytes | bytearray) -> tuple[str, ...]:
    """The domains of header From (P2), folded to lower case, in A-labels; none if there are none.

    Display names may hold anything, "@" included: quoted strings and comments go first, then
    angle brackets decide.
    """
    domains = (
        address_domain(address)
        for value in field_values(message, "From")
        for address in _addresses(value)
    )
    return tuple(dict.fromkeys(domain for domain in domains if domain))


def address_domain(address: str) -> str:
    """The domain of an address; empty for the null sender and for anything without one."""
    domain = address.rpartition("@")[2].strip().rstrip(".").lower() if "@" in address else ""
    if domain.isascii():
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _addresses(value: str) -> list[str]:
    plain = _QUOTED.sub("", value)
    while _COMMENT.search(plain):
        plain = _COMMENT.sub("", plain)
    return _ANGLE.findall(plain) or plain.split(",")
