"""How a client speaks: all that differs between one and the next, as a value."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manner:
    """The defaults are those of a well-behaved mail server."""

    name: str  # in the greeting; "": this client does not greet at all
    greeting: str = "EHLO"
    fallback: str = "HELO"  # after a refused greeting; "none": gives up
    fallback_on: tuple[int, ...] | None = None  # only after these codes; None: after any
    lower_case_greeting: bool = False
    lower_case_commands: bool = False
    eol: bytes = b"\r\n"  # of command lines
    close: str = "quit_and_wait"  # quit_no_wait, abrupt
    starttls: str = "opportunistic"  # never, configurable, required_when_set, blind
    # AUTH: mechanisms in the order of preference, and what to do when none will do
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    initial_response: frozenset[str] = frozenset({"PLAIN"})
    not_advertised: str = "fail"  # send, skip
    on_504: str = "next"  # continue, fail
    on_535: str = "fail"  # continue, next
    lower_case_mechanism: bool = False
    strict_prompts: bool = False
    only_over_tls: bool = False
    # the transaction
    size: bool = True  # SIZE= at MAIL, where offered
    brackets: bool = True
    pipelining: bool = True  # where offered
    chunking: bool = False  # BDAT, where offered
    on_reject: str = "continue"  # abort
    final_dot: bool = True  # False: ends the data so that a strict server never sees it
