"""From a host's addresses to a session in which mail can be sent."""

from dataclasses import dataclass, field
from functools import partial

from fake_exo.smtp.client.actions import (
    Connect,
    ConnectFailed,
    Dialogue,
    Reply,
    StartTls,
    TlsOptions,
    TlsUp,
)
from fake_exo.smtp.client.authentication import authenticate
from fake_exo.smtp.client.mechanisms import SaslIdentity
from fake_exo.smtp.client.talk import GaveUp, Talk


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A server to go to, and what was set for it: `mode` is off, starttls or ssl; time-outs
    are seconds."""

    addresses: tuple[str, ...]  # tried in their order, as long as connecting times out
    port: int = 25
    mode: str = "off"
    tls: TlsOptions = field(default_factory=TlsOptions)
    identity: SaslIdentity | None = None  # who signs in
    connect: float = 60.0
    banner: float | None = None  # how long it waits for the first line; None: as for any


STEPS = ("connect", "hello", "tls", "auth")  # of a session, in their order


def open_session(talk: Talk, server: ServerSettings, until: str = "auth") -> Dialogue[None]:
    """Connect, greet, secure, sign in: as far as one of `STEPS`."""
    talk.remedy = partial(remedied, talk, server)
    yield from connect(talk, server)
    yield from talk.reply("connect", expect=220, timeout=server.banner)
    last = STEPS.index(until)
    if last >= STEPS.index("hello"):
        yield from talk.hello()
    if last >= STEPS.index("tls"):
        yield from _secured(talk, server)
    if last >= STEPS.index("auth") and server.identity is not None:
        yield from authenticate(talk, server.identity)


def remedied(talk: Talk, server: ServerSettings, stage: str, answer: Reply) -> Dialogue[bool]:
    """Whether the client did something about a refusal, after which it says the same again."""
    reaction = talk.manner.reaction(stage, answer)
    if reaction is not None and reaction.does == "secure" and not talk.secured:
        yield from secure(talk, server)
    elif reaction is None or reaction.does != "sign-in" or server.identity is None:
        return False
    if server.identity is not None:
        yield from authenticate(talk, server.identity)
    return True


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


def _secured(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    """STARTTLS, where the manner and the settings want it."""
    policy, offered = talk.manner.starttls, "STARTTLS" in talk.capabilities
    if policy == "never" or (server.mode == "off" and policy != "opportunistic"):
        return
    if not offered and policy == "opportunistic":
        return
    if not offered and policy != "blind":
        raise GaveUp("no-starttls", "the server offers no STARTTLS")
    yield from secure(talk, server)


def secure(talk: Talk, server: ServerSettings) -> Dialogue[None]:
    answer = yield from talk.ask("STARTTLS", "tls")
    if answer.code != 220:
        if talk.manner.starttls_refused != "continue":
            talk.refused("tls", answer)
        return
    outcome = yield StartTls(server.tls)
    if not isinstance(outcome, TlsUp):
        talk.connected = False
        raise GaveUp("tls", getattr(outcome, "detail", "handshake failed"), temporary=True)
    talk.secured = True
    if talk.manner.greets_after_tls:
        yield from talk.hello()
