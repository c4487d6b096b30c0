"""What the service says by date: the day before a change and the day of it; where the day is not
known, both ends of the span in which it lies, and a day within, which is a guess."""

from base64 import b64encode
from datetime import date

import pytest

from fake_exo import (
    Accepted,
    AcceptedDomain,
    BlockedAddress,
    BlockList,
    Confidence,
    Estate,
    Filed,
    Mailbox,
    Replied,
    Settings,
    Tenant,
    TlsFailed,
    World,
)
from fake_exo.drive import looked_up
from fake_exo.smtp.pipe import Offer

CONTOSO = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(
        Mailbox("app@contoso.com", password="App-1"),
        Mailbox("ann@contoso.com", password="Ann-1"),
        Mailbox("off@contoso.com", password="Off-1", smtp_client_authentication_disabled=True),
    ),
    created=date(2015, 1, 1),
)
BANNED = BlockedAddress("203.0.113.9", BlockList.BANNED)
AT_ONCE = Settings(tarpit=False)
HIGH, MEDIUM, LOW = Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW


def said(day: date, host: str, port: int, *lines: str) -> tuple[str, Confidence]:
    """The last reply to these lines of a client on a day, in one line."""
    world = World([CONTOSO], as_of=day, settings=AT_ONCE)
    (address, *_) = looked_up(world.lookup(host, "A"), "A").data
    pipe = world.connect(address, port, "203.0.113.9")
    assert pipe is not None
    for line in lines:
        if line == "TLS":
            pipe.send(b"STARTTLS\r\n")
            assert pipe.start_tls(Offer())
        else:
            pipe.send(line.encode() + b"\r\n")
    last = [event for event in world.ledger if isinstance(event, Replied)][-1]
    return last.data.decode().rstrip().replace("\r\n", "|"), last.confidence


def at_submission(day: date, *lines: str) -> tuple[str, Confidence]:
    return said(day, "smtp.office365.com", 587, *lines)


def at_mx(day: date, *lines: str) -> tuple[str, Confidence]:
    return said(day, "contoso-com.mail.protection.outlook.com", 25, *lines)


def login(user: str, password: str) -> tuple[str, ...]:
    user, password = (b64encode(word.encode()).decode() for word in (user, password))
    return "EHLO h", "TLS", "EHLO h", f"AUTH LOGIN {user}", password


def listed(day: date, *lines: str) -> tuple[str, Confidence]:
    """What EHLO lists, behind the line that greets."""
    found, sure = at_submission(day, *lines)
    return found.partition("|250-")[2], sure


@pytest.mark.parametrize(
    ("day", "ends", "confidence"),
    [
        (date(2015, 2, 19), "250 CHUNKING", LOW),
        (date(2015, 3, 25), "250 CHUNKING", HIGH),
        (date(2016, 3, 25), "250 CHUNKING", LOW),
        (date(2017, 2, 10), "250-CHUNKING|250 SMTPUTF8", HIGH),
        (date(2026, 11, 1), "250-CHUNKING|250 SMTPUTF8", HIGH),
    ],
)
def test_smtputf8_came_between_2015_and_2017(day: date, ends: str, confidence: Confidence) -> None:
    found, sure = listed(day, "EHLO h")
    assert found.endswith(f"|250-BINARYMIME|{ends}")
    assert sure is confidence


@pytest.mark.parametrize(
    ("day", "size"),
    [
        (date(2015, 2, 19), "26214400"),
        (date(2015, 3, 24), "26214400"),
        (date(2015, 3, 25), "157286400"),
    ],
)
def test_the_size_announced_is_the_one_of_its_day(day: date, size: str) -> None:
    assert listed(day, "EHLO h")[0].startswith(f"SIZE {size}|")


@pytest.mark.parametrize(
    ("day", "mechanisms", "confidence"),
    [
        (date(2015, 3, 25), "AUTH LOGIN", MEDIUM),
        (date(2017, 2, 10), "AUTH LOGIN", HIGH),
        (date(2017, 2, 11), "AUTH LOGIN", LOW),
        (date(2017, 11, 27), "AUTH LOGIN", LOW),
        (date(2017, 11, 28), "AUTH LOGIN XOAUTH2", HIGH),
    ],
)
def test_tokens_were_offered_by_november_2017(
    day: date, mechanisms: str, confidence: Confidence
) -> None:
    found, sure = listed(day, "EHLO h", "TLS", "EHLO h")
    assert f"|250-{mechanisms}|" in found
    assert sure is confidence


