"""The messages that a device makes of a job: deterministic, in the device's own manner."""

import base64
import binascii
import math
import quopri
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from email.header import Header
from email.utils import format_datetime
from functools import lru_cache

from fake_exo_harness.devices.jobs import Job
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Composition, Profile
from fake_exo_harness.devices.senders import filled

_PATTERN = bytes(range(65, 65 + 26)) * 3
_BOUNDARY = b"--fake-exo-part"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands at the head of a message, as the device has it. `values`: for placeholders."""

    header_from: str
    display_name: str
    reply_to: str
    values: Mapping[str, str]
    now: datetime
    number: int


def messages(profile: Profile, options: Options, job: Job, sheet: Sheet) -> list[bytes]:
    """The mails of a job, lines ended with CRLF (or as the profile does it)."""
    if job.content is not None:
        return [job.content]
    size = _split_size(profile, options)
    if profile.data.split != "mails" or not size or job.attachment_size <= size:
        whole = _message(profile, job, sheet, job.attachment_size, 1, 1)
        return _partial(profile, whole, size) if profile.data.split == "partial" else [whole]
    sizes = [min(size, job.attachment_size - at) for at in range(0, job.attachment_size, size)]
    total = len(sizes)
    return [_message(profile, job, sheet, n, k, total) for k, n in enumerate(sizes, 1)]


def _split_size(profile: Profile, options: Options) -> int:
    """Bytes from which a job is divided; 0 where that is switched off."""
    switched_off = "binary_division" in profile.settings and not options.on("binary_division")
    return 0 if switched_off else int(options.number("divided_mail_size", profile.data.split_size))


def _message(profile: Profile, job: Job, sheet: Sheet, size: int, number: int, total: int) -> bytes:
    known = {
        **sheet.values,
        "subject": job.subject,
        "number": str(number),
        "total": str(total),
        "date": f"{sheet.now:%Y-%m-%d}",
    }
    content = _headers(profile, job, sheet, known) + _body(profile.data, job, size, known)
    return content.replace(b"\r\n", b"\n") if profile.data.eol == "lf" else content


# ---- header --------------------------------------------------------------------------------------


def _headers(profile: Profile, job: Job, sheet: Sheet, known: Mapping[str, str]) -> bytes:
    data = profile.data
    lines = [f"From: {_author(data, sheet)}"]
    if sheet.reply_to:
        lines.append(f"Reply-To: {sheet.reply_to}")
    lines.append(f"To: {', '.join(job.to[:50])}" if job.to else "To: undisclosed-recipients:;")
    if job.cc:
        lines.append(f"Cc: {', '.join(job.cc)}")
    lines.append(f"Subject: {_subject(data, filled(data.subject, known))}")
    if data.date:
        lines.append(f"Date: {format_datetime(_shown(data, sheet.now))}")
    if data.message_id:
        host = known["host"].replace(":", "-") or "device"
        part = "" if known["number"] == "1" else f".{known['number']}"
        number = f"{sheet.number}{part}"
        lines.append(f"Message-ID: <{sheet.now:%Y%m%d%H%M%S}.{number}@{host}>")
    lines += [f"{name}: {filled(text, known)}" for name, text in data.headers.items()]
    lines.append("MIME-Version: 1.0")
    dropped = tuple(f"{name.lower()}:" for name in data.without)
    lines = [line for line in lines if not line.lower().startswith(dropped)]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n"


def _shown(data: Composition, now: datetime) -> datetime:
    """What the device's clock shows: it may stand at one day."""
    return now if data.clock is None else datetime.combine(data.clock, time(), now.tzinfo)


def _author(data: Composition, sheet: Sheet) -> str:
    address = f"<{sheet.header_from}>" if data.brackets else sheet.header_from
    if not sheet.display_name:
        return address
    return f'"{sheet.display_name}" <{sheet.header_from}>'


def _subject(data: Composition, text: str) -> str:
    if data.subject_encoding == "raw" or text.isascii():
        return text
    how = "b" if data.subject_encoding == "base64" else "q"
    encoded = text.encode("utf-8")
    if how == "b":
        return f"=?utf-8?b?{base64.b64encode(encoded).decode()}?="
    return Header(text, "utf-8", maxlinelen=998).encode().replace("\n", "\r\n")


