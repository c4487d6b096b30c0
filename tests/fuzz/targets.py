"""What is fuzzed: functions that take any bytes, and raise only where an invariant does not hold.

One row a reader of other people's input, with examples to begin from. An input may be good or
bad; what none may do is raise what is not declared, make an ill-formed answer, or cost more than
its size.
"""

import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import click
from dnslib import DNSError, DNSRecord
from fake_exo_harness.commands.kinds import kind_of
from fake_exo_harness.conformance import load_recordings
from fake_exo_harness.drivers import HarnessError
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.forms.problems import ScenarioError
from fake_exo_harness.reports.xml import document, element
from fake_exo_harness.runner import world_of
from fake_exo_harness.scenario import load_file, load_tenants
from fake_exo_harness.terminal import shown

from fake_exo import (
    Estate,
    Names,
    RecordError,
    ServiceError,
    ZoneFileError,
    explain,
    parse_zone,
    recommended_zone,
)
from fake_exo.dns.domain import domain
from fake_exo.dns.respond import MAX_UDP, respond
from fake_exo.dns.zonefile import write_zone
from fake_exo.mail.addresses import address_domain, address_list
from fake_exo.mail.authentication import LiteralResolver, authenticate, check_host
from fake_exo.mail.authentication.dmarc import evaluate
from fake_exo.mail.fields import header_fields, longest_value, subject, summarise
from fake_exo.mail.structure import structure
from fake_exo.smtp import grammar, sasl
from fake_exo.smtp.client.inbox import Inbox
from tests.fuzz import seeds
from tests.fuzz.dialogue import conversation

_SPF_QUERIES = 10 + 10 * 11 + 20  # RFC 7208 4.6.4: terms, addresses of MX and PTR, void ones


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _header(data: bytes) -> None:
    facts = summarise(data)
    assert facts.size == len(data) >= facts.header_size
    assert all("@" in address for address in facts.from_addresses)
    for name, value in header_fields(data):
        assert name.isascii() and name
        assert not value.startswith((" ", "\t"))
    subject(data)
    longest_value(data)


def _mime(data: bytes) -> None:
    found = structure(data)
    assert 1 <= found.parts <= data.count(b"\n--") + 2 + data.lower().count(b"message/rfc822")
    assert 0 <= found.attachments <= found.parts
    assert 0 <= found.depth <= found.parts


def _letter(data: bytes) -> None:
    """Sender and HELO up to the first two NULs, then the message."""
    sender, helo, message = ([*data.split(b"\0", 2), b"", b""])[:3]
    found = authenticate(
        message,
        client_ip="203.0.113.7",
        helo=_text(helo),
        mail_from=_text(sender),
        resolver=_resolver(),
        accepted_domains=frozenset({"contoso.com"}),
        honor_dmarc=True,
        now=1_700_000_000.0,
    )
    for field in found.fields():
        assert field.endswith("\r\n")
        assert field.replace("\r\n", "").isprintable(), field


@cache
def _resolver() -> LiteralResolver:
    texts = [_text(record) for record in seeds.listed("record")]
    key = "v=DKIM1; p=" + _PUBLIC
    return _Quiet(
        {
            "x.example": {"TXT": [texts[0]], "MX": ["10 x.example"], "A": ["203.0.113.7"]},
            "_dmarc.x.example": {"TXT": [texts[3]]},
            "s._domainkey.x.example": {"TXT": [key]},
            "else.example": {"TXT": [texts[1]]},
        }
    )


_PUBLIC = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFC"
    "jxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9"
    "tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)


class _Quiet(LiteralResolver):
    """Remembers no questions from one input to the next."""

    def answer(self, name: str, type: str) -> object:  # type: ignore[override]
        self.asked.clear()
        return super().answer(name, type)


def _addresses(data: bytes) -> None:
    text = _text(data)
    for spec in address_list(text).found:
        local, _, name = spec.address.rpartition("@")
        assert local and name
        assert spec.domain == name.lower()
    address_domain(text)


def _names(data: bytes) -> None:
    with suppress(RecordError):
        name = domain(_text(data))
        assert domain(f"{name}.") == name or not name
        assert name.isascii() and name.isprintable()


def _packet(data: bytes) -> None:
    for tcp in (False, True):
        answer = respond(data, _zone_names(), tcp=tcp)
        if answer is not None:
            assert answer[:2] == data[:2]
            assert len(answer) <= (65_535 if tcp else MAX_UDP)
            assert answer[2] & 0x80
            try:
                DNSRecord.parse(answer)
            except DNSError as error:  # it takes no octets outside ASCII in a label
                assert "Invalid label" in str(error), error


