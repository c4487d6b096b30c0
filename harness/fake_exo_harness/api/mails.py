"""Messages as they are shown: where each copy went, header, parts, attachments; and reports."""

from collections.abc import Iterable

from fake_exo import (
    Accepted,
    Content,
    MailPart,
    Message,
    Outcome,
    Reported,
    delivered_header,
    structure,
)
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
    return clean(Content(message).subject)[:_LONGEST]


def _read(message: Message) -> tuple[MailPart, ...]:
    return Content(message).parts[:_MOST]


def parts(message: Message) -> list[PartItem]:
    """The parts of a message that can be read; short texts with their text."""
    return [_part(number, part) for number, part in enumerate(_read(message))]


def _part(number: int, part: MailPart) -> PartItem:
    kind, size = clean(part.content_type), len(part.content)
    text = clean(part.text) if kind.startswith("text/") and size <= _SHORT else None
    return PartItem(number, kind, clean(part.name)[:255], part.attached, size, text)


def attachment(event: Accepted, number: int) -> MailPart | None:
    """One part of a message, decoded; None when it has no such part."""
    found = _read(event.message)
    return found[number] if 0 <= number < len(found) else None
