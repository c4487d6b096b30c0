"""Commands of one session, and what each does to its state once the desk has decided."""

from collections.abc import Mapping

from fake_exo.mail.message import MailFrom, Recipient
from fake_exo.rules.stage import Stage
from fake_exo.smtp import grammar, sasl
from fake_exo.smtp.command import Attempt, Command
from fake_exo.smtp.server.answers import Answers
from fake_exo.smtp.server.desk import NOTHING, Desk
from fake_exo.smtp.server.intake import Intake
from fake_exo.smtp.session import Phase

CONNECTED = Command("CONNECT")
_NO_HANDSHAKE = ("no-upgrade", "deaf", "silent")  # faults after which none is due


class Transaction:
    """Reads command lines. `upgrade`: STARTTLS was granted, and the handshake is due; `attempt`:
    the next line answers a 334."""

    def __init__(self, desk: Desk, answers: Answers, intake: Intake) -> None:
        self.upgrade = False
        self.intake = intake
        self.attempt: Attempt | None = None
        self._desk = desk
        self._session = desk.session
        self._answers = answers

    def line(self, line: bytes) -> None:
        if self.attempt is not None:
            self._authenticate(sasl.proceed(self.attempt, line.decode("ascii", "replace")))
            return
        command = grammar.parse(line)
        _HANDLERS.get(command.verb, Transaction._other)(self, command)

    def too_long(self) -> None:
        self._answers.ask("UNKNOWN", Stage.OTHER, Command("LONG"))

    def expired(self, idle: bool, duration: str) -> None:
        """The client was silent, or there, for too long."""
        command = Command("IDLE" if idle else "EXPIRED")
        self._answers.ask("TIMEOUT", Stage.OTHER, command, {"duration": duration})

    def _hello(self, command: Command) -> None:
        session = self._session
        decision = self._answers.ask(command.verb, Stage.HELLO, command)
        if decision.code < 400:
            session.reset()
            session.hello = command.argument
            session.esmtp = command.verb == "EHLO"
            session.phase = Phase.GREETED

    def _starttls(self, command: Command) -> None:
        decision = self._answers.ask(command.verb, Stage.STARTTLS, command)
        granted = decision.fault is None or decision.fault.does not in (
            "no-upgrade",
            "deaf",
            "silent",
        )
        self.upgrade = decision.code < 300 and granted

    def _auth(self, command: Command) -> None:
        self._authenticate(sasl.begin(command.argument))

    def _authenticate(self, attempt: Attempt) -> None:
        command = Command("AUTH", attempt=attempt)
        decision = self._answers.ask("AUTH", Stage.AUTH, command)
        self.attempt = attempt if decision.code == 334 else None
        if decision.code == 535:
            self._desk.sign_in_refused(decision)
        elif decision.code < 300:
            self._desk.signed_in(attempt)

    def _mail(self, command: Command) -> None:
        session = self._session
        decision = self._answers.decide(Stage.MAIL, command)
        extra = NOTHING if decision.text.static else _sender_values(command.address)
        self._answers.say("MAIL", decision, extra)
        if decision.code < 400:
            session.mail_from = MailFrom(command.address, command.parameters)
            session.phase = Phase.SENDER

    def _rcpt(self, command: Command) -> None:
        session = self._session
        decision = self._answers.decide(Stage.RCPT, command)
        extra = NOTHING if decision.text.static else _recipient_values(command.address)
        self._answers.say("RCPT", decision, extra)
        if decision.code < 400:
            recipient = Recipient(command.address, command.parameters)
            session.recipients.append(recipient)
            self._desk.recipient(recipient)
            session.phase = Phase.RECIPIENTS
        else:
            self._desk.refuse_recipient(decision)

    def _data(self, command: Command) -> None:
        if self._answers.ask("DATA", Stage.DATA, command).code == 354:
            self.intake.begin()

    def _bdat(self, command: Command) -> None:
        self.intake.open_chunk(command, self._answers.decide(Stage.CHUNK, command))

    def _other(self, command: Command) -> None:
        if command.verb == "RSET":
            self.intake.drop()
            self._session.reset()
        extra = {"length": str(command.length), "garbage": command.argument}
        self._answers.ask(command.verb, Stage.OTHER, command, extra)


def _sender_values(address: str) -> Mapping[str, str]:
    return {"from_address": address, "from_domain": address.rpartition("@")[2].upper()}


def _recipient_values(address: str) -> Mapping[str, str]:
    return {"recipient": address, "recipient_domain": address.rpartition("@")[2]}


_HANDLERS = {
    "HELO": Transaction._hello,
    "EHLO": Transaction._hello,
    "STARTTLS": Transaction._starttls,
    "AUTH": Transaction._auth,
    "MAIL": Transaction._mail,
    "RCPT": Transaction._rcpt,
    "DATA": Transaction._data,
    "BDAT": Transaction._bdat,
}
