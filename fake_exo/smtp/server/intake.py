"""Message data on one connection: DATA and BDAT, the decision at the end, what is handed on."""

from fake_exo.events import Body as BodySeen
from fake_exo.exchange.attribution import Attributed, attribute
from fake_exo.exchange.rules.rcpt import relay_conditions
from fake_exo.kernel.endpoint import Trait
from fake_exo.mail import fields as headers
from fake_exo.mail.message import Attribution, Fate, Judgement, MailFrom, Message, Reception
from fake_exo.rules.table import Row
from fake_exo.smtp.body import Body
from fake_exo.smtp.command import Command, MessageFacts
from fake_exo.smtp.server.answers import Answers, Host
from fake_exo.smtp.server.faults import Fault
from fake_exo.smtp.session import Phase, Session
from fake_exo.smtp.stage import Stage

_TRACE_HEADERS = 8_008  # bytes the service adds: 539 sent became 8547 in a capture
_FATES = {"drop": Fate.DROPPED, "junk": Fate.JUNKED}  # of faults that lose what was taken
_END_OF_MESSAGE = Command("END-OF-DATA")


class Intake:
    """What is being taken in: `body` after DATA or the first BDAT, `chunk` inside a BDAT."""

    def __init__(self, host: Host, session: Session, answers: Answers) -> None:
        self.body: Body | None = None
        self.chunk: tuple[Command, Row] | None = None
        self._left = 0
        self._known: tuple[tuple[object, ...], Attributed] | None = None
        self._body_fault: Fault | None = None
        self._host = host
        self._session = session
        self._answers = answers

    def begin(self) -> None:
        limits = self._host.env.service.limits
        limit = limits.number("service.message_size_max", self._answers.day())
        self.body = Body(int(limit) if limit is not None else 1 << 62)
        self._body_fault = self._answers.body_fault()
        if self._session.user is not None:
            self._host.env.usage.begin(self._session.user.address)

    def _broken(self, size: int, fault: Fault) -> bool:
        """Whether the fault strikes after so many bytes of data; then the message is over."""
        after = int(fault.value) if fault.value.isdigit() else 0
        if size < after:
            return False
        self._saw(size, complete=False)
        self.drop()
        self._session.reset()
        self._answers.break_off(fault)
        return True

    def drop(self) -> None:
        if self.body is not None:
            self._landed()
            self.body = None

    def _landed(self) -> None:
        if self._session.user is not None:
            self._host.env.usage.end(self._session.user.address)

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

    def open_chunk(self, command: Command, row: Row) -> None:
        """BDAT was read and decided: its bytes follow in any case, wanted or not."""
        self._left = command.size
        if row.code < 400:
            if self.body is None:
                self.begin()
            self._session.phase = Phase.CHUNKS
        self.chunk = (command, row)
        if not command.size:
            self._end_of_chunk()

    def chunked(self, block: bytes) -> bytes | None:
        """Bytes of the open chunk. Returns what came behind it; None while it is not complete."""
        assert self.chunk is not None
        taken, rest = block[: self._left], block[self._left :]
        self._left -= len(taken)
        if self.chunk[1].code < 400 and self.body is not None:
            self.body.feed_chunk(taken)
        if self._left:
            return None
        self._end_of_chunk()
        return rest

    def _end_of_chunk(self) -> None:
        assert self.chunk is not None
        (command, row), self.chunk = self.chunk, None
        if command.problem == "":
            self._saw(command.size, complete=True, chunk=True)
        if row.code < 400 and command.last and self.body is not None:
            self._finish("BDAT", self.body)
        else:
            self._answers.say(
                "BDAT", row, {"bytes": str(command.size), "length": str(command.size)}
            )

    def _saw(self, size: int, *, complete: bool, chunk: bool = False) -> None:
        session, now = self._session, self._host.now()
        secured = session.tls is not None
        self._host.ledger.record(
            BodySeen(now, session.cause, session.number, size, complete, secured, chunk)
        )

    def _finish(self, to: str, body: Body) -> None:
        """The message is complete: decide, and hand it on if it is taken."""
        session = self._session
        size = body.size
        content = body.content()
        self.body = None
        facts = headers.summarise(content)
        if size != facts.size:  # the content was too large to be kept whole
            facts = facts._replace(size=size)
        attribution = None
        if Trait.ATTRIBUTES in session.endpoint.can:
            attribution = self.attribution(session.recipients[0].address)
        judgement = self._judged(content, attribution)
        row = self._answers.decide(Stage.MESSAGE, _END_OF_MESSAGE, attribution, facts, judgement)
        self._landed()
        extra = self._message_extra(facts)
        if row.code < 400:
            message = self._message(content, facts, attribution, judgement, extra["message_id"])
            does = row.fault.does if row.fault is not None else ""
            self._host.accept(message, session, _FATES.get(does))
        elif session.user is not None:
            self._host.refused(session.user, row.rule.id, session.cause)
        self._answers.say(to, row, extra)
        session.reset()

    def _judged(self, content: bytearray, attribution: Attributed | None) -> Judgement | None:
        """Only what is anonymous is judged, for the tenant of its first recipient."""
        if attribution is None or attribution.originating or attribution.hosted is None:
            return None
        return self._host.judge(content, self._session, attribution.hosted.tenant)

    def interrupt(self) -> None:
        """The client is gone, or silent for too long, in the middle of a message."""
        if self.body is not None:
            self._saw(self.body.size, complete=False)
            self.drop()

    def _message_extra(self, facts: MessageFacts) -> dict[str, str]:
        server = self._answers.voice.mailbox_server()
        size = facts.size + _TRACE_HEADERS
        seconds = 0.060 + size / 40_000_000
        refused = facts.from_addresses[0] if facts.from_addresses else ""
        return {
            "mailbox_server": server,
            "message_id": facts.message_id or self._made_up_id(server),
            "bytes": str(size),
            "seconds": f"{seconds:.3f}",
            "kbps": f"{size / 1024 / seconds:.3f}",
            "from_address": refused,
            "from_domain": refused.rpartition("@")[2].upper(),
            "header": facts.longest_header[0],
            "size": str(facts.longest_header[1]),
        }

    def _made_up_id(self, server: str) -> str:
        return f"{server.partition('.')[0]}{self._host.ids.hex(20)}@{server}"

    def _message(
        self,
        content: bytearray,
        facts: MessageFacts,
        attribution: Attributed | None,
        judgement: Judgement | None,
        message_id: str,
    ) -> Message:
        session = self._session
        origin = attribution.origin if attribution is not None else None
        kind, tenant = Attribution.INCOMING, None
        if session.user is not None and session.tenant is not None:
            kind, tenant = Attribution.SUBMITTED, session.tenant.name
        elif origin is not None:
            kind, tenant = Attribution.ORIGINATING, origin.tenant.name
        return Message(
            number=self._host.ids.message(),
            session=session.id,
            received_at=self._host.now(),
            attribution=kind,
            tenant=tenant,
            user=session.user.address if session.user else None,
            client_ip=session.client_ip,
            hello=session.hello,
            tls=session.tls.version if session.tls else None,
            mail_from=session.mail_from or MailFrom(""),
            recipients=tuple(session.recipients),
            content=content,
            message_id=message_id,
            header_from=facts.from_addresses,
            connector=origin.connector.name if origin is not None else None,
            judgement=judgement,
            reception=self._reception(),
        )

    def _reception(self) -> Reception:
        session = self._session
        tls = session.tls
        return Reception(
            session.trace_host,
            session.server_ip,
            tls.version if tls else None,
            tls.cipher if tls else "",
        )

    def attribution(self, recipient: str) -> Attributed:
        """That of a recipient. The last one is remembered: most mail has one recipient, and it is
        asked for again at the end."""
        session, directory = self._session, self._host.env.directory
        key = (recipient, session.mail_from, session.tls, directory)
        if self._known is not None and self._known[0] == key:
            return self._known[1]
        found = self._attribution(recipient)
        self._known = (key, found)
        return found

    def _attribution(self, recipient: str) -> Attributed:
        conditions = relay_conditions(self._answers.day())
        directory = self._host.env.directory
        return attribute(directory, self._session, recipient, sender_condition=conditions)
