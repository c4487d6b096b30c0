"""What no scenario can tell: several clients at once, hours of chatter, kilobytes in one line."""

import base64
from dataclasses import replace

import pytest

from fake_exo import (
    AcceptedDomain,
    Fault,
    ServiceError,
    Settings,
    Tenant,
    World,
    example_tenant,
    messages,
    mx_host,
)
from fake_exo.drive import Offer, Pipe, looked_up

TENANT = example_tenant()


def dialled(world: World, host: str, port: int) -> Pipe:
    address = looked_up(world.lookup(host, "A"), "A").data[0]
    pipe = world.connect(address, port, "203.0.113.7")
    assert pipe is not None
    return pipe


def mx(world: World) -> Pipe:
    return dialled(world, mx_host("contoso.com"), 25)


def submission(world: World) -> Pipe:
    """A session that has signed in."""
    pipe = dialled(world, "smtp.office365.com", 587)
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    assert pipe.start_tls(Offer()) == "TLSv1.3"
    user, password = (base64.b64encode(t).decode() for t in (b"scanner@contoso.com", b"Scan2Mail!"))
    pipe.send(f"EHLO h\r\nAUTH LOGIN {user}\r\n{password}\r\n".encode())
    assert b"235 2.7.0 Authentication successful" in pipe.take()
    return pipe


def into_data(pipe: Pipe, recipient: str = "scanner@contoso.com") -> None:
    pipe.send(f"MAIL FROM:<scanner@contoso.com>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n".encode())
    assert pipe.take().endswith(b"354 Start mail input; end with <CRLF>.<CRLF>\r\n")


MESSAGE = b"From: scanner@contoso.com\r\n\r\nhello\r\n.\r\n"


def test_the_fourth_message_at_once_is_refused() -> None:
    world = World([TENANT])
    pipes = [submission(world) for _ in range(4)]
    for pipe in pipes:
        into_data(pipe)
    pipes[3].send(MESSAGE)
    world.advance(5)
    assert pipes[3].take().startswith(b"432 4.3.2")
    for pipe in pipes[:3]:
        pipe.send(MESSAGE)
        assert pipe.take().startswith(b"250 2.0.0 OK")
    into_data(pipes[3])
    pipes[3].send(MESSAGE)
    assert pipes[3].take().startswith(b"250 2.0.0 OK")


def test_a_chatty_session_at_the_mx_host_ends_after_a_while() -> None:
    world = World([TENANT])
    pipe = mx(world)
    pipe.take()
    said = b""
    for _ in range(60):
        pipe.send(b"NOOP\r\n")
        world.advance(60)
        said += pipe.take()
    assert pipe.closed
    last = said.splitlines()[-1]
    assert last.startswith(b"421 4.4.")
    assert b"250 2.0.0 OK" in said


def test_a_silent_session_ends_after_five_minutes() -> None:
    world = World([TENANT])
    pipe = mx(world)
    world.advance(299)
    assert not pipe.closed
    world.advance(2)
    assert pipe.closed
    assert pipe.take().splitlines()[-1].startswith(b"451 4.7.0 Timeout waiting for client input")


@pytest.mark.parametrize("cut", [100_000, 1000, 7])
def test_a_line_that_is_too_long_is_refused_once(cut: int) -> None:
    world = World([TENANT])
    pipe = mx(world)
    pipe.take()
    line = b"X" * 40_000 + b"\r\nNOOP\r\n"
    for at in range(0, len(line), cut):
        pipe.send(line[at : at + cut])
    world.advance(10)
    codes = [reply[:3] for reply in pipe.take().splitlines()]
    assert codes == [b"500", b"250"]


def test_a_header_value_over_32768_characters_is_refused() -> None:
    world = World([TENANT])
    for length, code in [(32_768, b"250"), (32_769, b"554")]:
        pipe = mx(world)
        pipe.send(b"EHLO h\r\n")
        pipe.take()
        into_data(pipe, "anna@customer.example")
        pipe.send(b"X-Long: " + b"x" * length + b"\r\n" + MESSAGE)
        world.advance(10)
        assert pipe.take()[:3] == code


def test_what_was_sent_before_the_handshake_does_not_count_after_it() -> None:
    world = World([TENANT])
    pipe = mx(world)
    pipe.send(b"EHLO h\r\nSTARTTLS\r\nMAIL FROM:<evil@contoso.com>\r\n")
    pipe.take()
    pipe.start_tls(Offer())
    assert pipe.take() == b""
    pipe.send(b"EHLO h\r\nRCPT TO:<scanner@contoso.com>\r\n")
    world.advance(10)
    assert pipe.take().splitlines()[-1].startswith(b"503 5.5.2 Need mail command")


def test_a_client_that_leaves_in_the_middle_of_its_message_leaves_no_message() -> None:
    world = World([TENANT])
    pipe = mx(world)
    pipe.send(b"EHLO h\r\n")
    pipe.take()
    into_data(pipe)
    pipe.send(b"From: scanner@contoso.com\r\n\r\nhalf")
    pipe.close(abrupt=True)
    assert world.outbox == ()
    assert messages(world.ledger) == ()


def test_a_domain_whose_mx_host_would_not_fit_a_label_is_refused_by_name() -> None:
    domain = ".".join(["abcdefghij"] * 6) + ".com"
    with pytest.raises(ServiceError, match=r"tenant long: abcdefghij.*has no MX host name"):
        World([Tenant("long", accepted_domains=(AcceptedDomain(domain),))])


def test_a_refusal_waits_five_seconds_however_the_bytes_arrive() -> None:
    world = World([TENANT])
    pipe = submission(world)
    began = world.now()
    for byte in b"FOO\r\nBAR\r\n":
        pipe.send(bytes([byte]))
    heard = []
    for second in range(1, 12):
        world.advance(1)
        heard += [second] * len(pipe.take().splitlines())
    assert heard == [5, 10]
    assert world.now() - began == 11


def test_an_open_session_sees_what_an_administrator_changes() -> None:
    world = World([TENANT])
    pipe = mx(world)
    pipe.send(b"EHLO h\r\nMAIL FROM:<scanner@contoso.com>\r\n")
    pipe.take()
    world.update(replace(TENANT, connectors=()))
    pipe.send(b"RCPT TO:<anna@customer.example>\r\n")
    world.advance(5)
    assert pipe.take().startswith(b"550 5.7.64 TenantAttribution")
    world.update(TENANT)
    pipe.send(b"RCPT TO:<anna@customer.example>\r\n")
    assert pipe.take() == b"250 2.1.5 Recipient OK\r\n"


def test_an_injected_refusal_waits_as_long_as_a_real_one() -> None:
    faults = Fault("rcpt-470-prx", at="mail"), Fault("mail-501-517")
    world = World([TENANT], settings=Settings(faults=faults))
    pipe = submission(world)
    pipe.send(b"MAIL FROM:<scanner@contoso.com>\r\n")
    assert pipe.take().startswith(b"451 4.7.0 Temporary server error")
    pipe.send(b"MAIL FROM:<scanner@contoso.com>\r\n")
    assert pipe.take() == b""
    world.advance(5)
    assert pipe.take().startswith(b"501 5.1.7 Invalid address")
