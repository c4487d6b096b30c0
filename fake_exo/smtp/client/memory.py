"""A client's link without sockets: names and connections of a world, on the world's clock."""

from typing import Protocol

from fake_exo import dns
from fake_exo.events import Event
from fake_exo.kernel.ledger import Ledger
from fake_exo.kernel.process import Wait
from fake_exo.smtp.client.actions import (
    Connect,
    Connected,
    ConnectFailed,
    Expect,
    HandshakeFailed,
    LookedUp,
    Lookup,
    Lost,
    Result,
    StartTls,
    TimedOut,
    TlsOptions,
    TlsUp,
    Write,
)
from fake_exo.smtp.client.inbox import Inbox
from fake_exo.smtp.client.link import ClientLink
from fake_exo.smtp.pipe import Offer, Pipe

# What an implicit-TLS client sends first; no CRLF in it, so the service goes on waiting.
_CLIENT_HELLO = b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"
_NO_CHAIN = "unable to get local issuer certificate"  # what OpenSSL finds, where there is one


class Reachable(Protocol):
    """What a link needs of the world."""

    ledger: Ledger[Event]

    def ask(
        self, name: str, type_: str, client_ip: str, cause: int | None = None
    ) -> tuple[dns.Answer | None, float]: ...

    def connect(
        self, address: str, port: int, client_ip: str, cause: int | None = None
    ) -> Pipe | None: ...


class MemoryLink(ClientLink):
    """Never waits by itself: what takes time is a `Wait`. `cause`: whose doing it is; without one
    it is a cause itself."""

    def __init__(self, world: Reachable, public_ip: str, cause: int | None = None) -> None:
        self._world = world
        self._public_ip = public_ip
        self._cause = world.ledger.cause() if cause is None else cause
        self._pipe: Pipe | None = None
        self._inbox = Inbox()

    def lookup(self, action: Lookup) -> Result | Wait:
        answer, late = self._world.ask(action.name, action.type, self._public_ip, self._cause)
        if answer is None or late > action.timeout:
            return Wait(action.timeout, LookedUp("TIMEOUT"))
        found = looked_up(answer, action.type)
        return Wait(late, found) if late else found

    def connect(self, action: Connect) -> Result | Wait:
        self.hang_up(abrupt=False)
        pipe = self._world.connect(action.address, action.port, self._public_ip, self._cause)
        if pipe is None:
            return Wait(action.timeout, ConnectFailed("timeout"))
        self._pipe, self._inbox = pipe, Inbox()
        pipe.news = self._news
        if action.tls is not None:
            # The service speaks first, in clear text: no TLS client can make sense of it.
            pipe.send(_CLIENT_HELLO)
            self.hang_up(abrupt=False)
            return ConnectFailed("tls", "WRONG_VERSION_NUMBER")
        return Connected()

    def _news(self) -> None:
        if self.news is not None:
            self.news()

    def write(self, action: Write) -> None:
        if self._pipe is not None:
            self._pipe.send(action.data)

    def expect(self, action: Expect) -> Result | Wait:
        heard = self.heard()
        return Wait(action.timeout, TimedOut(), listening=True) if heard is None else heard

    def heard(self) -> Result:
        """A whole reply, or the loss of the connection; None while neither has come."""
        if self._pipe is not None:
            self._inbox.add(self._pipe.take())
        if (reply := self._inbox.reply()) is not None:
            return reply
        return Lost() if self._pipe is None or self._pipe.closed else None

    def start_tls(self, action: StartTls) -> Result:
        if self._pipe is None or self._pipe.closed:
            return HandshakeFailed("connection lost")
        version = self._pipe.start_tls(_offer(action.options))
        return TlsUp(version) if version else HandshakeFailed(self._pipe.tls_problem)

    def hang_up(self, *, abrupt: bool) -> None:
        if self._pipe is not None:
            self._pipe.news = None
            self._pipe.close(abrupt)
            self._pipe = None

    def pause(self, seconds: float) -> Wait | None:
        return Wait(seconds)


def looked_up(answer: dns.Answer, type_: str) -> LookedUp:
    """A DNS answer as a client sees it: the values of the type that it asked for. Aliases are
    followed already; an MX host loses its final dot."""
    values = (dns.present(r.data).rstrip(".") for r in answer.answers if r.type == type_)
    ttl = min((r.ttl for r in (*answer.answers, *answer.authority)), default=0)
    return LookedUp(answer.rcode, tuple(values), float(ttl))


def _offer(options: TlsOptions) -> Offer:
    names = (options.certificate,) if options.certificate else ()
    return Offer(
        options.minimum,
        options.maximum,
        options.verify,
        options.server_name,
        names,
        _NO_CHAIN if options.leaf_only else "",
        options.clock_wrong,
    )
