"""What listens where, on a day and on this machine: one index, read by everybody."""

from datetime import date

import pytest

from fake_exo import World
from fake_exo.dns import Foreign, Names, Zone, present, record
from fake_exo.dns.view import served
from fake_exo.exchange.endpoint import index, next_change
from fake_exo.kernel.bindings import Binding, dns_port, plan, seen_as
from fake_exo.kernel.endpoint import Endpoint, Listen, Trait
from fake_exo.kernel.errors import CannotListen

TODAY, ARTICLE = date(2026, 11, 1), date(2015, 2, 19)


def endpoint(id_: str, *ports: int, address: str = "203.0.113.1") -> Endpoint:
    listens = tuple(Listen(address, port, "starttls", (f"{id_}.example",)) for port in ports)
    return Endpoint(id_, "here", listens, frozenset(), id_, 300.0, None)


FIRST, SECOND, THIRD = endpoint("first", 587, 25), endpoint("second", 25), endpoint("third", 587)


@pytest.mark.parametrize(
    ("day", "address", "port", "id_"),
    [
        (TODAY, "52.98.171.242", 587, "submission"),
        (TODAY, "40.99.150.82", 25, "submission"),
        (TODAY, "52.98.171.242", 465, None),
        (TODAY, "52.101.68.36", 25, "mx"),
        (TODAY, "52.101.68.36", 587, None),
        (TODAY, "132.245.225.98", 587, None),  # an address of 2015
        (ARTICLE, "132.245.225.98", 587, "submission"),
        (ARTICLE, "52.98.171.242", 587, None),
    ],
)
def test_the_index_says_who_answers(day: date, address: str, port: int, id_: str | None) -> None:
    found = index("eurprd04", day).at(address, port)
    assert (found.id if found else None) == id_


def test_high_volume_email_listens_since_its_preview() -> None:
    before, since = date(2024, 3, 31), date(2024, 4, 1)
    assert [e.id for e in index("eurprd04", before).named("hve")] == []
    assert [e.id for e in index("eurprd04", since).named("hve")] == ["hve"]
    assert next_change(before) == since


def test_traits_say_what_an_endpoint_does() -> None:
    found = index("eurprd04", TODAY)
    (submission,) = found.named("submission")
    mx = next(found.named("mx"))
    assert submission.can == {Trait.SIGNS_IN, Trait.COUNTS_SUBMISSION}
    assert mx.can == {Trait.ATTRIBUTES, Trait.FILTERS}


def test_the_names_of_2015_lead_to_the_addresses_of_2015() -> None:
    world = World(as_of=ARTICLE)
    answer = world.lookup("smtp.office365.com", "A")
    said = [present(r.data) for r in answer.answers]
    assert said[:5] == [
        "smtp.outlook.office365.com.",
        "outlook.office365.com.",
        "lb.geo.office365.com.",
        "outlook.office365.com.glbdns2.microsoft.com.",
        "outlook-emeawest.office365.com.",
    ]
    assert said[5:7] == ["132.245.225.98", "132.245.224.162"]


def test_names_change_with_the_day_while_a_world_runs() -> None:
    world = World(as_of=date(2017, 12, 31))
    assert present(world.lookup("smtp.office365.com", "CNAME").answers[0].data) == (
        "smtp.outlook.office365.com."
    )
    world.advance(86_400)
    assert present(world.lookup("smtp.office365.com", "CNAME").answers[0].data) == (
        "outlook.office365.com."
    )


def test_free_ports_are_one_for_each_port_of_an_endpoint() -> None:
    placed, missed = plan([FIRST, SECOND], "127.0.0.1", "any")
    assert [(b.endpoint.id, b.listen.port, b.address, b.port) for b in placed] == [
        ("first", 587, "127.0.0.1", 0),
        ("first", 25, "127.0.0.1", 0),
        ("second", 25, "127.0.0.1", 0),
    ]
    assert missed == ()


def test_fixed_ports_are_1000_and_the_services_own_first_ports_first() -> None:
    placed, missed = plan([FIRST, SECOND, THIRD], "127.0.0.1", "fixed")
    assert [(b.endpoint.id, b.listen.port, b.port) for b in placed] == [
        ("first", 587, 1587),
        ("first", 25, 2025),
        ("second", 25, 1025),
        ("third", 587, 2587),
    ]
    assert (missed, dns_port("fixed", placed)) == ((), 1053)


def test_of_given_ports_each_place_takes_the_next_and_the_name_server_the_last() -> None:
    ports = (7001, 7002, 7004, 7005)
    placed, _ = plan([FIRST, SECOND], "127.0.0.1", ports)
    assert ([b.port for b in placed], dns_port(ports, placed)) == ([7001, 7002, 7004], 7005)
    with pytest.raises(CannotListen, match="no port of these is left"):
        plan([FIRST, SECOND], "127.0.0.1", ports[:3])


def test_on_one_address_first_ports_go_before_second_ones() -> None:
    placed, missed = plan([FIRST, SECOND, THIRD], "192.0.2.9", "real")
    assert [(b.endpoint.id, b.port) for b in placed] == [("first", 587), ("second", 25)]
    assert [(m.endpoint.id, m.listen.port, m.taken_by.id) for m in missed] == [
        ("third", 587, "first"),
        ("first", 25, "second"),
    ]


@pytest.mark.parametrize(
    ("platform", "addresses", "left_out"),
    [
        ("linux", {"first": "127.0.0.1", "second": "127.25.0.1", "third": "127.25.0.2"}, 0),
        ("darwin", {"first": "127.0.0.1", "second": "127.0.0.1"}, 2),
    ],
)
def test_loopback_has_many_addresses_on_linux_only(
    monkeypatch: pytest.MonkeyPatch, platform: str, addresses: dict[str, str], left_out: int
) -> None:
    monkeypatch.setattr("sys.platform", platform)
    placed, missed = plan([FIRST, SECOND, THIRD], "127.0.0.1", "real")
    assert {b.endpoint.id: b.address for b in placed} == addresses
    assert len(missed) == left_out


