"""Mail as a test reads it: parsed, with what became of each copy. Folds over the record, made when
somebody looks; nothing of the service asks for them."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import NamedTuple, cast

from fake_exo.events import Accepted, Event, Reported, Settled
from fake_exo.mail.fields import header_fields
from fake_exo.mail.message import Fate, Message, Outcome, Report


class AttachedFile(NamedTuple):
    """A part that is attached, or has the name of a file; `name` is empty where it has none."""

    name: str
    content_type: str
    content: bytes


class MailPart(NamedTuple):
    """A part that holds something; a message that is attached is one. `charset`: of its text."""

    name: str
    content_type: str
    content: bytes
    attached: bool
    charset: str

    @property
    def text(self) -> str:
        try:
            found = self.content.decode(self.charset, "replace")
        except (LookupError, ValueError):  # a character set that nobody knows
            found = self.content.decode("utf-8", "replace")
        return found.replace("\r\n", "\n")


class Content:
    """What a client sent, read once and as far as somebody asks. Never raises."""

    def __init__(self, message: Message) -> None:
        self.raw = bytes(message.content)

    @cached_property
    def email(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    @cached_property
    def subject(self) -> str:
        return self.header("Subject")

    def header(self, name: str) -> str:
        try:
            return str(self.email.get(name, "")).strip()
        except Exception:  # the reader of the standard library raises whatever it likes
            fields = header_fields(self.raw)
            return next((value for n, value in fields if n.lower() == name.lower()), "").strip()

    @cached_property
    def text(self) -> str:
        return self._body("text/plain")

    @cached_property
    def html(self) -> str:
        return self._body("text/html")

    def _body(self, kind: str) -> str:
        parts = (p for p in self.parts if not p.attached)
        return next((p.text for p in parts if p.content_type == kind), "")

    @cached_property
    def parts(self) -> tuple[MailPart, ...]:
        """Those that can be read, in their order."""
        try:
            return tuple(part for leaf in _leaves(self.email) for part in _part(leaf))
        except RecursionError:  # nobody nests so deeply who wants to be read
            return ()

    @cached_property
    def attachments(self) -> tuple[AttachedFile, ...]:
        return tuple(
            AttachedFile(part.name, part.content_type, part.content)
            for part in self.parts
            if part.attached
        )


@dataclass(frozen=True, eq=False, repr=False)
class ParsedMail:
    """A message that was accepted, as the client sent it.

    `copies`: what became of it, recipient by recipient; `reports`: what the service wrote to its
    sender. `due`: when its delivery is, in seconds since the epoch, if that waits for the clock.
    `report`: of what it tells, if the service wrote it.
    """

    message: Message
    content: Content
    copies: tuple[Outcome, ...] = ()
    reports: "tuple[ParsedMail, ...]" = ()
    due: float | None = None
    report: Report | None = None

    # ---- the envelope ----------------------------------------------------------------------------

    @property
    def sender(self) -> str:
        """Of the envelope (P1); empty for the null sender."""
        return self.message.mail_from.address

    @property
    def recipients(self) -> tuple[str, ...]:
        """Of the envelope, Bcc too."""
        return tuple(recipient.address for recipient in self.message.recipients)

    @property
    def client_ip(self) -> str:
        return self.message.client_ip

    @property
    def user(self) -> str:
        """The mailbox that signed in; empty for relayed and anonymous mail."""
        return self.message.user or ""

    @property
    def tls(self) -> str:
        """The version that it came over; empty in clear text."""
        return self.message.tls or ""

    # ---- what became of it -----------------------------------------------------------------------

    def ended_in(self, fate: Fate) -> tuple[str, ...]:
        """The recipients whose copies ended so."""
        return tuple(copy.recipient for copy in self.copies if copy.fate is fate)

    @property
    def delivered(self) -> tuple[str, ...]:
        return self.ended_in(Fate.DELIVERED)

    @property
    def junked(self) -> tuple[str, ...]:
        return self.ended_in(Fate.JUNKED)

    @property
    def quarantined(self) -> tuple[str, ...]:
        return self.ended_in(Fate.QUARANTINED)

    @property
    def bounced(self) -> tuple[str, ...]:
        return self.ended_in(Fate.BOUNCED)

    @property
    def dropped(self) -> tuple[str, ...]:
        return self.ended_in(Fate.DROPPED)

    @property
    def sent_out(self) -> tuple[str, ...]:
        return self.ended_in(Fate.SENT_OUT)

    # ---- what is in it ---------------------------------------------------------------------------

    @property
    def raw(self) -> bytes:
        """As transmitted, with CRLF."""
        return self.content.raw

    @property
    def email(self) -> EmailMessage:
        return self.content.email

    @property
    def subject(self) -> str:
        return self.content.subject

    def header(self, name: str) -> str:
        """The first field of this name, decoded; empty where there is none."""
        return self.content.header(name)

    @property
    def text(self) -> str:
        """The body that is plain text; empty where there is none."""
        return self.content.text

    @property
    def html(self) -> str:
        return self.content.html

    @property
    def attachments(self) -> tuple[AttachedFile, ...]:
        return self.content.attachments

    def __str__(self) -> str:
        return f"{self.subject!r} to {', '.join(self.recipients)}"

    def __repr__(self) -> str:
        ended = [f"{copy.recipient}: {copy.fate.value}" for copy in self.copies]
        return f"<mail {self}; {', '.join(ended) or 'no copy has come to its end'}>"


def _leaves(part: EmailMessage) -> Iterator[EmailMessage]:
    """The parts that hold something, in their order; a message that is attached is one."""
    if part.get_content_maintype() != "multipart" or not part.is_multipart():
        yield part
        return
    for inner in part.get_payload():
        yield from _leaves(cast(EmailMessage, inner))


def _part(leaf: EmailMessage) -> Iterator[MailPart]:
    """Nothing for one that cannot be read."""
    with suppress(Exception):  # as above
        yield MailPart(
            leaf.get_filename() or "",
            leaf.get_content_type(),
            _content(leaf),
            _attached(leaf),
            leaf.get_content_charset("utf-8"),
        )


def _attached(part: EmailMessage) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _content(part: EmailMessage) -> bytes:
    if part.is_multipart():  # a message within the message
        return b"".join(bytes(cast(EmailMessage, inner)) for inner in part.get_payload())
    return cast(bytes, part.get_payload(decode=True) or b"")


# ---- from the record -----------------------------------------------------------------------------


class Mails:
    """What was accepted, in its order. Each is read once, however often somebody asks."""

    def __init__(self) -> None:
        self._known: dict[int, Content] = {}

    def read(self, events: Iterable[Event], held: Mapping[int, float]) -> tuple[ParsedMail, ...]:
        """`held`: when that is due whose delivery waits."""
        taken: dict[int, Message] = {}
        copies: dict[int, list[Outcome]] = {}
        reports: dict[int, list[ParsedMail]] = {}
        for event in events:
            match event:
                case Accepted(message=message):
                    taken[message.number] = message
                case Settled(outcome=outcome):
                    copies.setdefault(outcome.message, []).append(outcome)
                case Reported(report=report):
                    reports.setdefault(report.about, []).append(parsed_report(report))
        self._known = {n: self._known.get(n) or Content(m) for n, m in taken.items()}
        return tuple(
            ParsedMail(
                message,
                self._known[number],
                tuple(copies.get(number, ())),
                tuple(reports.get(number, ())),
                held.get(number),
            )
            for number, message in taken.items()
        )


def parsed_report(report: Report) -> ParsedMail:
    """A report as mail: its recipient is the sender of what it tells of."""
    return ParsedMail(report.mail, Content(report.mail), report.outcomes, report=report)
