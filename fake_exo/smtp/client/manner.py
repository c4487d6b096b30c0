"""How a client speaks: all that differs between one and the next, as a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_exo.smtp.client.actions import Reply


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a client does after a reply that it did not want: the first that fits counts.

    `at`: the stage, "" any. `codes`: those of the reply, none: any. `text`: part of its text, in
    any case. `does`: fail, retry, continue, hang-up, sent (shows success), secure (STARTTLS, then
    again), sign-in (AUTH, then again); `show`: what its panel says then.
    """

    at: str = ""
    codes: tuple[int, ...] = ()
    text: str = ""
    does: str = "fail"
    show: str = ""

    def fits(self, stage: str, reply: Reply) -> bool:
        return (
            self.at in ("", stage)
            and (not self.codes or reply.code in self.codes)
            and self.text.lower() in " ".join(reply.lines).lower()
        )


@dataclass(frozen=True, slots=True)
class Manner:
    """The defaults are those of a well-behaved mail server."""

    name: str  # in the greeting; "": this client does not greet at all
    greeting: str = "EHLO"
    fallback: str = "HELO"  # after a refused greeting; "none": gives up
    fallback_on: tuple[int, ...] | None = None  # only after these codes; None: after any
    also: str = ""  # a second greeting, whatever came of the first
    greets_after_tls: bool = True
    lower_case_greeting: bool = False
    lower_case_commands: bool = False
    eol: bytes = b"\r\n"  # of command lines
    space: bool = False  # between MAIL FROM: and the address
    pace: float = 0.0  # seconds before each command
    before_mail: tuple[str, ...] = ()  # commands whose answers it does not heed
    close: str = "quit_and_wait"  # quit_no_wait, hang_up, abrupt
    starttls: str = "opportunistic"  # never, configurable, blind
    starttls_refused: str = "fail"  # continue
    # AUTH: mechanisms in the order of preference, and what to do when none will do
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    initial_response: frozenset[str] = frozenset({"PLAIN"})
    not_advertised: str = "fail"  # send, skip
    blind: bool = False  # tries its mechanisms whatever is offered
    after: Mapping[str, str] = field(default_factory=lambda: {"504": "next", "any": "fail"})
    lower_case_mechanism: bool = False
    strict_prompts: bool = False
    only_over_tls: bool = False
    # the transaction
    size: bool = True  # SIZE= at MAIL, where offered
    body: str = ""  # BODY= at MAIL, where 8BITMIME is offered
    parameters: str = ""  # at MAIL, whatever is offered
    lower_case_parameters: bool = False
    brackets: bool = True
    pipelining: str = "with-data"  # where offered; envelope, none, or blind: offered or not
    chunking: str = "never"  # BDAT, where offered; blind: offered or not
    chunk_size: int = 0  # of each but the last; 0: all in one
    chunk_last: str = "with"  # alone: LAST comes with no bytes
    on_reject: str = "continue"  # abort, or reset: RSET before it gives up
    stuffs: bool = True  # doubles the dot that begins a line
    final_dot: bool = True  # False: ends the data so that a strict server never sees it
    reactions: tuple[Reaction, ...] = ()

    def reaction(self, stage: str, reply: Reply) -> Reaction | None:
        return next((each for each in self.reactions if each.fits(stage, reply)), None)
