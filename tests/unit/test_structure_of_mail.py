"""Parts, attachments and depth of a message, against the standard library and by hand."""

import time
from email import message_from_bytes
from email.message import Message
from email.mime.application import MIMEApplication
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from fake_exo.mail.fields import summarise
from fake_exo.mail.structure import Structure, structure


def scans(count: int) -> MIMEMultipart:
    mail = MIMEMultipart()
    mail.attach(MIMEText("Scans attached."))
    for number in range(count):
        part = MIMEApplication(b"x" * 80)
        part.add_header("Content-Disposition", "attachment", filename=f"{number}.pdf")
        mail.attach(part)
    return mail


def forwarded(depth: int) -> Message:
    mail: Message = MIMEText("the innermost")
    for _ in range(depth):
        around = MIMEMultipart()
        around.attach(MIMEMessage(mail))
        mail = around
    return mail


@pytest.mark.parametrize(
    ("mail", "expected"),
    [
        (MIMEText("plain"), Structure(1, 0, 0)),
        (scans(3), Structure(5, 3, 0)),
        (forwarded(1), Structure(3, 0, 1)),
        (forwarded(7), Structure(15, 0, 7)),
    ],
    ids=["plain", "scans", "once", "seven"],
)
def test_a_message_is_counted(mail: Message, expected: Structure) -> None:
    sent = mail.as_bytes().replace(b"\n", b"\r\n")
    assert structure(sent) == expected
    assert structure(bytearray(mail.as_bytes())) == expected  # bare line feeds too
    assert expected.parts == len(list(message_from_bytes(sent).walk()))


def test_a_part_without_header_and_text_behind_the_end_are_read_as_they_are() -> None:
    sent = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\npreamble\r\n--x\r\n"
        b"--b\r\n\r\nno header\r\n--b\r\nContent-Type: image/png; name=a.png\r\n\r\n..\r\n"
        b"--b--\r\n--b\r\n\r\nan epilogue that looks like a part\r\n"
    )
    assert structure(sent) == Structure(3, 1, 0)


def test_the_end_of_an_outer_part_ends_the_inner_ones() -> None:
    sent = (
        b'Content-Type: multipart/mixed; boundary="out"\r\n\r\n--out\r\n'
        b"Content-Type: multipart/alternative; boundary=in\r\n\r\n--in\r\n\r\na\r\n"
        b"--out\r\n\r\nb\r\n--in\r\n\r\nnot a part\r\n--out--\r\n"
    )
    assert structure(sent) == Structure(4, 0, 0)


@pytest.mark.parametrize(
    "sent",
    [
        b"", b"\r\n", b"--", b"\n--b\n--b--", b"Content-Type: multipart/x; boundary=",
        b"Content-Type: message/rfc822\r\n\r\n" * 5000,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a" * 5000,
        b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n)
                 for n in range(20_000)) + b"--0\r\n" * 20_000,
    ],
    ids=range(8),
)  # fmt: skip
def test_what_a_stranger_sends_is_read_in_little_time(sent: bytes) -> None:
    began = time.perf_counter()
    structure(sent)
    assert time.perf_counter() - began < 5


def test_no_more_parts_are_counted_than_are_asked_for_or_a_hundred_thousand() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    assert structure(head + b"--b\r\n\r\n" * 5, 3) == Structure(3, 0, 0)
    assert structure(head + b"--b\r\n\r\n" * 100_001) == Structure(100_000, 0, 0)


def test_a_part_that_says_message_in_its_text_is_none() -> None:
    mail = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    assert not summarise(mail + b"\r\na message/s\r\n").nested
    assert summarise(mail + b"content-TYPE:\r\n Message/rfc822\r\n\r\n").nested


def test_a_summary_has_a_bound_of_the_parts_and_says_whether_messages_may_be_within() -> None:
    mail = scans(3).as_bytes()
    assert summarise(mail).delimiters == 5  # of four parts, and of the end
    assert not summarise(mail).nested
    assert summarise(forwarded(2).as_bytes()).nested
    assert summarise(b"Subject: x\r\n\r\n--\r\n-- \r\n").delimiters == 0  # no multipart
