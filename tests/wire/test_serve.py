"""Real clients against `fake-exo serve`: Python's smtplib, and swaks where it is installed.

docs/transcripts.md holds what they heard. What differs from run to run (ports, times, ids) is
replaced by fixed words before it is compared.
"""

import json
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dnslib import DNSRecord

PAGE = Path(__file__).parents[2] / "docs" / "transcripts.md"
USER, PASSWORD = "scanner@xyz.com.pl", "Scan-2015"
OUTSIDE = "anna@customer.example"


@dataclass
class Server:
    """`fake-exo serve` as a process, with the places that its ready file names."""

    process: subprocess.Popen[str]
    submission: int
    mx: int
    dns: int
    ca: str

    def stop(self) -> str:
        """Interrupt it; returns what it printed."""
        self.process.send_signal(signal.SIGINT)
        out, errors = self.process.communicate(timeout=20)
        assert (self.process.returncode, errors) == (0, "")
        return out


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    command = [
        str(Path(sys.executable).parent / "fake-exo"), "serve", "--ports", "any", "--no-tarpit",
        "--ready-file", str(tmp_path / "ready.json"), "--as", "90.12.23.34",
        "--map", "127.0.0.2=90.12.23.99", "--ca", str(tmp_path / "ca"),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    process.stdout.readline()
    places = json.loads((tmp_path / "ready.json").read_text("utf-8"))
    ports = {row["port"]: int(row["listens_on"].rpartition(":")[2]) for row in places["listeners"]
             if row["endpoint"] == "submission" or row["port"] == 25}  # fmt: skip
    mx = next(row for row in places["listeners"] if row["endpoint"] == "mx")
    yield Server(
        process,
        ports[587],
        int(mx["listens_on"].rpartition(":")[2]),
        int(places["dns"].rpartition(":")[2]),
        places["ca"],
    )
    if process.poll() is None:
        process.terminate()
    process.communicate(timeout=20)


def test_smtplib_submits_and_the_server_prints_the_dialogue(server: Server) -> None:
    with smtplib.SMTP("127.0.0.1", server.submission) as client:
        client.starttls(context=ssl.create_default_context(cafile=server.ca))
        client.login(USER, PASSWORD)
        client.sendmail(USER, [OUTSIDE], f"From: {USER}\r\n\r\nhello")
    printed = server.stop()
    assert " ~> AUTH LOGIN (credentials)" in printed
    assert "235 2.7.0 Authentication successful    [auth.ok]" in printed
    assert "Scan" not in printed
    assert f" ~> rcpt TO:<{OUTSIDE}>" in printed


def test_smtplib_with_a_wrong_password_hears_535_5_7_139(server: Server) -> None:
    with smtplib.SMTP("127.0.0.1", server.submission) as client:
        client.starttls(context=ssl.create_default_context(cafile=server.ca))
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(USER, "wrong")
    code, error, *_ = refused.value.args
    assert code == 535
    assert b"5.7.139 Authentication unsuccessful, the user credentials" in error


def test_smtplib_relays_from_the_connectors_address_and_not_from_another(server: Server) -> None:
    message = f"From: {USER}\r\n\r\nhello"
    with smtplib.SMTP("127.0.0.1", server.mx) as client:
        assert client.sendmail(USER, [OUTSIDE], message) == {}
    with (
        smtplib.SMTP("127.0.0.1", server.mx, source_address=("127.0.0.2", 0)) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        client.sendmail(USER, [OUTSIDE], message)
    code, text = refused.value.recipients[OUTSIDE]
    assert code == 550
    assert text.startswith(b"5.7.64 TenantAttribution; Relay Access Denied")


def test_the_name_server_knows_the_tenant(server: Server) -> None:
    question = DNSRecord.question("xyz.com.pl", "MX")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.sendto(question.pack(), ("127.0.0.1", server.dns))
        answer = DNSRecord.parse(client.recv(4096))
    assert str(answer.rr[0].rdata) == "0 xyz-com-pl.mail.protection.outlook.com."


def test_a_real_refusal_takes_five_seconds_of_real_time(tmp_path: Path) -> None:
    """The tarpit of `serve` is the service's own: the socket stays silent for less than that."""
    script = Path(sys.executable).parent / "fake-exo"
    process = subprocess.Popen(
        [str(script), "serve", "--ports", "any", "--json", "-q", "--ca", str(tmp_path / "ca")],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        rows = json.loads(process.stdout.readline())["listeners"]
        port = next(int(r["listens_on"].rpartition(":")[2]) for r in rows if r["port"] == 587)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.recv(1000)
            client.sendall(b"MAIL FROM:<a@b.example>\r\n")
            client.settimeout(1)
            with pytest.raises(TimeoutError):
                client.recv(1000)
            client.settimeout(10)
            assert client.recv(1000).startswith(b"503 5.5.2 Send hello first")
    finally:
        process.terminate()
        process.communicate(timeout=20)


# ---- swaks -------------------------------------------------------------------------------------

SWAKS = shutil.which("swaks")
_COMMON = f"--from {USER} --to {OUTSIDE} --helo scanner.xyz.com.pl --suppress-data"
_LOGIN = f"--auth LOGIN --auth-user {USER} --auth-password"
CALLS = [
    ("Relay from the address in the connector", f"--port 25 {_COMMON}"),
    ("Relay from an address that is not in it", f"--port 25 --local-interface 127.0.0.2 {_COMMON}"),
    ("Submission, STARTTLS and AUTH LOGIN", f"--port 587 --tls {_LOGIN} {PASSWORD} {_COMMON}"),
    ("A wrong password", f"--port 587 --tls {_LOGIN} Wrong-2015 {_COMMON}"),
    ("Without TLS", f"--port 587 {_LOGIN} {PASSWORD} {_COMMON}"),
    ("Another sender than the login",
     f"--port 587 --tls {_LOGIN} {PASSWORD} --header 'From: jan@xyz.com.pl' {_COMMON}"),
    ("Port 465: nothing listens", f"--port 465 --tls-on-connect {_LOGIN} {PASSWORD} {_COMMON}"),
]  # fmt: skip
_HEAD = """# What real clients hear

`swaks` against `fake-exo serve --no-tarpit --as 90.12.23.34 --map 127.0.0.2=90.12.23.99` with the
bundled example tenant: 90.12.23.34 is in its connector, 90.12.23.99 is not. Without `--no-tarpit`
each refusal of submission takes five seconds, as at the real service. Ports, times and ids differ
from run to run; here they are replaced. The service's port 465 never answers and attempts time out;
on loopback, where nothing listens, the refusal is immediate.

A test makes this page (`tests/wire/test_serve.py`). Lines about the certificate are left out.
"""
_VARIABLE = [
    (r"\b[0-9A-F]{16}\b", "08DF0000000000AA"),
    (r"\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d", "Sun, 1 Nov 2026 12:00:00"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "2026-11-01T12:00:00.000Z"),
    (r"<[^<>@\s]+@[\w.-]*(?:prod\.outlook\.com|scanner\S*|localhost\S*)>", "<message-id>"),
    (r"\b\d\.\d{5}:[0-9A-F]{8}", "0.00000:00000000"),
    (r"<\d{14}\.\d+@[^>]+>", "<message-id>"),
    (r"IO::Socket::INET6?", "IO::Socket::INET"),
    (r"Hostname=[\w.]+", "Hostname=AM0PR04MB0001.eurprd04.prod.outlook.com"),
    (r"InternalId=\d+", "InternalId=1"),
    (r"\d+ bytes in [\d.]+, [\d.]+ KB/sec", "8900 bytes in 0.060, 144.0 KB/sec"),
    (r"\b(?:AM|DB|VI|PR|HE)\w+\.(?=outlook|eurprd|mail)", "HOST."),
    (r"AUTH_PASSWORD|[\w+/]{20,}={0,2}$", "(base64)"),
]


def steady(text: str, server: Server) -> str:
    """A transcript without what differs from run to run."""
    text = text.replace(f":{server.submission}", ":587").replace(f":{server.mx}", ":25")
    for pattern, word in _VARIABLE:
        text = re.sub(pattern, word, text, flags=re.MULTILINE)
    kept = [
        line.rstrip() for line in text.splitlines() if not re.match(r"=== TLS (?!started)", line)
    ]
    return "\n".join(kept)


def swaks(arguments: str, server: Server) -> str:
    real = arguments.replace("--port 587", f"--port {server.submission}")
    real = real.replace("--port 25 ", f"--port {server.mx} ")
    done = subprocess.run(
        f"swaks --server 127.0.0.1 {real}", shell=True, capture_output=True, text=True, timeout=60
    )
    return steady(done.stdout + done.stderr, server)


@pytest.mark.skipif(SWAKS is None, reason="swaks is not installed (apt-get install swaks)")
def test_swaks_hears_what_the_page_shows(server: Server, kept: Callable[[Path, str], str]) -> None:
    sections = [_HEAD]
    for title, arguments in CALLS:
        shown = f"$ swaks --server 127.0.0.1 {arguments}\n{swaks(arguments, server)}"
        sections.append(f"## {title}\n\n```text\n{shown}\n```\n")
    made = "\n".join(sections)
    assert kept(PAGE, made) == made
