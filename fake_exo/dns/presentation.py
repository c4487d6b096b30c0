"""Records as people write them (RFC 1035 5.1): data of each type from fields, and back to text.

One row a type in `READERS` and one arm in `present`. Files are `zonefile`'s affair.
"""

import binascii
import ipaddress
from collections.abc import Callable, Sequence
from difflib import get_close_matches

from fake_exo.dns.domain import RecordError, domain, unescape
from fake_exo.dns.lexer import Token, fields_of
from fake_exo.dns.records import (
    MAX_TTL,
    Address,
    Caa,
    Ds,
    HostData,
    Mx,
    Opaque,
    Rdata,
    Record,
    Soa,
    Srv,
    Text,
    Tlsa,
    type_code,
    type_name,
)
from fake_exo.dns.ttl import parse_ttl

_DIGITS = 20  # no number is longer, leading zeros or not


class Fields:
    """A cursor over the fields of one record's data; every refusal says which field it was."""

    def __init__(self, tokens: Sequence[Token], origin: str | None) -> None:
        self._tokens = tokens
        self._origin = origin
        self._at = 0

    def refuse(self, cause: str, remedy: str) -> RecordError:
        """The error to raise about the field read last."""
        return RecordError(cause, remedy, max(self._at - 1, 0))

    def next(self, what: str) -> Token:
        """The next field; `what` names it for people."""
        self._at += 1
        if self._at > len(self._tokens):
            raise self.refuse(f"the {what} is missing", f"add the {what}")
        return self._tokens[self._at - 1]

    def word(self, what: str) -> str:
        return self.next(what).text

    def number(self, what: str, bits: int) -> int:
        text = self.word(what)
        plain = text.isascii() and text.isdecimal() and len(text) <= _DIGITS
        if not plain or int(text) >= 1 << bits:
            raise self.refuse(
                f"{text!r} is no {what}", f"write a number from 0 to {(1 << bits) - 1}"
            )
        return int(text)

    def seconds(self, what: str) -> int:
        text = self.word(what)
        try:
            return parse_ttl(text)
        except RecordError as error:
            raise self.refuse(error.cause, error.remedy) from error

    def host(self, what: str) -> str:
        try:
            return domain(self.word(what), self._origin)
        except RecordError as error:
            raise self.refuse(error.cause, error.remedy) from error

    def octets(self, what: str) -> bytes:
        try:
            return unescape(self.word(what))
        except RecordError as error:
            raise self.refuse(error.cause, error.remedy) from error

    def rest(self) -> bool:
        """Whether fields are left."""
        return self._at < len(self._tokens)

    def hex(self, what: str) -> bytes:
        """All fields that are left, as hexadecimal digits."""
        digits = self.word(what)
        while self.rest():
            digits += self.word(what)
        try:
            return binascii.unhexlify(digits)
        except ValueError as error:
            raise self.refuse(f"the {what} is not hexadecimal", "write pairs of 0-9a-f") from error

    def end(self) -> None:
        if self.rest():
            extra = self.next("").text
            raise self.refuse(f"{extra!r} is one field too many", "remove it, or quote the text")


