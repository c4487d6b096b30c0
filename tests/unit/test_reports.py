"""Reports to the sender, read as a mail program reads them."""

import email
from email.message import Message as Mail
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Mailbox,
    Report,
    Reported,
    Tenant,
    World,
)

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com"),),
    mailboxes=(Mailbox("ann@contoso.com"), Mailbox("full@contoso.com", full=True)),
    connectors=(
        InboundConnector(
            "Printers",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=("203.0.113.7",),
        ),
    ),
)


def sent(*commands: str, content: bytes = b"From: <ann@contoso.com>\r\n\r\nhello") -> World:
    """A world in which somebody said this at the MX host, from the connector's address."""
    world = World([TENANT])
    pipe = world.connect("52.101.68.36", 25, "203.0.113.7")
    assert pipe is not None
    for line in ("EHLO relay.contoso.com", *commands, "DATA"):
        pipe.send(line.encode() + b"\r\n")
    pipe.send(content + b"\r\n.\r\n")
    assert pipe.take().decode("utf-8", "replace").splitlines()[-1][:3] == "250"
    return world


def reports(world: World) -> list[Report]:
    return [event.report for event in world.ledger if isinstance(event, Reported)]


def read(report: Report) -> Mail:
    return email.message_from_bytes(bytes(report.mail.content), policy=default)


def test_a_report_is_a_multipart_of_words_status_and_headers() -> None:
    world = sent("MAIL FROM:<ann@contoso.com>", "RCPT TO:<full@contoso.com>")
    (report,) = reports(world)
    mail = read(report)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "delivery-status"
    kinds = [part.get_content_type() for part in mail.iter_parts()]  # type: ignore[attr-defined]
    assert kinds == ["text/plain", "message/delivery-status", "text/rfc822-headers"]
    assert mail["To"] == "ann@contoso.com"
    assert mail["Subject"] == "Undeliverable:"
    assert [o.recipient for o in report.outcomes] == ["ann@contoso.com"]


def test_the_status_names_the_recipient_the_code_and_the_words() -> None:
    world = sent("MAIL FROM:<ann@contoso.com>", "RCPT TO:<full@contoso.com>")
    status = list(read(reports(world)[0]).walk())[2]
    assert status.get_content_type() == "message/delivery-status"
    parts = status.get_payload()
    assert isinstance(parts, list)
    about, recipient = (part for part in parts if isinstance(part, Mail))
    assert str(about["Reporting-MTA"]).endswith(".mail.protection.outlook.com")
    assert recipient["Final-Recipient"] == "rfc822;full@contoso.com"
    assert recipient["Action"] == "failed"
    assert recipient["Status"] == "5.2.2"
    assert "mailbox full" in recipient["Diagnostic-Code"]


def test_the_null_sender_gets_no_report() -> None:
    world = World([TENANT])
    pipe = world.connect("52.101.68.36", 25, "198.51.100.1")
    assert pipe is not None
    pipe.send(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<full@contoso.com>\r\nDATA\r\n")
    pipe.send(b"From: <a@b.example>\r\n\r\nhello\r\n.\r\n")
    assert [outcome.fate.value for outcome in world.outbox] == ["bounced"]
    assert reports(world) == []


def test_the_whole_mail_comes_back_where_ret_asks_for_it() -> None:
    world = sent("MAIL FROM:<ann@contoso.com> RET=FULL", "RCPT TO:<full@contoso.com>")
    original = list(read(reports(world)[0]).walk())[-1]
    assert str(original.get_payload()).strip() == "hello"


@pytest.mark.parametrize(
    ("notify", "kinds"),
    [("NEVER", []), ("FAILURE", ["failed"]), ("SUCCESS", []), ("DELAY", [])],
)
def test_a_failure_is_reported_as_asked(notify: str, kinds: list[str]) -> None:
    world = sent("MAIL FROM:<ann@contoso.com>", f"RCPT TO:<full@contoso.com> NOTIFY={notify}")
    assert [report.kind for report in reports(world)] == kinds


@given(st.binary(max_size=400))
def test_no_content_breaks_a_report(noise: bytes) -> None:
    content = b"From: <ann@contoso.com>\r\n" + noise.replace(b"\r", b"").replace(b"\n.", b"\n")
    content = content.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")
    world = World([TENANT])
    pipe = world.connect("52.101.68.36", 25, "203.0.113.7")
    assert pipe is not None
    pipe.send(b"EHLO r\r\nMAIL FROM:<ann@contoso.com>\r\nRCPT TO:<full@contoso.com>\r\nDATA\r\n")
    pipe.send(content + b"\r\n.\r\n")
    for report in reports(world):
        assert read(report).get_content_type() == "multipart/report"
