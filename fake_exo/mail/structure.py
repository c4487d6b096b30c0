"""How a message is built: its parts, attachments, and messages within messages.

One pass over the lines that begin with two hyphens, without recursion, whatever a stranger sends.
"""

import re
from typing import NamedTuple

from fake_exo.mail.fields import header_fields

_DELIMITER = re.compile(rb"^--([^\r\n]+)\r?$", re.MULTILINE)
_BOUNDARY = re.compile(r'boundary\s*=\s*(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_BLANK = re.compile(rb"\n\r?\n")
_MOST = 100_000  # parts that are counted; no limit is near it


class Structure(NamedTuple):
    """Counts of MIME entities (the message itself too), of those that are attached, and how deep
    messages are within messages."""

    parts: int
    attachments: int
    depth: int


class _Count:
    """One reading of a message."""

    def __init__(self, content: bytes | bytearray, most: int) -> None:
        self._content = content
        self._most = most
        self._open: list[tuple[bytes, int]] = []  # boundaries and the depth of messages in them
        self._levels: dict[bytes, int] = {}  # where a boundary stands among the open ones
        self.parts = self.attachments = self.depth = 0

    def all(self) -> Structure:
        at = self._entity(0, 0)
        while (
            self.parts < self._most
            and self._open
            and (match := _DELIMITER.search(self._content, at))
        ):
            at = self._delimited(match[1].rstrip(b" \t"), match.end() + 1)
        return Structure(self.parts, self.attachments, self.depth)

    def _delimited(self, text: bytes, after: int) -> int:
        """A line with two hyphens: the next part of an open boundary, its end, or neither."""
        if text in self._levels:
            level = self._levels[text]
            self._close(level + 1)
            return self._entity(after, self._open[level][1])
        if text[-2:] == b"--" and text[:-2] in self._levels:
            self._close(self._levels[text[:-2]])
        return after

    def _close(self, level: int) -> None:
        """What is open within a level ends."""
        while len(self._open) > level:
            boundary, _ = self._open.pop()
            del self._levels[boundary]

    def _opened(self, kind: str, depth: int) -> None:
        found = _BOUNDARY.search(kind)
        if found is not None:
            boundary = (found[1] or found[2]).encode("utf-8", "replace")
            if boundary not in self._levels:
                self._levels[boundary] = len(self._open)
                self._open.append((boundary, depth))

    def _entity(self, at: int, depth: int) -> int:
        """Read the header of an entity, and those of messages that it is. Returns where its body
        begins."""
        while True:
            at, fields = self._header(at)
            kind = fields.get("content-type", "")
            self.parts += 1
            self.attachments += _attached(fields)
            self.depth = max(self.depth, depth)
            if kind.lower().startswith("message/rfc822") and self.parts < self._most:
                depth += 1
                continue
            self._opened(kind, depth)
            return at

    def _header(self, at: int) -> tuple[int, dict[str, str]]:
        end = _BLANK.search(self._content, max(at - 1, 0))  # a part may begin with the empty line
        body = end.end() if end else len(self._content)
        fields = header_fields(self._content[at:body])
        return max(body, at + 1), {name.lower(): value for name, value in reversed(fields)}


def _attached(fields: dict[str, str]) -> bool:
    disposition = fields.get("content-disposition", "").lower()
    named = "name=" in fields.get("content-type", "").lower()
    return disposition.startswith("attachment") or (named and not disposition)


def structure(content: bytes | bytearray, most: float = _MOST) -> Structure:
    """The structure of a message, as far as its first `most` parts. Never raises."""
    return _Count(content, int(min(most, _MOST))).all()
