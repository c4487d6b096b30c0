"""What a hostile or broken client does on a real socket: nothing hangs, nothing grows, no exception
reaches the event loop. Time is the world's: no test waits for it."""

import logging
import socket
import ssl
from collections.abc import Callable, Iterator

import pytest

from fake_exo import AcceptedDomain, Mailbox, Settings, Tenant, World, messages

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(Mailbox("ann@contoso.com", password="Secret-1"),),
)
ENVELOPE = b"EHLO h\r\nMAIL FROM:<x@else.example>\r\nRCPT TO:<ann@contoso.com>\r\n"
MESSAGE = b"From: x@else.example\r\n\r\nhello\r\n"


class Client:
    """A raw socket that remembers what it heard."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.heard = b""
        self.at = 0  # what has been waited for already

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def until(self, *words: bytes) -> bytes:
        """Read until the last word has been heard, in this order; returns what came."""
        start = self.at
        for word in words:
            while (found := self.heard.find(word, self.at)) < 0:
                data = self.socket.recv(65_536)
                assert data, f"closed before {word!r}; heard {self.heard[start:]!r}"
                self.heard += data
            self.at = found + len(word)
        return self.heard[start : self.at]

    def rest(self) -> bytes:
        """Everything until the server closes."""
        while data := self.socket.recv(65_536):
            self.heard += data
        return self.heard[self.at :]

    def reset(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()


Dial = Callable[..., Client]


@pytest.fixture
def world(caplog: pytest.LogCaptureFixture) -> Iterator[World]:
    """On real ports; afterwards no connection is left and the loop has logged nothing."""
    caplog.set_level(logging.WARNING, "asyncio")
    world = World([TENANT], settings=Settings(skip_delays=True))
    world.start()
    yield world
    world.stop()
    assert [record.getMessage() for record in caplog.records] == []


@pytest.fixture
def dial(world: World) -> Iterator[Dial]:
    opened: list[Client] = []

    def call(port: int = 25) -> Client:
        network = world.network
        local = network.submission_port if port == 587 else network.mx_port
        opened.append(Client(local))
        opened[-1].until(b"220 ", b"\r\n")
        return opened[-1]

    yield call
    for client in opened:
        client.socket.close()


ENDINGS = [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r\n\0.\r\n", b"\r\n.\0\r\n"]


@pytest.mark.parametrize("ending", ENDINGS, ids=repr)
def test_no_ending_but_the_right_one_ends_a_message(
    ending: bytes, dial: Dial, world: World
) -> None:
    client = dial()
    client.send(ENVELOPE + b"DATA\r\n")
    client.until(b"354 ", b"\r\n")
    smuggled = b"MAIL FROM:<admin@contoso.com>\r\nRCPT TO:<ann@contoso.com>\r\nDATA\r\n"
    client.send(MESSAGE + b"text" + ending + smuggled + MESSAGE + b".\r\nQUIT\r\n")
    client.until(b"250 2.6.0 ", b"221 2.0.0")
    (message,) = messages(world.ledger)
    assert smuggled in bytes(message.content)


def test_a_bare_line_feed_ends_no_command(dial: Dial) -> None:
    client = dial()
    client.send(b"EHLO h\nMAIL FROM:<a@b.example>\n")
    client.send(b"\r\nQUIT\r\n")
    said = client.rest()
    assert b"250 2.1.0" not in said
    assert said.count(b"\r\n221 ") + said.startswith(b"221 ") == 1


def test_a_command_of_ten_megabytes_is_refused_once_and_the_session_goes_on(dial: Dial) -> None:
    client = dial()
    for _ in range(160):
        client.send(b"X" * 65_536)
    client.send(b"\r\nNOOP\r\nQUIT\r\n")
    said = client.rest()
    assert [line[:3] for line in said.splitlines()] == [b"500", b"250", b"221"]


def test_who_sends_ahead_of_a_held_answer_is_not_read(caplog: pytest.LogCaptureFixture) -> None:
    world = World([TENANT])  # the clock stands: the first refusal is held back
    network = world.start()
    client = Client(network.submission_port)
    client.until(b"220 ", b"\r\n")
    client.socket.settimeout(0.3)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 200_000_000:
            sent += client.socket.send(b"NOOP\r\n" * 10_000 if sent else b"FOO\r\n")
    assert sent < 20_000_000  # what the two kernels hold
    world.advance(5)
    client.socket.settimeout(20)
    client.until(b"500 5.3.3 ", b"250 2.0.0 OK")
    client.reset()
    world.stop()
    assert caplog.records == []


def test_who_never_reads_is_not_read_either(dial: Dial) -> None:
    client = dial()
    client.socket.settimeout(0.3)
    sent = 0
    with pytest.raises(TimeoutError):
        while sent < 200_000_000:
            sent += client.socket.send(b"HELP\r\n" * 10_000)
    assert sent < 50_000_000
    client.reset()


def test_a_client_that_sends_a_byte_now_and_then_is_dropped_in_time(
    dial: Dial, world: World
) -> None:
    client = dial()
    for _ in range(3):
        client.send(b"X")
        world.advance(200)
    world.advance(301)
    assert client.rest().startswith(b"451 4.7.0 Timeout waiting for client input")


def test_five_thousand_recipients_are_all_answered(dial: Dial) -> None:
    client = dial()
    client.send(b"EHLO h\r\nMAIL FROM:<x@else.example>\r\n")
    client.send(b"RCPT TO:<ann@contoso.com>\r\n" * 5_000 + b"QUIT\r\n")
    said = client.rest()
    assert said.count(b"250 2.1.5 Recipient OK") == 200
    assert said.count(b"452 4.5.3 Too many recipients") == 4_800


def test_a_half_closed_client_still_gets_its_answers(dial: Dial) -> None:
    client = dial()
    client.send(b"EHLO h\r\nNOOP\r\n")
    client.socket.shutdown(socket.SHUT_WR)
    assert client.rest().endswith(b"250 2.0.0 OK\r\n")


def test_a_reset_in_the_middle_of_a_message_leaves_nothing(dial: Dial, world: World) -> None:
    client = dial()
    client.send(ENVELOPE + b"DATA\r\n")
    client.until(b"354 ")
    client.send(MESSAGE)
    client.reset()
    dial().send(b"NOOP\r\n")
    assert messages(world.ledger) == ()


def test_two_hundred_resets_at_once_leave_no_connection(dial: Dial, world: World) -> None:
    for _ in range(200):
        dial().reset()
    last = dial()
    last.send(b"NOOP\r\n")
    last.until(b"250 2.0.0 OK")
    assert len(world.network.connections()) == 1


def test_starttls_twice_and_clear_text_in_its_place(dial: Dial) -> None:
    client = dial()
    client.send(b"EHLO h\r\nSTARTTLS\r\n")
    client.until(b"220 2.0.0 SMTP server ready\r\n")
    client.send(b"STARTTLS\r\nEHLO h\r\n")
    said = client.rest()
    assert b"250" not in said


def secured(client: Client, world: World) -> ssl.SSLSocket:
    client.send(b"EHLO h\r\nSTARTTLS\r\n")
    client.until(b"220 2.0.0 SMTP server ready\r\n")
    context = ssl.create_default_context(cadata=world.network.ca_pem.decode())
    return context.wrap_socket(client.socket, server_hostname="localhost")


def test_a_broken_tls_record_ends_the_connection_quietly(dial: Dial, world: World) -> None:
    client = dial()
    with secured(client, world) as tls:
        tls.sendall(b"EHLO h\r\n")
        assert tls.recv(100).startswith(b"250-")
        raw = socket.socket(fileno=tls.detach())
    raw.settimeout(20)
    raw.sendall(b"\x17\x03\x03\x00\x20" + b"junk" * 8)
    with raw:
        while raw.recv(65_536):
            pass


@pytest.mark.parametrize("port", [25, 587])
def test_who_ends_tls_is_gone(port: int, dial: Dial, world: World) -> None:
    """s-nail and PHP say close_notify after a refusal, and wait for the end of the connection."""
    with secured(dial(port), world) as tls:
        tls.sendall(b"NOOP\r\n")
        assert tls.recv(100) == b"250 2.0.0 OK\r\n"
        with tls.unwrap() as clear:
            assert clear.recv(100) == b""


def test_a_client_hello_on_a_clear_port_is_not_text(dial: Dial) -> None:
    client = dial()
    client.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(128, 250)) + b"\r\n")
    client.send(b"QUIT\r\n")
    assert client.rest().startswith(b"500 5.3.3 Unrecognized command 'unknown'")


def test_three_hundred_bad_sign_ins_are_three_hundred_refusals(dial: Dial, world: World) -> None:
    big = b"A" * 12_000
    said = b""
    with secured(dial(587), world) as tls:
        tls.sendall(b"EHLO h\r\nAUTH LOGIN " + big + b"\r\n" + big + b"\r\n")
        tls.sendall(b"AUTH LOGIN dXNlcg==\r\nd3Jvbmc=\r\n" * 300 + b"QUIT\r\n")
        while data := tls.recv(65_536):
            said += data
    assert said.count(b"535 5.7.139 ") == 301
    assert said.endswith(b"221 2.0.0 Service closing transmission channel\r\n")


@pytest.mark.parametrize("size", [b"99999999999999999999", b"-1", b"0x10", b"1e3", b""])
def test_a_chunk_of_an_impossible_size_is_refused(size: bytes, dial: Dial) -> None:
    client = dial()
    client.send(ENVELOPE + b"BDAT " + size + b" LAST\r\n")
    client.until(b"Recipient OK")
    if size.isdigit():
        client.reset()  # it waits for the bytes, as it must
    else:
        client.until(b"501 5.5.4")


@pytest.mark.parametrize(
    ("version", "accepted"),
    [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_tls_versions_of_today(version: str, accepted: bool, dial: Dial) -> None:
    assert handshake(dial(587), version) is accepted


def handshake(client: Client, version: str) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    client.send(b"EHLO h\r\nSTARTTLS\r\n")
    client.until(b"220 2.0.0 SMTP server ready\r\n")
    try:
        with context.wrap_socket(client.socket) as tls:
            return tls.version() is not None
    except (ssl.SSLError, ConnectionResetError):
        return False


def test_the_certificate_names_the_real_hosts(dial: Dial, world: World) -> None:
    with secured(dial(587), world) as tls:
        certificate = tls.getpeercert() or {}
    names = {entry[1] for entry in certificate.get("subjectAltName", ())}
    assert {"smtp.office365.com", "*.outlook.office365.com", "outlook.com"} <= names
