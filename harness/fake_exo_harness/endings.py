"""How a job came to its end: whom the service took mail for, whom it refused for good, and what
decided that. A fold over the record; `exec` and `certify` judge by it.

A refused (sender, recipient) is lost unless a transaction that began after the refusal took it
up again. What decided is the first refusal that was not made good, not its echoes: the 503 behind
a refused MAIL, the 500 behind the "*" after a refused AUTH, the 530 behind a sign-in that failed.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fake_exo import Accepted, Body, Closed, Event, Opened, Received, Replied, TlsFailed
from fake_exo_harness.tls_failures import told

_STEPS = {"CONNECT": "connect", "HELO": "hello", "EHLO": "hello", "STARTTLS": "tls", "AUTH": "auth"}
_ORDER = ("connect", "hello", "tls", "auth")  # in which steps decide
_ECHOES = (b"503", b"530", b"451 5.7.3")  # of a sign-in or TLS that was refused before
_PATH = re.compile(rb"(?:FROM|TO)\s*:\s*(?:<([^>]*)>|(\S*))", re.IGNORECASE)
_BRACKETS = re.compile(r" \[[^\[\]]*\]")  # host, time and session of one reply


class Cause(NamedTuple):
    """What stopped a mail: a reply, or something beside the dialogue."""

    text: str
    reply: Replied | None = None

    @property
    def kind(self) -> str:
        """The same for the same cause: without host, time and session."""
        return _BRACKETS.sub("", self.text)


class Loss(NamedTuple):
    """One copy that the service did not take. `recipient` is empty where it was refused before
    anybody was named, and `sender` too where it was refused before that."""

    sender: str
    recipient: str
    cause: Cause


class Ending(NamedTuple):
    """What a job came to: copies taken, and copies lost."""

    taken: int
    lost: tuple[Loss, ...]


def ending(events: Iterable[Event]) -> Ending:
    """How it ended, at the end of `events`."""
    fold = _Fold()
    for number, event in enumerate(events):
        fold.take(number, event)
    fold.end()
    return Ending(fold.taken, fold.lost)


def reply_line(reply: Replied) -> str:
    """The first line of a reply."""
    return reply.data.decode("utf-8", "replace").splitlines()[0]


@dataclass(slots=True)
class _Mail:
    """One transaction. `people`: what became of each recipient; None: granted."""

    sender: str
    begun: int
    people: dict[str, Cause | None] = field(default_factory=dict)
    stopped: Cause | None = None  # at MAIL, at DATA, or on the way
    taken: bool = False
    granted: bool = False  # it may send data, or has begun to


@dataclass(slots=True)
class _Connection:
    opened: int
    refused: dict[str, list[Cause]] = field(default_factory=dict)  # by step, not made good
    command: bytes = b""
    mail: _Mail | None = None
    used: bool = False  # there was a transaction
    before: Cause | None = None  # what had stopped the attempt that this one takes up

    @property
    def decided(self) -> Cause | None:
        """The first step that was refused and not made good. Of several mechanisms of sign-in the
        one that the service knows counts, not those that it never had."""
        causes = next((self.refused[s] for s in _ORDER if s in self.refused), [])
        known = [cause for cause in causes if not cause.text.startswith("504")]
        return next(iter(known[-1:] or causes), None)


class _Fold:
    def __init__(self) -> None:
        self.taken = 0
        self._lost: dict[tuple[str, str], list[tuple[int, Cause]]] = {}
        self._open: dict[int, _Connection] = {}
        self._number = 0

    @property
    def lost(self) -> tuple[Loss, ...]:
        """In the order in which they were lost."""
        every = (
            (n, Loss(*pair, cause)) for pair, found in self._lost.items() for n, cause in found
        )
        return tuple(loss for _, loss in sorted(every, key=lambda row: row[0]))

    def take(self, number: int, event: Event) -> None:
        self._number = number
        if isinstance(event, Opened):
            self._open[event.connection] = _Connection(number)
            return
        one = self._open.get(getattr(event, "connection", -1))
        handler = _HANDLERS.get(type(event))
        if one is not None and handler is not None:
            handler(self, one, event)

    def end(self) -> None:
        """Whoever is connected still has said all that he will."""
        for one in self._open.values():
            self._over(one, Cause("the connection was open when all had ended"))
        self._open.clear()

    # ---- events ----------------------------------------------------------------------------------

    def _received(self, one: _Connection, event: Received) -> None:
        one.command = event.line

    def _tls_failed(self, one: _Connection, event: TlsFailed) -> None:
        one.refused.setdefault("tls", []).append(Cause(told(event).what))

    def _body(self, one: _Connection, event: Body) -> None:
        if one.mail is not None:
            one.mail.granted = True

    def _accepted(self, one: _Connection, event: Accepted) -> None:
        if one.mail is not None:
            one.mail.taken = True
            self.taken += sum(cause is None for cause in one.mail.people.values())

    def _closed(self, one: _Connection, event: Closed) -> None:
        self._over(one, Cause(f"the connection was closed by {event.by} before the mail was taken"))
        del self._open[event.connection]

    def _replied(self, one: _Connection, event: Replied) -> None:
        if event.to in _STEPS:
            self._step(one, _STEPS[event.to], event)
        elif event.to in _REPLIES:
            _REPLIES[event.to](self, one, event)
        elif event.to == "TIMEOUT" and one.mail is not None and one.mail.stopped is None:
            one.mail.stopped = _cause(event)

    # ---- replies ---------------------------------------------------------------------------------

    def _step(self, one: _Connection, step: str, reply: Replied) -> None:
        if _refused(reply):
            one.refused.setdefault(step, []).append(_cause(reply))
        elif reply.data[:1] == b"2":
            one.refused.pop(step, None)
            if step == "hello":
                self._close(one)

    def _mail(self, one: _Connection, reply: Replied) -> None:
        if one.mail is not None and _refused(reply):
            return  # a second MAIL in one transaction
        self._close(one)
        if not one.used:
            one.before = self._taken_up("", "", one.opened)
            one.used = True
        sender = _path(one.command)
        before = self._taken_up(sender, "", self._number) or one.before
        one.mail = _Mail(sender, self._number)
        if _refused(reply):
            echo = reply.data.startswith(_ECHOES)
            one.mail.stopped = (echo and (one.decided or before)) or _cause(reply)

    def _rcpt(self, one: _Connection, reply: Replied) -> None:
        if (mail := one.mail) is None:
            return
        person = _path(one.command)
        if person not in mail.people:
            self._taken_up(mail.sender, person, mail.begun)
        stopped = mail.stopped or _cause(reply)
        mail.people[person] = stopped if _refused(reply) else None

    def _data(self, one: _Connection, reply: Replied) -> None:
        if (mail := one.mail) is None:
            return
        if _refused(reply):
            mail.stopped = mail.stopped or _cause(reply)
        elif reply.data[:1] == b"3":
            mail.granted, mail.stopped = True, None

    def _end_of_data(self, one: _Connection, reply: Replied) -> None:
        """The end of DATA, and each chunk of BDAT: more may follow a chunk that was taken."""
        if (mail := one.mail) is None:
            return
        if _refused(reply) and not mail.taken:
            mail.stopped = mail.stopped or _cause(reply)
        if mail.taken or reply.to == "END-OF-DATA":
            self._close(one)

    def _reset(self, one: _Connection, reply: Replied) -> None:
        self._close(one)

    # ---- what is lost ----------------------------------------------------------------------------

    def _over(self, one: _Connection, how: Cause) -> None:
        if one.mail is not None and one.mail.granted and one.mail.stopped is None:
            one.mail.stopped = how
        self._close(one)
        if not one.used and (cause := one.decided) is not None:
            self._taken_up("", "", one.opened)
            self._lose("", "", cause)

    def _close(self, one: _Connection) -> None:
        """A transaction is over. Who was granted and never served has lost the mail where something
        stopped it, another refused recipient for one; else nobody wanted to send any."""
        mail, one.mail = one.mail, None
        if mail is None:
            return
        first = mail.stopped or next((c for c in mail.people.values() if c is not None), None)
        if first is not None and not mail.people:
            self._lose(mail.sender, "", first)
        for person, cause in mail.people.items():
            cause = cause if mail.taken else cause or first
            if cause is not None:
                self._lose(mail.sender, person, cause)

    def _lose(self, sender: str, recipient: str, cause: Cause) -> None:
        self._lost.setdefault((sender, recipient), []).append((self._number, cause))

    def _taken_up(self, sender: str, recipient: str, before: int) -> Cause | None:
        """Somebody tries again what was lost before that: it is not lost yet."""
        found = self._lost.get((sender, recipient))
        return found.pop(0)[1] if found and found[0][0] < before else None


def _refused(reply: Replied) -> bool:
    return reply.data[:1] in (b"4", b"5")


def _cause(reply: Replied) -> Cause:
    return Cause(reply_line(reply), reply)


def _path(command: bytes) -> str:
    """The address of a MAIL or RCPT command, in lower case."""
    found = _PATH.search(command)
    return (found[1] or found[2] or b"").decode("utf-8", "replace").lower() if found else ""


_HANDLERS: Mapping[type, Callable[[_Fold, _Connection, Event], None]] = {
    Received: _Fold._received,  # type: ignore[dict-item]
    Replied: _Fold._replied,  # type: ignore[dict-item]
    TlsFailed: _Fold._tls_failed,  # type: ignore[dict-item]
    Body: _Fold._body,  # type: ignore[dict-item]
    Accepted: _Fold._accepted,  # type: ignore[dict-item]
    Closed: _Fold._closed,  # type: ignore[dict-item]
}
_REPLIES: Mapping[str, Callable[[_Fold, _Connection, Replied], None]] = {
    "MAIL": _Fold._mail,
    "RCPT": _Fold._rcpt,
    "DATA": _Fold._data,
    "BDAT": _Fold._end_of_data,
    "END-OF-DATA": _Fold._end_of_data,
    "RSET": _Fold._reset,
}
