"""What a program's job came to: whom the service took mail for, whom it refused for good, and the
refusal that decided. Sessions are spoken line by line to a world in memory."""

import pytest
from fake_exo_harness.endings import ending

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Fault,
    InboundConnector,
    Mailbox,
    Settings,
    Tenant,
    TlsChoice,
    World,
    present,
)
from fake_exo.drive import Offer, Pipe

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(Mailbox("app@contoso.com", password="App-2026"), Mailbox("ann@contoso.com")),
    connectors=(
        InboundConnector(
            "Devices",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=("192.0.2.1",),
        ),
    ),
)
MX, SUBMISSION = ("contoso-com.mail.protection.outlook.com", 25), ("smtp.office365.com", 587)
BODY = "From: <app@contoso.com>\r\n\r\nx\r\n."
APP, ANN, ELSE = "MAIL FROM:<app@contoso.com>", "RCPT TO:<ann@contoso.com>", "RCPT TO:<b@c.example>"
SECOND = Fault(at="rcpt", text="550 5.1.1 no", skip=1, times=1)


def world(*faults: Fault, tls: TlsChoice | None = None) -> World:
    return World([TENANT], settings=Settings(faults=faults, tls=tls or TlsChoice(), tarpit=False))


def dial(at: World, host: tuple[str, int] = MX) -> Pipe:
    address = at.lookup(host[0], "A").answers[-1]
    pipe = at.connect(present(address.data), host[1], "192.0.2.1")
    assert pipe is not None
    return pipe


def say(pipe: Pipe, *lines: str) -> None:
    for line in lines:
        pipe.send(line.encode() + b"\r\n")


def mail(pipe: Pipe, *people: str, sender: str = APP) -> None:
    say(pipe, "EHLO x", sender, *people, "DATA", BODY)


def lost(at: World) -> list[tuple[str, str, str]]:
    """Sender, recipient and code of each loss."""
    found = ending(at.ledger)
    return [(loss.sender, loss.recipient, loss.cause.text[:9]) for loss in found.lost]


def test_what_is_taken_is_not_lost() -> None:
    at = world()
    pipe = dial(at)
    mail(pipe, ANN, ELSE)
    pipe.close()
    assert ending(at.ledger) == (2, ())


def test_a_copy_that_is_refused_and_not_sent_again_is_lost() -> None:
    at = world(Fault(at="final-dot", text="432 4.3.2 too many", times=1))
    first, second = dial(at), dial(at)
    for pipe in (first, second):  # both begin before one is refused: neither takes the other up
        say(pipe, "EHLO x", APP, ANN, "DATA")
    say(first, BODY)
    say(second, BODY)
    assert lost(at) == [("app@contoso.com", "ann@contoso.com", "432 4.3.2")]
    assert ending(at.ledger).taken == 1


def test_the_same_pair_accepted_later_is_not_lost() -> None:
    at = world(Fault(at="final-dot", text="432 4.3.2 too many", times=2))
    for _ in range(3):
        pipe = dial(at)
        mail(pipe, ANN)
        pipe.close()
    assert ending(at.ledger) == (1, ())


def test_one_mail_that_comes_again_does_not_stand_for_two() -> None:
    at = world(Fault(at="final-dot", text="432 4.3.2 too many", times=2))
    pipes = [dial(at), dial(at)]
    for pipe in pipes:
        say(pipe, "EHLO x", APP, ANN, "DATA")
    for pipe in pipes:
        say(pipe, BODY)
    mail(pipes[0], ANN)
    assert len(lost(at)) == 1


def test_another_pair_takes_nothing_up() -> None:
    at = world(Fault(at="rcpt", text="450 4.2.1 later", times=1))
    pipe = dial(at)
    mail(pipe, ANN)
    mail(pipe, ANN, sender="MAIL FROM:<bob@contoso.com>")
    mail(pipe, ELSE)
    assert lost(at) == [("app@contoso.com", "ann@contoso.com", "450 4.2.1")]


