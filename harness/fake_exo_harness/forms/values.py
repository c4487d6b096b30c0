"""Scalars of the scenario language, from the text as written: never by YAML's own guesses.

`on`, `no`, `1:30` and `010` stay what the author wrote. Each function raises ValueError with a
message that says what was wanted.
"""

import re
from datetime import UTC, date, datetime, time
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "min": 60.0, "s": 1.0, "ms": 0.001}
_SIZES = {"": 1, "B": 1, "KB": 1024, "KIB": 1024, "MB": 1024**2, "MIB": 1024**2, "GB": 1024**3}
_LONGEST = 3_653 * 86_400.0
_DURATION = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*(ms|min|d|h|m|s)")
_SIZE = re.compile(r"([0-9]{1,18}(?:\.[0-9]{1,18})?)\s*([A-Za-z]*)")
_ADDRESS = re.compile(r'(?:"[^"\r\n]*"|[^\s@<>",;]+)@[^\s@<>,;]+')
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[\w](?:[\w-]{0,61}\w)?\.)*[\w](?:[\w-]{0,61}\w)?")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")


def text(raw: str) -> str:
    return raw


def line(raw: str) -> str:
    """Text that stands on one line of a form or a header."""
    if any(ord(character) < 32 or ord(character) == 127 for character in raw):
        raise ValueError("one line is wanted, without control characters")
    return raw


def integer(raw: str) -> int:
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", raw):
        raise ValueError("a whole number is wanted")
    return int(raw)


def number(raw: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,18}(\.[0-9]{1,18})?", raw):
        raise ValueError("a number is wanted")
    return float(raw)


def boolean(raw: str) -> bool:
    if raw.lower() not in (*_TRUE, *_FALSE):
        raise ValueError("true or false is wanted")
    return raw.lower() in _TRUE


def duration(raw: str) -> float:
    """Seconds of "24h", "1d 2h", "90 min", "5s", or a plain number of seconds."""
    if re.fullmatch(r"[0-9]{1,18}(\.[0-9]{1,18})?", raw):
        return _in_time(float(raw))
    if not re.fullmatch(rf"({_DURATION.pattern}\s*)+", raw.strip()):
        raise ValueError('a duration is wanted, like "24h", "90m", "5s" or "1d 2h"')
    return _in_time(sum(float(n) * _UNITS[unit] for n, unit in _DURATION.findall(raw)))


def _in_time(seconds: float) -> float:
    if seconds > _LONGEST:
        raise ValueError("nothing here lasts longer than ten years")
    return seconds


def size(raw: str) -> int:
    """Bytes of "25 MB" (1024 * 1024 each, as Exchange counts), "300 KB" or a plain number."""
    match = _SIZE.fullmatch(raw.strip())
    if match is None or match[2].upper() not in _SIZES:
        raise ValueError('a size is wanted, like "25 MB" or a number of bytes')
    return int(float(match[1]) * _SIZES[match[2].upper()])


def address(raw: str) -> str:
    if not _ADDRESS.fullmatch(raw):
        raise ValueError("a mail address is wanted, like scan@contoso.com")
    return raw


def domain(raw: str) -> str:
    if not _DOMAIN.fullmatch(raw):
        raise ValueError("a domain name is wanted, like contoso.com")
    return raw


def ip(raw: str) -> str:
    try:
        return str(ip_address(raw))
    except ValueError:
        raise ValueError("an IP address is wanted, like 203.0.113.7") from None


def network(raw: str) -> str:
    """An address or a network in CIDR form."""
    try:
        ip_network(raw, strict=False)
    except ValueError:
        raise ValueError("an IP address or network is wanted, like 203.0.113.0/24") from None
    return raw


def connector_ip(raw: str) -> str:
    """What SenderIPAddresses takes: IPv4, single or /24 to /32; no ranges, no IPv6."""
    wanted = "a connector takes single IPv4 addresses or CIDR from /24 to /32"
    try:
        found = IPv4Network(raw, strict=False)
    except ValueError:
        raise ValueError(wanted) from None
    if found.prefixlen < 24:
        raise ValueError(f"{wanted}; split the network")
    return raw


def ip_entry(raw: str) -> str:
    """What connection filters and enhanced filtering take: an address, CIDR, or a range of IPv4
    addresses."""
    first, dash, last = raw.partition("-")
    try:
        if dash:
            backwards = IPv4Address(first.strip()) > IPv4Address(last.strip())
        else:
            ip_network(raw, strict=False)
            backwards = False
    except ValueError:
        raise ValueError(
            "an address, a network or a range is wanted: 203.0.113.1-203.0.113.9"
        ) from None
    if backwards:
        raise ValueError("the range ends before it begins")
    return raw.replace(" ", "")


def day(raw: str) -> date:
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError("a date is wanted, like 2026-11-01") from None


def moment(raw: str) -> datetime:
    """A day means noon UTC, a time without zone UTC."""
    try:
        if len(raw) == 10:
            return datetime.combine(date.fromisoformat(raw), time(12), UTC)
        found = datetime.fromisoformat(raw)
    except ValueError:
        raise ValueError("a date is wanted, like 2026-11-01 or 2026-11-01T08:30") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def scalar(raw: str) -> str | int | bool:
    """A device setting: whole numbers and true/false as such, all else as written."""
    if re.fullmatch(r"0|[1-9][0-9]{0,17}", raw):
        return int(raw)
    if raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    return line(raw)
