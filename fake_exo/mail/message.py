"""A message as it was accepted, and what became of it, recipient by recipient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

_NOTHING: Mapping[str, str] = {}


class Attribution(Enum):
    """Whose mail the service takes it for."""

    SUBMITTED = "submitted"  # client submission by a signed-in mailbox
    ORIGINATING = "originating"  # relay through an OnPremises connector
    INCOMING = "incoming"  # anonymous, from the internet as far as the service knows
    ELSEWHERE = "elsewhere"  # not the service's: another mail server took it


class Fate(Enum):
    """Where one copy ended."""

    DELIVERED = "delivered"  # in a mailbox of a tenant here
    JUNKED = "junked"
    QUARANTINED = "quarantined"
    BOUNCED = "bounced"
    DROPPED = "dropped"
    SENT_OUT = "sent-out"  # left for the internet
    ELSEWHERE = "elsewhere"  # taken by a mail server that is not the service's


class MailFrom(NamedTuple):
    """The envelope sender (P1) with its ESMTP parameters, names upper-cased, values untouched."""

    address: str
    parameters: Mapping[str, str] = _NOTHING


class Recipient(NamedTuple):
    address: str
    parameters: Mapping[str, str] = _NOTHING


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the filter found about anonymous mail, for one tenant. `refusal` is the enhanced code
    of what is said at the end of the data, or empty; `stamps` makes the header fields that it
    puts on top, when somebody looks."""

    tenant: str
    fate: Fate
    refusal: str
    scl: int
    why: str
    stamps: Callable[[], tuple[str, ...]]


class Reception(NamedTuple):
    """Where a message came in, for its trace line."""

    host: str
    address: str
    tls: str | None
    cipher: str = ""


@dataclass(slots=True, eq=False)
class Message:
    """An accepted message. `content` is as transmitted, dots unstuffed. Never modify anything of
    it: it is not frozen only because that would take three times as long to make."""

    number: int
    session: str
    received_at: float  # seconds since the epoch, by the world's clock
    attribution: Attribution
    tenant: str | None  # the sending tenant when submitted or originating
    user: str | None  # primary address of the signed-in mailbox
    client_ip: str
    hello: str
    tls: str | None
    mail_from: MailFrom
    recipients: tuple[Recipient, ...]
    content: bytes | bytearray
    message_id: str
    header_from: tuple[str, ...]
    connector: str | None = None
    judgement: Judgement | None = None  # of anonymous mail, for the tenant of the first recipient
    reception: Reception | None = None  # None for what the service itself writes
    # Fields put in place of the client's: name, and value, or nothing for one taken away.
    replaced: tuple[tuple[str, str], ...] = ()
    internal: bool = False  # as good as a signed-in user's, or the service's own

    @property
    def size(self) -> int:
        return len(self.content)


class Outcome(NamedTuple):
    """What became of a message for one final recipient."""

    message: int
    recipient: str
    fate: Fate
    at: float
    tenant: str | None = None  # whose mailbox; None outside
    original_recipient: str | None = None  # the group or forwarder that led here
    reply: str = ""  # id of the catalogue's text that a bounce quotes
    detail: str = ""  # the enhanced code and text of a bounce, or the filter's reason
    header_from: str = ""
    mail_from: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """A delivery status notification (RFC 3464) that the service wrote about a message.

    `kind`: failed, delivered or relayed. `mail` is the report itself, `outcomes` where it went:
    to a mailbox, out to the internet, or nowhere when nobody has the sender's address.
    """

    kind: str
    about: int
    to: str
    of: tuple[Outcome, ...]
    mail: Message
    outcomes: tuple[Outcome, ...]
