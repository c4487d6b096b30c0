"""Commands of one session, and what each does to its state once the policy has decided."""

from collections.abc import Mapping

from fake_exo.exchange.tenant import Mailbox
from fake_exo.kernel.endpoint import Trait
from fake_exo.mail.message import MailFrom, Recipient
from fake_exo.smtp import grammar, sasl
from fake_exo.smtp.command import Attempt, Command
from fake_exo.smtp.server.answers import NOTHING, Answers, Host
from fake_exo.smtp.server.intake import Intake
from fake_exo.smtp.session import Phase, Session
from fake_exo.smtp.stage import Stage

CONNECTED = Command("CONNECT")


class Transaction:
    """Reads command lines. `upgrade`: STARTTLS was granted, and the handshake is due."""

    def __init__(self, host: Host, session: Session, answers: Answers, intake: Intake) -> None:
        self.upgrade = False
        self.intake = intake
        self._attempt: Attempt | None = None
        self._session = session
        self._host = host
        self._answers = answers

    @property
    def reads_secrets(self) -> bool:
        """The next line answers a 334."""
        return self._attempt is not None

    def line(self, line: bytes) -> None:
        if self._attempt is not None:
            self._authenticate(sasl.proceed(self._attempt, line.decode("ascii", "replace")))
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
        row = self._answers.ask(command.verb, Stage.HELLO, command)
        if row.code < 400:
            session.reset()
            session.hello = command.argument
            session.esmtp = command.verb == "EHLO"
            session.phase = Phase.GREETED

    def _starttls(self, command: Command) -> None:
        row = self._answers.ask(command.verb, Stage.STARTTLS, command)
        granted = row.fault is None or row.fault.does not in ("no-upgrade", "deaf", "silent")
        self.upgrade = row.code < 300 and granted

    def _auth(self, command: Command) -> None:
        self._authenticate(sasl.begin(command.argument))

    def _authenticate(self, attempt: Attempt) -> None:
        command = Command("AUTH", attempt=attempt)
        row = self._answers.ask("AUTH", Stage.AUTH, command)
        self._attempt = attempt if row.code == 334 else None
        if row.code == 535:
            self._session.auth_error = row.text.text.replace("{suffix}", "")
        elif row.code < 300:
            self._sign_in(attempt)

    def _sign_in(self, attempt: Attempt) -> None:
        known = self._host.env.directory.login(attempt.user)
        if known is not None and isinstance(known.recipient, Mailbox):
            self._session.user, self._session.tenant = known.recipient, known.tenant
            self._session.login, self._session.auth_error = attempt.user, ""

    def _mail(self, command: Command) -> None:
        session = self._session
        extra = {"auth_error": session.auth_error} if session.auth_error else NOTHING
        row = self._answers.ask("MAIL", Stage.MAIL, command, extra)
        if row.code < 400:
            session.mail_from = MailFrom(command.address, command.parameters)
            session.phase = Phase.SENDER

    def _rcpt(self, command: Command) -> None:
        session = self._session
        attribution, extra = None, NOTHING
        if Trait.ATTRIBUTES in session.endpoint.can:
            attribution = self.intake.attribution(command.address)
            extra = self._recipient_extra(command.address)
        row = self._answers.ask("RCPT", Stage.RCPT, command, extra, attribution)
        if row.code < 400:
            session.recipients.append(Recipient(command.address, command.parameters))
            session.phase = Phase.RECIPIENTS

    def _recipient_extra(self, address: str) -> Mapping[str, str]:
        entries = self._host.env.reputation.entries
        domain = address.rpartition("@")[2]
        code = next((e.code for e in entries if e.address == self._session.client_ip), 606)
        return {"recipient": address, "recipient_domain": domain, "ban_code": str(code)}

    def _data(self, command: Command) -> None:
        if self._answers.ask("DATA", Stage.DATA, command).code == 354:
            self.intake.begin()

    def _bdat(self, command: Command) -> None:
        self.intake.open_chunk(command, self._answers.decide(Stage.CHUNK, command))

    def _other(self, command: Command) -> None:
        if command.verb == "RSET":
            self.intake.drop()
            self._session.reset()
        extra = {"length": str(command.length)}
        self._answers.ask(command.verb, Stage.OTHER, command, extra)


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
