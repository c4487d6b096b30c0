"""Faults that a scenario injects where no rule would give them: what nobody can set up.

A fault is a stage, conditions, a count, and a reply or an action. It stands before all rules of
its stage, so it is said, delayed and recorded as any answer is; the transcript marks it.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fake_exo.exchange.facts import ALL, After, Facts, Rule
from fake_exo.exchange.service import ServiceError
from fake_exo.kernel.schedule import Schedule, Turn, Turns
from fake_exo.rules.catalogue import Catalogue, Text, literal
from fake_exo.smtp.session import Phase
from fake_exo.smtp.stage import Stage

# What a fault may do beside giving another reply. The right answer is worked out all the same.
ACTIONS = {
    "reply": "gives another reply: `reply` by id, or `text`",
    "delay": "gives the right reply `seconds` later",
    "silent": "gives no reply to this command",
    "deaf": "answers nothing from here on",
    "close": "closes the connection instead of a reply",
    "reset": "resets the connection instead of a reply",
    "bytewise": "sends the right reply in segments of one byte",
    "late-last-line": "sends the last line of the reply `seconds` after the others",
    "double": "sends the right reply twice, so that every later one is a reply too late",
    "then-421": "closes with an unasked 421 behind the right reply",
    "no-enhanced": "leaves out the enhanced status code",
    "code-only": "sends the code and nothing else",
    "other-code": "puts another code before the continuation lines",
    "multiline": "makes the reply one of several lines",
    "lower-case": "writes keywords in lower case, with tabs and blanks at the ends",
    "long-line": "makes the line `value` octets long (600)",
    "bare-lf": "ends lines with LF alone",
    "non-ascii": "adds text outside ASCII",
    "masked": "replaces letters by asterisks, as an old firewall does",
    "single-line": "leaves nothing but the first line of EHLO",
    "hide": "leaves the capabilities `value` out of EHLO",
    "mask": "writes X over the capabilities `value`",
    "offer": "adds the capability `value` to EHLO, in place of one with its name",
    "no-upgrade": "grants STARTTLS and goes on in clear text",
    "inject": "appends `value` to the reply, in one packet",
    "drop": "takes the message and loses it",
    "junk": "takes the message and puts it into Junk Email",
    "unreachable": "lets connections time out; without sockets only",
}
_PLACES: dict[str, tuple[Stage, Callable[[Facts], bool] | None]] = {
    "banner": (Stage.CONNECT, None),
    "bdat": (Stage.CHUNK, None),
    "final-dot": (Stage.MESSAGE, None),
    "ehlo2": (Stage.HELLO, lambda f: f.session.tls is not None),
    "helo": (Stage.HELLO, lambda f: f.command.verb == "HELO"),
    "ehlo": (Stage.HELLO, lambda f: f.command.verb == "EHLO"),
    "auth-user": (Stage.AUTH, lambda f: _step(f) == "user"),
    "auth-pass": (Stage.AUTH, lambda f: _step(f) == "password"),
    "auth-end": (Stage.AUTH, lambda f: _step(f) == "complete"),
    **{
        verb.lower(): (Stage.OTHER, lambda f, verb=verb: f.command.verb == verb)  # type: ignore[misc]
        for verb in ("RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP")
    },
}
PLACES = (*(stage.label for stage in Stage), *_PLACES, "body")
_MAGIC = re.compile(r"fault\.(rcpt|data|message|quit)\.([245]\d\d)(?:\.(\d{1,3}))?@", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """`reply`: an id of the catalogue, `text` a whole reply in its place. `at`: a place in the
    dialogue, else the reply's own stage; `body` counts bytes of message data (`value`).

    The first `skip` times that all conditions hold are right, then `times` are not (None: all),
    by `chance` (0 to 1, seeded). Conditions: `client` address, `hello` name, `sender`, `recipient`
    (each as written, folded), `connection` (the n-th, from 1). `seconds` delays. `close` ends the
    connection after the reply. Raises ServiceError, at the start of a world, for what cannot be.
    """

    reply: str = ""
    at: str = ""
    times: int | None = 1
    skip: int = 0
    close: bool = False
    does: str = "reply"
    text: str = ""
    value: str = ""
    seconds: float = 0.0
    client: str = ""
    hello: str = ""
    sender: str = ""
    recipient: str = ""
    connection: int | None = None
    chance: float = 1.0
    name: str = ""  # the number of the fault catalogue, for the transcript

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.skip, self.times, self.chance)


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that is ready: its rule and its text."""

    rule: Rule
    text: Text
    fault: Fault


class Waiting:
    """Faults that are no reply, each with its turn: in message data, or before the banner."""

    def __init__(self, faults: Iterable[Fault], turns: Turns) -> None:
        self._faults = tuple((fault, turns.turn(fault.schedule)) for fault in faults)

    def __bool__(self) -> bool:
        return bool(self._faults)

    def next(self, holds: Callable[[Fault], bool]) -> Fault | None:
        """The first fault whose conditions hold and whose turn it is."""
        found = (fault for fault, turn in self._faults if holds(fault) and turn.due())
        return next(found, None)


