"""Records, zones and answers: frozen values of a fake name service.

Names are spelled as in `fake_exo.dns.domain`. Values may be faulty on purpose (two SPF records, an
MX that names an alias, an alias beside other data): `Zone` holds them, and only the reader of zone
files complains. How a question is answered is in `fake_exo.dns.names`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_exo.dns.domain import RecordError, domain, fold, suffixes

MAX_STRING = 255  # octets of a character-string, RFC 1035 3.3
MAX_TTL = 2**31 - 1  # seconds, RFC 2181 8
NAME_SERVER = "ns.internet.example"  # of zones whose owner names none

# What a zone can hold with data that we understand.
SERVED = {
    "A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
    "SRV": 33, "DS": 43, "TLSA": 52, "SPF": 99, "CAA": 257,
}  # fmt: skip
# Registered types that we know by name only: for the query log, and to recognise in zone files.
KNOWN = {
    "HINFO": 13, "RP": 17, "AFSDB": 18, "SIG": 24, "KEY": 25, "LOC": 29, "NAPTR": 35, "KX": 36,
    "CERT": 37, "DNAME": 39, "OPT": 41, "APL": 42, "SSHFP": 44, "IPSECKEY": 45,
    "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "DHCID": 49, "NSEC3": 50, "NSEC3PARAM": 51,
    "SMIMEA": 53, "CDS": 59, "CDNSKEY": 60, "OPENPGPKEY": 61, "CSYNC": 62, "ZONEMD": 63,
    "SVCB": 64, "HTTPS": 65, "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR": 252, "MAILB": 253,
    "MAILA": 254, "ANY": 255, "URI": 256,
}  # fmt: skip
_CODES = SERVED | KNOWN
_NAMES = {code: name for name, code in _CODES.items()}


def type_name(code: int) -> str:
    """The mnemonic of a type, or TYPEnnn (RFC 3597)."""
    return _NAMES.get(code) or f"TYPE{code}"


def type_code(name: str) -> int | None:
    """The number of a type written as mnemonic or TYPEnnn; None when it is neither."""
    upper = name.upper()
    digits = upper.removeprefix("TYPE")
    if upper not in _CODES and upper.startswith("TYPE") and digits.isdecimal() and len(digits) < 6:
        return int(digits) if int(digits) < 65536 else None
    return _CODES.get(upper)


@dataclass(frozen=True, slots=True)
class Address:
    """Data of A and AAAA: the usual spelling, 52.101.68.36 or 2a01:111:f403::5."""

    address: str


@dataclass(frozen=True, slots=True)
class HostData:
    """Data of CNAME, NS and PTR."""

    host: str


@dataclass(frozen=True, slots=True)
class Mx:
    """Data of MX. The host "" is the null MX of RFC 7505."""

    preference: int
    host: str


@dataclass(frozen=True, slots=True)
class Text:
    """Data of TXT and SPF: character-strings. Longer ones are cut at 255 octets."""

    strings: tuple[bytes, ...]

    def __post_init__(self) -> None:
        if any(len(string) > MAX_STRING for string in self.strings):
            cut = tuple(piece for string in self.strings for piece in _pieces(string))
            object.__setattr__(self, "strings", cut)

    @property
    def text(self) -> str:
        """The strings joined, as SPF, DKIM and DMARC read them; an octet is a character."""
        return b"".join(self.strings).decode("latin-1")


def _pieces(string: bytes) -> list[bytes]:
    starts = range(0, max(len(string), 1), MAX_STRING)
    return [string[start : start + MAX_STRING] for start in starts]


@dataclass(frozen=True, slots=True)
class Soa:
    """Data of SOA; times in seconds."""

    mname: str
    rname: str
    serial: int = 1
    refresh: int = 3_600
    retry: int = 600
    expire: int = 604_800
    minimum: int = 300


@dataclass(frozen=True, slots=True)
class Srv:
    priority: int
    weight: int
    port: int
    host: str


@dataclass(frozen=True, slots=True)
class Caa:
    flags: int
    tag: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Tlsa:
    usage: int
    selector: int
    matching: int
    association: bytes


@dataclass(frozen=True, slots=True)
class Ds:
    """Data of DS, which stands above the zone that it is about (RFC 4034 5)."""

    key_tag: int
    algorithm: int
    digest_type: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Opaque:
    """Data of a type that we do not understand, as octets (RFC 3597)."""

    octets: bytes


Rdata = Address | HostData | Mx | Text | Soa | Srv | Caa | Tlsa | Ds | Opaque


@dataclass(frozen=True, slots=True)
class Record:
    """One record of class IN. `ttl` is in seconds.

    Nothing is checked here; `fake_exo.dns.presentation.record` makes checked ones from text.
    """

    name: str
    type: str
    ttl: int
    data: Rdata


Node = Mapping[str, tuple[Record, ...]]  # the records of one name, by type


@dataclass(frozen=True, slots=True)
class Zone:
    """What one party publishes at and below `origin` (kept in lower case, without the last dot).

    Order of records is order of answers; `nodes` is the index of names, in lower case, by type.
    Missing SOA and NS are synthesised for answers; they do not show in `records`. Repeated data of
    one name and type is answered once (RFC 2181 5). Raises RecordError for a record outside the
    zone.
    """

    origin: str
    records: tuple[Record, ...]
    nodes: Mapping[str, Node] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "origin", fold(domain(self.origin or ".")))
        object.__setattr__(self, "nodes", _index(self.origin, self.records))

    @property
    def soa(self) -> Record:
        """The zone's SOA, synthesised if none was given."""
        return self.nodes[self.origin]["SOA"][0]

    def with_records(self, *records: Record) -> "Zone":
        """This zone and some more records."""
        return Zone(self.origin, (*self.records, *records))


