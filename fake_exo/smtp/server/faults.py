"""Faults that a scenario injects where no rule would give them: what nobody can set up.

A fault is a stage, conditions, a count, and a reply or an action. It comes before whatever a desk
decides, so it is said, delayed and recorded as any answer is; the transcript marks it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from fake_exo.kernel.errors import ServiceError
from fake_exo.kernel.schedule import Schedule, Turn, Turns
from fake_exo.rules.catalogue import Catalogue, ReplyText, literal
from fake_exo.rules.rule import After
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Command
from fake_exo.smtp.server.desk import Decision
from fake_exo.smtp.server.fault import COUNTED, Fault
from fake_exo.smtp.session import Phase, Session

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


class Ask(NamedTuple):
    """The moment in a dialogue at which a fault may strike."""

    stage: Stage
    command: Command
    session: Session


_PLACES: dict[str, tuple[Stage, Callable[[Ask], bool] | None]] = {
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
# Who chunks never says DATA: what strikes there strikes the first BDAT of a message.
_FIRST_CHUNK: tuple[Stage, Callable[[Ask], bool]] = (
    Stage.CHUNK,
    lambda f: f.session.phase is not Phase.CHUNKS,
)
PLACES = (*(stage.label for stage in Stage), *_PLACES, "body")
_MAGIC = re.compile(
    r"fault\.(rcpt|data|message|quit)\.([245]\d\d)(?:\.(\d{1,3}))?@", re.IGNORECASE | re.ASCII
)


class Injected(NamedTuple):
    """A fault that is ready: where it strikes, when, and what it says."""

    fault: Fault
    stage: Stage
    due: Callable[[Ask], bool]
    text: ReplyText
    rule: str
    after: After


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


class Faults:
    """All faults of one run. `turns`: the run's, by which they count; `texts`: the
    service's; `magic`: recipients may ask for faults. Raises ServiceError for an unknown
    reply, place or action."""

    def __init__(
        self,
        faults: Iterable[Fault],
        turns: Turns,
        texts: Catalogue,
        *,
        magic: bool = False,
    ) -> None:
        given, self._texts = tuple(faults), texts
        said = (f for f in given if f.at != "body" and f.does != "unreachable")
        ready = [each for f in said for each in _injected(f, texts, turns.turn(f.schedule))]
        self._at = tuple(tuple(f for f in ready if f.stage is stage) for stage in Stage)
        self._magic = RecipientFaults(turns) if magic else None
        self.bodies = _in_bodies(given, turns, texts)
        self.connections = _of_connections(given, turns)
        self.any = bool(ready) or magic

    def words(self, fault: Fault) -> ReplyText:
        """What a fault says in the middle of message data."""
        return _own(fault, self._texts)

    def at(self, ask: Ask) -> tuple[Decision | None, Fault | None]:
        """The reply that a fault gives here, and the fault that bends whatever is said."""
        if self._magic is not None and (text := self._magic.asked(ask)) is not None:
            fault = Fault(text=text.text, name="recipient")
            return _said(fault, ask.stage, text, "fault.recipient", After.KEEP), None
        bends: Fault | None = None
        for found in self._at[ask.stage]:
            if found.due(ask):
                if found.fault.does == "reply":
                    reply = _said(found.fault, found.stage, found.text, found.rule, found.after)
                    return reply, bends
                bends = bends or found.fault
        return None, bends


def bent(decision: Decision, fault: Fault) -> Decision:
    """The decision with a fault laid upon it."""
    over = fault.close or fault.does in ("close", "reset", "then-421")
    return replace(
        decision,
        after=After.CLOSE if over else decision.after,
        fault=fault,
        late=0.0 if fault.does == "late-last-line" else fault.seconds,
    )


def _said(fault: Fault, stage: Stage, text: ReplyText, rule: str, after: After) -> Decision:
    return Decision(rule, stage, text, text.code, 0.0, text.confidence, after, fault, fault.seconds)


def _own(fault: Fault, texts: Catalogue) -> ReplyText:
    try:
        return texts.own(fault.text, "injected")
    except ValueError as error:
        raise ServiceError(f"fault: {error}") from None


def _in_bodies(faults: Iterable[Fault], turns: Turns, texts: Catalogue) -> Waiting:
    """Faults that break message data off. Raises ServiceError for what cannot be done there."""
    found = [fault for fault in faults if fault.at == "body" and fault.does != "unreachable"]
    for fault in found:
        _own(fault, texts)
        ends = fault.does in ("close", "reset") or (fault.does == "reply" and fault.text)
        counts = not fault.value or COUNTED.fullmatch(fault.value) is not None
        if not ends or not counts or fault.reply or fault.seconds:
            raise ServiceError(
                "fault body: message data is broken off by close or reset, maybe with a text, "
                "after `value` bytes; nothing else can be done there"
            )
    return Waiting(found, turns)


def _of_connections(faults: Iterable[Fault], turns: Turns) -> Waiting:
    """Faults that let connections time out. Raises ServiceError for a condition on what nobody
    has said yet."""
    found = [fault for fault in faults if fault.does == "unreachable"]
    for fault in found:
        said = (fault.hello, fault.sender, fault.recipient, fault.text, fault.seconds)
        if fault.connection is not None or any(said):
            raise ServiceError(
                "fault unreachable: there is no dialogue that could have a hello, sender, "
                "recipient, number, text or delay; say client, skip, times and chance"
            )
    return Waiting(found, turns)


def _injected(fault: Fault, texts: Catalogue, turn: Turn) -> Iterator[Injected]:
    """The fault at each stage at which it may strike, with one turn for all."""
    if fault.does not in ACTIONS:
        raise ServiceError(f"fault: nothing is done that is named {fault.does}")
    text = _text(fault, texts)
    place = fault.at or text.stage
    if place not in _PLACES and place not in (stage.label for stage in Stage):
        raise ServiceError(f"fault {fault.reply or fault.does}: {place} is no stage of a dialogue")
    stage, narrow = _PLACES.get(place, (None, None))
    stage = stage if stage is not None else next(s for s in Stage if s.label == place)
    if fault.reply:
        text = texts.at_stage(fault.reply, stage.label) or text
    label = fault.name or (text.id if fault.does == "reply" else fault.does)
    after = After.CLOSE if fault.close else After.KEEP
    yield Injected(fault, stage, _due(fault, narrow, turn), text, f"fault.{label}", after)
    if stage is Stage.DATA:
        stage, narrow = _FIRST_CHUNK
        yield Injected(fault, stage, _due(fault, narrow, turn), text, f"fault.{label}", after)


def _text(fault: Fault, texts: Catalogue) -> ReplyText:
    if fault.does != "reply":
        return literal("250 right", "injected")
    if fault.text:
        if not re.match(r"[2345]\d\d[ -]", fault.text + " "):
            raise ServiceError(f"fault: {fault.text!r} does not begin with a reply code")
        return _own(fault, texts)
    found = texts.by_id.get(fault.reply)
    if found is None:
        raise ServiceError(f"fault: no reply has the id {fault.reply}; see docs/replies.md")
    return found


def _due(fault: Fault, narrow: Callable[[Ask], bool] | None, turn: Turn) -> Callable[[Ask], bool]:
    """True when the conditions hold and it is the fault's turn."""

    def due(ask: Ask) -> bool:
        fits = (narrow is None or narrow(ask)) and holds(fault, ask)
        return fits and turn.due()

    return due


