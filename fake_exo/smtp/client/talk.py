"""One connection as a client sees it: commands out, replies in, and giving up."""

from collections.abc import Callable

from fake_exo.smtp.client.actions import (
    Dialogue,
    Expect,
    HangUp,
    Lost,
    Pause,
    Reply,
    TimedOut,
    Write,
)
from fake_exo.smtp.client.manner import Manner, Reaction


class GaveUp(Exception):
    """The client stops here. `stage` is connect, tls, no-starttls, helo, auth, mail, rcpt, data or
    final-dot; `temporary`: trying again makes sense; `lost`: the server is gone or silent, so
    there is nobody to say QUIT to; `hangs_up`: nobody is told. `code`: of the reply, 0 without.
    `reaction`: the client's own to the reply, if it has one."""

    def __init__(
        self, stage: str, text: str, *, temporary: bool = False, lost: bool = False
    ) -> None:
        super().__init__(text)
        self.stage = stage
        self.text = text
        self.temporary = temporary
        self.lost = lost
        self.hangs_up = False
        self.code = 0
        self.reaction: Reaction | None = None


Remedy = Callable[[str, Reply], Dialogue[bool]]  # of a stage and a reply: whether something was


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
        self.remedy: Remedy | None = None  # what it can do about a refusal, before it gives up

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
            self.refused(stage, outcome)
        return outcome

    def refused(self, stage: str, reply: Reply) -> None:
        """Give up because of a reply, unless this client goes on all the same."""
        reaction = self.manner.reaction(stage, reply)
        if reaction is None or reaction.does != "continue":
            raise refusal(stage, reply, reaction)

    def ask(
        self, text: str, stage: str, *, expect: int = 0, secret: bool = False
    ) -> Dialogue[Reply]:
        if self.manner.pace:
            yield Pause(self.manner.pace)
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
        if answer.code == 250 and manner.also:
            answer = yield from self._greet(manner.also)
        if answer.code == 250:
            return
        expected = manner.fallback_on is None or answer.code in manner.fallback_on
        if manner.fallback == "none" or not expected:
            self.refused("helo", answer)
            return
        answer = yield from self._greet(manner.fallback)
        if answer.code != 250:
            self.refused("helo", answer)

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
        manner = self.manner.close
        silent = failure is not None and (failure.lost or failure.hangs_up)
        if not self.connected or silent or manner == "hang_up":
            yield HangUp()
            return
        if manner == "abrupt":
            yield HangUp(abrupt=True)
            return
        yield self.command("QUIT")
        if manner == "quit_and_wait":
            yield Expect(min(self.timeout, 60.0))
        yield HangUp()


def refusal(
    stage: str, reply: Reply, reaction: Reaction | None = None, *, hangs_up: bool = False
) -> GaveUp:
    """Giving up because of a reply; 4xx may be tried again, if the client has no reaction."""
    text = f"{reply.code} {' '.join(reply.lines)}"
    failure = GaveUp(stage, text, temporary=400 <= reply.code < 500)
    failure.code, failure.reaction, failure.hangs_up = reply.code, reaction, hangs_up
    if reaction is not None:
        failure.temporary = reaction.does == "retry"
        failure.hangs_up = hangs_up or reaction.does == "hang-up"
    return failure
