"""What a scenario expects, typed and frozen: one class a word of `then:`.

As in `model`: field names are the keys of the language, durations are seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from fake_exo_harness.forms.location import NOWHERE, Location


class ReplyTo(Enum):
    """Which command a reply answers."""

    CONNECT = "CONNECT"
    HELO = "HELO"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    BDAT = "BDAT"
    END_OF_DATA = "END-OF-DATA"
    RSET = "RSET"
    NOOP = "NOOP"
    QUIT = "QUIT"
    UNKNOWN = "UNKNOWN"
    TIMEOUT = "TIMEOUT"


@dataclass(frozen=True, slots=True)
class ReplyCheck:
    """`reply:` the last reply to a command in a job is this one (or the `nth`, a recipient's)."""

    to: ReplyTo
    code: int | None = None
    enhanced: str | None = None
    contains: tuple[str, ...] = ()
    text: str | None = None
    recipient: str | None = None
    job: int | None = None  # counts from 1; None: the last
    nth: int | None = None  # counts from 1
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class NoReplyCheck:
    """`no_reply: MAIL`: the command was never answered in the job (it was never reached)."""

    to: ReplyTo
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class DeliveredCheck:
    """`delivered:` exactly these recipients got the mail of the job, in this folder."""

    to: tuple[str, ...]
    folder: str = "inbox"  # inbox, junk, quarantine
    tenant: str | None = None
    at_least: float | None = None  # seconds between acceptance and delivery
    at_most: float | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class BouncedCheck:
    """`bounced:` exactly these recipients' copies came back."""

    to: tuple[str, ...]
    enhanced: str | None = None
    contains: tuple[str, ...] = ()
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class JunkedCheck:
    """`junked:` exactly these recipients' copies went to Junk Email: `delivered` with a folder."""

    to: tuple[str, ...]
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class DroppedCheck:
    """`dropped:` exactly these recipients' copies ended without a trace."""

    to: tuple[str, ...]
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class TakenElsewhereCheck:
    """`taken_elsewhere:` exactly these recipients' copies were taken by a mail server that is not
    the service's; `by`: the address of the one that is meant."""

    to: tuple[str, ...]
    by: str | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ReportCheck:
    """`report:` the service wrote to the sender about the job's mail, and where that went."""

    kind: str = "failed"  # failed, delivered, relayed, none
    to: str | None = None
    contains: tuple[str, ...] = ()
    lands: str | None = None  # inbox, internet, nowhere
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class SentItemsCheck:
    """`sent_items:` exactly these mailboxes kept a copy of the job's mail."""

    mailboxes: tuple[str, ...]
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class HeadersCheck:
    """`headers:` fields of the job's mail as it is delivered contain these texts: what the service
    stamped or put in place of the client's, and what the client sent."""

    fields: Mapping[str, tuple[str, ...]]
    absent: tuple[str, ...] = ()
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class UsageCheck:
    """`usage:` so much of a limit is used at the end, by a mailbox, tenant, recipient, address."""

    of: str
    limit: str
    used: int | None = None
    most: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RetryCheck:
    """`retry:` how the client came back: connections in all, the wait between two of them, and
    how many copies too many the service has taken."""

    attempts: int | None = None
    came_back: bool | None = None
    at_least: float | None = None  # seconds between the end of one attempt and the next
    at_most: float | None = None
    duplicates: int | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ClearTextCheck:
    """`clear_text:` whether anything but the greeting went over the wire without TLS: nothing,
    mail, or credentials."""

    what: str
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class LostCheck:
    """`lost:` so many mails of the traffic reached nobody: given up, bounced, or junked."""

    count: int | None = None
    at_most: int | None = None
    at_least: int | None = None
    device: str | None = None
    contains: tuple[str, ...] = ()
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class SentOutCheck:
    """`sent_out:` exactly these recipients' copies left for the internet."""

    to: tuple[str, ...]
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """`rule:` these rules answered in the job. Beside literal checks, never instead of them."""

    ids: tuple[str, ...]
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """`device:` what the device believes and shows."""

    sent: bool | None = None
    panel: tuple[str, ...] = ()  # texts that the panel contains
    stage: str | None = None
    attempts: int | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ConnectionCheck:
    """`connection:` whether and where the device got through."""

    failed: str | None = None  # timeout, tls, dns, none
    host: str | None = None  # name that it looked up
    port: int | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class EncryptedCheck:
    """`encrypted: true`: every MAIL of the job went over TLS; false: none did."""

    encrypted: bool
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ElapsedCheck:
    """`elapsed:` how long the job took on the scenario's clock."""

    at_least: float | None = None
    at_most: float | None = None
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class QueryCheck:
    """`dns_queries:` the job asked for these, in this order, maybe among others."""

    queries: tuple[tuple[str, str], ...]  # (name, type)
    job: int | None = None
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class MessageCheck:
    """`accepted:` how many messages the service took in the whole scenario."""

    count: int
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class RefusedChangeCheck:
    """`refused_change:` the service refused the last administrator's change, in these words."""

    contains: tuple[str, ...]
    place: Location = NOWHERE


@dataclass(frozen=True, slots=True)
class ConfidenceCheck:
    """`confidence:` of a scenario: all that was said in it is attested at least so well."""

    least: str  # high, medium, low
    place: Location = NOWHERE


Check = (
    ReplyCheck
    | NoReplyCheck
    | DeliveredCheck
    | BouncedCheck
    | JunkedCheck
    | DroppedCheck
    | ReportCheck
    | SentItemsCheck
    | HeadersCheck
    | UsageCheck
    | RetryCheck
    | ClearTextCheck
    | LostCheck
    | SentOutCheck
    | TakenElsewhereCheck
    | RuleCheck
    | DeviceCheck
    | ConnectionCheck
    | EncryptedCheck
    | ElapsedCheck
    | QueryCheck
    | MessageCheck
    | RefusedChangeCheck
    | ConfidenceCheck
)
