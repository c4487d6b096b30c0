"""The message of a replayed session: as little as its circumstances ask for."""

from collections.abc import Iterator

from fake_exo_harness.conformance.circumstances import Circumstances


def content(found: Circumstances) -> bytes:
    """Header section and a line of text, with CRLF."""
    return "\r\n".join([*_headers(found), "", "text", ""]).encode()


def _headers(found: Circumstances) -> Iterator[str]:
    what, (name, size) = found.message, found.huge
    if what != "no-from":
        second = ", second@other.example" if what == "two-from" else ""
        yield f"From: {found.header_from}{second}"
    yield "Subject: a message"
    if what == "long-header":
        yield f"X-Long: {'x' * 300}"
    if what == "loop":
        yield from ("Received: by a.example" for _ in range(40))
    if name:
        yield f"{name}: {'x' * size}"
