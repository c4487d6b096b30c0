"""One connection of a mail server elsewhere: bytes in, effects out, replies that may be late.

What is answered is the business of `session`.
"""

from abc import abstractmethod
from typing import NamedTuple, Protocol

from fake_exo.events import Body as BodySeen
from fake_exo.events import Closed, Event, Opened, Received, Replied, TlsFailed, TlsStarted
from fake_exo.kernel.ids import Ids
from fake_exo.kernel.ledger import Ledger
from fake_exo.rules.catalogue import printed, wire
from fake_exo.rules.period import Confidence
from fake_exo.rules.stage import Stage
from fake_exo.smtp import grammar
from fake_exo.smtp.body import BodyReader
from fake_exo.smtp.command import Command
from fake_exo.smtp.elsewhere.behaviours import MailHost, Said
from fake_exo.smtp.server.effects import Close, Delay, Effect, Send, Server, UpgradeTls
from fake_exo.tls.facts import Tls
from fake_exo.tls.offers import Offers

_CRLF = b"\r\n"
_LINE = 2_048  # bytes of a command line; RFC 5321 asks for 512 at least
_IDLE = 300.0  # seconds (RFC 5321 4.5.3.2.7)
_TOO_LONG = Said("line-too-long", "500 5.5.2 Error: line too long")
_SILENT = Said("timeout", "421 4.4.2 {name} Error: timeout exceeded")
_LAST_WORDS = ("bye", "timeout", "no-service")  # after these it hangs up


class Caller(NamedTuple):
    """Who comes: the number of his connection, whose doing that is, and from where."""

    number: int
    cause: int
    client_ip: str


class Ledgered(Protocol):
    """What a session needs of the world around it."""

    ledger: Ledger[Event]

    @property
    def ids(self) -> Ids: ...

    def now(self) -> float: ...

    def taken(self) -> None: ...


