"""The client's side of a recorded session, said again; gaps in a recording are filled.

A source often shows a part of a session only. What must have gone before a command (greeting, TLS,
sign-in, envelope) is said first, unless the recorded reply complains that it was not.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from fake_exo import mx_host
from fake_exo.drive import (
    ClientLink,
    Connect,
    ConnectFailed,
    Dialogue,
    Expect,
    LookedUp,
    Lookup,
    Lost,
    Reply,
    Result,
    StartTls,
    TlsOptions,
    Write,
)
from fake_exo_harness.conformance.circumstances import Circumstances, circumstances, days
from fake_exo_harness.conformance.comparison import same
from fake_exo_harness.conformance.recordings import Recording, Step
from fake_exo_harness.drivers import Driver, driver

_ANNOTATION = re.compile(r"\s*\([^()]*\)\s*$")
_ORDER = ("connect", "hello", "tls", "auth", "mail", "rcpt", "data", "end")
_STAGES = {"EHLO": "hello", "HELO": "hello", "STARTTLS": "tls", "AUTH": "auth", "MAIL": "mail",
           "RCPT": "rcpt", "DATA": "data", "BDAT": "data"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """One step with the reply that the fake gave. `judged` is False for events and empty steps."""

    step: Step
    lines: tuple[str, ...]
    judged: bool
    ok: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """A recording with what the fake said to each step."""

    recording: Recording
    driver: str
    answers: tuple[Answered, ...]

    @property
    def same(self) -> bool:
        return all(answer.ok for answer in self.answers)

    @property
    def judged(self) -> int:
        """Replies that were compared."""
        return sum(answer.judged for answer in self.answers)


def replay(recording: Recording, driver_name: str = "memory") -> Replayed:
    """Say a recorded session again, in a world in which it can have happened."""
    possible = days(recording)
    first = _replay(recording, driver_name, possible[0])
    if first.same:
        return first
    others = (_replay(recording, driver_name, day) for day in possible[1:])
    return next((each for each in others if each.same), first)


def _replay(recording: Recording, driver_name: str, day: datetime) -> Replayed:
    found = circumstances(recording, day)
    world = found.world()
    carrier = driver(driver_name)(world)
    carrier.open()
    others: list[ClientLink] = []
    try:
        if found.message == "concurrent":
            others = [_in_data(carrier, recording, found) for _ in range(3)]
        client = _Client(recording, found)
        carrier.perform(client.dialogue(), found.client_ip)
    finally:
        for link in others:
            link.close()
        carrier.close()
    return Replayed(recording, driver_name, tuple(client.answers))


def _in_data(carrier: Driver, recording: Recording, found: Circumstances) -> ClientLink:
    """Another session of the same mailbox, in the middle of its message."""
    link = carrier.link(found.client_ip)
    carrier.carry_out(_Client(recording, found).up_to("end"), link)
    return link


@dataclass
class _Client:
    """Says steps and remembers how far the session is."""

    recording: Recording
    found: Circumstances
    answers: list[Answered] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _prompt: str = ""  # what the server waits for in an AUTH exchange
    _last: Result = None

    def dialogue(self) -> Dialogue[None]:
        steps = list(self.recording.steps)
        while steps:
            flight = [steps.pop(0)]
            while steps and "(pipelined)" in steps[0].client:
                flight.append(steps.pop(0))
            if len(flight) > 1 or len(_commands(flight[0].client)) > 1:
                yield from self._flight(flight)
            else:
                yield from self._step(flight[0])

    def _flight(self, steps: list[Step]) -> Dialogue[None]:
        """Commands in one block; the reply to the first of each step is compared."""
        commands = [_commands(_ANNOTATION.sub("", step.client)) for step in steps]
        yield from self.up_to(_STAGES.get(_verb(commands[0][0]), "hello"))
        lines = [self._completed(_verb(text), text) for each in commands for text in each]
        yield Write("".join(f"{line}\r\n" for line in lines).encode())
        for step, each in zip(steps, commands, strict=True):
            self._last = yield Expect(600.0)
            self._judge(step, _said(step))
            for _ in each[1:]:
                yield Expect(600.0)

    def up_to(self, stage: str) -> Dialogue[None]:
        """Say all that goes before a stage."""
        for earlier in _ORDER[: _ORDER.index(stage)]:
            if earlier not in self._done and earlier not in self._skipped():
                yield from self._fill(earlier)

    def _skipped(self) -> frozenset[str]:
        """What the client never did; who has no TLS has not signed in either."""
        if self.recording.endpoint == "mx":
            return frozenset({"tls", "auth"}) | self.found.without
        skipped = self.found.without
        if "hello" in skipped or "tls" in skipped:
            skipped |= {"tls", "auth"}
        return skipped | {"rcpt"} if "mail" in skipped else skipped

    # ---- steps -----------------------------------------------------------------------------------

    def _step(self, step: Step) -> Dialogue[None]:
        if step.client.startswith("(") and not step.client.startswith("(message)"):
            yield from self._event(step.client)
        else:
            yield from self._say(_ANNOTATION.sub("", step.client) or step.client, step)
        self._judge(step, _said(step))

    def _judge(self, step: Step, wanted: list[str]) -> None:
        outcome = self._last
        lines = _lines(outcome) if isinstance(outcome, Reply) else ()
        if wanted:
            self.answers.append(Answered(step, lines, True, same(wanted, lines)))
            return
        event = " ".join(step.server)
        ok = True
        if "timed out" in event:
            ok = isinstance(outcome, ConnectFailed)
        elif "lost connection" in event:
            ok = isinstance(outcome, Lost)
        self.answers.append(Answered(step, lines, False, ok))

    def _event(self, text: str) -> Dialogue[None]:
        if text.startswith("(connect"):
            port = re.search(r":?(\d+)\)$", text)
            yield from self._connect(int(port[1]) if port else None)
        elif "end of DATA" in text or "accepted" in text:
            yield from self.up_to("end")
            yield from self._ask(self._message())
        elif "relay" in text.lower():
            yield from self._say(f"RCPT TO:<{self.found.recipient}>", Step("", ()))

    def _say(self, text: str, step: Step) -> Dialogue[None]:
        verb = _verb(text)
        stage = _STAGES.get(verb, "")
        if not self._prompt and text.startswith("{"):
            yield from self._prompted(text)
        elif stage:
            yield from self.up_to(stage)
        else:
            yield from self.up_to("hello")
        yield from self._command(verb, stage, text, step)

    def _prompted(self, text: str) -> Dialogue[None]:
        """The recording begins within an AUTH exchange."""
        yield from self.up_to("auth")
        if "user" in text or "password" in text:
            yield from self._ask(b"AUTH LOGIN\r\n")
            if "password" in text:
                yield from self._ask(_b64(self.found.login))
        else:
            yield from self._ask(b"AUTH XOAUTH2\r\n")

    def _command(self, verb: str, stage: str, text: str, step: Step) -> Dialogue[None]:
        if verb == "AUTH":
            yield from self._auth(text, _said(step))
        elif text.startswith("{"):
            yield from self._credentials(text)
        elif verb == "STARTTLS":
            yield from self._ask(b"STARTTLS\r\n")
            yield from self._handshake()
        elif verb == "BDAT":
            yield from self._chunk(text)
        elif verb == "DATA":
            yield from self._ask(b"DATA\r\n")
        elif text.startswith("(message)"):
            yield from self._ask(self._message())
        else:
            yield from self._ask(self._completed(verb, text).encode("utf-8") + b"\r\n")
        if stage and stage != "tls":
            self._done.add(stage)

    def _completed(self, verb: str, text: str) -> str:
        """A command whose argument the source has cut, whole again."""
        text = re.sub(r" after failed .*", "", text)
        cut = "..." in text or ":" not in text
        if verb == "MAIL" and cut:
            return f"MAIL FROM:<{self.found.sender}>"
        if verb == "RCPT" and cut:
            return f"RCPT TO:<{self.found.recipient}>"
        if verb in ("EHLO", "HELO") and "..." in text:
            return f"{verb} client.example"
        text = re.sub(r"\{[\w ]+\}", "x", text)
        return text.encode("utf-8").decode("unicode_escape") if "\\x" in text else text

    # ---- filling gaps ----------------------------------------------------------------------------

    def _fill(self, stage: str) -> Dialogue[None]:
        match stage:
            case "connect":
                yield from self._connect(None)
            case "hello":
                yield from self._ask(b"EHLO client.example\r\n")
            case "tls":
                yield from self._ask(b"STARTTLS\r\n")
                yield from self._handshake()
                yield from self._ask(b"EHLO client.example\r\n")
            case "auth":
                yield from self._auth("AUTH LOGIN ...", [])
            case "mail":
                yield from self._ask(f"MAIL FROM:<{self.found.sender}>\r\n".encode())
            case "rcpt":
                yield from self._ask(f"RCPT TO:<{self.found.recipient}>\r\n".encode())
            case "data":
                yield from self._ask(b"DATA\r\n")
        self._done.add(stage)

    def _connect(self, port: int | None) -> Dialogue[None]:
        submission = self.recording.endpoint == "submission"
        domain = self.found.tenant.accepted_domains[0].name
        host = "smtp.office365.com" if submission else mx_host(domain)
        answer = yield Lookup(host)
        assert isinstance(answer, LookedUp)
        connected = yield Connect(answer.data[0], port or (587 if submission else 25), 30.0)
        if isinstance(connected, ConnectFailed):
            self._last = connected
        else:
            self._last = yield Expect(60.0)
        self._done.add("connect")

    def _handshake(self) -> Dialogue[None]:
        if isinstance(self._last, Reply) and self._last.code == 220:
            old = self.found.tls or "1.3"
            yield StartTls(TlsOptions(minimum=min(old, "1.2"), maximum=old))
            self._done -= {"hello"}
            self._done.add("tls")

    def _auth(self, text: str, wanted: list[str]) -> Dialogue[None]:
        """AUTH as recorded; the whole exchange where the source shows its end only."""
        words = [word for word in text.split() if word != "..."]
        if len(words) == 1:  # the source has cut the mechanism: one that gets this reply
            words.append("PLAIN" if "504 5.7.4" in "".join(wanted) else "LOGIN")
        mechanism = words[1].upper()
        whole = not "".join(wanted).startswith("334")
        login = self.found.login
        secrets = {"XOAUTH2": self._xoauth2(), "PLAIN": f"\0{login}\0{self.found.password}"}
        if mechanism in secrets and whole:
            line = f"AUTH {words[1]} ".encode() + _b64(secrets[mechanism])
            yield from self._ask(line)
        else:
            yield from self._ask(f"{words[0]} {words[1]}\r\n".encode())
            self._prompt = mechanism
            if mechanism == "LOGIN" and whole:
                yield from self._exchange()
        self._done.add("auth")

    def _exchange(self) -> Dialogue[None]:
        for secret in (self.found.login, self.found.password):
            if isinstance(self._last, Reply) and self._last.code == 334:
                yield from self._ask(_b64(secret))
        self._prompt = ""

    def _credentials(self, text: str) -> Dialogue[None]:
        if "user" in text:
            yield from self._ask(_b64(self.found.login))
        elif "password" in text:
            yield from self._ask(_b64(self.found.password))
        else:
            yield from self._ask(_b64(self._xoauth2()))
        self._done.add("auth")

    def _xoauth2(self) -> str:
        return f"user={self.found.login}\x01auth=Bearer {self.found.token}\x01\x01"

    def _chunk(self, text: str) -> Dialogue[None]:
        message = self._content()
        last = " LAST" if "LAST" in text.upper() else ""
        yield from self._ask(f"BDAT {len(message)}{last}\r\n".encode() + message)

    def _ask(self, data: bytes) -> Dialogue[None]:
        yield Write(data)
        self._last = yield Expect(600.0)

    # ---- the message -----------------------------------------------------------------------------

    def _message(self) -> bytes:
        return self._content() + b".\r\n"

    def _content(self) -> bytes:
        return "\r\n".join([*self._headers(), "", "text", ""]).encode()

    def _headers(self) -> Iterator[str]:
        what, (name, size) = self.found.message, self.found.huge
        if what != "no-from":
            second = ", second@other.example" if what == "two-from" else ""
            yield f"From: {self.found.header_from}{second}"
        yield "Subject: a message"
        if what == "long-header":
            yield f"X-Long: {'x' * 300}"
        if what == "loop":
            yield from ("Received: by a.example" for _ in range(40))
        if name:
            yield f"{name}: {'x' * size}"


def _verb(text: str) -> str:
    return re.split(r"[ :]", text, maxsplit=1)[0].upper()


def _commands(text: str) -> list[str]:
    """The commands of a flight: `MAIL ... / RCPT ...`, or `MAIL/RCPT/DATA pipelined`."""
    if re.fullmatch(r"[A-Z/]+ pipelined", text):
        return text.removesuffix(" pipelined").split("/")
    parts = text.split(" / ")
    return parts if all(_verb(part) in _STAGES for part in parts) else [text]


def _said(step: Step) -> list[str]:
    """Recorded lines that are no events."""
    return [line for line in step.server if not line.startswith("(")]


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode("utf-8")) + b"\r\n"


def _lines(reply: Reply) -> tuple[str, ...]:
    """The reply's lines with code and hyphen, as they came."""
    last = len(reply.lines) - 1
    return tuple(
        f"{reply.code}{' ' if n == last else '-'}{line}" for n, line in enumerate(reply.lines)
    )
