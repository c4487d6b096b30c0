"""Independent peers: aiosmtpd takes what our client sends, smtplib and swaks talk to our server.

Neither shares a line with us, so each side of our SMTP is judged by somebody else's.
"""

import asyncio
import shutil
import smtplib
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from fake_exo_harness import devices
from fake_exo_harness.devices import configure
from fake_exo_harness.devices.jobs import Job, JobResult
from fake_exo_harness.drivers import SocketDriver

from fake_exo import (
    Accepted,
    Estate,
    Fate,
    MailHost,
    Received,
    Settings,
    World,
    example_tenant,
    parse_zone,
)
from fake_exo.tls.authority import server_tls
from fake_exo.tls.layer import OneWayTls

ADDRESS, NAME = "203.0.113.9", "mail.customer.example"
ZONE = parse_zone("$TTL 60\n$ORIGIN customer.example.\n@ MX 10 mail\nmail A 203.0.113.9\n")
JOB = Job(("anna@customer.example", "bert@customer.example"), subject="by aiosmtpd")


class Taken:
    """What aiosmtpd took. Knows anna only, as real servers know some."""

    def __init__(self) -> None:
        self.mails: list[tuple[Envelope, bool]] = []

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address != "anna@customer.example":
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.mails.append((envelope, session.ssl is not None))
        return "250 2.0.0 taken"


@pytest.fixture
def peer() -> Iterator[tuple[Taken, tuple[str, int]]]:
    """aiosmtpd on a free port, with STARTTLS, on a loop of its own."""
    taken, loop = Taken(), asyncio.new_event_loop()

    def protocol() -> SMTP:
        tls = server_tls((NAME,))
        assert isinstance(tls, OneWayTls)
        return SMTP(taken, hostname=NAME, tls_context=tls.context, loop=loop)

    server = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield taken, server.sockets[0].getsockname()
    loop.call_soon_threadsafe(server.close)
    asyncio.run_coroutine_threadsafe(_settled(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


async def _settled() -> None:
    """Sessions whose client is gone come to their end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def sent_to(place: tuple[str, int], profile: str, tls: str, *quirks: str) -> JobResult:
    world = World(Estate.of([example_tenant()], zones=[ZONE]))
    driver = SocketDriver(world)
    driver.foreign[(ADDRESS, 25)] = place
    driver.open()
    settings = {"smtp_server": NAME, "port": 25, "tls": tls, "from_address": "scan@contoso.com"}
    try:
        device = configure(devices.profile(profile), settings, quirks)
        now = datetime(2026, 11, 1, 12, tzinfo=UTC)
        return driver.perform(device.perform(JOB, now), "203.0.113.50")
    finally:
        driver.close()


@pytest.mark.parametrize("tls", ["off", "starttls"])
@pytest.mark.parametrize("quirks", [(), ("pipelining",), ("no-date", "never-quits")])
def test_aiosmtpd_takes_what_our_client_sends(
    peer: tuple[Taken, tuple[str, int]], tls: str, quirks: tuple[str, ...]
) -> None:
    taken, place = peer
    result = sent_to(place, "well-behaved-mta", tls, *quirks)
    assert (result.sent, result.stage) == (True, "")
    assert result.refused == ("bert@customer.example",)
    ((envelope, secured),) = taken.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == (
        "scan@contoso.com",
        ["anna@customer.example"],
    )
    assert secured is (tls == "starttls")
    assert isinstance(envelope.content, bytes)
    assert message_from_bytes(envelope.content)["Subject"] == "by aiosmtpd"


def test_a_certificate_for_another_name_is_refused_by_our_client(
    peer: tuple[Taken, tuple[str, int]],
) -> None:
    taken, place = peer
    world = World([example_tenant()])
    driver = SocketDriver(world)
    driver.foreign[(ADDRESS, 25)] = place
    driver.open()
    zone = parse_zone("$TTL 60\n$ORIGIN other.example.\nmail A 203.0.113.9\n")
    world.publish(zone)
    device = configure(
        devices.profile("well-behaved-mta"),
        {"smtp_server": "mail.other.example", "tls": "starttls", "from_address": "a@contoso.com"},
    )
    try:
        now = datetime(2026, 11, 1, 12, tzinfo=UTC)
        result = driver.perform(device.perform(JOB, now), "203.0.113.50")
    finally:
        driver.close()
    assert (result.sent, result.stage, taken.mails) == (False, "tls", [])


# ---- our server, their clients ------------------------------------------------------------------

HOST = MailHost(ADDRESS, "know-users", ("anna@customer.example",), starttls=True, name="localhost")


@pytest.fixture
def world() -> Iterator[World]:
    made = World(Estate.of([example_tenant()], elsewhere=[HOST]), settings=Settings(real_time=True))
    made.start()
    yield made
    made.stop()


def there(world: World) -> tuple[str, int]:
    place = world.network.local(ADDRESS, 25)
    assert place is not None
    return place


def trusting(world: World) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=world.network.ca_pem.decode("ascii"))


@pytest.mark.parametrize("secure", [False, True])
def test_smtplib_is_served_elsewhere(world: World, secure: bool) -> None:
    _, port = there(world)
    with smtplib.SMTP("localhost", port, timeout=10) as client:
        if secure:
            client.starttls(context=trusting(world))
        refused = client.sendmail(
            "ann@contoso.com",
            ["anna@customer.example", "bert@customer.example"],
            "Subject: x\r\n\r\n.dots\r\n..\r\nend\r\n",
        )
    assert {to: code for to, (code, _) in refused.items()} == {"bert@customer.example": 550}
    (message,) = world.wait_for(1)
    assert bytes(message.content) == b"Subject: x\r\n\r\n.dots\r\n..\r\nend\r\n"
    assert message.tls == ("TLSv1.3" if secure else None)
    (outcome,) = world.outbox
    assert (outcome.recipient, outcome.fate) == ("anna@customer.example", Fate.ELSEWHERE)


def test_smtplib_is_told_what_this_server_cannot(world: World) -> None:
    _, port = there(world)
    with smtplib.SMTP("localhost", port, timeout=10) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.esmtp_features["size"] == "35882577"
        assert client.docmd("AUTH PLAIN AGEAYg==")[0] == 502
        assert client.vrfy("anna")[0] == 252
        assert client.docmd("BDAT 5 LAST")[0] == 502
        assert client.mail("a@contoso.com", ["SIZE=999999999"])[0] == 552
        assert client.docmd("DATA")[0] == 503
    line = next(e for e in world.ledger if isinstance(e, Received) and e.line[:4] == b"AUTH")
    assert line.secret  # credentials stay out of transcripts here too


def test_swaks_is_served_elsewhere(world: World) -> None:
    if shutil.which("swaks") is None:
        pytest.skip("swaks is not installed")
    _, port = there(world)
    command = f"swaks --server localhost:{port} --to anna@customer.example --from a@contoso.com"
    done = subprocess.run(
        [*command.split(), "--tls", "--pipeline"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (taken,) = (event for event in world.ledger if isinstance(event, Accepted))
    assert taken.message.tls == "TLSv1.3"
