"""What was seen while a scenario ran: jobs, each with all that it caused.

Checks read only this.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from fake_exo import (
    Accepted,
    Closed,
    Confidence,
    DnsQueried,
    Event,
    Fate,
    Filed,
    Gauge,
    Ledger,
    Line,
    Message,
    NotConnected,
    Opened,
    Outcome,
    Received,
    Replied,
    Report,
    Reported,
    Settled,
    TlsFailed,
    TlsStarted,
    every_reply,
    transcripts,
)
from fake_exo_harness.devices.jobs import JobResult
from fake_exo_harness.endings import Ending, ending
from fake_exo_harness.scenario.model import RunStep, SendStep
from fake_exo_harness.timeline import Log


class Statement(NamedTuple):
    """One thing that the service said; `rule` is empty in a bounce."""

    confidence: Confidence
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class JobRecord:
    """One press of the button. Times are seconds of the scenario's clock; `cause` is the number
    of all that it led to in the ledger, the end of the device's part and long after."""

    number: int
    step: SendStep | RunStep
    device: str
    result: JobResult
    started: float
    ended: float
    cause: int
    ledger: Ledger[Event]

    @property
    def events(self) -> tuple[Event, ...]:
        """What it has led to so far."""
        return self.ledger.caused(self.cause)

    @property
    def whole(self) -> bool:
        """Whether `events` has all of it; if not, nothing may be concluded."""
        return self.ledger.whole(self.cause)

    @property
    def transcripts(self) -> tuple[tuple[Line, ...], ...]:
        """The dialogue of each connection; made when somebody looks."""
        return transcripts(self.events)

    @property
    def replies(self) -> tuple[Replied, ...]:
        return tuple(event for event in self.events if isinstance(event, Replied))

    @property
    def refusals(self) -> tuple[Replied, ...]:
        """Replies of the 4xx and 5xx kind, in their order."""
        return tuple(reply for reply in self.replies if reply.data[:1] in b"45")

    @property
    def ending(self) -> Ending:
        """Whom the service took mail for, whom it did not, and what decided that."""
        return ending(self.events)

    @property
    def recipients_of_replies(self) -> Iterator[tuple[str, Replied]]:
        """Replies to RCPT, each with the command line that it answers."""
        return _pairs(self.events)

    @property
    def connections(self) -> tuple[Opened, ...]:
        return tuple(event for event in self.events if isinstance(event, Opened))

    @property
    def unreached(self) -> tuple[NotConnected, ...]:
        return tuple(event for event in self.events if isinstance(event, NotConnected))

    @property
    def tls_failures(self) -> tuple[TlsFailed, ...]:
        return tuple(event for event in self.events if isinstance(event, TlsFailed))

    @property
    def queries(self) -> tuple[DnsQueried, ...]:
        return tuple(event for event in self.events if isinstance(event, DnsQueried))

    @property
    def accepted(self) -> tuple[Accepted, ...]:
        return tuple(event for event in self.events if isinstance(event, Accepted))

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(event.outcome for event in self.events if isinstance(event, Settled))

    @property
    def reports(self) -> tuple[Report, ...]:
        return tuple(event.report for event in self.events if isinstance(event, Reported))

    @property
    def filed(self) -> tuple[str, ...]:
        return tuple(event.mailbox for event in self.events if isinstance(event, Filed))

    def ended_in(self, fate: Fate) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.fate is fate)

    @property
    def clear_text(self) -> str:
        """What went over the wire without TLS, at worst: credentials, mail, or nothing."""
        bare = [e for e in self.events if isinstance(e, Received) and not e.secured]
        if any(e.secret and not bare_auth(e.line) for e in bare):
            return "credentials"
        unsafe = any(r.to == "MAIL" and not r.secured and r.data[:1] == b"2" for r in self.replies)
        return "mail" if unsafe else "nothing"

    @property
    def gave_password(self) -> bool:
        """Whether credentials came over TLS, to whoever had the certificate."""
        secret = (e for e in self.events if isinstance(e, Received) and e.secret and e.secured)
        return not all(bare_auth(event.line) for event in secret)

    @property
    def fell_back(self) -> bool:
        """Whether mail went in clear text after TLS had failed, been refused, or been given up by a
        client that looked at the certificate when all was done."""
        failed = any(isinstance(e, TlsFailed) for e in self.events)
        refused = any(r.to == "STARTTLS" and r.data[:1] in b"45" for r in self.replies)
        return (failed or refused or self._left_tls) and self.clear_text != "nothing"

    @property
    def _left_tls(self) -> bool:
        """Whether a connection got TLS, and was left without a word."""
        secured = {e.connection for e in self.events if isinstance(e, TlsStarted)}
        said = (e for e in self.events if isinstance(e, Received) and e.secured)
        return bool(secured - {e.connection for e in said if e.line.upper() != b"QUIT"})

    @property
    def duplicates(self) -> int:
        """Copies too many: the same message, taken more than once."""
        seen = [_identity(event.message) for event in self.accepted]
        return len(seen) - len(set(seen))

    @property
    def waits(self) -> tuple[float, ...]:
        """Seconds between the end of each connection and the beginning of the next."""
        ends = {e.connection: e.at for e in self.events if isinstance(e, Closed)}
        opened = self.connections
        return tuple(
            later.at - ends.get(earlier.connection, earlier.at)
            for earlier, later in pairwise(opened)
        )

    @property
    def attested(self) -> Iterator[Statement]:
        """All that the service said of it, in replies and in bounces."""
        for reply in self.replies:
            first = reply.data.decode("utf-8", "replace").splitlines()[0]
            yield Statement(reply.confidence, first, reply.rule)
        for bounce in self.ended_in(Fate.BOUNCED):
            yield Statement(_known(bounce), bounce.detail, "")

    @property
    def confidence(self) -> Confidence:
        """How well the least attested of that is attested."""
        replies = (reply.confidence for reply in self.replies)
        handshakes = (failed.confidence for failed in self.tls_failures)
        bounces = (_known(bounce) for bounce in self.ended_in(Fate.BOUNCED))
        return min((*replies, *handshakes, *bounces), default=Confidence.HIGH)