@cache
def _zone_names() -> Names:
    return Names((recommended_zone("contoso.com"),))


def _zone(data: bytes) -> None:
    for strict in (True, False):
        with suppress(ZoneFileError):
            zone = parse_zone(_text(data), "contoso.com", strict=strict)
            again = parse_zone(write_zone(zone), "contoso.com", strict=False)
            assert again.records == zone.records


def _record(data: bytes) -> None:
    text = data.decode("latin-1")
    names = {"x.example": {"TXT": [text]}, "_dmarc.x.example": {"TXT": [text]}}
    resolver = LiteralResolver(names)
    check_host("203.0.113.7", "x.example", "a@x.example", "h.example", resolver)
    assert len(resolver.asked) <= _SPF_QUERIES
    evaluate("x.example", resolver, spf_domain="", dkim_domains=(), fraction=0.5)


def _command(data: bytes) -> None:
    found = grammar.parse(data)
    assert found.argument == "" or found.verb
    attempt = sasl.begin(_text(data).partition(" ")[2])
    if attempt.step in ("user", "password", "token"):
        sasl.proceed(attempt, data.decode("ascii", "replace"))


def _replies(data: bytes) -> None:
    inbox = Inbox()
    inbox.add(data)
    while (reply := inbox.reply()) is not None:
        assert 0 <= reply.code <= 999


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory()


def _file(name: str, data: bytes) -> Path:
    path = Path(_folder().name) / name
    path.write_bytes(data)
    return path


def _scenario(data: bytes) -> None:
    path = _file("x.exo.yaml", data)
    kind_of(path)
    try:
        for scenario in load_file(path):
            world_of(scenario)
    except (ScenarioError, ServiceError, HarnessError) as error:
        assert str(error)
        assert shown(str(error)).replace("\n", "").replace("\t", "").isprintable()


def _tenant(data: bytes) -> None:
    try:
        Estate.of(load_tenants(_file("x.yaml", data)))
    except (ScenarioError, ServiceError) as error:
        assert str(error)


def _recording(data: bytes) -> None:
    try:
        load_recordings(_file("session.yaml", data))
    except ScenarioError as error:
        assert str(error)


def _paste(data: bytes) -> None:
    for entry in explain(_text(data)):
        assert entry.text and entry.why
        root = element(None, "x", entry.quoted, why=_text(data))
        assert ElementTree.fromstring(document(root)).tag == "x"


def _fault(data: bytes) -> None:
    with suppress(click.UsageError):
        parse_all([_text(data)])


class Target(NamedTuple):
    """`share` of all inputs, in hundredths; `seeds` to begin from."""

    name: str
    of: str
    act: Callable[[bytes], None]
    seeds: Callable[[], Sequence[bytes]]
    share: int


def _row(name: str, of: str, act: Callable[[bytes], None], share: int) -> Target:
    """With the examples that are listed by its name."""
    return Target(name, of, act, lambda: seeds.listed(name), share)


def _header_seeds() -> Sequence[bytes]:
    return seeds.listed("header")


TARGETS = (
    _row("dialogue", "a client's side of a session, at four endpoints", conversation, 4),
    _row("command", "one command line, and AUTH", _command, 14),
    _row("replies", "a server's replies", _replies, 8),
    _row("header", "a message's header", _header, 13),
    _row("addresses", "an address list", _addresses, 14),
    Target("mime", "a message of parts", _mime, _header_seeds, 11),
    Target("letter", "sender, HELO and message: SPF, DKIM, DMARC", _letter, seeds.letters, 7),
    _row("record", "a TXT record as SPF and DMARC", _record, 8),
    _row("name", "a domain name", _names, 7),
    _row("packet", "a DNS packet", _packet, 6),
    _row("zone", "a zone file", _zone, 2),
    Target("scenario", "a scenario file", _scenario, seeds.scenarios, 1),
    Target("tenant", "a tenant file", _tenant, seeds.tenants, 1),
    Target("recording", "a recorded session", _recording, seeds.recordings, 2),
    Target("paste", "a paste for explain", _paste, seeds.pastes, 1),
    _row("fault", "an option --fault", _fault, 1),
)
assert sum(target.share for target in TARGETS) == 100
