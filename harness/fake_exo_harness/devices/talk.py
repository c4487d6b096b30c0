"""One connection as a device sees it: commands out, replies in, and giving up."""

from collections.abc import Generator

from fake_exo_harness.devices.actions import (
    Action,
    Close,
    Expect,
    Lost,
    Outcome,
    Reply,
    Send,
    TimedOut,
)
from fake_exo_harness.devices.profiles import Profile

Run = Generator[Action, Outcome, None]
Ask = Generator[Action, Outcome, Reply]


class GaveUp(Exception):
    """The device stops here. `stage` as in `JobResult`; `temporary`: trying again makes sense;
    `lost`: the server is gone or silent, so there is nobody to say QUIT to."""

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

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.connected = False
        self.secured = False
        self.capabilities: dict[str, str] = {}
        self.timeout = 60.0
        self.final = 300.0
        self._eol = b"\n" if profile.command_eol == "lf" else b"\r\n"

    def command(self, text: str, *, secret: bool = False) -> Send:
        """A command line as the device writes it."""
        if self.profile.lower_case_commands:
            verb, blank, rest = text.partition(" ")
            head, colon, tail = rest.partition(":")
            text = verb.lower() + blank + (head.lower() + colon + tail if colon else rest)
        return Send(text.encode("utf-8") + self._eol, secret)

    def reply(self, stage: str, *, expect: int = 0, timeout: float | None = None) -> Ask:
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

    def ask(self, text: str, stage: str, *, expect: int = 0, secret: bool = False) -> Ask:
        yield self.command(text, secret=secret)
        return (yield from self.reply(stage, expect=expect))

    # ---- greeting --------------------------------------------------------------------------------

    def hello(self) -> Run:
        """HELO or EHLO as the profile does it; what the server offers goes to `capabilities`."""
        settings = self.profile.hello
        self.capabilities = {}
        if settings["name"] == "":
            return  # an empty name: this device says nothing at all
        answer = yield from self._greet(settings["first"])
        if answer.code == 250:
            return
        fallback, on = settings["fallback"], settings["fallback_on"]
        if fallback == "none" or (on != "any" and answer.code not in on):
            raise refusal("helo", answer)
        answer = yield from self._greet(fallback)
        if answer.code != 250:
            raise refusal("helo", answer)

    def _greet(self, verb: str) -> Ask:
        word = verb.lower() if self.profile.hello.get("lower_case") else verb
        answer = yield from self.ask(f"{word} {self.profile.hello['name']}", "helo")
        if answer.code == 250 and verb == "EHLO":
            words = (line.partition(" ") for line in answer.lines[1:])
            self.capabilities = {name.upper(): rest.upper() for name, _, rest in words}
        return answer

    # ---- leaving ---------------------------------------------------------------------------------

    def leave(self, failure: GaveUp | None) -> Run:
        """End the connection in the profile's manner."""
        if not self.connected or (failure is not None and failure.lost):
            yield Close()
            return
        manner = self.profile.close
        if manner == "abrupt":
            yield Close(abrupt=True)
            return
        yield self.command("QUIT")
        if manner == "quit_and_wait":
            yield Expect(min(self.timeout, 60.0))
        yield Close()


def refusal(stage: str, reply: Reply) -> GaveUp:
    """Giving up because of a reply; 4xx may be tried again."""
    text = f"{reply.code} {' '.join(reply.lines)}"
    return GaveUp(stage, text, temporary=400 <= reply.code < 500)
