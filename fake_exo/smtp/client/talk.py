"""One connection as a client sees it: commands out, replies in, and giving up."""

from fake_exo.smtp.client.actions import (
    Dialogue,
    Expect,
    HangUp,
    Lost,
    Reply,
    TimedOut,
    Write,
)
from fake_exo.smtp.client.manner import Manner


class GaveUp(Exception):
    """The client stops here. `stage` is connect, tls, no-starttls, helo, auth, mail, rcpt, data or
    final-dot; `temporary`: trying again makes sense; `lost`: the server is gone or silent, so
    there is nobody to say QUIT to."""

    def __init__(
        self, stage: str, text: str, *, temporary: bool = False, lost: bool = False
    ) -> None:
        super().__init__(text)
        self.stage = stage
        self.text = text
        self.temporary = temporary
        self.lost = lost


class Talk:
    """The state of one connection."""

    def __init__(self, manner: Manner) -> None:
        self.manner = manner
        self.address = ""  # of the server that it talks to, or tried to
        self.connected = False
        self.secured = False
        self.capabilities: dict[str, str] = {}
        self.timeout = 60.0
        self.final = 300.0

    def command(self, text: str, *, secret: bool = False) -> Write:
        """A command line as the client writes it."""
        if self.manner.lower_case_commands:
            verb, blank, rest = text.partition(" ")
            head, colon, tail = rest.partition(":")
            text = verb.lower() + blank + (head.lower() + colon + tail if colon else rest)
        return Write(text.encode("utf-8") + self.manner.eol, secret)

    def reply(
        self, stage: str, *, expect: int = 0, timeout: float | None = None
    ) -> Dialogue[Reply]:
        """The next reply. Gives up when there is none, or not the one that must come."""
        outcome = yield Expect(self.timeout if timeout is None else timeout)
        if isinstance(outcome, Lost):
            self.connected = False
            raise GaveUp(stage, "connection lost", temporary=True, lost=True)
        if isinstance(outcome, TimedOut) or not isinstance(outcome, Reply):
            raise GaveUp(stage, "no answer in time", temporary=True, lost=True)
        if expect and outcome.code != expect:
            raise refusal(stage, outcome)
        return outcome

    def ask(
        self, text: str, stage: str, *, expect: int = 0, secret: bool = False
    ) -> Dialogue[Reply]:
        yield self.command(text, secret=secret)
        return (yield from self.reply(stage, expect=expect))

    # ---- greeting --------------------------------------------------------------------------------

    def hello(self) -> Dialogue[None]:
        """HELO or EHLO in the client's manner; what the server offers goes to `capabilities`."""
        manner = self.manner
        self.capabilities = {}
        if manner.name == "":
            return
        answer = yield from self._greet(manner.greeting)
        if answer.code == 250:
            return
        expected = manner.fallback_on is None or answer.code in manner.fallback_on
        if manner.fallback == "none" or not expected:
            raise refusal("helo", answer)
        answer = yield from self._greet(manner.fallback)
        if answer.code != 250:
            raise refusal("helo", answer)

    def _greet(self, verb: str) -> Dialogue[Reply]:
        word = verb.lower() if self.manner.lower_case_greeting else verb
        answer = yield from self.ask(f"{word} {self.manner.name}", "helo")
        if answer.code == 250 and verb == "EHLO":
            words = (line.partition(" ") for line in answer.lines[1:])
            self.capabilities = {name.upper(): rest.upper() for name, _, rest in words}
        return answer

    # ---- leaving ---------------------------------------------------------------------------------

    def leave(self, failure: GaveUp | None) -> Dialogue[None]:
        """End the connection in the client's manner."""
        if not self.connected or (failure is not None and failure.lost):
            yield HangUp()
            return
        manner = self.manner.close
        if manner == "abrupt":
            yield HangUp(abrupt=True)
            return
        yield self.command("QUIT")
        if manner == "quit_and_wait":
            yield Expect(min(self.timeout, 60.0))
        yield HangUp()


def refusal(stage: str, reply: Reply) -> GaveUp:
    """Giving up because of a reply; 4xx may be tried again."""
    text = f"{reply.code} {' '.join(reply.lines)}"
    return GaveUp(stage, text, temporary=400 <= reply.code < 500)