def _index(origin: str, records: tuple[Record, ...]) -> dict[str, Node]:
    nodes: dict[str, dict[str, dict[Rdata, Record]]] = {origin: {}}
    for record in records:
        _add(nodes, origin, record)
    for type_ in ("SOA", "NS"):
        if type_ not in nodes[origin]:
            made = zone_head(origin, type_)
            nodes[origin][type_] = {made.data: made}
    return {
        name: {type_: tuple(rrset.values()) for type_, rrset in node.items()}
        for name, node in nodes.items()
    }


def _add(nodes: dict[str, dict[str, dict[Rdata, Record]]], apex: str, record: Record) -> None:
    key = fold(record.name)
    if key not in nodes:
        for name in _down_to(apex, key):
            nodes.setdefault(name, {})
    nodes[key].setdefault(record.type, {}).setdefault(record.data, record)


def _down_to(apex: str, key: str) -> list[str]:
    """The name and its parents below the apex; those without records are empty non-terminals."""
    path: list[str] = []
    for name in suffixes(key):
        if name == apex:
            return path
        path.append(name)
    raise RecordError(
        f"{key or '.'} is outside the zone {apex or '.'}",
        "put the record into its own zone, or check for a trailing dot",
    )


def zone_head(origin: str, type_: str) -> Record:
    """The SOA or NS record of a zone whose owner wrote none."""
    below = f".{origin}" if origin else ""
    soa = Soa(NAME_SERVER, f"hostmaster{below}")
    return Record(origin, type_, 3_600, soa if type_ == "SOA" else HostData(NAME_SERVER))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets.

    `rcode` is the mnemonic: NOERROR, NXDOMAIN, REFUSED. Aliases come first in `answers`. No
    answers with NOERROR and an SOA in `authority` means that the name has no such data; NS in
    `authority` means that somebody else is to be asked.
    """

    rcode: str
    authoritative: bool
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()


def negative(soa: Record, rcode: str) -> Answer:
    """NXDOMAIN or no data, with the SOA that says how long (RFC 2308 3)."""
    ttl = min(soa.ttl, soa.data.minimum) if isinstance(soa.data, Soa) else soa.ttl
    return Answer(rcode, True, authority=(Record(soa.name, "SOA", ttl, soa.data),))