def test_a_mechanism_that_is_not_offered_yet_is_not_known() -> None:
    asked = ("EHLO h", "TLS", "EHLO h", "AUTH XOAUTH2 dXNlcj1hAWF1dGg9QmVhcmVyIGIBAQ==")
    assert at_submission(date(2017, 11, 27), *asked)[0].startswith(
        "504 5.7.4 Unrecognized authentication type ["
    )
    assert at_submission(date(2017, 11, 28), *asked)[0].startswith(
        "535 5.7.3 Authentication unsuccessful ["
    )


WRONG = login("app@contoso.com", "no")
OFF = login("off@contoso.com", "Off-1")
CLEAR_MAIL = ("EHLO h", "MAIL FROM:<app@contoso.com>")
UNSIGNED = ("EHLO h", "TLS", "EHLO h", "MAIL FROM:<app@contoso.com>")
FOREIGN = (
    *login("app@contoso.com", "App-1"), "MAIL FROM:<app@contoso.com>", "RCPT TO:<ann@contoso.com>",
    "DATA", "From: ann@contoso.com\r\n\r\n.",
)  # fmt: skip
PLAIN = "535 5.7.3 Authentication unsuccessful"
NOT_ANONYMOUS = (
    "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM"
)
SWITCHED_OFF = (
    "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox."
    " Visit https://aka.ms/smtp_auth_disabled for more information."
)
SEND_AS = "STOREDRV.Submission.Exception:SendAsDeniedException.MapiExceptionSendAsDenied; Failed to"


@pytest.mark.parametrize(
    ("day", "lines", "reply", "confidence"),
    [
        (date(2021, 12, 31), WRONG, PLAIN, HIGH),
        (date(2022, 1, 1), WRONG,
         "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", LOW),
        (date(2022, 12, 31), WRONG,
         "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", HIGH),
        (date(2020, 12, 31), OFF, PLAIN, MEDIUM),
        (date(2021, 3, 1), OFF, PLAIN, LOW),
        (date(2021, 7, 1), OFF, SWITCHED_OFF, LOW),
        (date(2022, 1, 1), OFF, SWITCHED_OFF, HIGH),
        (date(2017, 12, 31), CLEAR_MAIL, NOT_ANONYMOUS, MEDIUM),
        (date(2020, 12, 31), CLEAR_MAIL, NOT_ANONYMOUS, LOW),
        (date(2021, 1, 1), CLEAR_MAIL, "451 5.7.3 STARTTLS is required to send mail", LOW),
        (date(2024, 5, 22), CLEAR_MAIL, "451 5.7.3 STARTTLS is required to send mail", HIGH),
        (date(2020, 12, 31), UNSIGNED, NOT_ANONYMOUS, HIGH),
        (date(2021, 1, 1), UNSIGNED, "530 5.7.57 Client not authenticated to send mail.", LOW),
        (date(2023, 5, 19), UNSIGNED, "530 5.7.57 Client not authenticated to send mail.", HIGH),
        (date(2021, 3, 12), FOREIGN, f"554 5.2.0 {SEND_AS}", HIGH),
        (date(2021, 6, 22), FOREIGN, f"554 5.2.0 {SEND_AS}", LOW),
        (date(2021, 6, 23), FOREIGN, f"554 5.2.252 {SEND_AS}", HIGH),
        (date(2021, 12, 31), FOREIGN, f"554 5.2.252 {SEND_AS}", LOW),
        (date(2022, 1, 1), FOREIGN,
         "554 5.2.252 SendAsDenied; app@contoso.com not allowed to send as ann@contoso.com; "
         f"{SEND_AS}", LOW),
        (date(2022, 11, 1), FOREIGN,
         "554 5.2.252 SendAsDenied; app@contoso.com not allowed to send as ann@contoso.com; "
         f"{SEND_AS}", HIGH),
    ],
)  # fmt: skip
def test_submission_says_the_words_of_its_day(
    day: date, lines: tuple[str, ...], reply: str, confidence: Confidence
) -> None:
    found, sure = at_submission(day, *lines)
    assert found.startswith(reply)
    assert sure is confidence


