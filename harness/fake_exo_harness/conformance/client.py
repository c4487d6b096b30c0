"""Says the recorded client's side step by step, fills gaps, and holds the answers to the record."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from fake_exo import mx_host
from fake_exo.drive import (
    Connect,
    ConnectFailed,
    Dialogue,
    Expect,
    HandshakeFailed,
    HangUp,
    LookedUp,
    Lookup,
    Lost,
    Reply,
    Result,
    StartTls,
    TimedOut,
    TlsOptions,
    Write,
    signs_in,
)
from fake_exo_harness.conformance import words
from fake_exo_harness.conformance.circumstances import Circumstances
from fake_exo_harness.conformance.comparison import same
from fake_exo_harness.conformance.content import content
from fake_exo_harness.conformance.recordings import Recording, Step
from fake_exo_harness.conformance.words import Act, Event

_ANNOTATION = re.compile(r"\s*\([^()]*\)\s*$")
_ORDER = ("connect", "hello", "tls", "auth", "mail", "rcpt", "data", "end")
_STAGES = {"EHLO": "hello", "HELO": "hello", "STARTTLS": "tls", "AUTH": "auth", "MAIL": "mail",
           "RCPT": "rcpt", "DATA": "data", "BDAT": "data"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answered:
    """One step with the reply that the fake gave. `judged` is False where there was nothing to
    compare; `odd`: events that were not understood."""

    step: Step
    lines: tuple[str, ...]
    judged: bool
    ok: bool
    odd: tuple[str, ...] = ()


@dataclass
class Client:
    """Says steps and remembers how far the session is."""

    recording: Recording
    found: Circumstances
    address: str  # of the endpoint
    answers: list[Answered] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _prompt: str = ""  # what the server waits for in an AUTH exchange
    _last: Result = None
    _shaken: Result = None  # what became of the handshake
    _asked: int = 0  # secrets said in answer to prompts
    _content_due: bool = False  # after 354, until the dot
    _odd: list[str] = field(default_factory=list)

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
        commands = [_commands(_bare(step)) for step in steps]
        yield from self.up_to(_STAGES.get(_verb(commands[0][0]), "hello"))
        lines = [self._completed(_verb(text), text) for each in commands for text in each]
        yield Write("".join(f"{line}\r\n" for line in lines).encode())
        for step, each in zip(steps, commands, strict=True):
            self._last = yield Expect(600.0)
            self._judge(step)
            for _ in each[1:]:
                yield Expect(600.0)

    def up_to(self, stage: str) -> Dialogue[None]:
        """Say all that goes before a stage."""
        for earlier in _ORDER[: _ORDER.index(stage)]:
            if earlier not in self._done and earlier not in self._skipped():
                yield from self._fill(earlier)

    def _skipped(self) -> frozenset[str]:
        """What the client never did; who has no TLS has not signed in either."""
        if self.recording.whole:
            return frozenset(_ORDER)
        if not signs_in(self.recording.endpoint):
            return frozenset({"tls", "auth"}) | self.found.without
        skipped = self.found.without
        if "hello" in skipped or "tls" in skipped:
            skipped |= {"tls", "auth"}
        return skipped | {"rcpt"} if "mail" in skipped else skipped

    # ---- steps -----------------------------------------------------------------------------------

    def _step(self, step: Step) -> Dialogue[None]:
        text = _bare(step)
        self._last = None
        if self._content_due and not text.startswith("("):
            yield from self._content_line(text, step)
        elif text.startswith("("):
            yield from self._act(text)
        else:
            yield from self._say(text, step)
        self._judge(step)

    def _content_line(self, text: str, step: Step) -> Dialogue[None]:
        """A line of the message: it ends with a dot, or where the source shows the reply."""
        if text == "." or text.endswith(("\n.", "\r\n.")) or step.replies:
            self._content_due = False
            yield from self._ask(self._message())

    def _judge(self, step: Step) -> None:
        outcome = self._last
        lines = _lines(outcome) if isinstance(outcome, Reply) else ()
        odd = (*self._odd, *(f"({text})" for text in step.events if words.event(text) is None))
        self._odd.clear()
        if step.replies:
            ok = same(step.replies, lines)
            self.answers.append(Answered(step, lines, True, ok, odd))
            return
        seen = [_SHOWN[event] for text in step.events if (event := words.event(text)) in _SHOWN]
        ok = all(isinstance(outcome, kinds) for kinds in seen)
        self.answers.append(Answered(step, lines, bool(seen), ok, odd))

    def _act(self, text: str) -> Dialogue[None]:
        """Something beside a command, told in parentheses."""
        act = words.act(text.strip("()"))
        if act is None:
            self._odd.append(text)
        elif act in _DONE_BY:
            yield from _DONE_BY[act](self, text)

    def _connects(self, text: str) -> Dialogue[None]:
        place = re.search(r"(\d+(?:\.\d+){3}):(\d+)\)$", text)
        if place is not None and self.found.stated is not None:  # an address of that very world
            yield from self._dial(place[1], int(place[2]))
            return
        port = re.search(r":?(\d+)\)$", text)
        yield from self._connect(int(port[1]) if port else None)

    def _sends(self, _: str) -> Dialogue[None]:
        yield from self.up_to("end")
        self._content_due = False
        yield from self._ask(self._message())

    def _relays(self, _: str) -> Dialogue[None]:
        yield from self._say(f"RCPT TO:<{self.found.recipient}>", Step("", ()))

    def _tells(self, text: str) -> Dialogue[None]:
        yield from self._say(f"{{{text.strip('()')}}}", Step("", ()))

    def _hangs_up(self, _: str) -> Dialogue[None]:
        yield HangUp()
        self._done.clear()

    def _pauses(self, text: str) -> Dialogue[None]:
        """Waits, and hears what the service says meanwhile."""
        self._last = yield Expect(words.seconds(text))
        if isinstance(self._last, TimedOut):
            self._last = None

    def _shakes(self, _: str) -> Dialogue[None]:
        """A handshake that the source tells beside STARTTLS, or where none is due."""
        if self._shaken is not None:
            self._last = self._shaken
        elif "tls" not in self._done:
            self._last = yield StartTls(TlsOptions(minimum="1.2", maximum=self.found.tls or "1.3"))

    def _say(self, text: str, step: Step) -> Dialogue[None]:
        verb = _verb(text)
        stage = _STAGES.get(verb, "")
        if self._prompt and (not stage or text == "*"):
            yield from self._credentials(text)
            return
        if not stage and _hidden(text):
            yield from self._prompted(text)
        elif stage:
            yield from self.up_to(stage)
        else:
            yield from self.up_to("hello")
        yield from self._command(verb, stage, text, step)

    def _prompted(self, text: str) -> Dialogue[None]:
        """The recording begins within an AUTH exchange."""
        yield from self.up_to("auth")
        self._prompt, self._asked = "LOGIN", 0
        if "user" in text or "password" in text:
            yield from self._ask(b"AUTH LOGIN\r\n")
            if "password" in text:
                yield from self._ask(_b64(self.found.login))
        else:
            self._prompt = "XOAUTH2"
            yield from self._ask(b"AUTH XOAUTH2\r\n")

    def _command(self, verb: str, stage: str, text: str, step: Step) -> Dialogue[None]:
        if verb == "AUTH":
            yield from self._auth(text, list(step.replies))
        elif not stage and _hidden(text):
            yield from self._credentials(text)
        elif verb == "STARTTLS":
            yield from self._ask(b"STARTTLS\r\n")
            yield from self._handshake()
        elif verb == "BDAT":
            yield from self._chunk(text)
        elif verb == "DATA":
            yield from self._ask(b"DATA\r\n")
            self._content_due = isinstance(self._last, Reply) and self._last.code == 354
        elif text == ".":  # the source shows no DATA before it
            yield from self.up_to("end")
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
                self._done.add("hello")
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
        address, usual = self.address, 587
        if not signs_in(self.recording.endpoint):
            answer = yield Lookup(mx_host(self.found.mx_domain))
            assert isinstance(answer, LookedUp)
            address, usual = answer.data[0], 25
        yield from self._dial(address, port or usual)

    def _dial(self, address: str, port: int) -> Dialogue[None]:
        connected = yield Connect(address, port, 30.0)
        if isinstance(connected, ConnectFailed):
            self._last = connected
        else:
            self._last = yield Expect(60.0)
        self._done.add("connect")

    def _handshake(self) -> Dialogue[None]:
        if isinstance(self._last, Reply) and self._last.code == 220:
            old = self.found.tls or "1.3"
            self._shaken = yield StartTls(TlsOptions(minimum=min(old, "1.2"), maximum=old))
            if isinstance(self._shaken, HandshakeFailed):
                self._last = self._shaken
            self._done -= {"hello"}
            self._done.add("tls")

    def _auth(self, text: str, wanted: list[str]) -> Dialogue[None]:
        """AUTH as recorded; the whole exchange where the source shows its end only."""
        given = [word for word in text.split() if word != "..."]
        if len(given) == 1:  # the source has cut the mechanism: one that gets this reply
            given.append("PLAIN" if "504 5.7.4" in "".join(wanted) else "LOGIN")
        mechanism = given[1].upper()
        whole = not "".join(wanted).startswith("334")
        login = self.found.login
        secrets = {"XOAUTH2": self._xoauth2(), "PLAIN": f"\0{login}\0{self.found.password}"}
        line = f"{given[0]} {given[1]}".encode()
        self._asked = 0
        if mechanism in secrets and whole:
            yield from self._ask(line + b" " + _b64(secrets[mechanism]))
        elif mechanism == "LOGIN" and len(given) > 2 and not whole:
            self._prompt, self._asked = mechanism, 1
            yield from self._ask(line + b" " + _b64(login))
        else:
            yield from self._ask(line + b"\r\n")
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
        """What a prompt asks for, whatever the source shows in its place."""
        if text == "*":
            yield from self._ask(b"*\r\n")
            self._prompt = ""
            return
        password = "password" in text or ("user" not in text and self._asked == 1)
        secret = self.found.password if password else self.found.login
        if self._prompt not in ("", "LOGIN"):
            plain = f"\0{self.found.login}\0{self.found.password}"
            secret = plain if self._prompt == "PLAIN" else self._xoauth2()
        self._asked += 1
        yield from self._ask(_b64(secret))
        if not (isinstance(self._last, Reply) and self._last.code == 334):
            self._prompt = ""
        self._done.add("auth")

    def _xoauth2(self) -> str:
        return f"user={self.found.login}\x01auth=Bearer {self.found.token}\x01\x01"

    def _chunk(self, text: str) -> Dialogue[None]:
        message = content(self.found)
        last = " LAST" if "LAST" in text.upper() else ""
        yield from self._ask(f"BDAT {len(message)}{last}\r\n".encode() + message)

    def _ask(self, data: bytes) -> Dialogue[None]:
        yield Write(data)
        self._last = yield Expect(600.0)

    def _message(self) -> bytes:
        return content(self.found) + b".\r\n"


def _verb(text: str) -> str:
    return re.split(r"[ :]", text, maxsplit=1)[0].upper()


def _commands(text: str) -> list[str]:
    """The commands of a flight: `MAIL ... / RCPT ...`, or `MAIL/RCPT/DATA pipelined`."""
    if re.fullmatch(r"[A-Z/]+ pipelined", text):
        return text.removesuffix(" pipelined").split("/")
    parts = text.split(" / ")
    return parts if all(_verb(part) in _STAGES for part in parts) else [text]


def _bare(step: Step) -> str:
    """What the client typed, without what the source notes beside it."""
    text = words.command(step.client)
    return text if text.startswith("(") else _ANNOTATION.sub("", text) or text


def _hidden(text: str) -> bool:
    """Whether a line stands for credentials that the source does not show."""
    return (" " not in text.strip("{}") and words.secret(text)) or text.startswith("{")


_DONE_BY: dict[Act, Callable[[Client, str], Dialogue[None]]] = {
    Act.CONNECT: Client._connects,
    Act.SECRET: Client._tells,
    Act.MESSAGE: Client._sends,
    Act.RELAY: Client._relays,
    Act.HANDSHAKE: Client._shakes,
    Act.PAUSE: Client._pauses,
    Act.HANG_UP: Client._hangs_up,
}
# What each event of a recording looks like here.
_SHOWN: dict[Event | None, tuple[type, ...]] = {
    Event.TIMED_OUT: (ConnectFailed, TimedOut),
    Event.LOST: (Lost, ConnectFailed),
    Event.HANDSHAKE_FAILED: (HandshakeFailed, Lost, ConnectFailed),
}


def _b64(text: str) -> bytes:
    return base64.b64encode(text.encode("utf-8")) + b"\r\n"


def _lines(reply: Reply) -> tuple[str, ...]:
    """The reply's lines with code and hyphen, as they came."""
    last = len(reply.lines) - 1
    return tuple(
        f"{reply.code}{' ' if n == last else '-'}{line}" for n, line in enumerate(reply.lines)
    )
