"""Message data on one connection: DATA and BDAT, the decision at the end, what is handed on."""

from fake_exo.events import Body as BodySeen
from fake_exo.mail.fields import summarise
from fake_exo.mail.message import Fate
from fake_exo.smtp.body import BodyReader
from fake_exo.smtp.command import Command
from fake_exo.smtp.server.answers import Answers, Host
from fake_exo.smtp.server.desk import Decision, Desk
from fake_exo.smtp.server.fault import COUNTED, Fault
from fake_exo.smtp.server.faults import bent
from fake_exo.smtp.session import Phase

_FATES = {"drop": Fate.DROPPED, "junk": Fate.JUNKED}  # of faults that lose what was taken
_END_OF_MESSAGE = Command("END-OF-DATA")


class Intake:
    """What is being taken in: `body` after DATA or the first BDAT, `chunk` inside a BDAT."""

    def __init__(self, host: Host, desk: Desk, answers: Answers) -> None:
        self.body: BodyReader | None = None
        self.chunk: tuple[Command, Decision] | None = None
        self.left = 0  # bytes of the open chunk that have not come
        self._body_fault: Fault | None = None
        self._host = host
        self._desk = desk
        self._session = desk.session
        self._answers = answers

    def begin(self) -> None:
        self.body = BodyReader(self._desk.most_bytes(self._host.now()))
        self._body_fault = self._answers.body_fault()
        self._desk.begins()

    def _broken(self, size: int, fault: Fault) -> bool:
        """Whether the fault strikes after so many bytes of data; then the message is over."""
        after = int(fault.value) if COUNTED.fullmatch(fault.value) else 0
        if size < after:
            return False
        self._saw(size, complete=False)
        self.drop()
        self._answers.break_off(fault)
        self._session.reset()
        return True

    def drop(self) -> None:
        if self.body is not None:
            self._desk.ends()
            self.body = None

    def data(self, block: bytes) -> bytes | None:
        """A block after 354. Returns what came behind the end; None while that is not seen."""
        assert self.body is not None
        rest = self.body.feed_data(block)
        if self._body_fault is not None and self._broken(self.body.size, self._body_fault):
            return b""
        if rest is not None:
            self._saw(self.body.size, complete=True)
            self._finish("END-OF-DATA", self.body)
        return rest

    def open_chunk(self, command: Command, decision: Decision) -> None:
        """BDAT was read and decided: its bytes follow in any case, wanted or not."""
        self.left = command.size
        if decision.code < 400:
            if self.body is None:
                self.begin()
            self._session.phase = Phase.CHUNKS
        self.chunk = (command, decision)
        if not command.size:
            self._end_of_chunk()

    def chunked(self, block: bytes) -> bool:
        """Bytes of the open chunk, no more than are `left`. Whether it is complete."""
        assert self.chunk is not None
        self.left -= len(block)
        if self.chunk[1].code < 400 and self.body is not None:
            self.body.feed_chunk(block)
            if self._body_fault is not None and self._broken(self.body.size, self._body_fault):
                self.chunk = None
                return True
        if not self.left:
            self._end_of_chunk()
        return not self.left

    def _end_of_chunk(self) -> None:
        assert self.chunk is not None
        (command, decision), self.chunk = self.chunk, None
        if command.problem == "":
            self._saw(command.size, complete=True, chunk=True)
        if decision.code < 400 and command.last and self.body is not None:
            self._finish("BDAT", self.body, decision)
            return
        values = {"bytes": str(command.size), "length": str(command.size)}
        self._answers.say("BDAT", decision, values)
        if decision.code >= 400 and (decision.fault is not None or self.body is not None):
            self.drop()  # without this chunk there is no message left: RFC 3030 4.2
            self._session.reset()

    def _saw(self, size: int, *, complete: bool, chunk: bool = False) -> None:
        session, now = self._session, self._host.now()
        secured = session.tls is not None
        self._host.ledger.record(
            BodySeen(now, session.cause, session.number, size, complete, secured, chunk)
        )

    def _finish(self, to: str, body: BodyReader, last: Decision | None = None) -> None:
        """The message is complete: decide, and hand it on if it is taken. `last`: what became of
        the last chunk, whose reply is that to the message: a fault of it is one of the message."""
        session, desk = self._session, self._desk
        size = body.size
        content = body.content()
        self.body = None
        facts = summarise(content)
        if size != facts.size:  # the content was too large to be kept whole
            facts = facts._replace(size=size)
        decision = self._answers.decide_message(_END_OF_MESSAGE, content, facts)
        if last is not None and last.fault is not None and decision.fault is None:
            decision = _with_fault(decision, last, last.fault)
        desk.ends()
        values = desk.message_values(facts)
        if decision.code < 400:
            does = decision.fault.does if decision.fault is not None else ""
            desk.take(content, facts, values["message_id"], _FATES.get(does))
        else:
            desk.refuse(decision)
        self._answers.say(to, decision, values)
        session.reset()

    def interrupt(self) -> None:
        """The client is gone, or silent for too long, in the middle of a message."""
        if self.body is not None:
            self._saw(self.body.size, complete=False)
            self.drop()


def _with_fault(decision: Decision, chunk: Decision, fault: Fault) -> Decision:
    """The decision on a message with the fault of its last chunk: other words, or bent ones."""
    if fault.does != "reply":
        return bent(decision, fault)
    return chunk if decision.code < 400 else decision
