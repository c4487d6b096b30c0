"""Encoded words of header fields (RFC 2047): text as people read it. Linear, and nothing raises:
what cannot be decoded stays as it was sent."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator

# A charset may have a language behind a star (RFC 2231 5). 75 octets are the longest word there may
# be; senders write longer ones.
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,60})?\?([bBqQ])\?([^?\r\n]{0,2000})\?=")


def decoded(value: str) -> str:
    """The value of an unfolded field."""
    return "".join(_pieces(value)) if "=?" in value else value


def _pieces(value: str) -> Iterator[str]:
    at, behind_word = 0, False
    for match in _WORD.finditer(value):
        text = _text(match[1], match[2].lower(), match[3])
        between = value[at : match.start()]
        if text is None or not behind_word or between.strip():
            yield between  # white space between two words is not part of the text
        yield match[0] if text is None else text
        at, behind_word = match.end(), text is not None
    yield value[at:]


def _text(charset: str, encoding: str, data: str) -> str | None:
    try:
        octets = data.encode("ascii")
        if encoding == "q":
            plain = quopri.decodestring(octets, header=True)
        else:
            plain = base64.b64decode(octets + b"=" * (-len(octets) % 4))
        return plain.decode(charset, "replace")
    except (LookupError, UnicodeError, binascii.Error, ValueError):
        return None
