"""The message that a device makes: deterministic, in the device's own manner."""

import base64
import math
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from fake_exo_harness.devices.jobs import Job
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profile import Profile

_COLUMNS = 76  # of a base64 line, which holds 57 bytes
_PATTERN = bytes(range(65, 65 + 26)) * 3
_PERIOD = math.lcm(len(_PATTERN), _COLUMNS * 3 // 4)  # bytes after which lines repeat


@lru_cache(maxsize=8)
def _encoded(size: int, long_line: bool) -> bytes:
    """`size` raw bytes of a repeated pattern as base64; 76 columns, or one long line."""
    if long_line:
        raw = _PATTERN * (size // len(_PATTERN) + 1)
        return base64.b64encode(raw[:size]) + b"\r\n"
    # Lines repeat as the pattern does: encode one period, and what is left.
    whole, rest = divmod(size, _PERIOD)
    block = _lines(_PERIOD) if whole else b""
    return block * whole + (_lines(rest) if rest or not whole else b"")


def _lines(size: int) -> bytes:
    raw = (_PATTERN * (size // len(_PATTERN) + 1))[:size]
    encoded = base64.b64encode(raw)
    lines = [encoded[i : i + _COLUMNS] for i in range(0, len(encoded), _COLUMNS)]
    return b"\r\n".join(lines) + b"\r\n"


def compose(profile: Profile, job: Job, header_from: str, now: datetime, number: int) -> bytes:
    """The message of a job, lines ended with CRLF (or as the profile does it)."""
    if job.content is not None:
        return job.content
    content = _headers(profile, job, header_from, now, number) + _body(profile, job)
    return content.replace(b"\r\n", b"\n") if profile.data.eol == "lf" else content


def _headers(profile: Profile, job: Job, header_from: str, now: datetime, number: int) -> bytes:
    lines = [f"From: <{header_from}>" if profile.data.brackets else f"From: {header_from}"]
    lines.append(f"To: {', '.join(job.to[:50])}" if job.to else "To: undisclosed-recipients:;")
    if job.cc:
        lines.append(f"Cc: {', '.join(job.cc)}")
    lines.append(f"Subject: {job.subject}")
    if profile.data.date:
        lines.append(f"Date: {format_datetime(now)}")
    if profile.data.message_id:
        host = profile.hello.name.strip("[]").replace(":", "-") or "device"
        lines.append(f"Message-ID: <{now:%Y%m%d%H%M%S}.{number}@{host}>")
    lines.append("MIME-Version: 1.0")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n"


def _body(profile: Profile, job: Job) -> bytes:
    if job.kind == "test" or job.attachment_size == 0:
        return b"Content-Type: text/plain\r\n\r\nThis is a test.\r\n"
    head = (
        b'Content-Type: multipart/mixed; boundary="fake-exo-part"\r\n\r\n'
        b"--fake-exo-part\r\nContent-Type: text/plain\r\n\r\nScan attached.\r\n"
        b"--fake-exo-part\r\nContent-Type: application/pdf; name=scan.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=scan.pdf\r\n\r\n"
    )
    attached = _encoded(job.attachment_size, profile.data.long_line)
    return head + attached + b"--fake-exo-part--\r\n"


def divided(profile: Profile, options: Options, content: bytes) -> list[bytes]:
    """The mail, or with binary division on its parts, each a message/partial of its own."""
    size = int(options.number("divided_mail_size", 0))
    if not options.on("binary_division") or not size or len(content) <= size:
        return [content]
    head = content.partition(b"\r\n\r\n")[0]
    kept = b"\r\n".join(
        line for line in head.split(b"\r\n") if line.lower().startswith((b"from:", b"to:", b"subj"))
    )
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    label = b'\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; id="scan@%s"; '
    name = profile.id.encode("ascii")
    return [
        kept + label % name + b"number=%d; total=%d\r\n\r\n" % (n, len(pieces)) + piece
        for n, piece in enumerate(pieces, 1)
    ]