def _address(kind: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> "Reader":
    version = "IPv4" if kind is ipaddress.IPv4Address else "IPv6"
    example = "192.0.2.1" if version == "IPv4" else "2001:db8::1"

    def read(fields: Fields) -> Rdata:
        text = fields.word("address")
        try:
            return Address(str(kind(text)))
        except ValueError as error:
            raise fields.refuse(
                f"{text!r} is no {version} address", f"write it as {example}"
            ) from error

    return read


def _host(fields: Fields) -> Rdata:
    return HostData(fields.host("host name"))


def _mx(fields: Fields) -> Rdata:
    return Mx(fields.number("preference", 16), fields.host("host name"))


def _text(fields: Fields) -> Rdata:
    strings = [fields.octets("text")]
    while fields.rest():
        strings.append(fields.octets("text"))
    return Text(tuple(strings))


def _soa(fields: Fields) -> Rdata:
    return Soa(
        fields.host("primary server"),
        fields.host("mailbox of the person responsible"),
        fields.number("serial number", 32),
        fields.seconds("refresh time"),
        fields.seconds("retry time"),
        fields.seconds("expiry time"),
        fields.seconds("negative TTL"),
    )


def _srv(fields: Fields) -> Rdata:
    priority, weight = fields.number("priority", 16), fields.number("weight", 16)
    return Srv(priority, weight, fields.number("port", 16), fields.host("host name"))


def _caa(fields: Fields) -> Rdata:
    flags, tag = fields.number("flags", 8), fields.word("tag")
    if not (tag.isascii() and tag.isalnum() and len(tag) < 256):
        raise fields.refuse(f"{tag!r} is no CAA tag", "write issue, issuewild or iodef")
    return Caa(flags, tag, fields.octets("value"))


def _tlsa(fields: Fields) -> Rdata:
    usage, selector = fields.number("usage", 8), fields.number("selector", 8)
    matching = fields.number("matching type", 8)
    return Tlsa(usage, selector, matching, fields.hex("certificate association data"))


def _ds(fields: Fields) -> Rdata:
    key_tag, algorithm = fields.number("key tag", 16), fields.number("algorithm", 8)
    return Ds(key_tag, algorithm, fields.number("digest type", 8), fields.hex("digest"))


def _opaque(fields: Fields) -> Rdata:
    mark = fields.word("mark \\#")
    if mark != r"\#":
        raise fields.refuse(
            "data of this type is not understood", r"write it as \# length hexadecimal (RFC 3597)"
        )
    length = fields.number("length", 16)
    octets = fields.hex("data") if fields.rest() else b""
    if len(octets) != length:
        raise fields.refuse(f"{len(octets)} octets follow, not {length}", "correct the length")
    return Opaque(octets)


Reader = Callable[[Fields], Rdata]
READERS: dict[str, Reader] = {
    "A": _address(ipaddress.IPv4Address),
    "AAAA": _address(ipaddress.IPv6Address),
    "CNAME": _host,
    "NS": _host,
    "PTR": _host,
    "MX": _mx,
    "TXT": _text,
    "SPF": _text,
    "SOA": _soa,
    "SRV": _srv,
    "CAA": _caa,
    "DS": _ds,
    "TLSA": _tlsa,
}


def record(name: str, type: str, data: str, ttl: int = 3_600, origin: str = "") -> Record:
    """A record from the words of a zone file: `record("@", "MX", "10 mail", 300, "contoso.com")`.

    Names are relative to `origin` unless they end in a dot; with no origin all are absolute. `ttl`
    is in seconds. Raises RecordError with cause and remedy.
    """
    if not 0 <= ttl <= MAX_TTL:
        raise RecordError(f"a TTL of {ttl} s cannot be", f"write 0 to {MAX_TTL} seconds")
    origin = domain(origin or ".")
    tokens = fields_of(data)
    mnemonic = known_type(type)
    return Record(domain(name, origin), mnemonic, ttl, rdata(mnemonic, tokens, origin))


def known_type(text: str) -> str:
    """The mnemonic of a type, whatever its case; RecordError with the nearest when it is none."""
    code = type_code(text)
    if code is None:
        near = get_close_matches(text.upper(), READERS, 1, 0.5)
        hint = f"did you mean {near[0]}?" if near else f"write one of {', '.join(READERS)}"
        raise RecordError(f"{text!r} is no record type", hint)
    return type_name(code)


def rdata(mnemonic: str, tokens: Sequence[Token], origin: str | None) -> Rdata:
    """Data of a record from its fields; RecordError with the number of the field at fault."""
    fields = Fields(tokens, origin)
    if not tokens:
        raise fields.refuse(f"the {mnemonic} record has no data", "write its data after the type")
    data = READERS.get(mnemonic, _opaque)(fields)
    fields.end()
    return data


def present(data: Rdata) -> str:
    """Data as a zone file shows it, with absolute names: `0 contoso-com.mail....outlook.com.`"""
    match data:
        case Address(address):
            return address
        case HostData(host):
            return f"{host}."
        case Mx(preference, host):
            return f"{preference} {host}."
        case Text(strings):
            return " ".join(_quoted(string) for string in strings)
        case _:
            return _present_rare(data)


def _present_rare(data: Rdata) -> str:
    match data:
        case Soa(mname, rname):
            times = f"{data.refresh} {data.retry} {data.expire} {data.minimum}"
            return f"{mname}. {rname}. {data.serial} {times}"
        case Srv(priority, weight, port, host):
            return f"{priority} {weight} {port} {host}."
        case Caa(flags, tag, value):
            return f"{flags} {tag} {_quoted(value)}"
        case Tlsa(usage, selector, matching, association):
            return f"{usage} {selector} {matching} {association.hex()}"
        case Ds(key_tag, algorithm, digest_type, digest):
            return f"{key_tag} {algorithm} {digest_type} {digest.hex()}"
        case Opaque(octets):
            return rf"\# {len(octets)} {octets.hex()}".rstrip()
    raise AssertionError(data)


def _quoted(string: bytes) -> str:
    return '"' + "".join(_character(octet) for octet in string) + '"'


def _character(octet: int) -> str:
    if octet in b'"\\':
        return "\\" + chr(octet)
    return chr(octet) if 0x20 <= octet < 0x7F else f"\\{octet:03d}"
