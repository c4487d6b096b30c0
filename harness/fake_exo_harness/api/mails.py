"""Messages as they are shown: where each copy went, header, parts, attachments; and reports."""

import email
import email.policy
from collections.abc import Iterable
from email.message import EmailMessage
from typing import NamedTuple

from fake_exo import Accepted, Message, Outcome, Reported, delivered_header, structure
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.plain import instant_text
from fake_exo_harness.api.resources import (
    CopyItem,
    FieldItem,
    MailDetail,
    MailItem,
    PartItem,
    ReportItem,
)

_FOLDERS = {"delivered": "Inbox", "junked": "Junk Email", "quarantined": "quarantine"}
_SHORT = 100_000  # characters of a part's text that is shown with its message
_MOST = 1_000  # recipients, copies, fields and parts that are shown
_LONGEST = 2_000  # characters of a header field


class Attachment(NamedTuple):
    """A part of a message, decoded."""

    type: str
    filename: str
    content: bytes


def mail_item(found: Happenings, number: int) -> MailItem:
    event = found.mails[number]
    message, copies = event.message, found.copies.get(number, [])
    ended = {(copy.original_recipient or copy.recipient).lower() for copy in copies}
    people = [recipient.address for recipient in message.recipients]
    return MailItem(
        number,
        event.connection if event.connection in found.opened else None,
        instant_text(message.received_at),
        message.mail_from.address,
        people[:_MOST],
        list(message.header_from)[:_MOST],
        subject(message),
        message.message_id,
        message.size,
        structure(message.content).attachments,
        message.user,
        message.tenant,
        message.client_ip,
        message.attribution.value,
        message.connector,
        message.tls,
        sorted({copy.fate.value for copy in copies}),
        not ended or any(person.lower() not in ended for person in people),
    )


def copy_items(copies: Iterable[Outcome]) -> list[CopyItem]:
    return [
        CopyItem(
            copy.recipient,
            copy.fate.value,
            _FOLDERS.get(copy.fate.value, ""),
            instant_text(copy.at),
            copy.tenant,
            copy.original_recipient,
            copy.reply,
            copy.detail,
        )
        for copy in copies
    ][:_MOST]


def mail_detail(found: Happenings, number: int) -> MailDetail:
    message = found.mails[number].message
    judged = message.judgement
    fields = delivered_header(message)[:_MOST]
    return MailDetail(
        mail_item(found, number),
        copy_items(found.copies.get(number, [])),
        [FieldItem(clean(name), clean(value)[:_LONGEST]) for name, value in fields],
        parts(message),
        found.sent_items.get(number, []),
        [n for n, event in found.reports.items() if event.report.about == number],
        judged.scl if judged is not None else None,
        judged.why if judged is not None else "",
    )


def report_item(event: Reported) -> ReportItem:
    report = event.report
    return ReportItem(
        report.mail.number,
        report.kind,
        report.about,
        report.to,
        instant_text(event.at),
        copy_items(report.of),
        copy_items(report.outcomes),
        bytes(report.mail.content)[:_SHORT].decode("utf-8", "replace"),
    )


# ---- what a message is made of -------------------------------------------------------------------


def clean(text: str) -> str:
    """Text that UTF-8 can carry, whatever a stranger sent."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def subject(message: Message) -> str:
    """The subject, decoded; empty without one."""
    for name, value in delivered_header(message):
        if name.lower() == "subject":
            return clean(_decoded(value))[:_LONGEST]
    return ""


def _decoded(value: str) -> str:
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, UnicodeError):
        return value


def _parsed(message: Message) -> list[EmailMessage]:
    """The parts that hold something, in their order. A message that nobody can read has none."""
    try:
        whole = email.message_from_bytes(bytes(message.content), policy=email.policy.default)
        return [p for p in whole.walk() if not p.is_multipart()][:_MOST]
    except Exception:  # the reader of the standard library raises whatever it likes
        return []


def parts(message: Message) -> list[PartItem]:
    """The parts of a message; short texts with their text."""
    return [_part(number, part) for number, part in enumerate(_parsed(message))]


def _part(number: int, part: EmailMessage) -> PartItem:
    content, kind = _content(part), _kind(part)
    text = None
    if kind.startswith("text/") and len(content) <= _SHORT:
        text = clean(_text(part, content))
    return PartItem(number, kind, _name(part), _attached(part), len(content), text)


def _kind(part: EmailMessage) -> str:
    try:
        return clean(part.get_content_type())
    except Exception:
        return "application/octet-stream"


def _name(part: EmailMessage) -> str:
    try:
        return clean(part.get_filename() or "")[:255]
    except Exception:
        return ""


def _attached(part: EmailMessage) -> bool:
    try:
        return part.is_attachment() or bool(part.get_filename())
    except Exception:
        return False


def _content(part: EmailMessage) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except Exception:
        return b""
    return found if isinstance(found, bytes) else b""


def _text(part: EmailMessage, content: bytes) -> str:
    try:
        return content.decode(part.get_content_charset("utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def attachment(event: Accepted, number: int) -> Attachment | None:
    """One part of a message, decoded; None when it has no such part."""
    found = _parsed(event.message)
    if not 0 <= number < len(found):
        return None
    return Attachment(_kind(found[number]), _name(found[number]), _content(found[number]))
