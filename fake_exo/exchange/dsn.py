"""Reports to the sender: non-delivery and, where asked for, delivery (RFC 3461, 3464). Pure.

The service never reports to the null sender. Enhanced codes and texts are those of the outcomes;
the frame (sender, subject, order of parts) is the service's as people know it, and low in
confidence: nobody's capture of a whole report is among our sources.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import format_datetime

from fake_exo.exchange.directory import Directory, domain_of
from fake_exo.exchange.tenant import Tenant
from fake_exo.mail.message import (
    Attribution,
    Fate,
    MailFrom,
    Message,
    Outcome,
    Recipient,
    Report,
)

_BOX = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e"
_SUBJECTS = {"failed": "Undeliverable", "delivered": "Delivered", "relayed": "Relayed"}
_SAID = {
    "failed": "Delivery has failed to these recipients or groups:",
    "delivered": "Your message has been delivered to the following recipients:",
    "relayed": (
        "Delivery to these recipients or groups is complete, but no delivery notification was "
        "sent by the destination server:"
    ),
}
_STATUS = {"delivered": "2.0.0", "relayed": "2.0.0"}
_HEADERS_LIMIT = 65_536  # bytes of the original's header section that are quoted

# Delivers a report as a mail of its own: its outcomes.
Deliver = Callable[[Message], tuple[Outcome, ...]]


def reports(
    message: Message,
    outcomes: Sequence[Outcome],
    directory: Directory,
    number: Callable[[], int],
    deliver: Deliver,
) -> Iterator[Report]:
    """The reports that a message gives rise to, each delivered."""
    to = message.mail_from.address
    if not to or not _due(message, outcomes):
        return
    wanted = {r.address.lower(): _notify(r) for r in message.recipients}
    for kind in _SUBJECTS:
        about = [o for o in outcomes if _kind(o, _asked(o, wanted)) == kind]
        if about:
            mail = _mail(kind, message, about, directory, number())
            yield Report(kind, message.number, to, tuple(about), mail, deliver(mail))


def _due(message: Message, outcomes: Sequence[Outcome]) -> bool:
    """Most mail gives rise to no report: nothing bounced, and nobody asked for any."""
    for outcome in outcomes:
        if outcome.fate is Fate.BOUNCED:
            return True
    for recipient in message.recipients:
        if recipient.parameters and "NOTIFY" in recipient.parameters:
            return True
    return False


def _notify(recipient: Recipient) -> frozenset[str]:
    given = recipient.parameters.get("NOTIFY", "")
    return frozenset(given.upper().split(",")) if given else frozenset({"FAILURE"})


def _asked(outcome: Outcome, wanted: dict[str, frozenset[str]]) -> frozenset[str]:
    """What the sender asked for the recipient that an outcome comes from."""
    named = (outcome.original_recipient or outcome.recipient).lower()
    return wanted.get(named, frozenset({"FAILURE"}))


def _kind(outcome: Outcome, asked: frozenset[str]) -> str:
    if outcome.fate is Fate.BOUNCED:
        return "failed" if "FAILURE" in asked else ""
    if "SUCCESS" not in asked or outcome.fate is Fate.DROPPED:
        return ""
    return "relayed" if outcome.fate is Fate.SENT_OUT else "delivered"


def _mail(
    kind: str, about: Message, outcomes: Sequence[Outcome], directory: Directory, number: int
) -> Message:
    """The report as a mail from the null sender."""
    to = about.mail_from.address
    sender = _sender(directory, to, _reporter(directory, about, outcomes))
    identifier = f"{about.session.lower()}.{number}@{domain_of(sender)}"
    content = _content(kind, about, outcomes, sender, identifier)
    return replace(
        about,
        number=number,
        attribution=Attribution.ORIGINATING,
        internal=True,
        tenant=None,
        user=None,
        mail_from=MailFrom(""),
        recipients=(Recipient(to),),
        content=content.encode("utf-8", "replace"),
        message_id=identifier,
        header_from=(sender,),
        connector=None,
        judgement=None,
        reception=None,
    )


def _reporter(directory: Directory, about: Message, outcomes: Sequence[Outcome]) -> Tenant | None:
    """Whose report it is: the recipient's tenant, else the sender's."""
    name = next((o.tenant for o in outcomes if o.tenant), about.tenant)
    return directory.tenants.get(name or "")


def _sender(directory: Directory, to: str, tenant: Tenant | None) -> str:
    """Inside a tenant reports come from its system mailbox, to the outside from its postmaster."""
    if tenant is None:
        return "postmaster@outlook.com"
    hosted = directory.hosted(domain_of(to))
    inside = hosted is not None and hosted.tenant.name == tenant.name
    return f"{_BOX if inside else 'postmaster'}@{tenant.initial_domain}"


def _content(
    kind: str, about: Message, outcomes: Sequence[Outcome], sender: str, identifier: str
) -> str:
    boundary = f"_000_{about.session}_{about.number}"
    head = _original_head(about)
    full = about.mail_from.parameters.get("RET", "").upper() == "FULL"
    original = bytes(about.content).decode("utf-8", "replace") if full else head
    when = format_datetime(datetime.fromtimestamp(about.received_at, UTC))
    lines = [
        f'From: "Microsoft Outlook" <{sender}>',
        f"To: <{about.mail_from.address}>",
        f"Date: {when}",
        f"Subject: {_SUBJECTS[kind]}: {_field(head, 'subject')}".rstrip(),
        f"Message-ID: <{identifier}>",
        f"In-Reply-To: <{about.message_id}>",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        f'\tboundary="{boundary}"',
        "Auto-Submitted: auto-replied",
        "X-MS-Exchange-Message-Is-Ndr:",
        "",
        f"--{boundary}",
        "Content-Type: text/plain; charset=utf-8",
        "",
        _SAID[kind],
        "",
        *(f"{o.recipient}\r\n{o.detail}".rstrip() for o in outcomes),
        "",
        f"--{boundary}",
        "Content-Type: message/delivery-status",
        "",
        *_status(kind, about, outcomes),
        f"--{boundary}",
        f"Content-Type: {'message/rfc822' if full else 'text/rfc822-headers'}",
        "",
        original,
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines)


def _status(kind: str, about: Message, outcomes: Sequence[Outcome]) -> Iterator[str]:
    """RFC 3464 2.2 and 2.3: about the message, then about each recipient."""
    host = about.reception.host if about.reception else "outlook.com"
    when = format_datetime(datetime.fromtimestamp(about.received_at, UTC))
    if envelope := about.mail_from.parameters.get("ENVID"):
        yield f"Original-Envelope-Id: {envelope}"
    yield f"Reporting-MTA: dns;{host}"
    yield f"Received-From-MTA: dns;{about.hello}"
    yield f"Arrival-Date: {when}"
    named = {r.address.lower(): r for r in about.recipients}
    for outcome in outcomes:
        given = named.get((outcome.original_recipient or outcome.recipient).lower())
        yield ""
        if given is not None and "ORCPT" in given.parameters:
            yield f"Original-Recipient: {given.parameters['ORCPT']}"
        yield f"Final-Recipient: rfc822;{outcome.recipient}"
        yield f"Action: {kind}"
        yield f"Status: {_STATUS.get(kind) or enhanced(outcome.detail)}"
        if kind == "failed":
            yield f"Diagnostic-Code: smtp;{outcome.detail}"
    yield ""


def enhanced(detail: str) -> str:
    """The enhanced status code within a text; 5.0.0 when it has none."""
    words = detail.replace("'", " ").split()
    return next((w for w in words if w.count(".") == 2 and w[0] in "245"), "5.0.0")


def _original_head(about: Message) -> str:
    head = bytes(about.content[:_HEADERS_LIMIT]).partition(b"\r\n\r\n")[0]
    return head.decode("utf-8", "replace")


def _field(head: str, name: str) -> str:
    for line in head.splitlines():
        if line.lower().startswith(f"{name}:"):
            return line.partition(":")[2].strip()
    return ""