BANNED_TEXT = (
    "550 5.7.606 Access denied, banned sending IP [203.0.113.9]. To request removal from this list "
    "please visit https://sender.office.com/ and follow the directions. For more information "
    "please go to  http://go.microsoft.com/fwlink/?LinkID=526655 (AS16012609)"
)


@pytest.mark.parametrize(
    ("day", "bracket"), [(date(2016, 12, 31), False), (date(2017, 1, 1), True)]
)
def test_the_refusal_of_a_banned_address_had_no_bracket_in_2016(day: date, bracket: bool) -> None:
    world = World(Estate.of([CONTOSO]).with_blocked(BANNED), as_of=day, settings=AT_ONCE)
    host = "contoso-com.mail.protection.outlook.com"
    pipe = world.connect(looked_up(world.lookup(host, "A"), "A").data[0], 25, "203.0.113.9")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nMAIL FROM:<a@customer.example>\r\nRCPT TO:<ann@contoso.com>\r\n")
    last = pipe.take().decode().rstrip().rpartition("\r\n")[2]
    assert (last == BANNED_TEXT) is not bracket
    assert last.startswith(BANNED_TEXT + (" [" if bracket else ""))


UNKNOWN = ("EHLO h", "MAIL FROM:<a@customer.example>", "RCPT TO:<nobody@contoso.com>")


@pytest.mark.parametrize(
    ("day", "reply", "confidence"),
    [
        (date(2019, 10, 18), "550 5.4.1 [nobody@contoso.com]: Recipient address rejected: "
                             "Access denied [AM", HIGH),
        (date(2019, 10, 19), "550 5.4.1 Recipient address rejected: Access denied. "
                             "AS(201806281) [", HIGH),
        (date(2023, 12, 31), "550 5.4.1 Recipient address rejected: Access denied. "
                             "AS(201806281) [", HIGH),
        (date(2024, 2, 14), "550 5.4.1 Recipient address rejected: Access denied. "
                            "AS(201806281) [", LOW),
        (date(2024, 2, 15), "550 5.4.1 Recipient address rejected: Access denied. [", HIGH),
        (date(2025, 1, 24), "550 5.4.1 Recipient address rejected: Access denied. [", HIGH),
        (date(2025, 9, 14), "550 5.4.1 Recipient address rejected: Access denied. [", LOW),
        (date(2025, 9, 15), "550 5.4.1 Recipient address rejected: Access denied. For more "
                            "information see https://aka.ms/EXOSmtpErrors [", LOW),
        (date(2025, 10, 5), "550 5.4.1 Recipient address rejected: Access denied. For more "
                            "information see https://aka.ms/EXOSmtpErrors [", HIGH),
    ],
)  # fmt: skip
def test_an_unknown_recipient_is_refused_in_the_words_of_the_day(
    day: date, reply: str, confidence: Confidence
) -> None:
    found, sure = at_mx(day, *UNKNOWN)
    assert found.startswith(reply)
    assert sure is confidence


@pytest.mark.parametrize(
    ("day", "third"),
    [
        (date(2022, 12, 31), "250 2.1.5 Recipient OK"),
        (date(2023, 3, 15), "452 4.5.3 Too many recipients ATTR49"),
        (date(2024, 1, 1), "250 2.1.5 Recipient OK"),
    ],
)
def test_behind_an_unknown_recipient_the_next_had_to_wait_in_2023(day: date, third: str) -> None:
    assert at_mx(day, *UNKNOWN, "RCPT TO:<ann@contoso.com>")[0].startswith(third)


def test_what_was_refused_in_one_transaction_is_forgotten_in_the_next() -> None:
    lines = (*UNKNOWN, "RSET", "MAIL FROM:<a@customer.example>", "RCPT TO:<ann@contoso.com>")
    assert at_mx(date(2023, 3, 15), *lines)[0] == "250 2.1.5 Recipient OK"


# ---- TLS ---------------------------------------------------------------------------------------


def shaken(day: date, newest: str, host: str, port: int) -> tuple[str, Confidence]:
    """The version that a client gets that can TLS 1.0 to this one; and how sure a failure is."""
    world = World([CONTOSO], as_of=day, settings=AT_ONCE)
    pipe = world.connect(looked_up(world.lookup(host, "A"), "A").data[0], port, "203.0.113.9")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    version = pipe.start_tls(Offer(minimum="1.0", maximum=newest))
    failed = [event.confidence for event in world.ledger if isinstance(event, TlsFailed)]
    return version, min(failed, default=HIGH)