class HostConnection(Server):
    """The server side of one connection, without the words."""

    def __init__(self, world: Ledgered, host: MailHost, by: Caller) -> None:
        self._world, self._host = world, host
        self._cause, self._client_ip = by.cause, by.client_ip
        self._who = (by.cause, by.number)
        self._late = host.late if host.behaves == "slow" else 0.0
        self._buffer = b""  # what has come
        self._at = 0  # and is read up to here
        self._out = bytearray()
        self._held: tuple[str, Stage, Said] | None = None  # a reply that is late
        self._announced = False  # its delay is running
        self._upgrade = False
        self._skipping = False  # the rest of a line that was too long
        self._over = False
        self._body: BodyReader | None = None
        self._tls: Tls | None = None
        self._heard = world.now()
        world.ledger.record(
            Opened(self._heard, *self._who, "elsewhere", by.client_ip, host.address, 25)
        )

    @abstractmethod
    def carry_out(self, command: Command) -> None:
        """Answer a command."""

    @abstractmethod
    def finish(self, body: BodyReader) -> None:
        """Answer a message that is complete."""

    @abstractmethod
    def forget(self) -> None:
        """Forget all that the client has said."""

    # ---- the connection --------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self._over

    @property
    def idle(self) -> bool:
        return self._held is None and not self._upgrade

    @property
    def backlog(self) -> int:
        return len(self._buffer) - self._at

    @property
    def deadline(self) -> float:
        ends = self._heard + _IDLE
        return ends if self.idle else max(ends, self._world.now() + 1.0)

    def receive(self, data: bytes) -> list[Effect]:
        if self._over:
            return []
        self._heard = self._world.now()
        self._leave(self._buffer[self._at :] + data)
        return self._effects()

    def wake(self) -> list[Effect]:
        self._heard = self._world.now()
        if self._held is not None and not self._over:
            held, self._held = self._held, None
            self._speak(*held)
        return self._effects()

    def tick(self) -> list[Effect]:
        if self._over or not self.idle or self._world.now() < self.deadline:
            return []
        self._interrupt()
        self._speak("TIMEOUT", Stage.OTHER, _SILENT)
        return self._effects()

    def tls_up(self, tls: Tls) -> list[Effect]:
        """What was said before it is forgotten (RFC 3207 4.2)."""
        self._tls = tls
        self.forget()
        now = self._world.now()
        self._world.ledger.record(
            TlsStarted(now, *self._who, tls.version, tls.cipher, *tls.certificate)
        )
        return self._effects()

    def tls_failed(self, detail: str, offers: Offers, by: str = "server") -> list[Effect]:
        self._world.ledger.record(TlsFailed(self._world.now(), *self._who, detail, *offers))
        self._end(by)
        return [Close()]

    def lost(self, by: str = "client") -> None:
        if not self._over:
            self._interrupt()
            self._end(by)

    def _end(self, by: str) -> None:
        self._over = True
        self._world.ledger.record(Closed(self._world.now(), *self._who, by))

    # ---- saying ----------------------------------------------------------------------------------

    def say(self, to: str, stage: Stage, said: Said) -> None:
        if self._late:
            self._held, self._announced = (to, stage, said), False
        else:
            self._speak(to, stage, said)

    def _speak(self, to: str, stage: Stage, said: Said) -> None:
        text = said.text.replace("{name}", self._host.name)
        data = wire("\n".join(map(printed, text.split("\r\n"))))
        self._out += data
        self._world.ledger.record(
            Replied(self._world.now(), *self._who, to, data, stage, f"elsewhere.{said.rule}",
                    "elsewhere", Confidence.HIGH, self._tls is not None)
        )  # fmt: skip
        if said.rule in _LAST_WORDS:
            self._end("server")

    def _effects(self) -> list[Effect]:
        while not (self._held or self._upgrade or self._over) and self._advance():
            pass
        effects: list[Effect] = []
        if self._out:
            effects.append(Send(bytes(self._out)))
            self._out.clear()
        if self._held is not None and not self._announced and not self._over:
            self._announced = True
            effects.append(Delay(self._late))
        if self._upgrade and self._held is None:  # a 220 that is late comes before it
            self._upgrade = False
            self._leave(b"")  # nothing said before counts after it
            effects.append(UpgradeTls())
        if self._over:
            effects.append(Close())
        return effects

    # ---- reading ---------------------------------------------------------------------------------

    def _advance(self) -> bool:
        """Consume the next piece of input; False when more is needed."""
        if not self.backlog:
            return False
        if self._body is not None:
            return self._read_body(self._body)
        return self._read_line()

    def _read_line(self) -> bool:
        end = self._buffer.find(_CRLF, self._at)
        found = end >= 0
        line = self._buffer[self._at : end if found else None]
        too_long, told = len(line) > _LINE, self._skipping
        if not found and not too_long:
            return False
        if found:
            self._at = end + len(_CRLF)
        else:
            self._leave(line[-1:])  # the last byte may be the CR of a CRLF
        self._skipping = not found
        if too_long and not told:
            self.say("UNKNOWN", Stage.OTHER, _TOO_LONG)
        elif found and not told:
            self._read(line)
        return found

    def _leave(self, rest: bytes) -> None:
        self._buffer, self._at = rest, 0

    def _read(self, line: bytes) -> None:
        secret = line[:5].upper() == b"AUTH "
        self._world.ledger.record(
            Received(self._heard, *self._who, line, secret, self._tls is not None)
        )
        self.carry_out(grammar.parse(line))

    def _read_body(self, body: BodyReader) -> bool:
        block = self._buffer[self._at :]
        self._leave(b"")
        rest = body.feed_data(block)
        if rest is None:
            return False
        self._leave(rest)
        self._saw(body.size, complete=True)
        self.finish(body)
        return True

    def _saw(self, size: int, *, complete: bool) -> None:
        now, secured = self._world.now(), self._tls is not None
        self._world.ledger.record(BodySeen(now, *self._who, size, complete, secured, False))

    def _interrupt(self) -> None:
        """The client is gone, or silent for too long, in the middle of a message."""
        if self._body is not None:
            self._saw(self._body.size, complete=False)
            self._body = None
