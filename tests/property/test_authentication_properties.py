"""Whatever the record, the DNS or the message: a verdict, in bounded work, and never an error.

pyspf is the second opinion on SPF. It keeps its look-up hook in a module global, so the hook is
set for these tests only.
"""

from collections.abc import Iterator
from typing import Any

import pytest
import spf as pyspf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_exo.mail.authentication import authenticate
from fake_exo.mail.authentication.resolver import LiteralResolver, ResolverAnswer
from fake_exo.mail.authentication.spf import Spf, check_host

NAMES = tuple(f"d{n}.example.com" for n in range(4))
ADDRESSES = ("192.0.2.1", "192.0.2.2", "198.51.100.7", "2001:db8::1")

names = st.sampled_from((*NAMES, "gone.example.com"))
macros = st.sampled_from(
    ("%{i}.example.com", "%{d2}", "%{l1r-}.%{o}", "%{ir}.%{v}.arpa", "%{H}", "%{p}", "%{x}", "%%")
)
prefixes = st.sampled_from(("", "", "", "/24", "/0", "/33", "//64", "/24//0"))
plain_terms = st.one_of(
    st.sampled_from(("a", "mx", "all", "ip4:192.0.2.0/31", "ip4:192.0.2.2", "ip6:2001:db8::/64")),
    st.builds("{}:{}{}".format, st.sampled_from(("a", "mx")), names, prefixes),
    st.builds("include:{}".format, names),
    st.builds("exists:{}".format, names),
)
wild_terms = st.one_of(
    plain_terms,
    st.builds("{}:{}".format, st.sampled_from(("exists", "a", "ptr", "include")), macros),
    st.sampled_from(("ptr", "unknown", "x=%{i}", "exp=d3.example.com", "ip4:300.1.1.1", "a:", "=")),
    st.text(st.characters(max_codepoint=255), max_size=12),
)
qualifiers = st.sampled_from(("", "", "+", "-", "~", "?"))


def records(terms: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    term = st.builds("{}{}".format, qualifiers, terms)
    end = st.one_of(st.just(""), st.just(" -all"), st.builds(" redirect={}".format, names))
    return st.builds(
        lambda terms, end: " ".join(("v=spf1", *terms)) + end, st.lists(term, max_size=12), end
    )


def zones(terms: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, dict[str, list[str]]]]:
    ip4 = st.sampled_from(ADDRESSES[:3])
    node = st.fixed_dictionaries(
        {"TXT": st.lists(records(terms), min_size=1, max_size=1)},
        optional={
            "A": st.lists(ip4, min_size=1, max_size=3),
            "MX": st.lists(st.builds("10 {}".format, names), min_size=1, max_size=12),
        },
    )
    return st.dictionaries(st.sampled_from(NAMES), node)


class Hostile:
    """A resolver that answers anything with whatever it was given, in turn."""

    def __init__(self, answers: list[tuple[str, list[str]]]) -> None:
        self._answers = answers
        self.questions = 0

    def answer(self, name: str, type: str) -> ResolverAnswer:
        assert 0 < len(name) <= 253
        rcode, values = self._answers[self.questions % len(self._answers)]
        self.questions += 1
        return ResolverAnswer(rcode, tuple(values))


texts = st.text(st.characters(max_codepoint=255), max_size=60)
answers = st.lists(
    st.tuples(
        st.sampled_from(("NOERROR", "NOERROR", "NOERROR", "NXDOMAIN", "SERVFAIL", "TIMEOUT")),
        st.lists(st.one_of(records(wild_terms), texts, st.sampled_from(ADDRESSES)), max_size=12),
    ),
    min_size=1,
    max_size=6,
)
# One TXT each for the domain, ten includes and an explanation; ten terms of eleven queries; and
# eleven for the reverse names, asked for once.
MOST_QUERIES = 12 + 110 + 11


@given(answers=answers, ip=st.sampled_from(ADDRESSES), sender=texts, helo=texts)
@settings(max_examples=100)
def test_spf_ends_within_its_limits(
    answers: list[tuple[str, list[str]]], ip: str, sender: str, helo: str
) -> None:
    resolver = Hostile(answers)
    verdict = check_host(ip, "d0.example.com", sender, helo, resolver)
    assert isinstance(verdict.result, Spf)
    assert verdict.lookups <= 11 and verdict.void_lookups <= 3
    assert resolver.questions <= MOST_QUERIES


