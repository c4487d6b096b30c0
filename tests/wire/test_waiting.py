"""Who waits for whom: the service's own waits may be skipped, and pass no time for anybody; what
a fault asks for is really waited by real clients, whose clocks are the machine's."""

import smtplib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from fake_exo import (
    AcceptedDomain,
    DnsFault,
    Estate,
    Fault,
    Mailbox,
    Replied,
    Settings,
    Tenant,
    TlsStarted,
    World,
    Zone,
    messages,
    parse_zone,
)
from fake_exo.mail.authentication.dkim import sign

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(Mailbox("ann@contoso.com", password="Ann-2026"),),
)
ADDRESS = "52.98.171.242"  # of smtp.office365.com
STANDING = Settings(skip_delays=True)
RUNNING = Settings(skip_delays=True, real_time=True)
BOTH = pytest.mark.parametrize("settings", [STANDING, RUNNING], ids=["standing", "running"])


def said(world: World, *lines: str) -> str:
    """What a client at submission hears until its connection is closed."""
    with socket.create_connection(
        (world.network.host, world.network.submission_port), 20
    ) as client:
        client.sendall("".join(f"{line}\r\n" for line in lines).encode())
        heard = b""
        while block := client.recv(4_096):
            heard += block
    return heard.decode()


def replies(world: World) -> Iterator[tuple[str, float]]:
    for event in world.ledger:
        if isinstance(event, Replied):
            yield event.data.decode()[:3], event.skipped


def test_a_skipped_wait_is_told_and_passes_no_time() -> None:
    with World([TENANT], settings=STANDING) as world:
        world.start()
        began = world.now()
        assert said(world, "FOO", "QUIT").splitlines()[1].startswith("500 ")
        assert world.now() == began
        assert list(replies(world)) == [("220", 0.0), ("500", 5.0), ("221", 0.0)]
        told = [f"{line.arrow} {line.text}" for line in world.transcript(1)]
        assert told[told.index(" -> FOO") + 1] == "*** skipped: 5 s"


def test_a_wait_that_is_not_skipped_passes_and_is_not_told() -> None:
    world = World([TENANT])
    pipe = world.connect(ADDRESS, 587, "192.0.2.1")
    assert pipe is not None
    pipe.send(b"FOO\r\n")
    assert b"500 " not in pipe.take()
    world.advance(5)
    assert pipe.take().startswith(b"500 ")
    assert list(replies(world)) == [("220", 0.0), ("500", 0.0)]


@BOTH
def test_sixty_one_refusals_of_one_client_do_not_time_out_another(settings: Settings) -> None:
    with World([TENANT], settings=settings) as world:
        network = world.start()
        with smtplib.SMTP(network.host, network.submission_port, timeout=20) as quiet:
            for _ in range(61):  # of five seconds each: more than the service's patience
                with smtplib.SMTP(network.host, network.submission_port, timeout=20) as client:
                    assert client.docmd("FOO")[0] == 500
            assert quiet.noop()[0] == 250
        assert [skipped for code, skipped in replies(world) if code == "500"] == [5.0] * 61


def test_in_memory_the_same_is_skipped_and_told_as_over_sockets() -> None:
    lines = "FOO", "MAIL FROM:<", "EHLO h", "MAIL FROM:<a@b.example>", "QUIT"
    told = []
    for sockets in (True, False):
        with World([TENANT], settings=STANDING) as world:
            if sockets:
                world.start()
                said(world, *lines)
            else:
                pipe = world.connect(ADDRESS, 587, "192.0.2.1")
                assert pipe is not None
                pipe.send("".join(f"{line}\r\n" for line in lines).encode())
            told.append([f"{line.arrow} {line.text}" for line in world.transcript(1)])
    assert told[0] == told[1]
    assert told[0].count("*** skipped: 5 s") == 2


LATE = {
    "delay": Fault(at="banner", does="delay", seconds=0.4),
    "text": Fault(at="mail", text="451 4.3.0 injected", seconds=0.4),
    "late-last-line": Fault(at="ehlo", does="late-last-line", seconds=0.4),
    "close": Fault(at="mail", does="close", seconds=0.4),
}


@BOTH
@pytest.mark.parametrize("fault", LATE.values(), ids=list(LATE))
def test_what_a_fault_asks_for_is_really_waited(fault: Fault, settings: Settings) -> None:
    with World([TENANT], settings=replace(settings, faults=[fault])) as world:
        world.start()
        began = time.monotonic()
        said(world, "EHLO h", "MAIL FROM:<a@b.example>", "QUIT")
        assert 0.39 < time.monotonic() - began < 5


