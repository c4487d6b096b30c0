"""What the server says on one connection: the desk's decisions in the order they were made.

Holds the output, the reply that a delay holds back, and whether the connection is over. Bytes of
the client and the state of the transaction are the business of others.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from fake_exo.events import Bent, Closed, Event, Replied
from fake_exo.kernel.ledger import Ledger
from fake_exo.mail.fields import MessageFacts
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import After
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Command
from fake_exo.smtp.server.bending import bend, last_line
from fake_exo.smtp.server.desk import NOTHING, Decision, Desk
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.server.faults import Ask, Faults, bent, holds

_NOBODY = Command("DATA")


class Host:
    """The run around a connection. `skip_delays`: the service's own waits are not waited."""

    ledger: Ledger[Event]
    faults: Faults
    skip_delays: bool
    now: Callable[[], float]


class Answers:
    """Decides, and says it: `out` is what is ready to be sent."""

    def __init__(self, host: Host, desk: Desk) -> None:
        self.out = bytearray()
        self.closed = False
        self.abrupt = False  # closed by a reset
        self.deaf = False  # nothing is answered any more
        self.bytewise = False  # what is in `out` goes byte by byte
        self.pending: tuple[str, Decision, Mapping[str, str]] | None = None
        self.wait = 0.0  # seconds that what is pending is held back
        self.input_waits = False  # the client has sent more than what is being answered
        self._host = host
        self._now = host.now
        self._record = host.ledger.record
        self._desk = desk
        self._session = desk.session

    def ask(
        self, to: str, stage: Stage, command: Command, extra: Mapping[str, str] = NOTHING
    ) -> Decision:
        """Let the desk decide, and say it."""
        decision = self.decide(stage, command)
        self.say(to, decision, extra)
        return decision

    def decide(self, stage: Stage, command: Command) -> Decision:
        if not self._host.faults.any:
            return self._desk.decide(stage, command, self._now())
        return self._with_faults(
            stage, command, lambda: self._desk.decide(stage, command, self._now())
        )

    def decide_message(self, command: Command, content: bytearray, facts: MessageFacts) -> Decision:
        if not self._host.faults.any:
            return self._desk.decide_message(content, facts, self._now())
        right = lambda: self._desk.decide_message(content, facts, self._now())  # noqa: E731
        return self._with_faults(Stage.MESSAGE, command, right)

    def _with_faults(
        self, stage: Stage, command: Command, right: Callable[[], Decision]
    ) -> Decision:
        reply, bends = self._host.faults.at(Ask(stage, command, self._session))
        if reply is not None:
            decision = replace(reply, delay=self._desk.delay(stage, reply.code, self._now()))
        else:
            decision = right()
        return decision if bends is None else bent(decision, bends)

    def say(self, to: str, decision: Decision, extra: Mapping[str, str]) -> None:
        """Now, or after the decision's delays: then it waits in `pending`."""
        if decision.code >= 500:
            self._session.errors += 1
        if decision.fault is not None:
            self._mark(decision.fault)
            if decision.fault.does == "late-last-line":
                self._first_lines(to, decision, extra)
                return
        if decision.delay or decision.late:
            self._in_time(to, decision, extra)
        else:
            self._speak(to, decision, extra)

    def _in_time(self, to: str, decision: Decision, extra: Mapping[str, str]) -> None:
        skipped = self._host.skip_delays
        self.wait = decision.late if skipped else decision.late + decision.delay
        if self.wait:
            self.pending = (to, decision, extra)
        else:
            self._speak(to, decision, extra)

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

    def _speak(self, to: str, decision: Decision, extra: Mapping[str, str]) -> None:
        now, session, fault = self._now(), self._session, decision.fault
        text = decision.text
        data = text.static or text.render(self._desk.values(now, extra))
        if fault is not None:
            data = self._bent(fault, data)
        self.out += data
        skipped = decision.delay if self._host.skip_delays else 0.0
        self._record(
            Replied(now, session.cause, session.number, to, data, decision.stage, decision.rule,
                    text.id, decision.confidence, session.tls is not None, skipped)
        )  # fmt: skip
        if fault is not None and fault.does == "reset":
            self.abrupt = True
        after = decision.after
        dropped = after is After.CLOSE_IF_PIPELINED and self.input_waits
        if dropped or after is After.CLOSE or decision.code == 421:
            self.close("server")

    # ---- faults ----------------------------------------------------------------------------------

    def body_fault(self) -> Fault | None:
        """The fault that waits in the message data of this transaction, if its turn has come."""
        bodies = self._host.faults.bodies
        if not bodies:
            return None
        ask = Ask(Stage.DATA, _NOBODY, self._session)
        return bodies.next(lambda fault: holds(fault, ask))

    def break_off(self, fault: Fault) -> None:
        """In the middle of the data: a reply, or none, and the end of the connection."""
        host, session = self._host, self._session
        now, secured = host.now(), session.tls is not None
        self._mark(fault)
        if fault.text:
            data = host.faults.words(fault).render(self._desk.values(now, {}))
            self.out += data
            host.ledger.record(
                Replied(now, session.cause, session.number, "END-OF-DATA", data, Stage.MESSAGE,
                        "fault.body", "injected", Confidence.HIGH, secured)
            )  # fmt: skip
        self.abrupt = fault.does == "reset"
        self.close("server")

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

    def _first_lines(self, to: str, decision: Decision, extra: Mapping[str, str]) -> None:
        """All lines but the last now, that one when the delay is over."""
        assert decision.fault is not None
        data = decision.text.render(self._desk.values(self._now(), extra))
        self.out += last_line(data)[0]
        fault = replace(decision.fault, does="last-line")
        late = replace(decision, delay=0.0, late=fault.seconds, fault=fault)
        self._in_time(to, late, extra)