@given(zone=zones(wild_terms), ip=st.sampled_from(ADDRESSES))
@settings(max_examples=100)
def test_spf_over_a_zone_of_random_records(zone: dict[str, dict[str, list[str]]], ip: str) -> None:
    resolver = LiteralResolver(zone)
    verdict = check_host(ip, "d0.example.com", "a-b@d1.example.com", "d2.example.com", resolver)
    assert (verdict.problem != "") == (verdict.result in (Spf.NONE, Spf.PERMERROR, Spf.TEMPERROR))
    assert len(resolver.asked) <= MOST_QUERIES


@pytest.fixture
def pyspf_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, dict[str, list[str]]]]:
    zone: dict[str, dict[str, list[str]]] = {}

    def lookup(name: str, type: str, *_: object) -> list[tuple[tuple[str, str], Any]]:
        values = zone.get(name.lower(), {}).get(type, [])
        return [((name, type), _for_pyspf(type, value)) for value in values]

    monkeypatch.setattr(pyspf, "DNSLookup", lookup)
    yield zone


def _for_pyspf(type: str, value: str) -> object:
    if type == "TXT":
        return (value.encode("latin-1"),)
    preference, _, host = value.partition(" ")
    return (int(preference), host) if type == "MX" else value


@given(zone=zones(plain_terms), ip=st.sampled_from(ADDRESSES[:3]))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_pyspf_agrees(
    pyspf_zone: dict[str, dict[str, list[str]]], zone: dict[str, dict[str, list[str]]], ip: str
) -> None:
    for name, types in zone.items():
        # pyspf calls a record that includes itself a syntax error; the RFC has no such rule.
        types["TXT"] = [text.replace(f"include:{name}", "all") for text in types["TXT"]]
        # pyspf resolves every MX host before it compares, and so finds more void answers.
        types["MX"] = [mx for mx in types.get("MX", []) if "A" in zone.get(mx[3:], {})]
    pyspf_zone.clear()
    pyspf_zone.update(zone)
    theirs, _ = pyspf.check2(i=ip, s="a@d0.example.com", h="d1.example.com")
    ours = check_host(ip, "d0.example.com", "a@d0.example.com", "h", LiteralResolver(zone))
    assert ours.result == theirs, ours


field_lines = st.builds(
    "{}: {}".format,
    st.sampled_from(("From", "DKIM-Signature", "Subject", "from", "X")),
    st.one_of(
        texts,
        st.just("<a@contoso.com>"),
        st.just("v=1; a=rsa-sha256; d=contoso.com; s=s; h=from; bh=YQ==; b=YQ=="),
        st.just("v=1; a=ed25519-sha256; d=contoso.com; s=s; h=from; bh=YQ==; b=YQ=="),
    ),
)
messages = st.one_of(
    st.binary(max_size=400),
    st.builds(
        lambda lines, body: "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body,
        st.lists(st.one_of(field_lines, texts), max_size=8),
        st.binary(max_size=80),
    ),
)


@given(message=messages, answers=answers, ip=st.sampled_from(ADDRESSES), sender=texts, helo=texts)
@settings(max_examples=100, deadline=None)
def test_no_message_and_no_dns_raises(
    message: bytes, answers: list[tuple[str, list[str]]], ip: str, sender: str, helo: str
) -> None:
    result = authenticate(
        message,
        client_ip=ip,
        helo=helo,
        mail_from=sender,
        resolver=Hostile(answers),
        accepted_domains=frozenset({"contoso.com"}),
        honor_dmarc=True,
        now=1_793_000_000,
    )
    for field in result.fields():
        assert field.endswith("\r\n")
        assert all(line.startswith(" ") for line in field.split("\r\n")[1:-1])
        assert "\n" not in field.replace("\r\n", "")
    again = authenticate(
        message,
        client_ip=ip,
        helo=helo,
        mail_from=sender,
        resolver=Hostile(answers),
        accepted_domains=frozenset({"contoso.com"}),
        honor_dmarc=True,
        now=1_793_000_000,
    )
    assert again == result