def test_a_refused_recipient_is_lost_beside_one_that_is_taken() -> None:
    at = world(SECOND)
    pipe = dial(at)
    mail(pipe, ANN, ELSE)
    assert lost(at) == [("app@contoso.com", "b@c.example", "550 5.1.1")]
    assert ending(at.ledger).taken == 1


def test_who_stops_for_one_recipient_loses_the_others() -> None:
    at = world(SECOND)
    pipe = dial(at)
    say(pipe, "EHLO x", APP, ANN, ELSE, "RSET")
    assert [(person, code) for _, person, code in lost(at)] == [
        ("ann@contoso.com", "550 5.1.1"),
        ("b@c.example", "550 5.1.1"),
    ]


def test_who_only_asks_whether_somebody_is_there_loses_nothing() -> None:
    at = world()
    pipe = dial(at)
    say(pipe, "EHLO x", APP, ANN, "QUIT")
    pipe.close()
    assert ending(at.ledger) == (0, ())


@pytest.mark.parametrize("end", ["client", "server"])
def test_a_message_that_is_broken_off_is_lost(end: str) -> None:
    at = world(*([Fault(at="body", does="close", value="2")] if end == "server" else []))
    pipe = dial(at)
    say(pipe, "EHLO x", APP, ANN, "DATA", "Subject: x")
    pipe.close()
    assert lost(at) == [("app@contoso.com", "ann@contoso.com", "the conne")]


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (["AUTH PLAIN AGEAYg==", "*", "QUIT"], "504 5.7.4"),
        (["AUTH CRAM-MD5", "AUTH LOGIN", "YQ==", "Yg==", "AUTH NTLM"], "535 5.7.1"),
        (["AUTH LOGIN", "YQ==", "Yg==", APP, ANN, "DATA"], "535 5.7.1"),
        ([APP, ANN, "DATA", "Subject: x"], "530 5.7.5"),
    ],
)
def test_the_refusal_that_decided_is_named_and_not_its_echo(lines: list[str], code: str) -> None:
    at = world()
    pipe = dial(at, SUBMISSION)
    say(pipe, "EHLO x", "STARTTLS")
    assert pipe.start_tls(Offer())
    say(pipe, "EHLO x", *lines)
    pipe.close()
    assert [cause for _, _, cause in lost(at)] == [code]


def test_recipients_behind_a_refused_sender_are_lost_by_its_refusal() -> None:
    at = world(Fault(at="mail", text="550 5.1.8 no", times=1))
    pipe = dial(at)
    say(pipe, "EHLO x", APP, ANN, ELSE, "DATA", "QUIT")
    pipe.close()
    assert lost(at) == [
        ("app@contoso.com", "ann@contoso.com", "550 5.1.8"),
        ("app@contoso.com", "b@c.example", "550 5.1.8"),
    ]


def test_a_refused_step_that_is_made_good_decides_nothing() -> None:
    at = world(
        Fault(at="ehlo", text="500 5.3.3 no", times=1), Fault(at="data", text="451 4.3.0 no")
    )
    pipe = dial(at)
    say(pipe, "EHLO x", "HELO x", APP, ANN, "DATA", "QUIT")
    pipe.close()
    assert [cause for _, _, cause in lost(at)] == ["451 4.3.0"]


def test_a_refused_connection_is_lost_until_somebody_comes_again() -> None:
    at = world(Fault(at="banner", text="421 4.3.2 no", close=True, times=1))
    dial(at).close()
    assert lost(at) == [("", "", "421 4.3.2")]
    mail(dial(at), ANN)
    assert ending(at.ledger) == (1, ())


def test_mail_in_clear_text_after_tls_failed_was_refused_for_the_failure() -> None:
    at = world()
    pipe = dial(at, SUBMISSION)
    say(pipe, "EHLO x", "STARTTLS")
    pipe.start_tls(Offer("1.0", "1.1"))
    again = dial(at, SUBMISSION)
    say(again, "EHLO x", APP, "QUIT")
    again.close()
    (loss,) = ending(at.ledger).lost
    assert loss.cause.text == (
        "TLS failed: UNSUPPORTED_PROTOCOL: the client offers TLS 1.1 at most, "
        "the service TLS 1.2 to 1.3"
    )
