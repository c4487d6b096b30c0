"""One SMTP session: bytes in, effects out. Owns the order of things and the session's state.

What is said is decided by the policy, what it costs to send it by whoever runs the effects. No
await, no socket, no clock of its own, and no input can make it raise.
"""

from collections.abc import Mapping
from typing import Protocol

from fake_exo.identifiers import Forest, Ids
from fake_exo.ledger import Ledger
from fake_exo.model.command import Attempt, Command, MessageFacts
from fake_exo.model.events import Body as BodySeen
from fake_exo.model.events import Closed, Opened, Received, Replied, TlsFailed, TlsStarted
from fake_exo.model.message import Attribution, MailFrom, Message, Recipient
from fake_exo.model.session import Phase, Session, Tls
from fake_exo.model.tenant import Mailbox
from fake_exo.model.vocabulary import Endpoint, Stage
from fake_exo.policy.attribution import Attributed, attribute
from fake_exo.policy.facts import After, Env, Facts, day_of
from fake_exo.policy.rules.rcpt import relay_conditions
from fake_exo.policy.table import Policy, Row, Tables, decide
from fake_exo.protocol import grammar, headers, sasl
from fake_exo.protocol.body import Body
from fake_exo.protocol.effects import Close, Delay, Effect, Send, UpgradeTls
from fake_exo.protocol.voice import Voice

_CRLF = b"\r\n"
_NOTHING: Mapping[str, str] = {}
_TRACE_HEADERS = 8_008  # bytes the service adds: 539 sent became 8547 in a capture


class Host(Protocol):
    """What the machine needs of the world around it."""

    env: Env
    policy: Policy
    ledger: Ledger
    ids: Ids

    def now(self) -> float: ...

    def accept(self, message: Message, connection: int) -> None: ...