@BOTH
def test_of_a_late_refusal_the_lateness_is_waited_and_the_tarpit_skipped(
    settings: Settings,
) -> None:
    fault = Fault(at="mail", text="550 5.7.1 no", seconds=0.4)
    with World([TENANT], settings=replace(settings, faults=[fault])) as world:
        world.start()
        began = time.monotonic()
        said(world, "EHLO h", "MAIL FROM:<a@b.example>", "QUIT")
        assert 0.39 < time.monotonic() - began < 4
        assert [skipped for code, skipped in replies(world) if code == "550"] == [5.0]


@BOTH
def test_a_client_with_a_short_time_out_gives_up_on_a_late_banner(settings: Settings) -> None:
    fault = Fault(at="banner", does="delay", seconds=3)
    with World([TENANT], settings=replace(settings, faults=[fault])) as world:
        network = world.start()
        with pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
            smtplib.SMTP(network.host, network.mx_port, timeout=1)
        with smtplib.SMTP(network.host, network.mx_port, timeout=20) as client:
            assert client.noop()[0] == 250


@BOTH
def test_a_late_go_ahead_for_tls_comes_before_the_handshake(settings: Settings) -> None:
    fault = Fault(at="starttls", does="delay", seconds=0.3)
    with World([TENANT], settings=replace(settings, faults=[fault])) as world:
        network = world.start()
        trusting = ssl.create_default_context(cadata=network.ca_pem.decode())
        with smtplib.SMTP(network.host, network.submission_port, timeout=20) as client:
            began = time.monotonic()
            assert client.starttls(context=trusting)[0] == 220
            assert time.monotonic() - began > 0.29
            assert client.login("ann@contoso.com", "Ann-2026")[0] == 235


@BOTH
def test_a_late_answer_of_the_dns_is_really_waited(settings: Settings) -> None:
    import dns.message
    import dns.query

    late = DnsFault("contoso.com", "slow", seconds=0.4)
    with World([TENANT], settings=replace(settings, dns_faults=[late])) as world:
        network = world.start()
        question = dns.message.make_query("contoso.com", "MX")
        began = time.monotonic()
        dns.query.udp(question, network.host, timeout=20, port=network.dns_port)
        assert 0.39 < time.monotonic() - began < 5


# ---- clocks of clients -----------------------------------------------------------------------


@BOTH
def test_certificates_are_valid_by_the_clock_of_the_machine(settings: Settings) -> None:
    with World([TENANT], as_of=date(2015, 6, 1), settings=settings) as world:
        network = world.start()
        trusting = ssl.create_default_context(cadata=network.ca_pem.decode())
        with smtplib.SMTP(network.host, network.submission_port, timeout=20) as client:
            assert client.docmd("NOOP")[0] == 250
            assert client.starttls(context=trusting)[0] == 220
            assert client.noop()[0] == 250
    assert [e.version for e in world.ledger if isinstance(e, TlsStarted)] == ["TLSv1.2"]


@cache
def key() -> tuple[bytes, Zone]:
    """A signing key, and the zone that publishes it."""
    made = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    private = made.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = "".join(public.decode().splitlines()[1:-1])
    record = f's._domainkey 3600 IN TXT "v=DKIM1; k=rsa; p={text}"\n'
    return private, parse_zone(record, "fabrikam.example", path="zone", strict=False)


def signed(*, at: float) -> bytes:
    """A mail as a program signs it whose clock shows `at`, good for an hour. (Clocks may
    be ten hours wrong.)"""
    mail = b"From: a@fabrikam.example\r\nTo: ann@contoso.com\r\nSubject: hi\r\n\r\nhello\r\n"
    return sign(mail, "fabrikam.example", "s", key()[0], now=int(at), expires=int(at) + 3_600)


def dkim_of(settings: Settings, content: bytes) -> str:
    """What the service of 2019 finds when it is sent a mail over a socket."""
    made = World(Estate.of([TENANT], zones=[key()[1]]), as_of=date(2019, 1, 1), settings=settings)
    with made as world:
        network = world.start()
        with smtplib.SMTP(network.host, network.mx_port, timeout=20) as client:
            client.sendmail("a@fabrikam.example", ["ann@contoso.com"], content)
        (message,) = messages(world.ledger)
        assert message.judgement is not None
        (result, *_) = message.judgement.stamps()
        return result.partition("dkim=")[2].partition(" ")[0]


@BOTH
@pytest.mark.parametrize(
    ("age", "dkim"), [(0, "pass"), (30_000, "pass"), (-60_000, "fail"), (60_000, "fail")]
)
def test_a_signature_is_judged_by_the_clock_that_its_maker_had(
    settings: Settings, age: int, dkim: str
) -> None:
    assert dkim_of(settings, signed(at=time.time() + age)) == dkim


def test_a_signature_of_a_simulated_sender_is_judged_by_the_clock_of_the_world() -> None:
    began = World(as_of=date(2019, 1, 1)).now()
    assert dkim_of(Settings(), signed(at=began)) == "pass"
    assert dkim_of(Settings(), signed(at=time.time())) == "fail"