SUBMISSION = ("smtp.office365.com", 587)
MX = ("contoso-com.mail.protection.outlook.com", 25)


@pytest.mark.parametrize(
    ("day", "newest", "where", "version", "confidence"),
    [
        (date(2015, 2, 19), "1.0", SUBMISSION, "TLSv1", HIGH),
        (date(2015, 2, 19), "1.0", MX, "TLSv1", HIGH),
        (date(2019, 2, 20), "1.1", SUBMISSION, "TLSv1.1", HIGH),
        (date(2022, 3, 9), "1.0", SUBMISSION, "TLSv1", HIGH),
        (date(2022, 12, 31), "1.0", SUBMISSION, "TLSv1", HIGH),
        (date(2023, 1, 1), "1.0", SUBMISSION, "", MEDIUM),
        (date(2026, 11, 1), "1.1", MX, "", MEDIUM),
        (date(2026, 11, 1), "1.0", ("smtp-legacy.office365.com", 587), "TLSv1", HIGH),
        (date(2015, 3, 25), "1.3", SUBMISSION, "TLSv1.2", HIGH),
        (date(2019, 11, 4), "1.3", MX, "TLSv1.2", HIGH),
        (date(2021, 12, 31), "1.3", SUBMISSION, "TLSv1.2", HIGH),
        (date(2022, 1, 1), "1.3", SUBMISSION, "TLSv1.3", HIGH),
        (date(2025, 9, 27), "1.3", SUBMISSION, "TLSv1.3", HIGH),
    ],
)
def test_each_endpoint_speaks_the_tls_of_its_day(
    day: date, newest: str, where: tuple[str, int], version: str, confidence: Confidence
) -> None:
    assert shaken(day, newest, *where) == (version, confidence)


@pytest.mark.parametrize(
    ("day", "reply", "confidence"),
    [
        (date(2021, 8, 31), "235 2.7.0 Authentication successful", HIGH),
        (date(2021, 9, 1), "421 4.7.66 TLS 1.0 and 1.1 are not supported.", LOW),
        (date(2022, 3, 8), "421 4.7.66 TLS 1.0 and 1.1 are not supported.", LOW),
        (date(2022, 3, 9), "421 4.7.66 TLS 1.0 and 1.1 are not supported.", HIGH),
    ],
)
def test_old_tls_was_refused_behind_the_password_before_it_was_in_the_handshake(
    day: date, reply: str, confidence: Confidence
) -> None:
    world = World([CONTOSO], as_of=day, settings=AT_ONCE)
    name = "smtp.office365.com"
    pipe = world.connect(looked_up(world.lookup(name, "A"), "A").data[0], 587, "203.0.113.9")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    assert pipe.start_tls(Offer(minimum="1.0", maximum="1.0")) == "TLSv1"
    pipe.send(b"EHLO h\r\nAUTH LOGIN YXBwQGNvbnRvc28uY29t\r\nQXBwLTE=\r\n")
    said = [event for event in world.ledger if isinstance(event, Replied)]
    assert said[-2].data == b"334 UGFzc3dvcmQ6\r\n"
    assert said[-1].data.decode().startswith(reply)
    assert said[-1].confidence is confidence


@pytest.mark.parametrize(("day", "kept"), [(date(2018, 8, 31), 0), (date(2018, 9, 1), 1)])
def test_a_copy_in_sent_items_is_kept_since_september_2018(day: date, kept: int) -> None:
    world = World([CONTOSO], as_of=day, settings=AT_ONCE)
    (address, *_) = looked_up(world.lookup("smtp.office365.com", "A"), "A").data
    pipe = world.connect(address, 587, "203.0.113.9")
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    assert pipe.start_tls(Offer())
    message = ("DATA", "From: app@contoso.com", "", "x", ".")
    envelope = ("MAIL FROM:<app@contoso.com>", "RCPT TO:<ann@contoso.com>")
    lines = (*login("app@contoso.com", "App-1")[2:], *envelope, *message)
    pipe.send(b"".join(line.encode() + b"\r\n" for line in lines))
    assert sum(isinstance(event, Accepted) for event in world.ledger) == 1
    assert sum(isinstance(event, Filed) for event in world.ledger) == kept
