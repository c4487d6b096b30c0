"""What the two sides of a handshake that failed had offered, as people say it.

A client's offer is read in its ClientHello (RFC 8446 4.1.2). The bytes are anybody's: what cannot
be read is no offer.
"""

import ssl
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

_NAMES = {0x0300: "SSL 3.0", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
_HANDSHAKE, _CLIENT_HELLO, _SUPPORTED_VERSIONS = 22, 1, 43
_SHOWN = 4  # cipher suites that are named one by one


class Offers(NamedTuple):
    """Versions, and cipher suites where those are what nobody had in common."""

    client: str = ""  # empty: it hung up before it said anything, or spoke no TLS
    service: str = ""


class Hello(NamedTuple):
    """A ClientHello. `oldest` is empty where it does not say: before TLS 1.3 a client names only
    the newest version that it can."""

    oldest: str
    newest: str
    suites: tuple[int, ...]


def span(oldest: str, newest: str) -> str:
    """Versions of TLS in words: "TLS 1.2 to 1.3", "TLS 1.1 at most"."""
    if oldest == newest:
        return f"TLS {newest}"
    return f"TLS {oldest} to {newest}" if oldest else f"TLS {newest} at most"


def offered(oldest: str, newest: str) -> str:
    """What a client's ClientHello says of the versions that it can."""
    return span(oldest if newest == "1.3" else "", newest)


def offers(data: bytes, mine: str, suites: list[str], reason: str) -> Offers:
    """Both sides: `data` is what the client has sent, `mine` and `suites` the service's versions in
    words and its cipher suites, `reason` OpenSSL's word for the failure."""
    hello = client_hello(data)
    if hello is None:
        return Offers("", mine)
    client = span(hello.oldest, hello.newest)
    if reason != "NO_SHARED_CIPHER":
        return Offers(client, mine)
    its = _named([_suites().get(number, f"0x{number:04X}") for number in hello.suites])
    return Offers(f"{client}, {its}", f"{mine}, {_named(suites)}")


def _named(suites: list[str]) -> str:
    more = f" and {len(suites) - _SHOWN} more" if len(suites) > _SHOWN else ""
    return ", ".join(suites[:_SHOWN]) + more


@lru_cache(maxsize=1)
def _suites() -> dict[int, str]:
    """OpenSSL's names of cipher suites, by the number on the wire."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    return {cipher["id"] & 0xFFFF: cipher["name"] for cipher in context.get_ciphers()}


def client_hello(data: bytes) -> Hello | None:
    """The ClientHello at the beginning of what a client sends; None when there is none."""
    body = b"".join(_fragments(data))
    if body[:1] != bytes([_CLIENT_HELLO]):
        return None
    with suppress(IndexError):
        return _read(_Reader(body[4:]))
    return None


def _fragments(data: bytes) -> Iterator[bytes]:
    """The handshake bytes in whole and broken records."""
    while len(data) > 5 and data[0] == _HANDSHAKE:
        size = int.from_bytes(data[3:5])
        yield data[5 : 5 + size]
        data = data[5 + size :]


class _Reader:
    """Takes pieces from the front. Raises IndexError at the end."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, size: int) -> bytes:
        if len(self._data) < size:
            raise IndexError
        piece, self._data = self._data[:size], self._data[size:]
        return piece

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def block(self, size: int) -> bytes:
        """A piece behind its length, which is a number of so many octets."""
        return self.take(self.number(size))

    @property
    def more(self) -> bool:
        return bool(self._data)


def _read(reader: _Reader) -> Hello:
    legacy = reader.number(2)
    reader.take(32)  # random
    reader.block(1)  # session id
    suites = _numbers(reader.block(2))
    reader.block(1)  # compression
    extensions = dict(_extensions(_Reader(reader.block(2)))) if reader.more else {}
    listed = _numbers(extensions.get(_SUPPORTED_VERSIONS, b"")[1:])
    known = sorted(number for number in listed if number in _NAMES)  # the others are GREASE
    oldest = _NAMES[known[0]] if known else ""
    newest = _NAMES[known[-1]] if known else _NAMES.get(legacy, f"0x{legacy:04x}")
    return Hello(oldest, newest, suites)


def _numbers(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 2]) for at in range(0, len(data) - 1, 2))


def _extensions(reader: _Reader) -> Iterator[tuple[int, bytes]]:
    while reader.more:
        yield reader.number(2), reader.block(2)
