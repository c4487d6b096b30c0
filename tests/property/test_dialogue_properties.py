"""Claims about all dialogues: nothing raises, nobody is left without an answer, and how the bytes
are cut does not matter."""

import base64
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Estate,
    InboundConnector,
    Mailbox,
    MailHost,
    Tenant,
    World,
    example_tenant,
    messages,
    mx_host,
)
from fake_exo.drive import Offer, Pipe, looked_up

TENANT = example_tenant()
LINES = [
    b"EHLO h", b"HELO h", b"EHLO", b"STARTTLS", b"AUTH LOGIN", b"AUTH PLAIN AGEAYg==", b"*",
    base64.b64encode(b"scanner@contoso.com"), base64.b64encode(b"Scan2Mail!"), b"AUTH XOAUTH2",
    b"MAIL FROM:<scanner@contoso.com>", b"MAIL FROM:<>", b"MAIL FROM:<a@b> SIZE=999999999999",
    b"RCPT TO:<anna@customer.example>", b"RCPT TO:<nobody@contoso.com>",
    b"RCPT TO:<scanner@contoso.com>", b"DATA", b"BDAT 4", b"BDAT 0 LAST",
    b"BDAT 99999999999 LAST", b".", b"..", b"From: scanner@contoso.com",
    b"", b"RSET", b"NOOP", b"QUIT", b"HELP", b"VRFY x", b"GET / HTTP/1.1", b"\x16\x03\x01\x02\x00",
]  # fmt: skip
line = st.one_of(st.sampled_from(LINES), st.binary(max_size=40))
dialogues = st.lists(line, max_size=14).map(lambda lines: b"".join(x + b"\r\n" for x in lines))
places = st.sampled_from(["mx", "submission"])


def opened(world: World, place: str) -> Pipe:
    name, port = (
        ("smtp.office365.com", 587) if place == "submission" else (mx_host("contoso.com"), 25)
    )
    pipe = world.connect(looked_up(world.lookup(name, "A"), "A").data[0], port, "203.0.113.7")
    assert pipe is not None
    return pipe


def heard(place: str, blocks: list[bytes]) -> tuple[bytes, bool]:
    """All that the service says to blocks of input, handshakes and waits included."""
    world = World([TENANT], seed=1)
    pipe = opened(world, place)
    said = b""
    for block in blocks:
        if pipe.upgrading:
            pipe.start_tls(Offer())
        pipe.send(block)
        said += pipe.take()
    for _ in range(40):  # each refusal may wait for five seconds
        world.advance(5)
        said += pipe.take()
    return said, pipe.closed


@given(places, st.binary(max_size=400))
def test_any_bytes_get_answers_in_the_form_of_replies(place: str, data: bytes) -> None:
    said, _ = heard(place, [data])
    assert said.endswith(b"\r\n")
    for reply in said.split(b"\r\n")[:-1]:
        assert re.match(rb"[2345]\d\d[ -]", reply), reply


@given(places, dialogues)
def test_one_block_or_byte_by_byte_is_the_same(place: str, data: bytes) -> None:
    # What follows STARTTLS in one block is dropped by design, and QUIT ends; both are cut away.
    data = re.split(rb"(?i)STARTTLS\r\n", data)[0]
    whole = heard(place, [data])
    assert heard(place, [bytes([byte]) for byte in data]) == whole


@given(places, st.lists(line, max_size=12))
def test_every_line_is_answered_or_belongs_to_a_message(place: str, lines: list[bytes]) -> None:
    world = World([TENANT], seed=1)
    pipe = opened(world, place)
    pipe.take()
    in_message = False
    for each in lines:
        if pipe.closed or b"\r\n" in each or each.upper().startswith(b"BDAT"):
            return
        pipe.send(each + b"\r\n")
        world.advance(5)
        said = pipe.take()
        if pipe.upgrading:
            assert said.startswith(b"220 ")
            pipe.start_tls(Offer())
        elif in_message and each != b".":
            assert said == b""
        else:
            assert re.match(rb"[2345]\d\d[ -]", said)
            in_message = said.startswith(b"354")


texts = st.lists(st.sampled_from([b".", b"..", b"...", b"x", b"", b".x", b"a" * 90]), max_size=9)


@given(texts, st.integers(1, 60))
def test_dots_are_stuffed_for_the_road_only(lines: list[bytes], cut: int) -> None:
    wanted = b"From: scanner@contoso.com\r\n\r\n" + b"".join(x + b"\r\n" for x in lines)
    stuffed = re.sub(rb"(?m)^\.", b"..", wanted)
    world = World([TENANT])
    pipe = opened(world, "mx")
    pipe.send(
        b"EHLO h\r\nMAIL FROM:<scanner@contoso.com>\r\nRCPT TO:<scanner@contoso.com>\r\nDATA\r\n"
    )
    data = stuffed + b".\r\n"
    for at in range(0, len(data), cut):
        pipe.send(data[at : at + cut])
    (message,) = messages(world.ledger)
    assert bytes(message.content) == wanted


