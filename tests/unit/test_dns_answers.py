"""What a name service answers from its zones: RFC 1034 4.3.2, 2308, 4592, 6604."""

import pytest

from fake_exo.dns import (
    Answer,
    Foreign,
    Names,
    Record,
    RecordError,
    Soa,
    Text,
    Zone,
    parse_zone,
    present,
)

CONTOSO = parse_zone(
    """\
$ORIGIN contoso.com.
$TTL 600
@          SOA   ns1 hostmaster 7 3600 600 604800 300
@          NS    ns1
@          MX    0 contoso-com.mail.protection.outlook.com.
@          TXT   "v=spf1 -all"
@          TXT   "MS=ms12345678"
ns1        A     192.0.2.53
www        CNAME Web.contoso.com.
web        A     192.0.2.80
away       CNAME host.fabrikam.com.
far        CNAME host.nowhere.example.
gone       CNAME nothing
loop-a     CNAME loop-b
loop-b     CNAME loop-a
self       CNAME self
a.b.deep   A     192.0.2.9
*.wild     MX    10 web
*.wild     A     192.0.2.7
x.y.wild   A     192.0.2.8
*.alias    CNAME web
branch     NS    ns.branch
branch     NS    ns.elsewhere.example.
ns.branch  A     192.0.2.99
null       MX    0 .
twice      TXT   "v=spf1 -all"
twice      TXT   "v=spf1 ~all"
same       TXT   "v=spf1 -all"
same       TXT   "v=spf1 -all"
"""
)
FABRIKAM = parse_zone("$ORIGIN fabrikam.com.\n$TTL 60\nhost A 198.51.100.1\nhost A 198.51.100.2\n")
BELOW = parse_zone("$ORIGIN sub.contoso.com.\n$TTL 60\n@ A 192.0.2.44\n")
NAMES = Names((CONTOSO, FABRIKAM, BELOW))


def shown(answer: Answer) -> list[str]:
    return [f"{r.name} {r.type} {present(r.data)}" for r in answer.answers]


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("contoso.com", "MX", ["contoso.com MX 0 contoso-com.mail.protection.outlook.com."]),
        ("contoso.com.", "NS", ["contoso.com NS ns1.contoso.com."]),
        ("CONTOSO.com", "NS", ["CONTOSO.com NS ns1.contoso.com."]),
        ("web.contoso.com", "A", ["web.contoso.com A 192.0.2.80"]),
        ("host.fabrikam.com", "A", [
            "host.fabrikam.com A 198.51.100.1",
            "host.fabrikam.com A 198.51.100.2",
        ]),
        ("sub.contoso.com", "A", ["sub.contoso.com A 192.0.2.44"]),
        ("null.contoso.com", "MX", ["null.contoso.com MX 0 ."]),
    ],
)  # fmt: skip
def test_records_of_a_name_are_answered_as_asked(
    name: str, type_: str, expected: list[str]
) -> None:
    answer = NAMES.answer(name, type_)
    assert (answer.rcode, answer.authoritative, shown(answer)) == ("NOERROR", True, expected)


@pytest.mark.parametrize(
    ("name", "type_", "rcode", "expected"),
    [
        ("www.contoso.com", "A", "NOERROR", [
            "www.contoso.com CNAME Web.contoso.com.",
            "Web.contoso.com A 192.0.2.80",
        ]),
        ("www.contoso.com", "CNAME", "NOERROR", ["www.contoso.com CNAME Web.contoso.com."]),
        ("www.contoso.com", "MX", "NOERROR", ["www.contoso.com CNAME Web.contoso.com."]),
        ("away.contoso.com", "A", "NOERROR", [
            "away.contoso.com CNAME host.fabrikam.com.",
            "host.fabrikam.com A 198.51.100.1",
            "host.fabrikam.com A 198.51.100.2",
        ]),
        ("far.contoso.com", "A", "NOERROR", ["far.contoso.com CNAME host.nowhere.example."]),
        ("gone.contoso.com", "A", "NXDOMAIN", ["gone.contoso.com CNAME nothing.contoso.com."]),
        ("self.contoso.com", "A", "NOERROR", ["self.contoso.com CNAME self.contoso.com."]),
        ("loop-a.contoso.com", "A", "NOERROR", [
            "loop-a.contoso.com CNAME loop-b.contoso.com.",
            "loop-b.contoso.com CNAME loop-a.contoso.com.",
        ]),
    ],
    ids=["to-data", "asked-for", "no-data", "other-zone", "not-ours", "dangling", "self", "loop"],
)  # fmt: skip
def test_aliases_are_followed(name: str, type_: str, rcode: str, expected: list[str]) -> None:
    answer = NAMES.answer(name, type_)
    assert (answer.rcode, answer.authoritative, shown(answer)) == (rcode, True, expected)


