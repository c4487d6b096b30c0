"""Mail servers elsewhere: what one says to whom, and what the record keeps of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario.load import load_file

from fake_exo import (
    Accepted,
    Estate,
    Fate,
    MailHost,
    NotConnected,
    Opened,
    World,
    admin,
    example_tenant,
    stamped,
)
from fake_exo.drive import Pipe

ADDRESS = "203.0.113.9"
ENVELOPE = b"EHLO h\r\nMAIL FROM:<ann@contoso.com>\r\nRCPT TO:<anna@customer.example>\r\n"
MAIL = ENVELOPE + b"DATA\r\nSubject: x\r\n\r\ntext\r\n.\r\n"


def world(host: MailHost) -> World:
    return World(Estate.of([example_tenant()], elsewhere=[host]))


def dialled(made: World, client: str = "203.0.113.7") -> Pipe:
    pipe = made.connect(ADDRESS, 25, client)
    assert pipe is not None
    return pipe


def said(pipe: Pipe, data: bytes) -> list[str]:
    """The last line of each reply."""
    pipe.send(data)
    return [line for line in pipe.take().decode().splitlines() if line[3] == " "]


def test_one_flight_is_taken_and_recorded() -> None:
    made = world(MailHost(ADDRESS, name="mail.customer.example"))
    assert said(dialled(made), MAIL + b"QUIT\r\n") == [
        "220 mail.customer.example ESMTP",
        "250 8BITMIME",
        "250 2.1.0 Ok",
        "250 2.1.5 Ok",
        "354 End data with <CR><LF>.<CR><LF>",
        "250 2.0.0 Ok: queued as 000001",
        "221 2.0.0 Bye",
    ]
    (opened,) = (event for event in made.ledger if isinstance(event, Opened))
    assert (opened.endpoint, opened.server_ip, opened.port) == ("elsewhere", ADDRESS, 25)
    (taken,) = (event for event in made.ledger if isinstance(event, Accepted))
    assert bytes(taken.message.content) == b"Subject: x\r\n\r\ntext\r\n"
    assert stamped(taken.message) == ()  # the service's own header fields are not put on
    (outcome,) = made.outbox
    assert (outcome.recipient, outcome.fate) == ("anna@customer.example", Fate.ELSEWHERE)


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        (b"MAIL FROM:<a@b.example>", ["503 5.5.1 Error: send HELO first"]),
        (b"EHLO h\r\nRCPT TO:<a@b.example>", ["503 5.5.1 Error: need MAIL command"]),
        (ENVELOPE + b"MAIL FROM:<>", ["503 5.5.1 Error: nested MAIL command"]),
        (b"EHLO h\r\nMAIL FROM:<>\r\nDATA", ["554 5.5.1 Error: no valid recipients"]),
        (b"EHLO h\r\nMAIL TO:<>", ["501 5.5.4 Syntax error in parameters"]),
        (b"EHLO h\r\nMAIL FROM:<> SMTPUTF8", ["555 5.5.4 Unsupported option"]),
        (ENVELOPE + b"RSET\r\nDATA", ["250 2.0.0 Ok", "503 5.5.1 Error: need MAIL command"]),
        (b"EHLO h\r\nSTARTTLS", ["502 5.5.2 Error: command not recognized"]),
        (b"x" * 3000, ["500 5.5.2 Error: line too long"]),
    ],
)
def test_what_is_out_of_order_is_refused(lines: bytes, answers: list[str]) -> None:
    assert said(dialled(world(MailHost(ADDRESS))), lines + b"\r\n")[-len(answers) :] == answers


def rcpt(made: World, client: str, sender: bytes, recipient: bytes) -> str:
    pipe = dialled(made, client)
    lines = b"EHLO h\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\n" % (sender, recipient)
    return said(pipe, lines)[-1][:9]


def greylisted() -> Iterator[tuple[float, str, bytes, bytes, str]]:
    """Seconds that pass, then who comes, and what he is told."""
    ann, bert = b"ann@a.example", b"bert@b.example"
    yield 0, "192.0.2.1", ann, bert, "451 4.7.1"
    yield 299, "192.0.2.1", ann, bert, "451 4.7.1"
    yield 1, "192.0.2.1", ann, bert, "250 2.1.5"
    yield 0, "192.0.2.1", ann.upper(), bert, "250 2.1.5"
    yield 0, "192.0.2.2", ann, bert, "451 4.7.1"  # another client
    yield 0, "192.0.2.1", bert, bert, "451 4.7.1"  # another sender
    yield 0, "192.0.2.1", ann, ann, "451 4.7.1"  # another recipient


def test_greylisting_knows_client_sender_and_recipient_together() -> None:
    made = world(MailHost(ADDRESS, "greylist", after=300))
    for seconds, client, sender, recipient, answer in greylisted():
        made.advance(seconds)
        assert rcpt(made, client, sender, recipient) == answer


def test_a_world_that_is_reset_has_seen_nobody() -> None:
    made = world(MailHost(ADDRESS, "greylist", after=300))
    rcpt(made, "192.0.2.1", b"a@a.example", b"b@b.example")
    made.advance(300)
    made.reset()
    assert rcpt(made, "192.0.2.1", b"a@a.example", b"b@b.example") == "451 4.7.1"


def test_each_reply_of_a_slow_server_is_late_by_itself() -> None:
    made = world(MailHost(ADDRESS, "slow", late=20))
    pipe = dialled(made)
    pipe.send(ENVELOPE)
    for answer in (b"220 ", b"250 8BITMIME", b"250 2.1.0", b"250 2.1.5"):
        made.advance(19)
        assert pipe.take() == b""
        made.advance(1)
        assert answer in pipe.take()


def test_who_is_silent_is_told_after_five_minutes_and_dropped() -> None:
    made = world(MailHost(ADDRESS, name="mail.customer.example"))
    pipe = dialled(made)
    made.advance(299)
    assert not pipe.closed
    made.advance(1)
    assert pipe.take().endswith(b"421 4.4.2 mail.customer.example Error: timeout exceeded\r\n")
    assert pipe.closed


def test_a_retired_server_is_no_longer_reached() -> None:
    made = world(MailHost(ADDRESS))
    admin.retire(made, ADDRESS)
    assert made.connect(ADDRESS, 25, "192.0.2.1") is None
    assert any(isinstance(event, NotConnected) for event in made.ledger)


def test_other_ports_are_nobody_s() -> None:
    assert world(MailHost(ADDRESS)).connect(ADDRESS, 587, "192.0.2.1") is None


def test_an_unknown_behaviour_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'grey'; valid are: accept-all, know-users, refuse"):
        MailHost(ADDRESS, "grey")


TWO = """scenario: one job, two servers
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
dns:
  - zone: customer.example
    records: [{name: "@", type: MX, data: 10 mail}, {name: mail, type: A, data: 203.0.113.9}]
elsewhere: 203.0.113.9
device: {profile: prtg-direct, settings: {from_address: probe@contoso.com}}
when: [{send: {to: [ann@contoso.com, anna@customer.example], size: 0}}]
then:
  - taken_elsewhere: [anna@customer.example]
  - delivered: {to: [ann@contoso.com], folder: junk} # the device may not send for contoso.com
"""


@pytest.mark.parametrize("driver", ["memory", "socket"])
def test_a_job_for_two_domains_goes_to_the_service_and_elsewhere(
    tmp_path: Path, driver: str
) -> None:
    path = tmp_path / "two.exo.yaml"
    path.write_text(TWO)
    (scenario,) = load_file(path)
    assert finish(scenario, driver).failures == ()
