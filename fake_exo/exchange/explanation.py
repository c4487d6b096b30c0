"""What is known of each rule and of each text, as values: why it comes and what to change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from fake_exo.exchange.endpoint import dialects, ids_with, rows
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.rules import RULES
from fake_exo.exchange.symptoms import Symptom
from fake_exo.exchange.texts import catalogue
from fake_exo.rules.catalogue import ReplyText
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.stage import Stage


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule with one text that it says. `rule` is empty for texts that no rule says, and for
    words of clients.

    `confidence`: how well the rule and the text are attested. Of something pasted, `quoted` is the
    part that is explained, `match` what of it is known, and `sure` whether this is its cause.
    """

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
    quoted: str = ""
    match: str = ""
    sure: str = ""


@lru_cache(maxsize=1)
def explanations() -> tuple[Explanation, ...]:
    """All of them: rules in the order in which they are tried, each with its texts, the newest
    first; then the texts that no rule says."""
    return tuple(_all())


def every_rule() -> tuple[Explanation, ...]:
    """Every rule in the order in which it is tried within its stage, with its newest text."""
    return tuple(_explanation(rule, _newest_first(rule)[0]) for rule in RULES)


def every_reply() -> tuple[Explanation, ...]:
    """Every text of the catalogue, in its order, whether or not a rule says it."""
    return tuple(_unsaid(text) for text in catalogue())


def reply_periods(id_: str) -> tuple[Period, ...]:
    """When a reply of the catalogue is said, by each rule and endpoint that says it, or by none.
    Raises KeyError for an id that it does not have."""
    text = catalogue().by_id[id_]
    saying = (rule for rule in RULES if rule.reply == text.key)
    at = ((rule, row) for rule in saying for row in rows() if rule.on <= row.can)
    by = [_common(rule.active, text.period, row.period) for rule, row in at]
    return tuple(by) or (text.period,)


def explained(rule: str) -> Explanation | None:
    """The explanation of one rule, with the text it says today."""
    return next((entry for entry in explanations() if entry.rule == rule), None)


def of_symptom(symptom: Symptom, said: str) -> Explanation:
    """What words of a client mean, in the form of all others."""
    return Explanation(
        rule="",
        stage=symptom.stage,
        endpoints=("any",),
        reply=symptom.id,
        text=f"no reply: the client says {said!r}",
        why=symptom.why,
        fix=symptom.fix,
        evidence=(symptom.source,),
        confidence=symptom.confidence,
        period="always",
        switch="",
        quoted=said,
        match="the client's own words",
        sure=symptom.confidence,
    )


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
        fix=text.fix,
        evidence=text.sources,
        confidence=text.confidence.name.lower(),
        period=_period(text.period),
        switch="",
    )


def _lower(one: Confidence, other: Confidence) -> Confidence:
    return min(one, other)


def _common(*periods: Period) -> Period:
    """The days of all of them; their spans are not told."""
    since = max((p.since for p in periods if p.since), default=None)
    until = min((p.until for p in periods if p.until), default=None)
    return Period(since, until)


def _period(*periods: Period) -> str:
    found = _common(*periods)
    since, until = found.since, found.until
    parts = [f"since {since}" if since else "", f"until {until}" if until else ""]
    return " ".join(part for part in parts if part) or "always"
