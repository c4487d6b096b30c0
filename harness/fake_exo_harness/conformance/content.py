"""The message of a replayed session: as little as its circumstances ask for."""

from collections.abc import Iterator

from fake_exo_harness.conformance.circumstances import Circumstances

_FILLER = b"x" * 76 + b"\r\n"


def content(found: Circumstances) -> bytes:
    """Header section and a line of text, with CRLF; as large as it was where that is known."""
    made = "\r\n".join([*_headers(found), "", "text", ""]).encode()
    size = found.stated.size if found.stated is not None else 0
    lines, rest = divmod(max(0, size - len(made)), len(_FILLER))
    return made + _FILLER * lines + (_FILLER[-rest:] if rest > 1 else b"")


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