def test_a_dot_that_begins_a_line_is_taken_away_even_of_a_client_that_doubles_none() -> None:
    world = World([TENANT])
    pipe = opened(world, "mx")
    pipe.send(
        b"EHLO h\r\nMAIL FROM:<scanner@contoso.com>\r\nRCPT TO:<scanner@contoso.com>\r\nDATA\r\n"
        b"From: scanner@contoso.com\r\n\r\n.hidden\r\n...\r\na.b\r\n.\r\n"
    )
    (message,) = messages(world.ledger)
    assert bytes(message.content) == b"From: scanner@contoso.com\r\n\r\nhidden\r\n..\r\na.b\r\n"


@given(st.binary(max_size=300), st.integers(1, 90))
def test_chunks_carry_any_bytes(content: bytes, cut: int) -> None:
    wanted = b"From: scanner@contoso.com\r\n\r\n" + content
    world = World([TENANT])
    pipe = opened(world, "mx")
    pipe.send(b"EHLO h\r\nMAIL FROM:<scanner@contoso.com> BODY=BINARYMIME\r\n")
    pipe.send(b"RCPT TO:<scanner@contoso.com>\r\n")
    for at in range(0, len(wanted), cut):
        block = wanted[at : at + cut]
        last = " LAST" if at + cut >= len(wanted) else ""
        pipe.send(f"BDAT {len(block)}{last}\r\n".encode() + block)
    (message,) = messages(world.ledger)
    assert bytes(message.content) == wanted


names = st.sampled_from(["a.com", "b.com", "sub.a.com", "*.a.com", "c-d.com", "*", ""])
connectors = st.builds(
    InboundConnector,
    st.sampled_from(["one", "two", "three"]),
    connector_type=st.sampled_from(ConnectorType),
    enabled=st.booleans(),
    sender_ip_addresses=st.lists(
        st.sampled_from(["203.0.113.7", "203.0.113.0/24", "198.51.100.1"]), max_size=2
    ).map(tuple),
    sender_domains=st.lists(names.filter(bool), min_size=1, max_size=2).map(tuple),
    tls_sender_certificate_name=st.one_of(st.none(), names.filter(bool)),
    restrict_domains_to_ip_addresses=st.booleans(),
    require_tls=st.booleans(),
)
tenants = st.builds(
    lambda own, found, reject: Tenant(
        "t",
        accepted_domains=tuple(AcceptedDomain(n) for n in dict.fromkeys(own)),
        mailboxes=(Mailbox(f"me@{own[0]}", password="x"),),
        connectors=tuple({c.name: c for c in found}.values()),
    ),
    st.lists(st.sampled_from(["a.com", "b.com", "sub.a.com", "c-d.com"]), min_size=1, max_size=3),
    st.lists(connectors, max_size=3),
    st.booleans(),
)
addresses = st.sampled_from(
    ["", "me@a.com", "x@b.com", "y@sub.a.com", "z@else.example", "me@c-d.com"]
)


@settings(max_examples=200)
@given(tenants, addresses, addresses.filter(bool), st.lists(names.filter(bool), max_size=2))
def test_any_tenant_answers_any_envelope(
    tenant: Tenant, sender: str, recipient: str, certificate: list[str]
) -> None:
    world = World([tenant])
    (host, *_) = (mx_host(d.name) for d in tenant.accepted_domains)
    pipe = world.connect(looked_up(world.lookup(host, "A"), "A").data[0], 25, "203.0.113.7")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    pipe.start_tls(Offer(certificate_names=certificate))
    pipe.send(f"EHLO h\r\nMAIL FROM:<{sender}>\r\n".encode())
    pipe.take()
    pipe.send(f"RCPT TO:<{recipient}>\r\n".encode())
    world.advance(5)
    assert re.match(rb"(250 2\.1\.5|[45]\d\d [45]\.\d+\.\d+) ", pipe.take())
    assert not pipe.closed


def told(blocks: list[bytes]) -> tuple[bytes, bool]:
    """All that a server elsewhere says to blocks of input."""
    host = MailHost("203.0.113.9", "greylist", starttls=True)
    pipe = World(Estate.of([TENANT], elsewhere=[host]), seed=1).connect(
        "203.0.113.9", 25, "203.0.113.7"
    )
    assert pipe is not None
    for block in blocks:
        pipe.send(block)
    return pipe.take(), pipe.closed


@given(st.one_of(st.binary(max_size=400), dialogues, st.just(b"x" * 5000 + b"\r\nNOOP\r\n")))
def test_servers_elsewhere_answer_in_the_form_of_replies_however_the_bytes_are_cut(
    data: bytes,
) -> None:
    data = re.split(rb"(?i)STARTTLS\r\n", data)[0]
    said, closed = told([data])
    assert said.endswith(b"\r\n")
    for reply in said.split(b"\r\n")[:-1]:
        assert re.match(rb"[2345]\d\d[ -]", reply), reply
    assert told([bytes([byte]) for byte in data]) == (said, closed)
