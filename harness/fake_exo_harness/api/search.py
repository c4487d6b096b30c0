"""The words of a search: `from:ann subject:"scan 7" -fate:delivered invoice`.

All must hold; a minus takes what the word does not find. A word without a key is looked for in the
text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from fake_exo import Accepted, Replied, transcript
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.mails import parts, subject
from fake_exo_harness.api.problems import refused, unknown
from fake_exo_harness.api.sessions import session_item

_TERM = re.compile(r'(-?)(?:([a-z_]+):)?(?:"([^"]*)"|(\S+))')
_MOST_TERMS = 30


class Sought(NamedTuple):
    """What a search looks at: one message or session of a world."""

    found: Happenings
    number: int


Holds = Callable[[Sought, str], bool]


class Term(NamedTuple):
    """One word of a search. `wanted` is folded."""

    holds: Holds
    wanted: str
    negated: bool

    def fits(self, sought: Sought) -> bool:
        return self.holds(sought, self.wanted) is not self.negated


class Search(NamedTuple):
    """All words of a search."""

    terms: tuple[Term, ...] = ()

    def fits(self, sought: Sought) -> bool:
        return all(term.fits(sought) for term in self.terms)


EVERYTHING = Search()


def search(text: str, keys: Mapping[str, Holds]) -> Search:
    """The search of a text. Raises RequestProblem for a key that is none."""
    terms = tuple(_terms(text, keys))
    if len(terms) > _MOST_TERMS:
        raise refused(400, f"more than {_MOST_TERMS} words", "search for fewer", "query")
    return Search(terms)


def _terms(text: str, keys: Mapping[str, Holds]) -> Iterator[Term]:
    for minus, key, quoted, word in _TERM.findall(text):
        if key and key not in keys:
            raise unknown("the key", key, [k for k in keys if k], "query")
        yield Term(keys[key], (quoted or word).casefold(), bool(minus))


# ---- messages ------------------------------------------------------------------------------------


def _mail(sought: Sought) -> Accepted:
    return sought.found.mails[sought.number]


def _in_any(wanted: str, texts: "list[str] | tuple[str, ...]") -> bool:
    return any(wanted in text.casefold() for text in texts)


def _from(sought: Sought, wanted: str) -> bool:
    message = _mail(sought).message
    return _in_any(wanted, [message.mail_from.address, *message.header_from])


def _to(sought: Sought, wanted: str) -> bool:
    people = [recipient.address for recipient in _mail(sought).message.recipients]
    copies = sought.found.copies.get(sought.number, [])
    return _in_any(wanted, [*people, *(copy.recipient for copy in copies)])


def _fate(sought: Sought, wanted: str) -> bool:
    copies = sought.found.copies.get(sought.number, [])
    return any(copy.fate.value == wanted for copy in copies) or (wanted == "none" and not copies)


def _text(sought: Sought, wanted: str) -> bool:
    message = _mail(sought).message
    if wanted in subject(message).casefold():
        return True
    return any(wanted in (part.text or "").casefold() for part in parts(message))


def _has(sought: Sought, wanted: str) -> bool:
    if wanted != "attachment":
        raise refused(400, f"has:{wanted[:40]} is not known", "write has:attachment", "query")
    return any(part.attachment for part in parts(_mail(sought).message))


MAIL_KEYS: Mapping[str, Holds] = {
    "": _text,
    "text": _text,
    "from": _from,
    "to": _to,
    "subject": lambda sought, wanted: wanted in subject(_mail(sought).message).casefold(),
    "fate": _fate,
    "has": _has,
    "id": lambda sought, wanted: wanted in _mail(sought).message.message_id.casefold(),
    "user": lambda sought, wanted: wanted in (_mail(sought).message.user or "").casefold(),
    "tenant": lambda sought, wanted: wanted == (_mail(sought).message.tenant or "").casefold(),
    "client": lambda sought, wanted: _mail(sought).message.client_ip.startswith(wanted),
    "session": lambda sought, wanted: str(_mail(sought).connection) == wanted,
}


# ---- sessions ------------------------------------------------------------------------------------


def _replies(sought: Sought) -> Iterator[Replied]:
    events = sought.found.sessions[sought.number]
    return (event for event in events if isinstance(event, Replied))


def _said(sought: Sought, wanted: str) -> bool:
    lines = transcript(sought.found.sessions[sought.number], sought.number)
    return any(wanted in line.text.casefold() for line in lines)


def _sent(key: str) -> Holds:
    """By the messages of a session."""
    return lambda sought, wanted: any(
        MAIL_KEYS[key](Sought(sought.found, number), wanted)
        for number in sought.found.of_session.get(sought.number, ())
    )


SESSION_KEYS: Mapping[str, Holds] = {
    "": _said,
    "text": _said,
    "client": lambda s, wanted: s.found.opened[s.number].client_ip.startswith(wanted),
    "endpoint": lambda s, wanted: s.found.opened[s.number].endpoint == wanted,
    "rule": lambda s, wanted: any(reply.rule.startswith(wanted) for reply in _replies(s)),
    "code": lambda s, wanted: any(
        reply.data.decode("ascii", "replace").startswith(wanted) for reply in _replies(s)
    ),
    "ended": lambda s, wanted: session_item(s.found, s.number).ended == wanted,
    **{key: _sent(key) for key in ("from", "to", "subject", "user", "fate", "id")},
}
