"""Domain names as text: ASCII, absolute, without the trailing dot; the root is "".

Octets that master files treat specially stand escaped (`\\.`, `\\009`), so that one spelling stands
for one name and can be written into a zone file as it is. Names compare by `fold`.
No records and no zones here.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

MAX_LABEL = 63  # octets, RFC 1035 2.3.4
MAX_NAME = 255  # octets on the wire with lengths and root, RFC 1035 2.3.4

_PLAIN_LABEL = re.compile(rb"[A-Za-z0-9_*/+:=!#%&'<>?^`{}|~,\[\]-]+")
_PLAIN_NAME = re.compile(r"(?:[A-Za-z0-9_*-]{1,63}\.)*[A-Za-z0-9_*-]{1,63}")
_ESCAPE = re.compile(r"\\(?:(\d{3})|(.)|$)", re.DOTALL)


class RecordError(ValueError):
    """Text that is no domain name, no record or no zone: `cause` says why, `remedy` what helps.

    `token` is the number of the field at fault, counted from 0 within the data, if one is known.
    """

    def __init__(self, cause: str, remedy: str, token: int | None = None) -> None:
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy
        self.token = token


def domain(text: str, origin: str | None = "") -> str:
    """The name that `text` means: relative to `origin` unless it ends in a dot, `@` the origin.

    With the origin "" every name is absolute, with or without the dot. With None a relative name
    is an error. Labels outside ASCII become A-labels (IDNA 2003, as Python's codec has it).
    Raises RecordError.
    """
    absolute = text.endswith(".") and not _escaped(text, len(text) - 1)
    if not absolute and origin is None:
        raise RecordError(
            f"{text!r} is a relative name, and no origin is known",
            f"end it in a dot ({text}.) or set $ORIGIN",
        )
    if text == "@":
        return origin or ""
    body = text[:-1] if absolute else text
    name = body if _PLAIN_NAME.fullmatch(body) else _canonical(body, root=absolute)
    name = name if absolute or not origin else f"{name}.{origin}"
    if len(name) >= MAX_NAME - 1:
        _check_length(name)
    return name


def _canonical(body: str, root: bool) -> str:
    if not body:
        if root:
            return ""
        raise RecordError("the name is empty", "write @ for the zone itself, or . for the root")
    return ".".join(label_text(_octets(label, body)) for label in _split(body))


def _octets(label: str, name: str) -> bytes:
    if not label:
        raise RecordError(f"{name!r} has an empty label", "remove the doubled or leading dot")
    octets = unescape(label) if "\\" in label or label.isascii() else _a_label(label)
    if len(octets) > MAX_LABEL:
        raise RecordError(
            f"the label {label[:20]!r}... has {len(octets)} octets",
            f"a label has at most {MAX_LABEL}",
        )
    return octets


def _a_label(label: str) -> bytes:
    if len(label) > MAX_LABEL:  # the codec takes the square of the length
        raise RecordError(
            f"the label {label[:20]!r}... has {len(label)} characters",
            f"a label has at most {MAX_LABEL} octets",
        )
    try:
        return label.encode("idna")
    except UnicodeError as error:
        raise RecordError(
            f"{label!r} has no IDNA form ({error})", "write its A-label (xn--...)"
        ) from error


def _check_length(name: str) -> None:
    length = sum(len(label) + 1 for label in labels(name)) + 1
    if length > MAX_NAME:
        raise RecordError(
            f"the name {name[:30]!r}... has {length} octets", f"a name has at most {MAX_NAME}"
        )


def unescape(text: str) -> bytes:
    """Octets of a label or character-string: `\\DDD` and `\\X` resolved, the rest as UTF-8."""
    if "\\" not in text:
        return _encoded(text)
    parts, at = [], 0
    for match in _ESCAPE.finditer(text):
        parts += [_encoded(text[at : match.start()]), _unescape_one(match)]
        at = match.end()
    return b"".join(parts) + _encoded(text[at:])


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise RecordError(f"{text[:20]!r} has half a character", "write it whole") from None


def _unescape_one(match: re.Match[str]) -> bytes:
    number, character = match.groups()
    if number is not None and int(number) < 256:
        return bytes([int(number)])
    if character is None or (number is None and character.isdigit()):
        raise RecordError(
            f"{match.group()!r} is no escape",
            "write a backslash and three digits from 000 to 255, or a backslash and the character",
        )
    return _encoded(character)


def label_text(octets: bytes) -> str:
    """The one spelling of a label's octets."""
    if _PLAIN_LABEL.fullmatch(octets):
        return octets.decode("ascii")
    return "".join(_spell(octet) for octet in octets)


def _spell(octet: int) -> str:
    if chr(octet) in '."();\\@$':
        return "\\" + chr(octet)
    return chr(octet) if 0x20 < octet < 0x7F else f"\\{octet:03d}"


def fold(name: str) -> str:
    """The form in which names compare (RFC 4343)."""
    return name.lower()


def labels(name: str) -> tuple[bytes, ...]:
    """The labels of a canonical name, as octets; none for the root."""
    return tuple(unescape(label) for label in _split(name)) if name else ()


def suffixes(name: str) -> Iterator[str]:
    """The name, its parent, and so on up to the root."""
    yield name
    for at in _dots(name):
        yield name[at + 1 :]
    if name:
        yield ""


def _split(name: str) -> list[str]:
    if "\\" not in name:
        return name.split(".")
    bounds = [-1, *_dots(name), len(name)]
    return [name[a + 1 : b] for a, b in pairwise(bounds)]


def _dots(name: str) -> Iterator[int]:
    at = name.find(".")
    while at >= 0:
        if not _escaped(name, at):
            yield at
        at = name.find(".", at + 1)


def _escaped(name: str, at: int) -> bool:
    begin = at
    while begin and name[begin - 1] == "\\":
        begin -= 1
    return (at - begin) % 2 == 1
