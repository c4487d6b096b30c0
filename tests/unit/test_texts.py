"""Every rule has a text wherever and whenever it holds; a world may put its own words in."""

from datetime import date

import pytest

from fake_exo import (
    AcceptedDomain,
    Estate,
    Fault,
    Mailbox,
    Replied,
    ServiceError,
    Settings,
    Tenant,
    World,
)
from fake_exo.exchange.desk import resolved
from fake_exo.exchange.endpoint import index
from fake_exo.exchange.texts import catalogue
from fake_exo.rules.catalogue import DataError
from fake_exo.rules.period import Confidence
from fake_exo.smtp.pipe import Offer

DAY = date(2026, 11, 1)
SUBMISSION, MX = (next(index("eurprd04", DAY).named(id_)) for id_ in ("submission", "mx"))


def banner(texts: dict[str, str]) -> bytes:
    world = World(Estate.of([Tenant("contoso")], texts=texts), as_of=DAY)
    pipe = world.connect("52.98.171.242", 587, "192.0.2.1")
    assert pipe is not None
    return pipe.take()


def test_every_rule_says_something_at_each_endpoint_on_each_day_of_change() -> None:
    assert resolved() > 0  # raises DataError for the first that does not


def test_a_reply_without_a_text_for_an_endpoint_is_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match="'session-timeout' is for submission on 2026-11-01"):
        catalogue().pick("session-timeout", SUBMISSION, DAY)
    assert catalogue().pick("session-timeout", MX, DAY).confidence is Confidence.MEDIUM


def test_a_world_can_have_words_of_its_own() -> None:
    own = {"banner-submission-2024": "220 {frontend_fqdn} our words"}
    assert banner(own).endswith(b".eurprd04.prod.outlook.com our words\r\n")
    assert b"Microsoft ESMTP MAIL Service ready" in banner({})


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"no-such": "220 x"}, "unknown reply no-such"),
        ({"quit": "good bye"}, "begins with no reply code"),
        (
            {"quit": "221 {nobody}"},
            r"nobody fills in \{nobody\}; valid are: \{advertised\}",
        ),
        ({"quit": "221 {nobody}"}, r"write \{\{nobody\}\} for the braces themselves"),
        ({"quit": "221 {host} {Host}"}, r"nobody fills in \{Host\}"),
    ],
)
def test_words_that_are_no_reply_are_refused(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(ServiceError, match=problem):
        Estate.of([Tenant("contoso")], texts=texts)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("220 {host}", b"220 AM0PR04CA0104.eurprd04.prod.outlook.com"),
        ("220 {client_ip} at {iso_utc}", b"220 192.0.2.1 at 2026-11-01T12:00:00.000Z"),
        ("220 {{host}} { }", b"220 {host} { }"),
        ("220 {frontend} {{{session_id}}}", b"220 AM0PR04CA0104 {08DF3215887372CD}"),
        ("220-one {host}\n220 two", b"220-one AM0PR04CA0104.eurprd04.prod.outlook.com\r\n220 two"),
    ],
)
def test_placeholders_are_filled_in_and_braces_are_written_twice(words: str, said: bytes) -> None:
    assert banner({"banner-submission-2024": words}) == said + b"\r\n"
    injected = Settings(faults=[Fault(at="banner", text=words)])
    world = World([Tenant("contoso")], as_of=DAY, settings=injected)
    pipe = world.connect("52.98.171.242", 587, "192.0.2.1")
    assert pipe is not None
    assert pipe.take() == said + b"\r\n"


@pytest.mark.parametrize("at", ["banner", "rcpt", "final-dot", "body"])
def test_a_fault_with_a_placeholder_that_nobody_fills_in_is_refused(at: str) -> None:
    fault = Fault(at=at, does="close" if at == "body" else "reply", text="450 {nobody}")
    with pytest.raises(ServiceError, match=r"nobody fills in \{nobody\}; valid are: "):
        World([Tenant("contoso")], settings=Settings(faults=[fault]))


def said_at(at: str, words: str) -> str:
    """What a fault says at a place of a dialogue at the MX host."""
    fault = Fault(at=at, does="close" if at == "body" else "reply", text=words)
    tenant = Tenant("contoso", (AcceptedDomain("contoso.com"),), (Mailbox("ann@contoso.com"),))
    world = World([tenant], as_of=DAY, settings=Settings(tarpit=False, faults=[fault]))
    pipe = world.connect("52.101.68.36", 25, "203.0.113.9")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nMAIL FROM:<x@partner.net>\r\nRCPT TO:<ann@contoso.com>\r\nDATA\r\n")
    pipe.send(b"From: y@partner.net\r\nMessage-ID: <1@p>\r\n\r\nx\r\n.\r\n")
    (found,) = (e for e in world.ledger if isinstance(e, Replied) and e.rule.startswith("fault."))
    return found.data.decode().rstrip()


@pytest.mark.parametrize(
    ("at", "words", "said"),
    [
        ("mail", "450 {from_address}", "450 x@partner.net"),
        ("rcpt", "450 {recipient} {recipient_domain}", "450 ann@contoso.com contoso.com"),
        ("data", "450 {recipient} {from_domain}", "450 ann@contoso.com PARTNER.NET"),
        ("body", "450 {recipient} {client_ip}", "450 ann@contoso.com 203.0.113.9"),
        ("final-dot", "450 {message_id} {from_address}", "450 1@p y@partner.net"),
        ("final-dot", "450 {recipient}{auth_user}", "450 ann@contoso.com"),
        ("mail", "450 [{recipient}]", "450 []"),
    ],
)
def test_a_placeholder_is_what_is_known_at_its_place(at: str, words: str, said: str) -> None:
    assert said_at(at, words) == said


def test_a_day_before_all_sources_is_refused() -> None:
    with pytest.raises(ServiceError, match="of the service before 2015-01-01 nothing is known"):
        World([Tenant("contoso")], as_of=date(2014, 12, 31))
    assert World([Tenant("contoso")], as_of=date(2015, 1, 1)).day == date(2015, 1, 1)


def test_a_refusal_in_own_words_is_repeated_at_mail_as_it_was_said() -> None:
    own = {"auth-139-creds": "535 5.7.139 no {client_ip} {{}}{suffix}"}
    box = Mailbox("a@contoso.com", password="x")
    tenant = Tenant("contoso", (AcceptedDomain("contoso.com"),), (box,))
    world = World(Estate.of([tenant], texts=own), as_of=DAY, settings=Settings(tarpit=False))
    pipe = world.connect("52.98.171.242", 587, "192.0.2.1")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    assert pipe.start_tls(Offer())
    pipe.send(b"EHLO h\r\nAUTH LOGIN YUBjb250b3NvLmNvbQ==\r\neQ==\r\nMAIL FROM:<a@contoso.com>\r\n")
    last = [event for event in world.ledger if isinstance(event, Replied)][-1]
    assert b" Error: 535 5.7.139 no 192.0.2.1 {} [AM0PR04" in last.data
