"""Times of zone files: seconds, or BIND's units (1h30m, 2W)."""

import re

from fake_exo.dns.domain import RecordError
from fake_exo.dns.records import MAX_TTL

_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_TTL = re.compile(r"[0-9]{1,10}|(?:[0-9]{1,10}[smhdw])+", re.IGNORECASE)
_PART = re.compile(r"([0-9]+)([smhdw]?)", re.IGNORECASE)


def looks_like_ttl(text: str) -> bool:
    return _TTL.fullmatch(text) is not None


def parse_ttl(text: str) -> int:
    """Seconds; RecordError when the text is no time."""
    if not looks_like_ttl(text):
        raise RecordError(f"{text!r} is no time", "write seconds or units: 3600, 1h, 1h30m")
    seconds = sum(int(n) * _UNITS[unit.lower() or "s"] for n, unit in _PART.findall(text))
    if seconds > MAX_TTL:
        raise RecordError(f"{text!r} is too long a time", f"write at most {MAX_TTL} seconds")
    return seconds