def test_seventeen_aliases_are_too_many_to_follow() -> None:
    lines = "".join(f"n{i} CNAME n{i + 1}\n" for i in range(30))
    names = Names((parse_zone(f"$TTL 60\n{lines}n16 A 192.0.2.1", "a.test", strict=False),))
    assert shown(names.answer("n0.a.test", "A"))[-1] == "n16.a.test A 192.0.2.1"
    short = Names((parse_zone(f"$TTL 60\n{lines}n30 A 192.0.2.1", "a.test"),))
    assert len(short.answer("n0.a.test", "A").answers) == 17
    assert shown(short.answer("n14.a.test", "A"))[-1] == "n30.a.test A 192.0.2.1"


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("q.wild.contoso.com", "A", ["q.wild.contoso.com A 192.0.2.7"]),
        ("p.Q.wild.contoso.com", "A", ["p.Q.wild.contoso.com A 192.0.2.7"]),
        ("q.wild.contoso.com", "MX", ["q.wild.contoso.com MX 10 web.contoso.com."]),
        ("*.wild.contoso.com", "A", ["*.wild.contoso.com A 192.0.2.7"]),
        ("q.alias.contoso.com", "A", [
            "q.alias.contoso.com CNAME web.contoso.com.",
            "web.contoso.com A 192.0.2.80",
        ]),
    ],
)  # fmt: skip
def test_a_wildcard_stands_for_names_below_its_parent(
    name: str, type_: str, expected: list[str]
) -> None:
    assert shown(NAMES.answer(name, type_)) == expected


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("q.y.wild.contoso.com", "NXDOMAIN"),  # the closest encloser is y.wild, which has no *
        ("y.wild.contoso.com", "NOERROR"),  # exists, without records
        ("wild.contoso.com", "NOERROR"),
    ],
)
def test_a_wildcard_does_not_reach_past_an_existing_name(name: str, rcode: str) -> None:
    answer = NAMES.answer(name, "A")
    assert (answer.rcode, answer.answers) == (rcode, ())


@pytest.mark.parametrize(
    ("name", "type_", "rcode"),
    [
        ("nothing.contoso.com", "A", "NXDOMAIN"),
        ("web.contoso.com", "AAAA", "NOERROR"),
        ("web.contoso.com", "TYPE65280", "NOERROR"),
        ("b.deep.contoso.com", "A", "NOERROR"),
        ("deep.contoso.com", "A", "NOERROR"),
        ("q.wild.contoso.com", "TXT", "NOERROR"),
    ],
)
def test_a_negative_answer_carries_the_soa_with_the_negative_ttl(
    name: str, type_: str, rcode: str
) -> None:
    data = Soa("ns1.contoso.com", "hostmaster.contoso.com", 7, 3600, 600, 604800, 300)
    soa = Record("contoso.com", "SOA", 300, data)
    assert NAMES.answer(name, type_) == Answer(rcode, True, authority=(soa,))


def test_a_zone_without_soa_gets_one() -> None:
    answer = Names((Zone("a.test", ()),)).answer("a.test", "SOA")
    soa = "ns.internet.example. hostmaster.a.test. 1 3600 600 604800 300"
    assert shown(answer) == [f"a.test SOA {soa}"]


def test_a_zone_without_name_servers_gets_one_and_keeps_its_own() -> None:
    bare, own = Zone("a.test", ()), parse_zone("@ 60 NS ns1.a.test.\n", "a.test")
    assert shown(Names((bare,)).answer("a.test", "NS")) == ["a.test NS ns.internet.example."]
    assert shown(Names((own,)).answer("a.test", "NS")) == ["a.test NS ns1.a.test."]


PARENT = parse_zone(
    "$TTL 60\n@ SOA ns1 host 1 2 3 4 30\nkid NS ns.kid\nkid DS 258 8 2 abcd\nun NS ns.un\n"
    "plain A 192.0.2.1\n",
    "a.test",
)


