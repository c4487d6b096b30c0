"""One SMTP session: bytes in, effects out. Cuts the input into lines and data, and keeps time.

What is said is decided by a desk, what it costs to send it by whoever runs the effects. No
await, no socket, no clock of its own, and no input can make it raise.
"""

from fake_exo.events import AT_ONCE, Opened, Received, TlsFailed, TlsStarted
from fake_exo.rules.stage import Stage
from fake_exo.smtp.server.answers import Answers, Host
from fake_exo.smtp.server.desk import Desk
from fake_exo.smtp.server.effects import Close, Delay, Effect, Send, Server, UpgradeTls
from fake_exo.smtp.server.intake import Intake
from fake_exo.smtp.server.transaction import CONNECTED, Transaction
from fake_exo.smtp.session import Phase
from fake_exo.tls.facts import Tls
from fake_exo.tls.offers import Offers

_CRLF = b"\r\n"
_TLS_RECORD = b"\x16\x03"  # how a handshake begins; no command does


class Machine(Server):
    """The service's side of one connection."""

    def __init__(self, host: Host, desk: Desk) -> None:
        session = self.session = desk.session
        self._host = host
        self._desk = desk
        self._record = host.ledger.record
        self._answers = Answers(host, desk)
        self._intake = Intake(host, desk, self._answers)
        self._transaction = Transaction(desk, self._answers, self._intake)
        self._buffer = b""  # what has come
        self._at = 0  # and is read up to here: nothing is copied for a line
        self._skipping = False  # the rest of a line that was too long
        self._heard = self._waits_since = session.opened_at
        self._announced: object = None  # the held-back answer whose delay is running already
        host.ledger.record(
            Opened(session.opened_at, session.cause, session.number, session.endpoint.id,
                   session.client_ip, session.server_ip, session.port)
        )  # fmt: skip

    # ---- input -------------------------------------------------------------------------------

    def connected(self) -> list[Effect]:
        self._answers.ask("CONNECT", Stage.CONNECT, CONNECTED)
        return self._effects()

    def receive(self, data: bytes) -> list[Effect]:
        """A block of input, of any size and cut anywhere."""
        if self._answers.closed:
            return []
        self._heard = self._waits_since = self._host.now()
        self._buffer = self._rest() + data if self.backlog else data
        self._at = 0
        return self._effects()

    def wake(self) -> list[Effect]:
        """The delay is over: say what was held back, and go on."""
        self._waits_since = self._host.now()
        self._answers.release()
        return self._effects()

    def tls_up(self, tls: Tls) -> list[Effect]:
        """The handshake is done. What was said before it is forgotten (RFC 3207 4.2)."""
        session = self.session
        session.tls, session.phase, session.hello = tls, Phase.CONNECTED, ""
        self._desk.signed_out()
        session.reset()
        self._host.ledger.record(
            TlsStarted(self._host.now(), session.cause, session.number, tls.version, tls.cipher,
                       *tls.certificate)
        )  # fmt: skip
        return self._effects()

    def tls_failed(self, detail: str, offers: Offers, by: str = "server") -> list[Effect]:
        session = self.session
        now = self._host.now()
        sure = self._desk.tls_confidence(now)
        self._record(TlsFailed(now, session.cause, session.number, detail, *offers, sure))
        self._answers.close(by)
        return [Close()]

    def lost(self, by: str = "client") -> None:
        """The client is gone: `by` is "client", or "reset"."""
        if self.closed:
            return
        if self._buffer[self._at : self._at + 2] == _TLS_RECORD:
            self.tls_failed(AT_ONCE, Offers(), by)
            return
        self._intake.interrupt()
        self._answers.close(by)

    @property
    def closed(self) -> bool:
        return self._answers.closed

    @property
    def idle(self) -> bool:
        """Nothing to do before the client speaks again."""
        return self._answers.pending is None and not self._transaction.upgrade

    @property
    def backlog(self) -> int:
        """Bytes that have come and wait, while an answer is held back."""
        return len(self._buffer) - self._at

    @property
    def deadline(self) -> float:
        """When the patience with a silent client ends, seconds since the epoch. While an answer is
        held back the client is not the one who is silent."""
        endpoint = self.session.endpoint
        ends = self._waits_since + endpoint.idle_timeout
        if endpoint.session_timeout is not None:
            ends = min(ends, self.session.opened_at + endpoint.session_timeout)
        return ends if self.idle else max(ends, self._host.now() + 1.0)

    def tick(self) -> list[Effect]:
        """Look at the clock: a client that has been silent too long is told so, and dropped."""
        now = self._host.now()
        if self.closed or self._answers.pending is not None or now < self.deadline:
            return []
        self._intake.interrupt()
        idle = now >= self._waits_since + self.session.endpoint.idle_timeout
        self._transaction.expired(idle, _duration(now - self.session.opened_at))
        return self._effects()

    # ---- the loop ----------------------------------------------------------------------------

    def _effects(self) -> list[Effect]:
        self._work()
        answers, transaction = self._answers, self._transaction
        effects: list[Effect] = []
        if answers.out:
            effects.append(Send(bytes(answers.out), answers.bytewise))
            answers.out.clear()
            answers.bytewise = False
        pending = answers.pending
        if pending is None and not (transaction.upgrade or answers.closed):
            return effects  # nearly always
        if pending is not None and pending is not self._announced and not answers.closed:
            effects.append(Delay(answers.wait))
        self._announced = pending
        if transaction.upgrade and pending is None:  # a 220 that is late comes before it
            transaction.upgrade = False
            self._leave(b"")  # nothing sent before the handshake counts after it
            effects.append(UpgradeTls())
        if answers.closed:
            effects.append(Close(answers.abrupt))
        return effects

    def _work(self) -> None:
        """Read on, as far as what has come and what is held back allow."""
        answers, transaction = self._answers, self._transaction
        while self._at < len(self._buffer) and not (
            answers.pending or transaction.upgrade or answers.closed
        ):
            if not self._advance():
                break
        if self._buffer and self._at == len(self._buffer):
            self._leave(b"")  # what is read is not kept while the client thinks

    def _advance(self) -> bool:
        """Consume the next piece of input; False when more is needed."""
        if self._answers.deaf:
            self._leave(b"")
            return False
        intake = self._intake
        if intake.chunk is not None:
            return self._read_chunk()
        if intake.body is not None and self.session.phase is not Phase.CHUNKS:
            return self._read_data()
        return self._read_line()

    def _rest(self) -> bytes:
        """What is not read yet."""
        return self._buffer[self._at :] if self._at else self._buffer

    def _leave(self, rest: bytes) -> None:
        self._buffer, self._at = rest, 0

    def _read_chunk(self) -> bool:
        block = self._buffer[self._at : self._at + self._intake.left]
        self._at += len(block)
        self._answers.input_waits = False
        return self._intake.chunked(block)

    def _read_data(self) -> bool:
        block = self._rest()
        self._buffer, self._at = b"", 0  # not held twice
        self._answers.input_waits = False
        rest = self._intake.data(block)
        if rest:
            self._buffer = rest
        return rest is not None

    def _read_line(self) -> bool:
        end = self._buffer.find(_CRLF, self._at)
        limit = self._desk.line_limit
        if end < 0:
            if self.backlog > limit:
                self._leave(self._buffer[-1:])  # the last byte may be the CR of a CRLF
                self._too_long()
            return False
        line = self._buffer[self._at : end]
        self._at = end + len(_CRLF)
        if len(line) > limit:
            self._too_long()
        elif not self._skipping:
            self._line(line)
        self._skipping = False
        return True

    def _too_long(self) -> None:
        if not self._skipping:
            self._skipping = True
            self._transaction.too_long()

    def _line(self, line: bytes) -> None:
        session, transaction = self.session, self._transaction
        secret = transaction.attempt is not None or line[:5].upper() == b"AUTH "
        secured = session.tls is not None
        self._record(Received(self._heard, session.cause, session.number, line, secret, secured))
        self._answers.input_waits = self._at < len(self._buffer)
        transaction.line(line)


def _duration(seconds: float) -> str:
    """hh:mm:ss.fffffff as .NET prints a time span."""
    whole = int(seconds)
    fraction = int((seconds - whole) * 10_000_000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{fraction:07d}"
