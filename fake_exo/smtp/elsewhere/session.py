"""What a mail server elsewhere answers: plain RFC 5321 with PIPELINING, SIZE and 8BITMIME. What
makes hosts different is in the table of behaviours.
"""

from fake_exo.events import Accepted, Settled
from fake_exo.mail.fields import summarise
from fake_exo.mail.message import Attribution, Fate, MailFrom, Message, Outcome, Recipient
from fake_exo.rules.stage import Stage
from fake_exo.smtp.body import BodyReader
from fake_exo.smtp.command import Command
from fake_exo.smtp.elsewhere.behaviours import MailHost, Offered, Said
from fake_exo.smtp.elsewhere.connection import Caller, HostConnection, Ledgered
from fake_exo.smtp.server.effects import Effect

_LARGEST = 35_882_577  # bytes of a message: a common setting of relays, 25 MB after base64
_TAKEN_PARAMETERS = frozenset({"SIZE", "BODY"})

_NO_GREETING = Said("sequence", "503 5.5.1 Error: send HELO first")
_NO_SENDER = Said("sequence", "503 5.5.1 Error: need MAIL command")
_NO_RECIPIENT = Said("no-recipient", "554 5.5.1 Error: no valid recipients")
_NESTED = Said("sequence", "503 5.5.1 Error: nested MAIL command")
_SYNTAX = Said("syntax", "501 5.5.4 Syntax error in parameters")
_PARAMETER = Said("parameter", "555 5.5.4 Unsupported option")
_TOO_LARGE = Said("too-large", "552 5.3.4 Message size exceeds fixed limit")
_UNKNOWN = Said("unknown-command", "502 5.5.2 Error: command not recognized")
_SIMPLE = {
    "NOOP": Said("ok", "250 2.0.0 Ok"),
    "VRFY": Said("vrfy", "252 2.0.0 Cannot VRFY user"),
    "QUIT": Said("bye", "221 2.0.0 Bye"),
}