class Machine:
    """The server side of one connection.

    Call `connected` once, then `receive` for every block of input; carry out the effects that
    each call returns, in order, and after a `Delay` call `wake`. `deadline` is when `tick` wants
    to be called if nothing arrives.
    """

    def __init__(self, host: Host, session: Session, forest: Forest) -> None:
        self.session = session
        self.closed = False
        self._host = host
        self._voice = Voice(session, forest, host.ids)
        self._day_ends = 0.0
        self._tables: Tables = ()
        self._buffer = b""
        self._out = bytearray()
        self._pending: tuple[str, Row, Mapping[str, str]] | None = None
        self._upgrade = False
        self._skipping = False  # the rest of a line that was too long
        self._attempt: Attempt | None = None
        self._body: Body | None = None
        self._chunk: tuple[Command, Row] | None = None
        self._chunk_left = 0
        self._heard = session.opened_at
        opened = session.opened_at
        host.ledger.record(
            Opened(opened, session.number, session.endpoint, session.client_ip,
                   session.server_ip, session.port)
        )  # fmt: skip

    # ---- input -------------------------------------------------------------------------------

    def connected(self) -> list[Effect]:
        self._ask("CONNECT", Stage.CONNECT, Command("CONNECT"))
        return self._effects()

    def receive(self, data: bytes) -> list[Effect]:
        """A block of input, of any size and cut anywhere."""
        if self.closed:
            return []
        self._heard = self._host.now()
        self._buffer = self._buffer + data if self._buffer else data
        return self._effects()

    def wake(self) -> list[Effect]:
        """The delay is over: say what was held back, and go on."""
        if self._pending is not None and not self.closed:
            pending, self._pending = self._pending, None
            self._speak(*pending)
        return self._effects()

    def tls_up(self, tls: Tls) -> list[Effect]:
        """The handshake is done. What was said before it is forgotten (RFC 3207 4.2)."""
        session = self.session
        session.tls, session.phase, session.hello = tls, Phase.CONNECTED, ""
        session.user = session.tenant = None
        session.reset()
        self._record(
            TlsStarted(self._host.now(), session.number, tls.version, tls.cipher,
                       tls.certificate_names)
        )  # fmt: skip
        return self._effects()

    def tls_failed(self, detail: str) -> list[Effect]:
        self._record(TlsFailed(self._host.now(), self.session.number, detail))
        return self._shut()

    def lost(self, by: str = "client") -> None:
        """The client is gone: `by` is "client", or "reset"."""
        if self.closed:
            return
        if self._body is not None:
            self._saw_body(self._body.size, complete=False)
            self._end_of_flight()
        self.closed = True
        self._record(Closed(self._host.now(), self.session.number, by))

    @property
    def idle(self) -> bool:
        """Nothing to do before the client speaks again."""
        return self._pending is None and not self._upgrade

    @property
    def deadline(self) -> float:
        """When the patience with a silent client ends, seconds since the epoch."""
        profile = self._host.env.service.profile
        idle = self._heard + profile.idle_timeout
        if self.session.endpoint is Endpoint.MX:
            return min(idle, self.session.opened_at + profile.session_timeout)
        return idle

    def tick(self) -> list[Effect]:
        """Look at the clock: a client that has been silent too long is told so, and dropped."""
        now = self._host.now()
        if self.closed or self._pending is not None or now < self.deadline:
            return []
        if self._body is not None:
            self._saw_body(self._body.size, complete=False)
            self._end_of_flight()
            self._body = None
        idle = now >= self._heard + self._host.env.service.profile.idle_timeout
        self._ask("TIMEOUT", Stage.OTHER, Command("IDLE" if idle else "EXPIRED"),
                  {"duration": _duration(now - self.session.opened_at)})  # fmt: skip
        return self._effects()

    # ---- the loop ----------------------------------------------------------------------------

    def _effects(self) -> list[Effect]:
        while not (self._pending or self._upgrade or self.closed) and self._advance():
            pass
        effects: list[Effect] = []
        if self._out:
            effects.append(Send(bytes(self._out)))
            self._out.clear()
        if self._pending is not None and not self.closed:
            effects.append(Delay(self._pending[1].delay))
        if self._upgrade:
            self._upgrade = False
            self._buffer = b""  # nothing sent before the handshake counts after it
            effects.append(UpgradeTls())
        if self.closed:
            effects.append(Close())
        return effects

    def _advance(self) -> bool:
        """Consume the next piece of input; False when more is needed."""
        if not self._buffer:
            return False
        if self._chunk is not None:
            return self._read_chunk()
        if self._body is not None and self.session.phase is not Phase.CHUNKS:
            return self._read_data(self._body)
        return self._read_line()

    def _read_line(self) -> bool:
        line, found, rest = self._buffer.partition(_CRLF)
        limit = self._host.env.service.profile.line_limit
        if not found:
            if len(line) > limit:
                self._buffer = line[-1:]
                self._too_long()
            return False
        self._buffer = rest
        if self._skipping:
            self._skipping = False
        elif len(line) > limit:
            self._too_long()
            self._skipping = False
        else:
            self._line(line)
        return True

    def _too_long(self) -> None:
        if not self._skipping:
            self._skipping = True
            self._ask("UNKNOWN", Stage.OTHER, Command("LONG"))

    def _line(self, line: bytes) -> None:
        session = self.session
        secret = self._attempt is not None or line[:5].upper() == b"AUTH "
        self._host.ledger.append(
            Received(self._heard, session.number, line, secret, session.tls is not None)
        )
        if self._attempt is not None:
            text = line.decode("ascii", "replace")
            self._authenticate(sasl.proceed(self._attempt, text))
            return
        command = grammar.parse(line)
        _HANDLERS.get(command.verb, Machine._other)(self, command)

    # ---- commands ----------------------------------------------------------------------------

    def _hello(self, command: Command) -> None:
        session = self.session
        row = self._ask(command.verb, Stage.HELLO, command)
        if row.code < 400:
            session.reset()
            session.hello = command.argument
            session.esmtp = command.verb == "EHLO"
            session.phase = Phase.GREETED

    def _starttls(self, command: Command) -> None:
        row = self._ask(command.verb, Stage.STARTTLS, command)
        self._upgrade = row.code < 400

    def _auth(self, command: Command) -> None:
        self._authenticate(sasl.begin(command.argument))

    def _authenticate(self, attempt: Attempt) -> None:
        command = Command("AUTH", attempt=attempt)
        row = self._ask("AUTH", Stage.AUTH, command)
        self._attempt = attempt if row.code == 334 else None
        if row.code == 535:
            self.session.auth_error = row.text.text.replace("{suffix}", "")
        elif row.code < 300:
            self._sign_in(attempt)

    def _sign_in(self, attempt: Attempt) -> None:
        known = self._host.env.directory.login(attempt.user)
        if known is not None and isinstance(known.recipient, Mailbox):
            self.session.user, self.session.tenant = known.recipient, known.tenant
            self.session.login, self.session.auth_error = attempt.user, ""

    def _mail(self, command: Command) -> None:
        session = self.session
        extra = {"auth_error": session.auth_error} if session.auth_error else _NOTHING
        row = self._ask("MAIL", Stage.MAIL, command, extra)
        if row.code < 400:
            session.mail_from = MailFrom(command.address, command.parameters)
            session.phase = Phase.SENDER

    def _rcpt(self, command: Command) -> None:
        session = self.session
        attribution, extra = None, _NOTHING
        if session.endpoint is Endpoint.MX:
            attribution = self._attribution(command.address)
            extra = self._recipient_extra(command.address)
        row = self._ask("RCPT", Stage.RCPT, command, extra, attribution)
        if row.code < 400:
            session.recipients.append(Recipient(command.address, command.parameters))
            session.phase = Phase.RECIPIENTS

    def _recipient_extra(self, address: str) -> Mapping[str, str]:
        entries = self._host.env.reputation.entries
        domain = address.rpartition("@")[2]
        code = next((e.code for e in entries if e.address == self.session.client_ip), 606)
        return {"recipient": address, "recipient_domain": domain, "ban_code": str(code)}

    def _attribution(self, recipient: str) -> Attributed:
        day = day_of(self._host.now())
        conditions = relay_conditions(day)
        directory = self._host.env.directory
        return attribute(directory, self.session, recipient, sender_condition=conditions)

    def _data(self, command: Command) -> None:
        row = self._ask("DATA", Stage.DATA, command)
        if row.code == 354:
            self._begin_body()

    def _bdat(self, command: Command) -> None:
        row = self._decide(Stage.CHUNK, command)
        self._chunk_left = command.size
        if row.code < 400 and self._body is None:
            self._begin_body()
        if row.code < 400:
            self.session.phase = Phase.CHUNKS
        self._chunk = (command, row)
        if not command.size:
            self._end_of_chunk()

    def _other(self, command: Command) -> None:
        if command.verb == "RSET":
            self._drop_body()
            self.session.reset()
        extra = {"length": str(command.length)}
        self._ask(command.verb, Stage.OTHER, command, extra)

    # ---- message data ------------------------------------------------------------------------

    def _begin_body(self) -> None:
        limit = self._host.env.service.limits.number(
            "service.message_size_max", day_of(self._host.now())
        )
        self._body = Body(int(limit) if limit is not None else 1 << 62)
        if self.session.user is not None:
            self._host.env.usage.begin(self.session.user.address)

    def _drop_body(self) -> None:
        if self._body is not None:
            self._end_of_flight()
            self._body = None

    def _end_of_flight(self) -> None:
        if self.session.user is not None:
            self._host.env.usage.end(self.session.user.address)

    def _read_data(self, body: Body) -> bool:
        rest = body.feed_data(self._buffer)
        self._buffer = rest or b""
        if rest is None:
            return False
        self._saw_body(body.size, complete=True)
        self._finish("END-OF-DATA", body)
        return True

    def _read_chunk(self) -> bool:
        assert self._chunk is not None
        taken, self._buffer = self._buffer[: self._chunk_left], self._buffer[self._chunk_left :]
        self._chunk_left -= len(taken)
        if self._chunk[1].code < 400 and self._body is not None:
            self._body.feed_chunk(taken)
        if self._chunk_left:
            return False
        self._end_of_chunk()
        return True

    def _end_of_chunk(self) -> None:
        assert self._chunk is not None
        (command, row), self._chunk = self._chunk, None
        if command.problem == "":
            self._saw_body(command.size, complete=True, chunk=True)
        if row.code < 400 and command.last and self._body is not None:
            self._finish("BDAT", self._body)
        else:
            self._say("BDAT", row, {"bytes": str(command.size), "length": str(command.size)})

    def _saw_body(self, size: int, *, complete: bool, chunk: bool = False) -> None:
        secured = self.session.tls is not None
        now = self._host.now()
        self._record(BodySeen(now, self.session.number, size, complete, secured, chunk))

    def _finish(self, to: str, body: Body) -> None:
        """The message is complete: decide, and hand it on if it is taken."""
        session = self.session
        size = body.size
        content = body.content()
        self._body = None
        facts = headers.summarise(content)
        if size != facts.size:
            facts = _with_size(facts, size)
        attribution = None
        if session.endpoint is Endpoint.MX:
            attribution = self._attribution(session.recipients[0].address)
        row = self._decide(Stage.MESSAGE, _END_OF_MESSAGE, attribution, facts)
        self._end_of_flight()
        extra = self._message_extra(facts)
        if row.code < 400:
            message = self._message(content, facts, attribution, extra["message_id"])
            self._host.accept(message, session.number)
        self._say(to, row, extra)
        session.reset()

    def _message_extra(self, facts: MessageFacts) -> dict[str, str]:
        server = self._voice.mailbox_server()
        label = server.partition(".")[0]
        made = f"{label}{self._host.ids.hex(20)}@{server}"
        size = facts.size + _TRACE_HEADERS
        seconds = 0.060 + size / 40_000_000
        refused = facts.from_addresses[0] if facts.from_addresses else ""
        return {
            "mailbox_server": server,
            "message_id": facts.message_id or made,
            "bytes": str(size),
            "seconds": f"{seconds:.3f}",
            "kbps": f"{size / 1024 / seconds:.3f}",
            "from_address": refused,
            "from_domain": refused.rpartition("@")[2].upper(),
            "header": facts.longest_header[0],
            "size": str(facts.longest_header[1]),
        }

    def _message(
        self,
        content: bytearray,
        facts: MessageFacts,
        attribution: Attributed | None,
        message_id: str,
    ) -> Message:
        session = self.session
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
        )

    # ---- answers -----------------------------------------------------------------------------

    def _ask(
        self,
        to: str,
        stage: Stage,
        command: Command,
        extra: Mapping[str, str] = _NOTHING,
        attribution: Attributed | None = None,
    ) -> Row:
        """Let the policy decide, and say it."""
        row = self._decide(stage, command, attribution)
        self._say(to, row, extra)
        return row

    def _decide(
        self,
        stage: Stage,
        command: Command,
        attribution: Attributed | None = None,
        message: MessageFacts | None = None,
    ) -> Row:
        now = self._host.now()
        if now >= self._day_ends:  # the tables of a new day
            self._tables = self._host.policy.tables(self.session.endpoint, day_of(now))
            self._day_ends = now // 86_400 * 86_400 + 86_400
        env = self._host.env
        facts = Facts(stage, command, self.session, env, now, attribution, message)
        return decide(facts, self._tables)

    def _say(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        if row.code >= 500:
            self.session.errors += 1
        if row.delay:
            self._pending = (to, row, extra)
        else:
            self._speak(to, row, extra)

    def _speak(self, to: str, row: Row, extra: Mapping[str, str]) -> None:
        now, session, rule = self._host.now(), self.session, row.rule
        data = row.text.static or row.text.render(self._voice.at(now, extra))
        self._out += data
        certainty = min(rule.confidence, row.text.confidence)
        self._host.ledger.append(
            Replied(now, session.number, to, data, rule.stage, rule.id, row.text.id, certainty,
                    session.tls is not None)
        )  # fmt: skip
        dropped = rule.after is After.CLOSE_IF_PIPELINED and bool(self._buffer)
        if dropped or rule.after is After.CLOSE or row.code == 421:
            self._end()

    def _end(self) -> None:
        self.closed = True
        self._record(Closed(self._host.now(), self.session.number, "server"))

    def _shut(self) -> list[Effect]:
        if not self.closed:
            self._end()
        return [Close()]

    def _record(self, event: BodySeen | Closed | TlsStarted | TlsFailed) -> None:
        self._host.ledger.record(event)


_END_OF_MESSAGE = Command("END-OF-DATA")

_HANDLERS = {
    "HELO": Machine._hello,
    "EHLO": Machine._hello,
    "STARTTLS": Machine._starttls,
    "AUTH": Machine._auth,
    "MAIL": Machine._mail,
    "RCPT": Machine._rcpt,
    "DATA": Machine._data,
    "BDAT": Machine._bdat,
}


def _with_size(facts: MessageFacts, size: int) -> MessageFacts:
    """The facts of a message whose content was too large to be kept whole."""
    return MessageFacts(
        size,
        facts.header_size,
        facts.from_addresses,
        facts.sender,
        facts.from_problem,
        facts.message_id,
        facts.received_count,
        facts.longest_header,
        facts.bare_line_feeds,
    )


def _duration(seconds: float) -> str:
    """hh:mm:ss.fffffff as .NET prints a time span."""
    whole = int(seconds)
    fraction = int((seconds - whole) * 10_000_000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{fraction:07d}"