def holds(fault: Fault, ask: Ask) -> bool:
    """Whether the conditions of a fault hold."""
    session = ask.session
    sender = session.mail_from.address if session.mail_from else ask.command.address
    people = [r.address.lower() for r in session.recipients]
    if ask.stage is Stage.RCPT:
        people = [ask.command.address.lower()]
    return (
        fault.client in ("", session.client_ip)
        and fault.hello.lower() in ("", session.hello.lower())
        and fault.sender.lower() in ("", sender.lower())
        and (not fault.recipient or fault.recipient.lower() in people)
        and fault.connection in (None, session.number)
    )


def _step(ask: Ask) -> str:
    return ask.command.attempt.step if ask.command.attempt is not None else ""


def _asked_at(ask: Ask) -> str:
    """The stage by its name; the first BDAT of a message stands for DATA."""
    stage, first = _FIRST_CHUNK
    chunk = ask.stage is stage and first(ask)
    return Stage.DATA.label if chunk else ask.stage.label


class RecipientFaults:
    """Recipients that ask for a fault themselves, for devices that have only a panel:
    `fault.rcpt.451.2@contoso.com` is refused twice with 451, then taken."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._asked: dict[str, Turn] = {}

    def asked(self, ask: Ask) -> ReplyText | None:
        """The reply that a recipient asks for at this stage, while its count lasts."""
        people = [r.address for r in ask.session.recipients]
        if ask.stage is Stage.RCPT and ask.session.phase >= Phase.SENDER:
            people = [ask.command.address]
        for address in people:
            found = _MAGIC.match(address)
            if found is None or _PLACES.get(found[1], (None,))[0] is Stage.OTHER:
                continue
            if found[1].lower() == _asked_at(ask) and self._left(address, found[3]):
                code = found[2]
                return literal(f"{code} {code[0]}.0.0 Injected for <{address}>", "injected")
        return None

    def _left(self, address: str, count: str | None) -> bool:
        if address not in self._asked:
            self._asked[address] = self._turns.turn(Schedule(times=int(count or 1)))
        return self._asked[address].due()
