"""Why a reply comes and what to change: rules and texts, found by code, rule id or words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from fake_exo.dns import FAULT_KINDS
from fake_exo.exchange.endpoint import dialects, ids_with
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.rules import RULES
from fake_exo.exchange.service import profile
from fake_exo.exchange.texts import catalogue, limits_table
from fake_exo.rules.catalogue import ReplyText
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.stage import Stage
from fake_exo.smtp.server.faults import ACTIONS, PLACES


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule with one text that it says. `rule` is empty for texts that no rule says yet."""

    rule: str
    stage: str
    endpoints: tuple[str, ...]
    reply: str
    text: str
    why: str
    fix: str
    evidence: tuple[str, ...]
    confidence: str
    period: str
    switch: str


def explain(what: str) -> tuple[Explanation, ...]:
    """Everything about a rule id, a reply id, an enhanced code, a basic code, or words of a text.

    The most exact kind of match wins; nothing found is an empty tuple.
    """
    wanted = what.strip().lower()
    every = tuple(_all())
    for matches in (_by_id, _by_code, _by_words):
        if found := tuple(entry for entry in every if matches(entry, wanted)):
            return found
    return ()


def every_rule() -> tuple[Explanation, ...]:
    """Every rule in the order in which it is tried within its stage, with its newest text."""
    return tuple(_explanation(rule, _newest_first(rule)[0]) for rule in RULES)


def every_reply() -> tuple[Explanation, ...]:
    """Every text of the catalogue, in its order, whether or not a rule says it."""
    return tuple(_unsaid(text) for text in catalogue())


def explained(rule: str) -> Explanation | None:
    """The explanation of one rule, with the text it says today."""
    return next((entry for entry in _all() if entry.rule == rule), None)


def _by_id(entry: Explanation, wanted: str) -> bool:
    return wanted in (entry.rule, entry.reply)


def _by_code(entry: Explanation, wanted: str) -> bool:
    words = entry.text.lower().split(" ", 2)
    both = " ".join(words[:2])
    return wanted in (*words[:2], both)


def _by_words(entry: Explanation, wanted: str) -> bool:
    return wanted in entry.text.lower() or (bool(entry.rule) and wanted in entry.rule)


def _all() -> Iterator[Explanation]:
    said: set[str] = set()
    for rule in RULES:
        for text in _newest_first(rule):
            said.add(text.id)
            yield _explanation(rule, text)
    for text in catalogue():
        if text.id not in said:
            yield _unsaid(text)


def _newest_first(rule: Rule) -> list[ReplyText]:
    variants = catalogue().variants(rule.reply)
    own = [t for t in variants if t.endpoint is None or t.endpoint in ids_with(rule.on)]
    texts = own or [t for t in variants if t.endpoint in dialects(rule.on)]
    return sorted(texts, key=lambda t: t.period.since or date.min, reverse=True)


def _explanation(rule: Rule, text: ReplyText) -> Explanation:
    return Explanation(
        rule=rule.id,
        stage=Stage(rule.stage).label,
        endpoints=tuple(sorted(ids_with(rule.on))),
        reply=text.id,
        text=text.text,
        why=rule.why,
        fix=rule.fix,
        evidence=rule.evidence or text.sources,
        confidence=_lower(rule.confidence, text.confidence).name.lower(),
        period=_period(rule.active, text.period),
        switch=rule.switch or "",
    )


def _unsaid(text: ReplyText) -> Explanation:
    return Explanation(
        rule="",
        stage=text.stage,
        endpoints=(text.endpoint or "any",),
        reply=text.id,
        text=text.text,
        why=text.condition,
        fix="",
        evidence=text.sources,
        confidence=text.confidence.name.lower(),
        period=_period(text.period),
        switch="",
    )


def _lower(one: Confidence, other: Confidence) -> Confidence:
    return min(one, other)


def _period(*periods: Period) -> str:
    since = max((p.since for p in periods if p.since), default=None)
    until = min((p.until for p in periods if p.until), default=None)
    parts = [f"since {since}" if since else "", f"until {until}" if until else ""]
    return " ".join(part for part in parts if part) or "always"


def service_facts() -> dict[str, Any]:
    """What can be named: the default day, switches with default and reason, limits, forests."""
    found = profile()
    switches = {s.name: {"default": s.default, "reason": s.reason} for s in found.switches.values()}
    return {
        "default_day": found.default_day,
        "switches": switches,
        "limits": tuple(limits_table()),
        "forests": tuple(found.forests),
        "dns_faults": FAULT_KINDS,
        "faults": ACTIONS,
        "fault_places": PLACES,
        "replies": tuple(text.id for text in catalogue()),
    }