def test_every_address_of_an_endpoint_is_seen_where_it_is_served() -> None:
    two = Endpoint("two", "", (*SECOND.listens, *endpoint("x", 25, address="203.0.113.2").listens),
                   frozenset(), "two", 1.0, None)  # fmt: skip
    bound = Binding(two, two.listens[0], "0.0.0.0", 25)
    assert seen_as([bound], "192.0.2.9") == {"203.0.113.1": "192.0.2.9", "203.0.113.2": "192.0.2.9"}


def test_a_served_world_shows_its_own_addresses_and_hides_the_rest() -> None:
    theirs = Zone("service.example", (
        record("in.service.example", "A", "203.0.113.1", 10),
        record("out.service.example", "A", "203.0.113.2", 10),
        record("in.service.example", "AAAA", "2001:db8::1", 10),
    ))  # fmt: skip
    customer = Zone("contoso.com", (
        record("contoso.com", "A", "10.0.0.5", 10),
        record("mail.contoso.com", "A", "203.0.113.1", 10),
        record("old.contoso.com", "A", "203.0.113.2", 10),
    ))  # fmt: skip
    names = served(
        Names((theirs, customer)),
        seen_as={"203.0.113.1": "127.0.0.9"},
        hidden=("203.0.113.1", "203.0.113.2"),
        own=("service.example",),
        foreign=Foreign(),
    )

    def asked(name: str, type_: str = "A") -> list[str]:
        return [present(r.data) for r in names.answer(name, type_).answers]

    assert asked("in.service.example") == ["127.0.0.9"]
    assert asked("in.service.example", "AAAA") == []
    assert asked("out.service.example") == []
    assert asked("contoso.com") == ["10.0.0.5"]
    assert asked("mail.contoso.com") == ["127.0.0.9"]
    assert asked("old.contoso.com") == []


@pytest.mark.parametrize(
    ("name", "type_", "rcode", "data"),
    [
        ("customer.example", "MX", "NOERROR", ["10 mx.internet.example."]),
        ("customer.example", "A", "NOERROR", []),
        ("mx.internet.example", "A", "NOERROR", ["198.51.100.25"]),
        ("mx.internet.example", "MX", "NOERROR", []),
        ("login.sign-in.example", "MX", "NXDOMAIN", []),
        ("localhost", "A", "NXDOMAIN", []),
        ("printer.local", "A", "NXDOMAIN", []),
        ("1.2.0.192.in-addr.arpa", "PTR", "NOERROR", ["192-0-2-1.internet.example."]),
        (
            f"{'0.' * 28}d.f.2.0.ip6.arpa",
            "PTR",
            "NOERROR",
            [f"0-2-f-d{'-0' * 28}.internet.example."],
        ),
        ("1.2.0.192.in-addr.arpa", "MX", "NOERROR", []),
        ("2.0.192.in-addr.arpa", "NS", "NOERROR", ["ns.internet.example."]),
        ("256.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN", []),
        ("1.1.2.0.192.in-addr.arpa", "PTR", "NXDOMAIN", []),
        ("e164.arpa", "NS", "NXDOMAIN", []),
        ("", "NS", "NOERROR", ["ns.internet.example."]),
        (".", "A", "NOERROR", []),
        ("com", "NS", "NOERROR", ["ns.internet.example."]),
        ("com", "MX", "NOERROR", []),
        ("customer.example", "NS", "NOERROR", ["ns.internet.example."]),
        (
            "customer.example",
            "ANY",
            "NOERROR",
            [
                "10 mx.internet.example.",
                "ns.internet.example. hostmaster.customer.example. 1 3600 600 604800 300",
                "ns.internet.example.",
            ],
        ),
        ("ns.internet.example", "A", "NOERROR", ["198.51.100.53"]),
    ],
)
def test_the_internet_has_mail_exchangers_and_nothing_else(
    name: str, type_: str, rcode: str, data: list[str]
) -> None:
    internet = Foreign("internet", address="198.51.100.25", server="198.51.100.53",
                       never=("sign-in.example",))  # fmt: skip
    answer = Names((), internet).answer(name, type_)
    assert (answer.rcode, [present(r.data) for r in answer.answers]) == (rcode, data)


@pytest.mark.parametrize(
    ("name", "type_", "soa"),
    [
        ("customer.example", "A", "customer.example"),
        ("customer.example", "DS", "example"),
        ("com", "DS", ""),
        ("com", "A", "com"),
        ("", "A", ""),
        ("login.sign-in.example", "A", ""),
    ],
)
def test_what_the_internet_has_not_is_denied_by_its_zone(name: str, type_: str, soa: str) -> None:
    answer = Names((), Foreign("internet", never=("sign-in.example",))).answer(name, type_)
    assert [(r.name, r.type) for r in answer.authority] == [(soa, "SOA")]


def test_the_name_server_has_an_address_whatever_becomes_of_other_names() -> None:
    for mode in ("refused", "nxdomain", "internet"):
        foreign = Foreign(mode, server="198.51.100.53")
        (found,) = Names((), foreign).answer("ns.internet.example", "A").answers
        assert present(found.data) == "198.51.100.53"


def test_what_becomes_of_foreign_names_has_three_words() -> None:
    with pytest.raises(ValueError, match="valid are: refused, nxdomain, internet"):
        Foreign("forward")
