"""Replies bent out of shape, as faults ask for it. Pure: bytes and a value in, bytes out."""

from collections.abc import Callable

from fake_exo.smtp.server.fault import COUNTED

_LONG = 600  # octets; RFC 5321 allows 512
_LONGEST = 1 << 20  # no client reads a longer line to its end


def bend(does: str, value: str, data: bytes) -> bytes:
    """The reply as a fault makes it; unchanged for actions that change no bytes."""
    twist = _TWISTS.get(does)
    return data if twist is None else twist(value, data)


def last_line(data: bytes) -> tuple[bytes, bytes]:
    """The reply up to its last line, and that line."""
    at = data.rfind(b"\r\n", 0, -2) + 2 if data.count(b"\r\n") > 1 else 0
    return data[:at], data[at:]


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\r\n")[:-1]


def _joined(lines: list[bytes], end: bytes = b"\r\n") -> bytes:
    """Lines as one reply: all but the last get the hyphen of a continuation."""
    marked = [line[:3] + b"-" + line[4:] for line in lines[:-1]]
    return b"".join(line + end for line in [*marked, lines[-1][:3] + b" " + lines[-1][4:]])


def _no_enhanced(value: str, data: bytes) -> bytes:
    def plain(line: bytes) -> bytes:
        words = line[4:].split(b" ", 1)
        coded = words[0].count(b".") == 2 and words[0].replace(b".", b"").isdigit()
        return line[:4] + (words[1] if coded and len(words) > 1 else line[4:])

    return b"".join(plain(line) + b"\r\n" for line in _lines(data))


def _code_only(value: str, data: bytes) -> bytes:
    return data[:3] + b"\r\n"


def _other_code(value: str, data: bytes) -> bytes:
    other = (value or "299").encode("ascii", "replace")[:3]
    return other + b"-another code\r\n" + data


def _multiline(value: str, data: bytes) -> bytes:
    return _joined([data[:4] + b"please wait", *_lines(data)])


def _lower_case(value: str, data: bytes) -> bytes:
    return b"".join(line.lower() + b" \t \r\n" for line in _lines(data))


def _long_line(value: str, data: bytes) -> bytes:
    size = min(int(value), _LONGEST) if COUNTED.fullmatch(value) else _LONG
    first, last = last_line(data)
    return first + last[:-2].ljust(size - 2, b"x") + b"\r\n"


def _bare_lf(value: str, data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _non_ascii(value: str, data: bytes) -> bytes:
    first, last = last_line(data)
    return first + last[:-2] + " Gr\u00fc\u00dfe \u2013 \u0142\u00f3d\u017a".encode() + b"\r\n"


def _masked(value: str, data: bytes) -> bytes:
    return b"".join(
        line[:4] + bytes(b"*"[0] if chr(c).isalpha() else c for c in line[4:]) + b"\r\n"
        for line in _lines(data)
    )


def _single_line(value: str, data: bytes) -> bytes:
    return _joined(_lines(data)[:1])


def _keyword(line: bytes) -> str:
    return line[4:].split(b" ", 1)[0].split(b"=", 1)[0].decode("ascii", "replace").upper()


def _hide(value: str, data: bytes) -> bytes:
    gone = set(value.upper().split())
    lines = _lines(data)
    return _joined([lines[0], *(line for line in lines[1:] if _keyword(line) not in gone)])


def _mask(value: str, data: bytes) -> bytes:
    gone = set(value.upper().split())
    lines = _lines(data)
    return _joined([lines[0], *(
        line[:4] + b"X" * 7 + b"A" if _keyword(line) in gone else line for line in lines[1:]
    )])  # fmt: skip


def _offer(value: str, data: bytes) -> bytes:
    line = data[:4] + value.encode("ascii", "replace")
    kept = [row for row in _lines(data)[1:] if _keyword(row) != _keyword(line)]
    return _joined([_lines(data)[0], *kept, line])


def _double(value: str, data: bytes) -> bytes:
    return data + data


def _inject(value: str, data: bytes) -> bytes:
    return data + value.encode("utf-8", "replace") + b"\r\n"


def _then_421(value: str, data: bytes) -> bytes:
    return data + b"421 4.3.2 Service not available\r\n"


def _nothing(value: str, data: bytes) -> bytes:
    return b""


_TWISTS: dict[str, Callable[[str, bytes], bytes]] = {
    "silent": _nothing,
    "deaf": _nothing,
    "close": _nothing,
    "reset": _nothing,
    "no-enhanced": _no_enhanced,
    "code-only": _code_only,
    "other-code": _other_code,
    "multiline": _multiline,
    "lower-case": _lower_case,
    "long-line": _long_line,
    "bare-lf": _bare_lf,
    "non-ascii": _non_ascii,
    "masked": _masked,
    "single-line": _single_line,
    "hide": _hide,
    "mask": _mask,
    "offer": _offer,
    "double": _double,
    "inject": _inject,
    "then-421": _then_421,
}