class HostSession(HostConnection):
    """The server side of one connection. `seen`: when the host first saw a sender, by its own
    address, the client's, the envelope sender and recipient."""

    def __init__(
        self,
        world: Ledgered,
        host: MailHost,
        by: Caller,
        seen: dict[tuple[str, str, str, str], float],
    ) -> None:
        super().__init__(world, host, by)
        self._seen = seen
        self._id = world.ids.session()
        self._hello = ""
        self._sender: MailFrom | None = None
        self._recipients: list[Recipient] = []

    def connected(self) -> list[Effect]:
        refused = self._host.behaviour.banner
        if refused is None:
            self.say("CONNECT", Stage.CONNECT, Said("banner", f"220 {self._host.name} ESMTP"))
        else:
            self.say("CONNECT", Stage.CONNECT, refused)
        return self._effects()

    def carry_out(self, command: Command) -> None:
        _HANDLERS.get(command.verb, HostSession._other)(self, command)

    def forget(self) -> None:
        self._hello = ""
        self._reset()

    def _reset(self) -> None:
        self._sender, self._recipients = None, []

    # ---- commands --------------------------------------------------------------------------------

    def _greet(self, command: Command) -> None:
        self._reset()
        self._hello = command.argument or "unknown"
        words = ["PIPELINING", f"SIZE {_LARGEST}", "8BITMIME"]
        if self._host.starttls and self._tls is None:
            words.insert(0, "STARTTLS")
        lines = [self._host.name, *(words if command.verb == "EHLO" else ())]
        text = "\r\n".join(
            f"250{' ' if n == len(lines) else '-'}{line}" for n, line in enumerate(lines, 1)
        )
        self.say(command.verb, Stage.HELLO, Said("hello", text))

    def _starttls(self, command: Command) -> None:
        if not self._host.starttls or self._tls is not None:
            self._other(command)
            return
        self.say("STARTTLS", Stage.STARTTLS, Said("starttls", "220 2.0.0 Ready to start TLS"))
        self._upgrade = True

    def _mail(self, command: Command) -> None:
        refused = self._mail_refused(command)
        if refused is None:
            self._sender = MailFrom(command.address, command.parameters)
            refused = Said("sender", "250 2.1.0 Ok")
        self.say("MAIL", Stage.MAIL, refused)

    def _mail_refused(self, command: Command) -> Said | None:
        if not self._hello:
            return _NO_GREETING
        if self._sender is not None:
            return _NESTED
        if command.problem:
            return _PARAMETER if command.problem == "parameter" else _SYNTAX
        if not command.parameters.keys() <= _TAKEN_PARAMETERS:
            return _PARAMETER
        if int(command.parameters.get("SIZE", "0")) > _LARGEST:
            return _TOO_LARGE
        return self._host.behaviour.sender

    def _rcpt(self, command: Command) -> None:
        refused = self._rcpt_refused(command)
        if refused is None:
            self._recipients.append(Recipient(command.address, command.parameters))
            refused = Said("recipient", "250 2.1.5 Ok")
        self.say("RCPT", Stage.RCPT, refused)

    def _rcpt_refused(self, command: Command) -> Said | None:
        if self._sender is None:
            return _NO_SENDER
        if command.problem:
            return _SYNTAX
        judge = self._host.behaviour.recipient
        if judge is None:
            return None
        now = self._world.now()
        sender, recipient = self._sender.address.lower(), command.address.lower()
        key = (self._host.address, self._client_ip, sender, recipient)
        return judge(self._host, Offered(command.address, now, self._seen.setdefault(key, now)))

    def _data(self, command: Command) -> None:
        if self._sender is None:
            self.say("DATA", Stage.DATA, _NO_SENDER)
        elif not self._recipients:
            self.say("DATA", Stage.DATA, _NO_RECIPIENT)
        else:
            self._body = BodyReader(_LARGEST)
            self.say("DATA", Stage.DATA, Said("data", "354 End data with <CR><LF>.<CR><LF>"))

    def _other(self, command: Command) -> None:
        if command.verb == "RSET":
            self._reset()
        said = _SIMPLE["NOOP"] if command.verb == "RSET" else _SIMPLE.get(command.verb, _UNKNOWN)
        self.say(command.verb, Stage.OTHER, said)

    # ---- mail ------------------------------------------------------------------------------------

    def finish(self, body: BodyReader) -> None:
        self._body = None
        if body.size > _LARGEST:
            said = _TOO_LARGE
        else:
            said = Said("taken", f"250 2.0.0 Ok: queued as {self._take(body.content()):06X}")
        self._reset()
        self.say("END-OF-DATA", Stage.MESSAGE, said)

    def _take(self, content: bytearray) -> int:
        """Into the record: the message, and each of its copies. Returns its number."""
        now, message = self._world.now(), self._message(content)
        self._world.ledger.record(Accepted(now, *self._who, message))
        sender = message.mail_from.address
        for recipient in message.recipients:
            outcome = Outcome(
                message.number, recipient.address, Fate.ELSEWHERE, now, mail_from=sender
            )
            self._world.ledger.record(Settled(now, self._cause, outcome))
        self._world.taken()
        return message.number

    def _message(self, content: bytearray) -> Message:
        facts = summarise(content)
        return Message(
            number=self._world.ids.message(),
            session=self._id,
            received_at=self._world.now(),
            attribution=Attribution.ELSEWHERE,
            tenant=None,
            user=None,
            client_ip=self._client_ip,
            hello=self._hello,
            tls=self._tls.version if self._tls else None,
            mail_from=self._sender or MailFrom(""),
            recipients=tuple(self._recipients),
            content=content,
            message_id=facts.message_id,
            header_from=facts.from_addresses,
        )


_HANDLERS = {
    "HELO": HostSession._greet,
    "EHLO": HostSession._greet,
    "STARTTLS": HostSession._starttls,
    "MAIL": HostSession._mail,
    "RCPT": HostSession._rcpt,
    "DATA": HostSession._data,
}