def injected(faults: Iterable[Fault], catalogue: Catalogue, turns: Turns) -> tuple[Injected, ...]:
    """Rules for the faults. Raises ServiceError for an unknown reply, place or action."""
    wanted = (f for f in faults if f.at != "body" and f.does != "unreachable")
    return tuple(_injected(fault, catalogue, turns.turn(fault.schedule)) for fault in wanted)


def in_bodies(faults: Iterable[Fault], turns: Turns) -> Waiting:
    return Waiting((fault for fault in faults if fault.at == "body"), turns)


def of_connections(faults: Iterable[Fault], turns: Turns) -> Waiting:
    """Faults that let connections time out. Raises ServiceError for a condition on what nobody
    has said yet."""
    found = [fault for fault in faults if fault.does == "unreachable"]
    for fault in found:
        said = {"hello": fault.hello, "sender": fault.sender, "recipient": fault.recipient}
        if fault.connection is not None or any(said.values()):
            raise ServiceError(
                "fault unreachable: there is no dialogue that could have a hello, sender, "
                "recipient or number; say client, skip and times"
            )
    return Waiting(found, turns)


def _injected(fault: Fault, catalogue: Catalogue, turn: Turn) -> Injected:
    if fault.does not in ACTIONS:
        raise ServiceError(f"fault: nothing is done that is named {fault.does}")
    text = _text(fault, catalogue)
    place = fault.at or text.stage
    if place not in _PLACES and place not in (stage.label for stage in Stage):
        raise ServiceError(f"fault {fault.reply or fault.does}: {place} is no stage of a dialogue")
    stage, narrow = _PLACES.get(place, (None, None))
    stage = stage if stage is not None else next(s for s in Stage if s.label == place)
    label = fault.name or (text.id if fault.does == "reply" else fault.does)
    rule = Rule(
        f"fault.{label}",
        stage,
        ALL,
        _due(fault, narrow, turn),
        text.key,
        why="The scenario injects this: " + (text.condition or ACTIONS[fault.does]),
        after=After.CLOSE if fault.close else After.KEEP,
    )
    return Injected(rule, text, fault)


def _text(fault: Fault, catalogue: Catalogue) -> Text:
    if fault.does != "reply":
        return literal("250 right", "injected")
    if fault.text:
        if not re.match(r"[2345]\d\d[ -]", fault.text + " "):
            raise ServiceError(f"fault: {fault.text!r} does not begin with a reply code")
        return literal(fault.text, "injected")
    found = next((text for text in catalogue if text.id == fault.reply), None)
    if found is None:
        raise ServiceError(f"fault: no reply has the id {fault.reply}; see docs/replies.md")
    return found


def _due(
    fault: Fault, narrow: Callable[[Facts], bool] | None, turn: Turn
) -> Callable[[Facts], bool]:
    """True when the conditions hold and it is the fault's turn."""

    def due(facts: Facts) -> bool:
        fits = (narrow is None or narrow(facts)) and holds(fault, facts)
        return fits and turn.due()

    return due


def holds(fault: Fault, facts: Facts) -> bool:
    """Whether the conditions of a fault hold."""
    session = facts.session
    sender = session.mail_from.address if session.mail_from else facts.command.address
    people = [r.address.lower() for r in session.recipients]
    if facts.stage is Stage.RCPT:
        people = [facts.command.address.lower()]
    return (
        fault.client in ("", session.client_ip)
        and fault.hello.lower() in ("", session.hello.lower())
        and fault.sender.lower() in ("", sender.lower())
        and (not fault.recipient or fault.recipient.lower() in people)
        and fault.connection in (None, session.number)
    )


def _step(facts: Facts) -> str:
    return facts.command.attempt.step if facts.command.attempt is not None else ""


class Magic:
    """Recipients that ask for a fault themselves, for devices that have only a panel:
    `fault.rcpt.451.2@contoso.com` is refused twice with 451, then taken."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._asked: dict[str, Turn] = {}

    def asked(self, facts: Facts) -> Text | None:
        """The reply that a recipient asks for at this stage, while its count lasts."""
        people = [r.address for r in facts.session.recipients]
        if facts.stage is Stage.RCPT and facts.session.phase >= Phase.SENDER:
            people = [facts.command.address]
        for address in people:
            found = _MAGIC.match(address)
            if found is None or _PLACES.get(found[1], (None,))[0] is Stage.OTHER:
                continue
            if found[1].lower() == facts.stage.label and self._left(address, found[3]):
                code = found[2]
                return literal(f"{code} {code[0]}.0.0 Injected for <{address}>", "injected")
        return None

    def _left(self, address: str, count: str | None) -> bool:
        if address not in self._asked:
            self._asked[address] = self._turns.turn(Schedule(times=int(count or 1)))
        return self._asked[address].due()
