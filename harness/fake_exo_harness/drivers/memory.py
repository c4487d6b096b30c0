"""The memory driver: device and service joined without sockets, on the world's clock.

Time is a discrete-event simulation: when neither side can act, it jumps to the next timer.
"""

from fake_exo import Offer, Pipe
from fake_exo_harness.devices.actions import (
    Answer,
    Connect,
    Connected,
    ConnectFailed,
    Expect,
    Lookup,
    Lost,
    Outcome,
    Send,
    StartTls,
    TimedOut,
    TlsFailed,
    TlsOptions,
    TlsUp,
)
from fake_exo_harness.drivers.answers import answered
from fake_exo_harness.drivers.port import Driver, Inbox, Line

# What an implicit-TLS client sends first; no CRLF in it, so the service goes on waiting.
_CLIENT_HELLO = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"


class MemoryDriver(Driver):
    name = "memory"

    def line(self, public_ip: str) -> "MemoryLine":
        return MemoryLine(self, public_ip)


class MemoryLine(Line):
    """A device's line in memory. `ask`, `dial` and `heard` are the same without the waiting."""

    def __init__(self, driver: MemoryDriver, public_ip: str) -> None:
        self._world = driver.world
        self._public_ip = public_ip
        self._pipe: Pipe | None = None
        self._inbox = Inbox()
        self.connections: tuple[int, ...] = ()  # their numbers in the ledger

    def lookup(self, action: Lookup) -> Answer:
        answer, late = self.ask(action)
        self.pause(late)
        return answer

    def ask(self, action: Lookup) -> tuple[Answer, float]:
        """The answer, and how many seconds it takes to come (or not to come)."""
        answer, late = self._world.ask(action.name, action.type, self._public_ip)
        if answer is None or late > action.timeout:
            return Answer("TIMEOUT"), action.timeout
        return answered(answer, action.type), late

    def connect(self, action: Connect) -> Outcome:
        outcome = self.dial(action)
        if isinstance(outcome, ConnectFailed) and outcome.reason == "timeout":
            self.pause(action.timeout)
        return outcome

    def dial(self, action: Connect) -> Outcome:
        """Connect without waiting: a time-out is told at once."""
        self.close(abrupt=False)
        if action.address in self._world.elsewhere:
            return ConnectFailed("elsewhere")
        pipe = self._world.connect(action.address, action.port, self._public_ip)
        if pipe is None:
            return ConnectFailed("timeout")
        self._pipe, self._inbox = pipe, Inbox()
        self.connections = (*self.connections, pipe.number)
        if action.tls is not None:
            # The service speaks first, in clear text: no TLS client can make sense of it.
            pipe.send(_CLIENT_HELLO)
            self.close(abrupt=False)
            return ConnectFailed("tls", "WRONG_VERSION_NUMBER")
        return Connected()

    def send(self, action: Send) -> None:
        if self._pipe is not None:
            self._pipe.send(action.data)

    def expect(self, action: Expect) -> Outcome:
        deadline = self._world.now() + action.timeout
        while True:
            if (heard := self.heard()) is not None:
                return heard
            due = self._world.next_timer()
            if due is None or due > deadline:
                self._world.advance(deadline - self._world.now())
                return TimedOut()
            self._world.advance(due - self._world.now())

    def heard(self) -> Outcome:
        """A whole reply, or the loss of the connection; None while neither has come."""
        if self._pipe is not None:
            self._inbox.add(self._pipe.take())
        if (reply := self._inbox.reply()) is not None:
            return reply
        return Lost() if self._pipe is None or self._pipe.closed else None

    def start_tls(self, action: StartTls) -> Outcome:
        if self._pipe is None or self._pipe.closed:
            return TlsFailed("connection lost")
        version = self._pipe.start_tls(_offer(action.options))
        return TlsUp(version) if version else TlsFailed(self._pipe.tls_problem)

    def close(self, *, abrupt: bool) -> None:
        if self._pipe is not None:
            self._pipe.close(abrupt)
            self._pipe = None

    def pause(self, seconds: float) -> None:
        self._world.advance(seconds)


def _offer(options: TlsOptions) -> Offer:
    names = (options.certificate,) if options.certificate else ()
    return Offer(
        options.minimum,
        options.maximum,
        options.verify,
        options.server_name,
        names,
        options.clock_wrong,
    )
