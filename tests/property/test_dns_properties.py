"""Claims about all names, zones and packets."""

import re
import string

from dnslib import DNSRecord
from hypothesis import given
from hypothesis import strategies as st

from fake_exo.dns import (
    Address,
    Caa,
    HostData,
    Mx,
    Names,
    Opaque,
    Record,
    RecordError,
    Soa,
    Srv,
    Text,
    Tlsa,
    Zone,
    parse_zone,
    respond,
    write_zone,
)
from fake_exo.dns.domain import domain, label_text
from fake_exo.dns.domain import labels as split
from fake_exo.exchange.labels import mx_label

LETTERS = string.ascii_lowercase + string.digits
octets = st.binary(min_size=1, max_size=12)
short = st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True)
labels = st.one_of(short, octets.map(label_text))
hosts = st.lists(labels, max_size=4).map(".".join)
numbers = st.integers(0, 65_535)
seconds = st.integers(0, 2**31 - 1)
octet = st.integers(0, 255)
data = st.one_of(
    st.tuples(st.just("A"), st.builds(Address, st.ip_addresses(v=4).map(str))),
    st.tuples(st.just("AAAA"), st.builds(Address, st.ip_addresses(v=6).map(str))),
    st.tuples(st.sampled_from(["NS", "PTR"]), st.builds(HostData, hosts)),
    st.tuples(st.just("MX"), st.builds(Mx, numbers, hosts)),
    st.tuples(
        st.sampled_from(["TXT", "SPF"]),
        st.builds(Text, st.lists(st.binary(max_size=255), min_size=1, max_size=3).map(tuple)),
    ),
    st.tuples(st.just("SRV"), st.builds(Srv, numbers, numbers, numbers, hosts)),
    st.tuples(
        st.just("CAA"),
        st.builds(Caa, octet, st.from_regex("[a-z0-9]{1,9}", fullmatch=True), octets),
    ),
    st.tuples(st.just("TLSA"), st.builds(Tlsa, octet, octet, octet, octets)),
    st.tuples(st.just("TYPE65280"), st.builds(Opaque, st.binary(max_size=9))),
)
ORIGIN = "contoso.com"
owners = st.lists(st.one_of(labels, st.just("*")), max_size=3).map(
    lambda found: ".".join([*found, ORIGIN])
)
records = st.builds(lambda name, ttl, d: Record(name, d[0], ttl, d[1]), owners, seconds, data)
soas = st.builds(Soa, hosts, hosts, *[seconds] * 5).map(lambda d: Record(ORIGIN, "SOA", 60, d))


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    aliases = draw(st.lists(st.builds(HostData, owners), max_size=2))
    found = draw(st.lists(records, max_size=8)) + draw(st.lists(soas, max_size=1))
    found += [Record(f"alias{i}.{ORIGIN}", "CNAME", 60, host) for i, host in enumerate(aliases)]
    held: dict[str, Record] = {r.name.lower(): r for r in found if r.type == "CNAME"}
    return Zone(ORIGIN, tuple(r for r in found if held.get(r.name.lower(), r) is r))


@given(zones())
def test_a_written_zone_reads_back(zone: Zone) -> None:
    assert parse_zone(write_zone(zone)) == zone


@given(octets)
def test_a_label_has_one_spelling_that_reads_back(label: bytes) -> None:
    assert domain(f"{label_text(label)}.") == label_text(label)


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        name = domain(text)
    except RecordError as error:
        assert error.cause
        assert error.remedy
    else:
        assert domain(f"{name}.") == name


@given(st.text(alphabet='abcMXA@$. \t\n;"()\\0123IN', max_size=80))
def test_any_file_is_read_or_its_faults_are_told(text: str) -> None:
    try:
        parse_zone(text, ORIGIN)
    except ValueError as error:
        assert str(error).startswith("<zone>:")


# ---- MX labels ---------------------------------------------------------------------------------