@pytest.mark.parametrize(
    ("name", "expected", "soa"),
    [
        ("kid.a.test", ["kid.a.test DS 258 8 2 abcd"], []),
        ("un.a.test", [], ["a.test"]),
        ("plain.a.test", [], ["a.test"]),
        ("a.test", [], ["a.test"]),  # we know no parent of this one
    ],
)
@pytest.mark.parametrize("children", [(), ("kid.a.test", "un.a.test")], ids=["alone", "both"])
def test_ds_is_the_parent_s_to_say(
    name: str, expected: list[str], soa: list[str], children: tuple[str, ...]
) -> None:
    names = Names((PARENT, *(Zone(child, ()) for child in children)))
    answer = names.answer(name, "DS")
    assert (answer.rcode, answer.authoritative, shown(answer)) == ("NOERROR", True, expected)
    assert [r.name for r in answer.authority if r.type == "SOA"] == soa


def test_below_a_cut_ds_is_referred_like_all_else() -> None:
    answer = Names((PARENT,)).answer("pc.kid.a.test", "DS")
    assert (answer.authoritative, answer.answers) == (False, ())
    assert [present(r.data) for r in answer.authority] == ["ns.kid.a.test."]


def test_ds_of_a_customer_s_zone_is_denied_by_the_internet_above_it() -> None:
    answer = Names((Zone("contoso.com", ()),), Foreign("internet")).answer("contoso.com", "DS")
    assert (answer.rcode, answer.answers) == ("NOERROR", ())
    assert [r.name for r in answer.authority] == ["com"]


def test_names_below_a_delegation_are_referred_with_glue() -> None:
    for name in ("branch.contoso.com", "pc.office.branch.contoso.com", "ns.branch.contoso.com"):
        answer = NAMES.answer(name, "A")
        assert (answer.rcode, answer.authoritative, answer.answers) == ("NOERROR", False, ())
        assert [present(r.data) for r in answer.authority] == [
            "ns.branch.contoso.com.",
            "ns.elsewhere.example.",
        ]
        assert [present(r.data) for r in answer.additional] == ["192.0.2.99"]


@pytest.mark.parametrize("name", ["example.org", "com", "", "notcontoso.com"])
def test_names_in_no_zone_are_refused(name: str) -> None:
    assert NAMES.answer(name, "A") == Answer("REFUSED", authoritative=False)


@pytest.mark.parametrize("name", ["a..contoso.com", f"{'a' * 64}.contoso.com", "a." * 128 + "b"])
def test_what_is_no_name_does_not_exist(name: str) -> None:
    assert NAMES.answer(name, "A") == Answer("NXDOMAIN", authoritative=False)


def test_any_gets_every_record_of_the_name_and_no_alias_is_followed() -> None:
    assert len(NAMES.answer("contoso.com", "ANY").answers) == 5
    assert len(NAMES.answer("www.contoso.com", "ANY").answers) == 1


def test_faulty_zones_are_served_as_they_are() -> None:
    assert len(NAMES.answer("twice.contoso.com", "TXT").answers) == 2
    text = "$TTL 60\n@ CNAME other.test.\n@ TXT x\n"
    names = Names((parse_zone(text, "a.test", strict=False),))
    assert shown(names.answer("a.test", "TXT")) == ['a.test TXT "x"']
    assert shown(names.answer("a.test", "MX")) == ["a.test CNAME other.test."]


def test_repeated_data_is_answered_once() -> None:
    assert len(NAMES.answer("same.contoso.com", "TXT").answers) == 1


def test_zones_of_one_origin_are_joined_and_with_zones_replaces_them() -> None:
    more = parse_zone("$TTL 60\nmore A 192.0.2.1\n", "Fabrikam.com")
    joined = Names((FABRIKAM, more))
    assert joined.answer("host.fabrikam.com", "A").rcode == "NOERROR"
    assert joined.answer("more.fabrikam.com", "A").rcode == "NOERROR"
    assert NAMES.with_zones(more).answer("host.fabrikam.com", "A").rcode == "NXDOMAIN"
    assert NAMES.with_zones(more).answer("web.contoso.com", "A").rcode == "NOERROR"


def test_the_root_can_be_a_zone() -> None:
    names = Names((parse_zone("$TTL 60\n* A 192.0.2.1\n", "."),))
    assert shown(names.answer("any.thing", "A")) == ["any.thing A 192.0.2.1"]


def test_a_record_outside_its_zone_is_refused() -> None:
    with pytest.raises(RecordError, match=r"www\.example\.org is outside the zone contoso\.com"):
        Zone("contoso.com", (Record("www.example.org", "TXT", 1, Text((b"a",))),))