@lru_cache(maxsize=1)
def _attested() -> dict[str, Confidence]:
    """Each text of the catalogue by id, and how well it is attested."""
    return {entry.reply: Confidence[entry.confidence.upper()] for entry in every_reply()}


def _known(bounce: Outcome) -> Confidence:
    return _attested().get(bounce.reply, Confidence.HIGH)


def bare_auth(line: bytes) -> bool:
    """AUTH with a mechanism and nothing else gives nothing away."""
    return line[:5].upper() == b"AUTH " and len(line.split()) < 3


def _identity(message: Message) -> tuple[object, ...]:
    people = tuple(sorted(r.address.lower() for r in message.recipients))
    return hash(bytes(message.content)), people


def _pairs(events: tuple[Event, ...]) -> Iterator[tuple[str, Replied]]:
    waiting: list[str] = []
    for event in events:
        if isinstance(event, Received):
            text = event.line.decode("utf-8", "replace")
            if text[:5].upper() == "RCPT ":
                waiting.append(text)
        elif isinstance(event, Replied) and event.to == "RCPT" and waiting:
            yield waiting.pop(0), event


@dataclass(slots=True)
class RunRecord:
    """A whole run, as far as it has come."""

    jobs: list[JobRecord] = field(default_factory=list)
    usage: tuple[Gauge, ...] = ()  # as it stood at the end
    traffic: Log = field(default_factory=Log)
    notes: list[str] = field(default_factory=list)
    refused_changes: list[str] = field(default_factory=list)

    def job(self, number: int | None) -> JobRecord | None:
        """A job by its number from 1; None: the last."""
        if number is None:
            return self.jobs[-1] if self.jobs else None
        return self.jobs[number - 1] if 0 < number <= len(self.jobs) else None

    @property
    def confidence(self) -> Confidence:
        return min((job.confidence for job in self.jobs), default=Confidence.HIGH)

    @property
    def unjudged(self) -> str:
        """Why some jobs cannot be judged; empty when all can."""
        cut = [job for job in self.jobs if not job.whole]
        if not cut:
            return ""
        which = f"job {cut[0].number} ({cut[0].device})"
        if len(cut) > 1:
            which += f" and {len(cut) - 1} more"
        return f"{which} had gone from the record before it was judged: {_bounds(cut[0].ledger)}"


def _bounds(ledger: Ledger[Event]) -> str:
    """How much a ledger holds, and what to do about it."""
    kept = [] if ledger.keep is None else [f"{ledger.keep} events (keep)"]
    if ledger.keep_bytes is not None:
        kept.append(f"{ledger.keep_bytes} bytes (keep_bytes)")
    return f"it holds {' and '.join(kept)}; raise that under service, or send less"
