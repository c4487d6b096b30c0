"""Sessions as they are shown: the dialogue with the rule beside each reply, what it came to, and
what to change."""

import re
from collections.abc import Iterable, Iterator

from fake_exo import Event, Line, Received, Replied, Tenant, TlsFailed, explained, transcript
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.plain import instant_text
from fake_exo_harness.api.resources import LineItem, RuleItem, SessionDetail, SessionItem
from fake_exo_harness.cures import NOTHING_KNOWN, Situation, verbs
from fake_exo_harness.endings import Ending, ending
from fake_exo_harness.seen import situation
from fake_exo_harness.tls_failures import told

_HELLO = re.compile(rb"(?:EHLO|HELO)\s+(\S+)", re.IGNORECASE)
_MOST_SHOWN = 200  # characters of what a client called itself


def session_item(found: Happenings, number: int) -> SessionItem:
    """One session of those that are kept from their beginning."""
    opened, closed, events = (
        found.opened[number],
        found.closed.get(number),
        found.sessions[number],
    )
    end = ending(events)
    decided = _decided(end, events)
    return SessionItem(
        number,
        opened.endpoint,
        opened.client_ip,
        opened.server_ip,
        opened.port,
        _hello(events),
        instant_text(opened.at),
        instant_text(closed.at) if closed else None,
        closed.by if closed else "",
        _ended(end, open_=closed is None),
        end.taken,
        found.of_session.get(number, [])[:1000],
        *decided,
    )


def _ended(end: Ending, *, open_: bool) -> str:
    if open_:
        return "open"
    if end.taken and end.lost:
        return "in part"
    return "taken" if end.taken else "refused" if end.lost else "nothing"


def _decided(end: Ending, events: Iterable[Event]) -> tuple[str, str, str, str]:
    """The reply that decided a loss, with its rule, why and fix; four empty texts without one."""
    for loss in end.lost:
        reply = loss.cause.reply
        rule = explained(reply.rule) if reply is not None else None
        if rule is not None:
            return loss.cause.text, rule.rule, rule.why, rule.fix
        failed = next((e for e in events if isinstance(e, TlsFailed)), None)
        words = told(failed) if failed is not None else None
        why, fix = (words.why, words.fix) if words is not None else ("", "")
        return loss.cause.text, reply.rule if reply is not None else "", why, fix
    return "", "", "", ""


def _hello(events: Iterable[Event]) -> str:
    lines = (event.line for event in events if isinstance(event, Received))
    name = next((m[1] for line in lines if (m := _HELLO.match(line))), b"")
    return name[:_MOST_SHOWN].decode("utf-8", "backslashreplace")


def session_detail(found: Happenings, number: int, tenants: tuple[Tenant, ...]) -> SessionDetail:
    """A session with its dialogue, and what each rule that refused in it wants changed."""
    events = tuple(found.sessions[number])
    lines = [line_item(line) for line in transcript(events, number)]
    rules = dict.fromkeys(e.rule for e in events if isinstance(e, Replied) and _refuses(e))
    known = situation(events, tenants) if rules else NOTHING_KNOWN
    return SessionDetail(session_item(found, number), lines, list(_rules(rules, known)))


def _refuses(reply: Replied) -> bool:
    return reply.data[:1] in (b"4", b"5")


def _rules(rules: Iterable[str], known: Situation) -> Iterator[RuleItem]:
    for rule in rules:
        if (found := explained(rule)) is not None:
            steps = list(verbs(rule, known))
            yield RuleItem(rule, found.why, found.fix, found.confidence, steps)


def line_item(line: Line) -> LineItem:
    return LineItem(
        instant_text(line.at), line.side, line.text, line.secured, line.rule, line.refused
    )
