"""`fake-exo serve` beside a test suite: known ports, lines for programs, files that change, and
nobody from the internet."""

import json
import os
import smtplib
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import click
import pytest
from dnslib import DNSRecord
from fake_exo_harness.api.guard import Guard, Keys
from fake_exo_harness.cli_serve import serve
from fake_exo_harness.commands.admitting import admitted

from fake_exo import Settings, World, example_tenant

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
TENANT = """name: {name}
accepted_domains: [{{name: {name}.example, default: true}}]
mailboxes: [{{address: {who}@{name}.example}}]
"""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def make(*words: str, **variables: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [FAKE_EXO, "serve", *words], cwd=tmp_path, env={**os.environ, **variables},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        return process

    yield make
    for process in started:
        process.terminate()
        process.communicate(timeout=20)


def line(process: "subprocess.Popen[str]") -> dict[str, object]:
    assert process.stdout is not None
    found: dict[str, object] = json.loads(process.stdout.readline())
    return found


def port_at(places: dict[str, object], endpoint: str) -> tuple[str, int]:
    listeners: list[dict[str, str]] = places["listeners"]  # type: ignore[assignment]
    where = next(row["listens_on"] for row in listeners if row["endpoint"] == endpoint)
    host, _, port = where.rpartition(":")
    return host, int(port)


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address is all there is")
def test_ports_are_the_same_every_time_and_a_taken_one_ends_it_with_its_holder(
    start: Start,
) -> None:
    first = start("--bind", "127.0.0.77", "--http", "off", "--json")
    places = line(first)
    assert port_at(places, "mx") == ("127.0.0.77", 1025)
    assert port_at(places, "submission") == ("127.0.0.77", 1587)
    assert port_at(places, "hve") == ("127.0.0.77", 2587)
    assert places["dns"] == "127.0.0.77:1053"
    second = start("--bind", "127.0.0.77", "--http", "off")
    _, errors = second.communicate(timeout=30)
    assert second.returncode == 4
    assert errors.startswith("fake-exo: cannot listen: 127.0.0.77:1587 is taken by ")
    assert f"({first.pid}); end that, or choose another address with --bind" in errors
    assert errors.rstrip().endswith("or free ports with --ports any")


def test_a_taken_port_of_the_api_ends_it_too_and_nothing_stays_open(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--ports", "any", "--http", f"127.0.0.1:{port}")
        out, errors = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert f"127.0.0.1:{port} is taken by " in errors
    assert errors.rstrip().endswith("choose another place with --http, or --http off")


def test_every_option_has_a_variable_that_the_help_shows() -> None:
    text = serve.get_help(click.Context(serve, info_name="serve"))
    flat = " ".join(text.split())
    names = [o.opts[-1] for o in serve.params if isinstance(o, click.Option)]
    expected = [f"EXO_{name.strip('-').upper().replace('-', '_')}" for name in names]
    missing = [name for name in expected if f"env var: {name}" not in flat]
    assert missing in ([], ["EXO_PROFILES"])  # which has had a name of its own
    assert "EXO_TENANTS" in flat


def test_lines_are_json_and_nothing_else_also_when_variables_say_so(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "one.yaml").write_text(TENANT.format(name="one", who="ann"))
    process = start(
        EXO_TENANTS="tenants", EXO_PORTS="any", EXO_JSON="1", EXO_NO_TARPIT="1",
        EXO_READY_FILE="ready.json",
    )  # fmt: skip
    places = line(process)
    assert json.loads((tmp_path / "ready.json").read_text()) == places
    with (
        smtplib.SMTP(*port_at(places, "mx")) as client,
        pytest.raises(smtplib.SMTPRecipientsRefused),
    ):
        client.sendmail("a@else.example", "x@customer.example", "hi")
    told = line(process)
    session: dict[str, object] = told["session"]  # type: ignore[assignment]
    assert (told["event"], session["ended"]) == ("session", "refused")
    assert session["rule"] == "rcpt.relay.no-connector"
    assert str(session["fix"]).startswith("Add the public address")
    process.terminate()
    out, errors = process.communicate(timeout=20)
    assert (out, errors, process.returncode) == ("", "", 0)
    assert not (tmp_path / "ready.json").exists()


def test_people_read_where_copies_went_and_what_to_change(start: Start, tmp_path: Path) -> None:
    process = start(
        "--ports", "any", "--no-tarpit", "--ready-file", "ready.json", "--as", "90.1.2.3"
    )
    assert process.stdout is not None
    process.stdout.readline()
    mx = port_at(json.loads((tmp_path / "ready.json").read_text()), "mx")
    with smtplib.SMTP(*mx) as client:
        client.sendmail("a@else.example", "scanner@xyz.com.pl", "From: a@else.example\r\n\r\nhi")
    with smtplib.SMTP(*mx) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("a@else.example", "x@customer.example", "hi")
    process.terminate()
    out, _ = process.communicate(timeout=20)
    taken, refused = out.split("connection closed by")[1:3]
    assert "*** scanner@xyz.com.pl: junked" in taken
    assert "550 5.7.64 TenantAttribution; Relay Access Denied" in refused
    assert "  fix:      Add the public address" in refused
    assert "sender_ip_addresses: [90.1.2.3]" in refused


def test_a_folder_of_tenants_is_read_again_when_it_changes(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "tenants"
    folder.mkdir()
    (folder / "one.yaml").write_text(TENANT.format(name="one", who="ann"))
    (folder / "not-one.exo.yaml").write_text("scenario: no tenant\n")
    process = start("tenants", "--ports", "any", "--no-tarpit", "--json", "-q")
    mx = port_at(line(process), "mx")

    def taken(to: str) -> bool:
        with smtplib.SMTP(*mx) as client:
            client.ehlo()
            client.mail("a@else.example")
            return client.rcpt(to)[0] == 250

    assert not taken("bob@two.example")
    (folder / "two.yml").write_text(TENANT.format(name="two", who="bob"))
    assert line(process)["text"] == "tenant two is read anew"
    assert taken("bob@two.example")
    (folder / "two.yml").write_text(TENANT.format(name="two", who="bob") + "mailboxs: []\n")
    assert 'two.yml:4:1: "mailboxs" is not a key here' in str(line(process)["text"])
    assert taken("bob@two.example")
    (folder / "two.yml").unlink()
    assert line(process)["text"] == "tenant two is gone"
    assert not taken("bob@two.example")


@pytest.mark.parametrize(
    ("address", "comes"),
    [("127.0.0.1", True), ("192.168.1.9", True), ("10.0.0.1", True), ("172.17.0.1", True),
     ("100.64.0.7", True), ("fe80::1%eth0", True), ("fd00::1", True), ("::ffff:10.0.0.1", True),
     ("8.8.8.8", False), ("172.32.0.1", False), ("::ffff:8.8.8.8", False), ("2606:4700::1", False),
     ("93.184.216.9", True)],
)  # fmt: skip
def test_nobody_from_the_internet_comes_who_is_not_allowed(address: str, comes: bool) -> None:
    assert admitted(["93.184.216.0/24"])(address) is comes


def test_a_network_that_is_none_is_told() -> None:
    with pytest.raises(click.UsageError, match="--allow: 'home' is no address or network"):
        admitted(["home"])


@pytest.mark.skipif(sys.platform != "linux", reason="one loopback address is all there is")
def test_who_is_not_let_in_gets_no_banner_and_no_answer_and_is_on_the_record() -> None:
    with World([example_tenant()]) as world:
        network = world.start(admits=lambda address: address != "127.0.0.9")
        with socket.create_connection(("127.0.0.1", network.mx_port), 10) as client:
            assert client.recv(3) == b"220"
        stranger = ("127.0.0.9", 0)
        place = ("127.0.0.1", network.mx_port)
        with socket.create_connection(place, 10, source_address=stranger) as client:
            client.settimeout(10)
            said = b""
            with suppress(ConnectionResetError):
                said = client.recv(3)
            assert said == b""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind(stranger)
            client.settimeout(0.3)
            question = DNSRecord.question("contoso.com", "MX").pack()
            client.sendto(question, ("127.0.0.1", network.dns_port))
            with pytest.raises(TimeoutError):
                client.recv(4096)
        turned_away = [e for e in world.ledger if type(e).__name__ == "NotConnected"]
    assert [getattr(event, "client_ip", "") for event in turned_away] == ["127.0.0.9"]


def test_the_api_is_not_open_to_the_internet_either() -> None:
    import asyncio

    sent: list[dict[str, object]] = []

    async def ask() -> None:
        async def app(scope: object, receive: object, send: object) -> None:
            raise AssertionError("let in")

        async def send(message: "dict[str, object]") -> None:
            sent.append(message)

        guard = Guard(app, Keys(), admits=lambda address: False)
        scope = {"type": "http", "method": "GET", "path": "/livez", "query_string": b"",
                 "headers": [(b"host", b"localhost")], "client": ("8.8.8.8", 5)}  # fmt: skip
        await guard(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(ask())
    assert sent[0]["status"] == 403


def test_nobody_pays_for_the_api_who_does_not_serve() -> None:
    script = (
        "import sys, fake_exo, fake_exo_harness.cli, fake_exo_harness.runner, "
        "fake_exo_harness.pytest_plugin; "
        "print(sorted({'starlette', 'uvicorn', 'anyio', 'h11'} & set(sys.modules)))"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True) == "[]\n"


def test_so_many_connections_at_a_time_and_no_more() -> None:
    with World([example_tenant()], settings=Settings(most_connections=2)) as world:
        place = ("127.0.0.1", world.start().mx_port)
        with socket.create_connection(place, 10) as first, socket.create_connection(place, 10):
            assert first.recv(3) == b"220"
            said = b""
            with socket.create_connection(place, 10) as third, suppress(ConnectionResetError):
                said = third.recv(3)
            assert said == b""
        world.network.settle(10)
        with socket.create_connection(place, 10) as fourth:
            assert fourth.recv(3) == b"220"


def test_further_worlds_listen_on_the_ports_that_were_named_for_them(start: Start) -> None:
    process = start("--ports", "any", "--json", "-q", "--world-ports", "26000-26007")
    where = f"{line(process)['http']}/api/v1/worlds"
    answers = []
    for name in ("one", "two"):
        request = urllib.request.Request(
            where, json.dumps({"name": name}).encode(), {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                answers.append(json.load(answer))
        except urllib.error.HTTPError as error:
            with error:
                answers.append(json.load(error))
    ports = [int(row["listens_on"].rpartition(":")[2]) for row in answers[0]["listeners"]]
    assert ports == list(range(26000, 26007))
    assert answers[0]["dns"] == "127.0.0.1:26007"
    (problem,) = answers[1]["problems"]
    assert problem["cause"] == "no ports for another world: no port of these is left"
    assert problem["remedy"] == "widen --world-ports, or delete a world"


def test_a_sender_whose_domain_is_no_name_does_not_end_what_is_printed(
    start: Start, tmp_path: Path
) -> None:
    process = start("--ports", "any", "--no-tarpit", "--ready-file", "ready.json")
    assert process.stdout is not None
    process.stdout.readline()
    mx = port_at(json.loads((tmp_path / "ready.json").read_text()), "mx")
    for sender in (b"\xff@\xfe.example", b"a@else.example"):
        with smtplib.SMTP(*mx) as client:
            client.ehlo("printer")
            assert client.sock is not None
            for command in (b"MAIL FROM:<" + sender + b">", b"RCPT TO:<x@customer.example>"):
                client.sock.sendall(command + b"\r\n")
                client.getreply()
    process.terminate()
    out, errors = process.communicate(timeout=20)
    assert (out.count("connection closed by"), errors) == (2, "")
