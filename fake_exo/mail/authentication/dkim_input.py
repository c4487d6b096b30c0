"""What dkimpy is given, so that its work grows with the size of a message and not with the square.

It joins folded lines one to the other, looks through all fields for each name of h=, and strips
white space at line ends by trying every space. So messages are parsed here, fields are chosen here,
and a body that is to be relaxed is relaxed already; a second time changes nothing (RFC 6376 3.4.4).
"""

import re
from collections.abc import Iterator, Sequence

import dkim

NAME_LIMIT = 1_000  # ours: names in h=
BLANK_LIMIT = 100  # ours: white space in a row in a signature field

Field = list[bytes]  # name and value, as dkimpy has them

_END = re.compile(rb"(?:\A|\n)\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]+):")
_BLANKS = re.compile(rb"[ \t]+")
_RUNS = re.compile(rb"\s+")


def parsed(message: bytes, smallest_key: int) -> dkim.DKIM:
    """A message taken apart. Raises dkim.MessageFormatError for what is no header."""
    end = _END.search(message)
    head, body = message, b""
    if end is not None:
        head, body = message[: end.start() + 1], message[end.end() :]
    made = dkim.DKIM(minkey=smallest_key)
    made.headers, made.body = list(_fields(head)), _LINE_END.sub(b"\r\n", body)
    return made


def _fields(head: bytes) -> Iterator[Field]:
    name, value = b"", list[bytes]()
    for line in _LINE_END.split(head):
        if line[:1] in (b" ", b"\t"):
            if not name:
                raise dkim.MessageFormatError("a header begins with a folded line")
            value += (line, b"\r\n")
        elif found := _NAME.match(line):
            yield from _whole(name, value)
            name, value = found[1], [line[found.end() :], b"\r\n"]
        elif line and not line.startswith(b"From "):
            raise dkim.MessageFormatError(f"no header field: {line[:80]!r}")
    yield from _whole(name, value)


def _whole(name: bytes, value: list[bytes]) -> Iterator[Field]:
    if name:
        yield [name, b"".join(value)]


def chosen(fields: Sequence[Field], names: Sequence[bytes]) -> list[Field]:
    """The fields that names of h= mean, the last of a name first (5.4.2), and behind them a From
    that h= does not count."""
    known: dict[bytes, list[Field]] = {}
    for field in fields:
        known.setdefault(field[0].lower(), []).append(field)
    return [known[name].pop() for name in (*names, b"from") if known.get(name)]


def relaxed(body: bytes) -> bytes:
    """A body without white space at line ends, and single spaces elsewhere."""
    return _BLANKS.sub(b" ", body).replace(b" \r\n", b"\r\n")


def too_wide(field: bytes) -> bool:
    """Whether a signature field has more white space in a row than any signer writes."""
    return any(len(run) > BLANK_LIMIT for run in _RUNS.findall(field))
