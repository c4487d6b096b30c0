"""What the interface shows, as values: each class is a schema of the OpenAPI document too.

Times are ISO 8601 in UTC, by the world's clock.
"""

from typing import Any, NamedTuple


class LineItem(NamedTuple):
    """One line of a dialogue. `side`: C the client, S the service, * what is neither."""

    at: str
    side: str
    text: str
    secured: bool
    rule: str
    refused: bool


class RuleItem(NamedTuple):
    """Why a rule answers, and what to change; `verbs` is the same in the scenario language."""

    rule: str
    why: str
    fix: str
    confidence: str
    verbs: list[str]


class SessionItem(NamedTuple):
    """One connection. `ended`: open, taken, refused, in part, or nothing was sent. Where a mail was
    lost, `reply` is what decided it, with its rule, why, and the fix."""

    number: int
    endpoint: str
    client_ip: str
    server_ip: str
    port: int
    hello: str
    opened_at: str
    closed_at: str | None
    closed_by: str
    ended: str
    taken: int
    messages: list[int]
    reply: str
    rule: str
    why: str
    fix: str


class SessionDetail(NamedTuple):
    """A connection with its dialogue, and each rule that refused something in it."""

    session: SessionItem
    lines: list[LineItem]
    rules: list[RuleItem]


class CopyItem(NamedTuple):
    """Where one copy of a message ended, and why. `folder`: of a mailbox, or empty."""

    recipient: str
    fate: str
    folder: str
    at: str
    tenant: str | None
    original_recipient: str | None
    reply: str
    detail: str


class MailItem(NamedTuple):
    """A message that was taken. `waiting`: recipients whose copy has not come to its end."""

    number: int
    session: int | None
    received_at: str
    mail_from: str
    recipients: list[str]
    header_from: list[str]
    subject: str
    message_id: str
    size: int
    attachments: int
    user: str | None
    tenant: str | None
    client_ip: str
    attribution: str
    connector: str | None
    tls: str | None
    fates: list[str]
    waiting: bool


class FieldItem(NamedTuple):
    """A header field, unfolded."""

    name: str
    value: str


class PartItem(NamedTuple):
    """A part of a message, by its place among all parts, from 0. `text`: of short texts."""

    number: int
    type: str
    filename: str
    attachment: bool
    size: int
    text: str | None


class MailDetail(NamedTuple):
    """A message, where each copy went, and what it is made of. `headers` are those of a delivered
    copy; `sent_items`: mailboxes that keep one; `reports`: numbers of the reports about it."""

    message: MailItem
    copies: list[CopyItem]
    headers: list[FieldItem]
    parts: list[PartItem]
    sent_items: list[str]
    reports: list[int]
    spam_confidence: int | None
    filter_reason: str


class ReportItem(NamedTuple):
    """A report to a sender about a message. `kind`: failed, delivered or relayed."""

    number: int
    kind: str
    about: int
    to: str
    at: str
    copies: list[CopyItem]
    landed: list[CopyItem]
    text: str


class QueryItem(NamedTuple):
    """A question to the DNS, and what came of it."""

    at: str
    client_ip: str
    name: str
    type: str
    rcode: str
    transport: str
    answers: int
    injected: str


class GaugeItem(NamedTuple):
    """How much of a limit is used. `most`: None where no figure is known."""

    kind: str
    who: str
    what: str
    used: int
    most: float | None
    limit: str
    frees_at: str | None


class PlaceItem(NamedTuple):
    """What listens where: an endpoint's own port, and the address and port that stand for it."""

    endpoint: str
    port: int
    listens_on: str


class WorldItem(NamedTuple):
    """One of the worlds that are served. `mark`: how many events there have been in it."""

    name: str
    tenants: list[str]
    day: str
    listeners: list[PlaceItem]
    dns: str
    mark: int
    messages: int
    sessions: int


class ClockItem(NamedTuple):
    """The world's time. `follows`: real, or nothing where it stands still."""

    now: str
    follows: str


class FaultItem(NamedTuple):
    """A fault that is injected. `of`: dialogue or dns; `fault`: its keys in the language."""

    of: str
    fault: dict[str, Any]


class DoneItem(NamedTuple):
    """A change that was made; `answer` is what the service said to it, if it says anything."""

    done: str
    answer: str


class DifferenceItem(NamedTuple):
    """What is still not as wanted."""

    check: str
    expected: str
    got: str
    rule: str
    why: str
    fix: str


class WaitItem(NamedTuple):
    """What a wait came to: `mark` is how far the record had been read."""

    met: bool
    mark: int
    session: int | None
    messages: list[MailItem]
    differences: list[DifferenceItem]


class HookItem(NamedTuple):
    """Who is told of events. `missed`: so many came too fast for him."""

    number: int
    url: str
    kinds: list[str]
    sent: int
    failed: int
    missed: int
    problem: str


class ProblemItem(NamedTuple):
    """What is wrong with a request: where in it, why, and what to do."""

    place: str
    cause: str
    remedy: str


class ProblemList(NamedTuple):
    """All that is wrong with a request."""

    problems: list[ProblemItem]


class StateItem(NamedTuple):
    """Whether the fake lives, and is ready."""

    fake: bool
    state: str


class DeletedItem(NamedTuple):
    """How many were deleted."""

    deleted: int
