"""What the server says on one connection: the policy's decisions in the order they were made.

Holds the output, the reply that a delay holds back, and whether the connection is over. Bytes of
the client and the state of the transaction are the business of others.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from fake_exo.events import Bent, Closed, Event, Replied
from fake_exo.exchange.attribution import Attributed
from fake_exo.exchange.facts import After, Env, Facts, day_of
from fake_exo.exchange.tenant import Mailbox, Tenant
from fake_exo.exchange.voice import Voice
from fake_exo.kernel.ids import Forest, Ids
from fake_exo.kernel.ledger import Ledger
from fake_exo.mail.message import Fate, Judgement, Message
from fake_exo.rules.catalogue import literal
from fake_exo.rules.period import Confidence
from fake_exo.rules.table import Policy, Row, Tables
from fake_exo.smtp.command import Command, MessageFacts
from fake_exo.smtp.server.bending import bend, last_line
from fake_exo.smtp.server.faults import Fault, holds
from fake_exo.smtp.session import Session
from fake_exo.smtp.stage import Stage

NOTHING: Mapping[str, str] = {}
_NOBODY = Command("DATA")


class Host(Protocol):
    """What a connection needs of the world around it."""

    env: Env
    policy: Policy
    ledger: Ledger[Event]
    ids: Ids
    skip_delays: bool

    def now(self) -> float: ...

    def accept(self, message: Message, session: Session, fate: Fate | None = None) -> None: ...

    def refused(self, mailbox: Mailbox, rule: str, cause: int) -> None: ...

    def judge(self, content: bytearray, session: Session, tenant: Tenant) -> Judgement | None: ...


class Answers:
    """Decides, and says it: `out` is what is ready to be sent."""

    def __init__(self, host: Host, session: Session, forest: Forest) -> None:
        self.out = bytearray()
        self.closed = False
        self.abrupt = False  # closed by a reset
        self.deaf = False  # nothing is answered any more
        self.bytewise = False  # what is in `out` goes byte by byte
        self.pending: tuple[str, Row, Mapping[str, str]] | None = None
        self.wait = 0.0  # seconds that what is pending is held back
        self.voice = Voice(session, forest, host.ids)
        self.input_waits = False  # the client has sent more than what is being answered
        self._host = host
        self._now = host.now
        self._session = session
        self._day = date.min
        self._day_ends = 0.0
        self._tables: Tables = ()

    def ask(
        self,
        to: str,
        stage: Stage,
        command: Command,
        extra: Mapping[str, str] = NOTHING,
        attribution: Attributed | None = None,
    ) -> Row:
        """Let the policy decide, and say it."""
        row = self.decide(stage, command, attribution)
        self.say(to, row, extra)
        return row

    def decide(
        self,
        stage: Stage,
        command: Command,
        attribution: Attributed | None = None,
        message: MessageFacts | None = None,
        judgement: Judgement | None = None,
    ) -> Row:
        now = self._now()
        if now >= self._day_ends:
            self._new_day(now)
        env, day, session = self._host.env, self._day, self._session
        facts = Facts(stage, command, session, env, now, day, attribution, message, judgement)
        return self._host.policy.decide(facts, self._tables)

    def day(self) -> date:
        """The day that it is. A new one brings new tables."""
        now = self._now()
        if now >= self._day_ends:
            self._new_day(now)
        return self._day

    def _new_day(self, now: float) -> None:
        self._day = day_of(now)
        self._tables = self._host.policy.tables(self._session.endpoint, self._day)
        self._day_ends = now // 86_400 * 86_400 + 86_400

    def say(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        """Now, or after the row's delays: then it waits in `pending`."""
        if row.code >= 500:
            self._session.errors += 1
        if row.fault is not None:
            self._mark(row.fault)
        if row.fault is not None and row.fault.does == "late-last-line":
            self._first_lines(to, row, extra)
        else:
            self._in_time(to, row, extra)

    def _in_time(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        self.wait = row.late if self._host.skip_delays else row.late + row.delay
        if self.wait:
            self.pending = (to, row, extra)
        else:
            self._speak(to, row, extra)

    def release(self) -> None:
        """The delay is over."""
        if self.pending is not None and not self.closed:
            pending, self.pending = self.pending, None
            self._speak(*pending)

    def close(self, by: str) -> None:
        """The connection is over: by "server", "client" or "reset"."""
        if not self.closed:
            self.closed = True
            session, now = self._session, self._host.now()
            self._host.ledger.record(Closed(now, session.cause, session.number, by))

    def _speak(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        now, session, rule = self._now(), self._session, row.rule
        data = row.text.static or row.text.render(self.voice.at(now, extra))
        if row.fault is not None:
            data = self._bent(row.fault, data)
        self.out += data
        certainty = min(rule.confidence, row.text.confidence)
        skipped = row.delay if self._host.skip_delays else 0.0
        self._host.ledger.record(
            Replied(now, session.cause, session.number, to, data, rule.stage, rule.id,
                    row.text.id, certainty, session.tls is not None, skipped)
        )  # fmt: skip
        if row.fault is not None and row.fault.does == "reset":
            self.abrupt = True
        dropped = rule.after is After.CLOSE_IF_PIPELINED and self.input_waits
        if dropped or rule.after is After.CLOSE or row.code == 421:
            self.close("server")

    def body_fault(self) -> Fault | None:
        """The fault that waits in the message data of this transaction, if its turn has come."""
        host = self._host
        if not host.policy.body_faults:
            return None
        facts = Facts(Stage.DATA, _NOBODY, self._session, host.env, host.now(), self.day())
        return host.policy.body_faults.next(lambda fault: holds(fault, facts))

    def break_off(self, fault: Fault) -> None:
        """In the middle of the data: a reply, or none, and the end of the connection."""
        host, session = self._host, self._session
        now, secured = host.now(), session.tls is not None
        self._mark(fault)
        if fault.text:
            data = literal(fault.text, "injected").static or b""
            self.out += data
            host.ledger.record(
                Replied(now, session.cause, session.number, "END-OF-DATA", data, Stage.MESSAGE,
                        "fault.body", "injected", Confidence.HIGH, secured)
            )  # fmt: skip
        self.abrupt = fault.does == "reset"
        self.close("server")

    # ---- faults ----------------------------------------------------------------------------------

    def _bent(self, fault: Fault, data: bytes) -> bytes:
        """The reply as the fault makes it."""
        self.deaf = self.deaf or fault.does == "deaf"
        self.bytewise = self.bytewise or fault.does == "bytewise"
        if fault.does == "last-line":
            return last_line(data)[1]
        return bend(fault.does, fault.value, data)

    def _mark(self, fault: Fault) -> None:
        what = " ".join(dict.fromkeys(w for w in (fault.name, fault.does, fault.value) if w))
        session, now = self._session, self._host.now()
        self._host.ledger.record(Bent(now, session.cause, session.number, what))

    def _first_lines(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        """All lines but the last now, that one when the delay is over."""
        assert row.fault is not None
        data = row.text.static or row.text.render(self.voice.at(self._host.now(), extra))
        self.out += last_line(data)[0]
        late, fault = row.fault.seconds, replace(row.fault, does="last-line")
        self._in_time(to, replace(row, delay=0.0, late=late, fault=fault), extra)