# ---- body ----------------------------------------------------------------------------------------


def _body(data: Composition, job: Job, size: int, known: Mapping[str, str]) -> bytes:
    if job.kind == "test" or size == 0:
        return b"Content-Type: text/plain\r\n\r\nThis is a test.\r\n"
    if not data.attachment:
        return f"Content-Type: text/plain\r\n\r\n{filled(data.text, known)}\r\n".encode()
    name = filled(data.attachment, known)
    head = (
        f'Content-Type: multipart/mixed; boundary="{_BOUNDARY[2:].decode()}"\r\n\r\n'
        f"--fake-exo-part\r\nContent-Type: text/plain\r\n\r\n{filled(data.text, known)}\r\n"
        f"--fake-exo-part\r\nContent-Type: {data.attachment_type}; name={name}\r\n"
        f"Content-Transfer-Encoding: {_TRANSFER.get(data.encoding, data.encoding)}\r\n"
        f"Content-Disposition: attachment; filename={name}\r\n\r\n"
    )
    end = _BOUNDARY + b"--\r\n" if data.final_boundary else b""
    return head.encode("utf-8") + _ENCODED[data.encoding](size, data.line_length) + end


_TRANSFER = {"uuencode": "x-uuencode"}


@lru_cache(maxsize=8)
def _base64(size: int, columns: int) -> bytes:
    """`size` raw bytes of a repeated pattern; `columns` of a line, 0: one line."""
    if columns < 4:
        return base64.b64encode(_raw(size)) + b"\r\n"
    # Lines repeat as the pattern does: encode one period, and what is left.
    period = math.lcm(len(_PATTERN), columns // 4 * 3)
    whole, rest = divmod(size, period)
    block = _lines(period, columns) if whole else b""
    return block * whole + (_lines(rest, columns) if rest or not whole else b"")


def _lines(size: int, columns: int) -> bytes:
    encoded = base64.b64encode(_raw(size))
    step = columns // 4 * 4
    return b"".join(encoded[i : i + step] + b"\r\n" for i in range(0, len(encoded), step))


def _raw(size: int) -> bytes:
    return (_PATTERN * (size // len(_PATTERN) + 1))[:size]


def _cut(size: int, columns: int) -> bytes:
    """As it is, in lines."""
    raw, step = _raw(size), columns or max(1, size)
    return b"".join(raw[i : i + step] + b"\r\n" for i in range(0, size, step))


@lru_cache(maxsize=8)
def _quoted(size: int, columns: int) -> bytes:
    raw = b"\xc3\xa4" + _raw(max(0, size - 2))
    return quopri.encodestring(raw).replace(b"\n", b"\r\n") + b"\r\n"


@lru_cache(maxsize=8)
def _uuencoded(size: int, columns: int) -> bytes:
    raw = _raw(size)
    lines = [binascii.b2a_uu(raw[i : i + 45]).rstrip(b"\n") for i in range(0, size, 45)]
    return b"\r\n".join([b"begin 644 scan.pdf", *lines, b"`", b"end"]) + b"\r\n"


_ENCODED: Mapping[str, Callable[[int, int], bytes]] = {
    "base64": _base64,
    "quoted-printable": _quoted,
    "8bit": _cut,
    "uuencode": _uuencoded,
}


# ---- divided mails -------------------------------------------------------------------------------


def _partial(profile: Profile, content: bytes, size: int) -> list[bytes]:
    """The mail, or its parts, each a message/partial of its own."""
    if not size or len(content) <= size:
        return [content]
    return list(_parts(profile, content, size))


def _parts(profile: Profile, content: bytes, size: int) -> Iterator[bytes]:
    head = content.partition(b"\r\n\r\n")[0]
    kept = b"\r\n".join(
        line for line in head.split(b"\r\n") if line.lower().startswith((b"from:", b"to:", b"subj"))
    )
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    label = b'\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; id="scan@%s"; '
    name = profile.id.encode("ascii", "replace")
    for n, piece in enumerate(pieces, 1):
        yield (kept + label % name + b"number=%d; total=%d\r\n\r\n" % (n, len(pieces)) + piece)
