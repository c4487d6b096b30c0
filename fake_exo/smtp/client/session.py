"""From a host's addresses to a session in which mail can be sent."""

from dataclasses import dataclass, field

from fake_exo.smtp.client.actions import (
    Connect,
    ConnectFailed,
    Dialogue,
    StartTls,
    TlsOptions,
    TlsUp,
)
from fake_exo.smtp.client.authentication import authenticate
from fake_exo.smtp.client.talk import GaveUp, Talk


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server to go to, and what was set for it: `mode` is off, starttls or ssl; `credentials`
    are user and password. Time-outs are seconds."""

    addresses: tuple[str, ...]  # tried in their order, as long as connecting times out
    port: int = 25
    mode: str = "off"
    tls: TlsOptions = field(default_factory=TlsOptions)
    credentials: tuple[str, str] | None = None
    connect: float = 60.0


def open_session(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    """Connect, greet, secure, sign in."""
    yield from greet(talk, server)
    yield from _secure(talk, server)
    if server.credentials is not None:
        yield from authenticate(talk, *server.credentials)


def greet(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    """Connect, read the banner, greet."""
    yield from connect(talk, server)
    yield from talk.reply("connect", expect=220)
    yield from talk.hello()


def connect(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    implicit = server.tls if server.mode == "ssl" else None
    for address in server.addresses:
        talk.address = address
        outcome = yield Connect(address, server.port, server.connect, implicit)
        if not isinstance(outcome, ConnectFailed) or outcome.reason != "timeout":
            break
    if isinstance(outcome, ConnectFailed):
        stage = "tls" if outcome.reason == "tls" else "connect"
        raise GaveUp(stage, outcome.detail or outcome.reason, temporary=True)
    talk.connected = True


def _secure(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    policy, offered = talk.manner.starttls, "STARTTLS" in talk.capabilities
    if policy == "never" or (server.mode == "off" and policy != "opportunistic"):
        return
    if not offered and policy == "opportunistic":
        return
    if not offered and policy != "blind":
        raise GaveUp("no-starttls", "the server offers no STARTTLS")
    yield from talk.ask("STARTTLS", "tls", expect=220)
    outcome = yield StartTls(server.tls)
    if not isinstance(outcome, TlsUp):
        talk.connected = False
        raise GaveUp("tls", getattr(outcome, "detail", "handshake failed"), temporary=True)
    talk.secured = True
    yield from talk.hello()