inner = st.text(LETTERS, min_size=1, max_size=6)
domain_labels = st.lists(inner, min_size=1, max_size=4).map("-".join)
top = st.text(string.ascii_lowercase, min_size=2, max_size=6)
domains = st.builds(
    lambda parts, last: ".".join([*parts, last]),
    st.lists(domain_labels, min_size=1, max_size=2),
    top,
).filter(lambda name: len(name) <= 45)  # so that the label has at most 63


def the_domain_of(label: str) -> str:
    """The inverse, for domains whose top level has letters only: so the label can be read back."""
    head, last = label.rsplit("-", 1)
    match = re.fullmatch(r"([a-z]+)(?:0(.+))?", last)
    assert match
    name, at = [*f"{head}-{match[1]}".replace("-", ".")], 0
    for gap, letter in re.findall(r"([0-9]*)([b-p])", match[2] or ""):
        at += 4 * int(gap or 0)
        for bit in range(4):
            if ord(letter) - ord("a") & 1 << bit:
                name.insert(at + bit, "-")
        at += 4
    return "".join(name)


@given(domains)
def test_no_two_domains_share_an_mx_label(name: str) -> None:
    assert the_domain_of(mx_label(name)) == name


def test_no_two_short_domains_share_an_mx_label() -> None:
    parts = ["a", "aa", "a-a", "a--a", "aa-a", "a-aa", "a-a-a"]
    names = [f"{name}.co" for name in parts] + [f"{a}.{b}.co" for a in parts for b in parts]
    assert len({mx_label(name) for name in names}) == 56


# ---- packets -----------------------------------------------------------------------------------

types = st.one_of(st.sampled_from([1, 2, 5, 6, 15, 16, 28, 33, 255, 257]), numbers)
asked = st.one_of(owners, hosts.filter(bool))


def wire(name: str) -> bytes:
    packed = b""
    for label in split(name):
        packed += bytes([len(label)]) + label
    return packed + b"\0"


@st.composite
def queries(draw: st.DrawFn) -> bytes:
    head = draw(st.binary(min_size=2, max_size=2)) + draw(
        st.sampled_from([b"\0\0", b"\1\0", b"\1\x30"])
    )
    payload = draw(st.one_of(st.none(), numbers))
    opt = b"" if payload is None else b"\0\0\x29" + payload.to_bytes(2) + bytes(6)
    counts = b"\0\1\0\0\0\0\0" + (b"\1" if opt else b"\0")
    question = wire(draw(asked)) + draw(types).to_bytes(2) + b"\0\1"
    return head + counts + question + opt


@given(zones(), queries(), st.booleans())
def test_every_query_gets_an_answer_to_its_id_that_another_codec_can_read(
    zone: Zone, query: bytes, tcp: bool
) -> None:
    answer = respond(query, Names((zone,)), tcp=tcp)
    assert answer is not None
    assert answer[:2] == query[:2]
    assert answer[2] & 0x80
    assert tcp or len(answer) <= 1232
    end = query.index(b"\0\1", 12)
    assert answer[12:end] == query[12:end]
    if max(query[12:]) < 0x80 and not any("\\" in str(r) for r in zone.records):
        DNSRecord.parse(answer)  # whose names must be UTF-8


@given(zones(), st.binary(max_size=80), st.booleans())
def test_any_octets_get_an_answer_or_silence(zone: Zone, packet: bytes, tcp: bool) -> None:
    answer = respond(packet, Names((zone,)), tcp=tcp)
    silent = len(packet) < 12 or packet[2] & 0x80
    assert (answer is None) == bool(silent)


@given(queries(), st.data())
def test_mutated_queries_get_an_answer_or_silence(query: bytes, draw: st.DataObject) -> None:
    packet = bytearray(query)
    for _ in range(draw.draw(st.integers(1, 4))):
        packet[draw.draw(st.integers(0, len(packet) - 1))] = draw.draw(octet)
    cut = draw.draw(st.integers(0, len(packet)))
    answer = respond(bytes(packet[:cut]), Names(), tcp=False)
    assert answer is None or answer[:2] == packet[:2]
