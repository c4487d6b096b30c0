"""What becomes of names in no zone of ours. Pure."""

import re
from dataclasses import dataclass

from fake_exo.dns.domain import fold
from fake_exo.dns.records import (
    NAME_SERVER,
    Address,
    Answer,
    HostData,
    Mx,
    Record,
    negative,
    zone_head,
)

FOREIGN = ("refused", "nxdomain", "internet")

_TTL = 300
_REFUSED = Answer("REFUSED", authoritative=False)
_IMPOSSIBLE = Answer("NXDOMAIN", authoritative=False)
# Special-use names that nobody delegates: RFC 6761, 6762, 7686.
_NOBODY = ("localhost", "invalid", "local", "onion")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_REVERSE = re.compile(rf"((?:{_OCTET}\.){{4}})in-addr\.arpa|((?:[0-9a-f]\.){{32}})ip6\.arpa")
_ABOVE = re.compile(rf"(?:{_OCTET}\.){{0,3}}in-addr\.arpa|(?:[0-9a-f]\.){{0,31}}ip6\.arpa|arpa")


@dataclass(frozen=True, slots=True)
class Foreign:
    """A name in no zone of ours is REFUSED, does not exist, or is on the internet: a domain that
    has an MX at `host`, or an address's reverse name, and nothing else. `address`: of that host,
    `server`: of the name server of all of them; empty for none. `never`: domains that do not exist
    in any case. Raises ValueError for another mode."""

    mode: str = "refused"
    host: str = "mx.internet.example"
    address: str = ""
    server: str = ""
    never: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.mode not in FOREIGN:
            raise ValueError(
                f"foreign names cannot be {self.mode}; valid are: {', '.join(FOREIGN)}"
            )

    def answer(self, name: str, type_: str) -> Answer:
        folded = fold(name)
        if folded == NAME_SERVER and self.server:
            return _found(name, type_, _addresses(name, self.server))
        if self.mode == "refused":
            return _REFUSED
        if self.mode == "nxdomain":
            return _IMPOSSIBLE
        if not self._exists(folded):
            return negative(zone_head("", "SOA"), "NXDOMAIN")
        return _found(name, type_, self._records(name, folded))

    def _records(self, name: str, folded: str) -> tuple[Record, ...]:
        """All that there is of a name that exists, but for what every zone has."""
        if reverse := _REVERSE.fullmatch(folded):
            called = _reversed_name(reverse)
            return (Record(name, "PTR", _TTL, HostData(f"{called}.internet.example")),)
        if folded == self.host:
            return _addresses(name, self.address)
        if "." not in folded or _ABOVE.fullmatch(folded):
            return ()
        return (Record(name, "MX", _TTL, Mx(10, self.host)),)

    def _exists(self, folded: str) -> bool:
        if any(folded == zone or folded.endswith(f".{zone}") for zone in (*self.never, *_NOBODY)):
            return False
        of_addresses = _REVERSE.fullmatch(folded) or _ABOVE.fullmatch(folded)
        return bool(of_addresses) or not folded.endswith(".arpa")


REFUSES = Foreign()


def _reversed_name(found: re.Match[str]) -> str:
    """203-0-113-7 for 7.113.0.203.in-addr.arpa."""
    return "-".join(reversed((found[1] or found[2]).rstrip(".").split(".")))


def _addresses(name: str, address: str) -> tuple[Record, ...]:
    type_ = "AAAA" if ":" in address else "A"
    return (Record(name, type_, _TTL, Address(address)),) if address else ()


def _found(name: str, type_: str, records: tuple[Record, ...]) -> Answer:
    """Of these records, and of those that every zone has, what is asked for: every name here begins
    a zone of its own. What a name has above its zone (DS) it has not."""
    every = (*records, zone_head(name, "SOA"), zone_head(name, "NS"))
    wanted = tuple(record for record in every if type_ in (record.type, "ANY"))
    if wanted:
        return Answer("NOERROR", True, wanted)
    above = fold(name).partition(".")[2] if type_ == "DS" else name
    return negative(zone_head(above, "SOA"), "NOERROR")
