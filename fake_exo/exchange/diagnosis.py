"""The causes of what somebody pasted, the likeliest first.

Each reply in it is compared with every text of the catalogue, in which placeholders are gaps: by
its words and codes, else by its enhanced code, else by its code alone. Where clients hide the
reply, their own words count.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import IntEnum
from functools import lru_cache
from string import Formatter
from typing import NamedTuple

from fake_exo.exchange.explanation import Explanation, explained, explanations, of_symptom
from fake_exo.exchange.likeness import Features, Weights, features_of_parts, tags
from fake_exo.exchange.pasted import Pasted, Quoted, codes_of, read_pasted
from fake_exo.exchange.symptoms import symptoms
from fake_exo.exchange.texts import catalogue

_WHOLE, _HALF, _SOME = 0.75, 0.5, 0.35  # shares of a text's words
_ENOUGH = 5  # words and pairs, below which a text without codes is anybody's
_WORDS = 3  # words and pairs that a text cut short must have
_NEARLY_ALL = 0.8  # for words without a code, or with another one
_FAR = 0.2  # of the best score: how far from it what else may have been meant can be
_DOUBTS = ("high", "medium", "low")
_COMMON = ("auth", "mail", "rcpt", "message")  # stages at which one text is heard most


class Match(IntEnum):
    """What of a reply is known, the surest first."""

    TEXT = 1
    PART = 2
    CODE = 3
    RELATED = 4
    STATUS = 5


_TOLD = {
    Match.TEXT: "its words and code",
    Match.PART: "some of its words",
    Match.CODE: "its enhanced code",
    Match.RELATED: "an enhanced code of another class",
    Match.STATUS: "its code alone",
}


class KnownText(NamedTuple):
    """A text of the catalogue as it is compared; of two that fit alike the one of lower `order` is
    the likelier."""

    order: int
    entry: Explanation
    code: str
    enhanced: str
    codes: tuple[str, str] | None
    words: Features


class Fitting(NamedTuple):
    """How well a text fits a reply."""

    match: Match
    score: float
    hints: int
    known: KnownText


def diagnose(text: str) -> tuple[Explanation, ...]:
    """Every cause that a paste points to. Nothing known is an empty tuple."""
    pasted = read_pasted(text)
    told = _told_by_replies(pasted)
    if told and told[0].match in (_TOLD[Match.TEXT], _TOLD[Match.PART]):
        return told
    by_client = tuple(_told_by_client(pasted))
    if by_client and told and told[0].match == _TOLD[Match.STATUS]:
        return _once(by_client)
    return _once((*by_client, *told))


def with_code(code: str, enhanced: str) -> tuple[Explanation, ...]:
    """All that has these codes; either may be empty."""
    quoted = Quoted(code, enhanced, frozenset(), "")
    nothing = Pasted("", frozenset(), (quoted,), "", "", token=False)
    return tuple(_explained(_fitting(quoted, nothing), quoted))


def by_likeness(entries: Iterable[Explanation], words: Features) -> tuple[Explanation, ...]:
    """Explanations in the order in which their texts are like some words."""
    wanted = set(entries)
    chosen = [known for known in _known() if known.entry in wanted]
    chosen.sort(key=lambda known: -_weights().score(known.words, words))
    return tuple(known.entry for known in chosen)


def _told_by_replies(pasted: Pasted) -> tuple[Explanation, ...]:
    negative = [r for r in pasted.replies if (r.code or r.enhanced)[:1] in "45"]
    judged = [(quoted, _fitting(quoted, pasted)) for quoted in negative or pasted.replies]
    if not any(fitting and fitting[0].match is Match.TEXT for _, fitting in judged):
        whole = Quoted("", "", pasted.words, pasted.text[:120])
        judged.insert(0, (whole, _in_whole(pasted)))
    judged = [(quoted, fitting) for quoted, fitting in judged if fitting]
    judged.sort(key=lambda pair: (pair[1][0].match, pair[0].code == "503"))
    return _once(_best(judged))


def _best(judged: Sequence[tuple[Quoted, list[Fitting]]]) -> Iterator[Explanation]:
    """Codes alone tell nothing where words are known, for a version has the form of a code."""
    best = judged[0][1][0].match if judged else Match.STATUS
    for quoted, fitting in judged:
        if fitting[0].match <= max(best, Match.PART) or (best > Match.PART and quoted.code):
            yield from _explained(fitting, quoted)


def _once(entries: Iterable[Explanation]) -> tuple[Explanation, ...]:
    """A rule is told once, and so is a text that no rule says."""
    told: dict[str, Explanation] = {}
    for entry in entries:
        told.setdefault(entry.rule or entry.reply, entry)
    return tuple(told.values())


def _explained(fitting: list[Fitting], quoted: Quoted) -> Iterator[Explanation]:
    rules = {found.known.entry.rule or found.known.entry.reply for found in fitting}
    for at, found in enumerate(fitting):
        alone = len(rules) == 1 and (bool(quoted.code) or found.match is not Match.CODE)
        sure = _sure(found.match, alone=alone, first=at == 0)
        yield replace(found.known.entry, quoted=quoted.text, match=_TOLD[found.match], sure=sure)


def _sure(match: Match, *, alone: bool, first: bool) -> str:
    if match is Match.TEXT:
        return "high" if alone else "medium" if first else "low"
    fits = alone or (first and match is Match.PART)
    return "medium" if match in (Match.PART, Match.CODE) and fits else "low"


def _fitting(quoted: Quoted, pasted: Pasted) -> list[Fitting]:
    """The texts that fit a reply best, and those that may have been meant instead."""
    found = [_found(_match(known, quoted), known, quoted.words, pasted) for known in _known()]
    return _closest(one for one in found if one is not None)


def _in_whole(pasted: Pasted) -> list[Fitting]:
    """Texts whose words stand in a paste without codes."""
    fits = (
        known
        for known in _known()
        if len(known.words) >= _ENOUGH
        and _weights().share(known.words, pasted.words) >= _NEARLY_ALL
    )
    found = (_found(Match.PART, known, pasted.words, pasted) for known in fits)
    return _closest(one for one in found if one is not None)


def _closest(found: Iterable[Fitting]) -> list[Fitting]:
    ranked = sorted(found, key=lambda f: (f.match, -f.score))
    if not ranked:
        return []
    first = ranked[0]
    alike = [f for f in ranked if f.match is first.match]
    if first.match <= Match.PART:
        alike = [f for f in alike if f.score >= first.score - _FAR * abs(first.score)]
    return sorted(alike, key=_likely)


def _likely(found: Fitting) -> tuple[float, ...]:
    """A key that sorts the likelier first. What is less sure is heard less."""
    doubt = _DOUBTS.index(found.known.entry.confidence)
    score = found.score if found.match <= Match.PART else 0.0
    return -score, -found.hints, doubt, found.known.order


def _found(
    match: Match | None, known: KnownText, words: Features, pasted: Pasted
) -> Fitting | None:
    if match is None:
        return None
    score = round(_weights().score(known.words, words), 3)
    return Fitting(match, score, _hints(known.entry, pasted), known)


def _match(known: KnownText, quoted: Quoted) -> Match | None:
    if not quoted.enhanced:
        return _by_code(known, quoted)
    if _agrees(known, quoted.enhanced):
        share = _share(known, quoted)
        return Match.TEXT if share >= _WHOLE else Match.PART if share >= _SOME else Match.CODE
    if len(known.words) >= _ENOUGH and _weights().share(known.words, quoted.words) >= _NEARLY_ALL:
        return Match.PART
    return Match.RELATED if known.enhanced[1:] == quoted.enhanced[1:] else None


def _by_code(known: KnownText, quoted: Quoted) -> Match | None:
    if known.code != quoted.code:
        return None
    share = _share(known, quoted)
    return Match.TEXT if share >= _WHOLE else Match.PART if share >= _HALF else Match.STATUS


def _share(known: KnownText, quoted: Quoted) -> float:
    """How much of the text is there; of one that was cut short, how much is the text's. A tag of
    its own is as good as all."""
    if tags(known.words & quoted.words):
        return 1.0
    of_text = _weights().share(known.words, quoted.words)
    if len(known.words & quoted.words) < _WORDS:
        return of_text
    return max(of_text, _weights().share(quoted.words, known.words))


def _agrees(known: KnownText, enhanced: str) -> bool:
    if known.codes is None:
        return known.enhanced == enhanced
    first, last = map(_numbers, known.codes)
    return first <= _numbers(enhanced) <= last


def _numbers(enhanced: str) -> tuple[int, ...]:
    return tuple(map(int, enhanced.split(".")))


def _hints(entry: Explanation, pasted: Pasted) -> int:
    """How many of the things that stand around a reply speak for this cause."""
    token = "token" in entry.why.lower() or "oauth" in entry.text.lower()
    return (
        (pasted.endpoint in entry.endpoints)
        - (pasted.endpoint not in (*entry.endpoints, "") and entry.endpoints != ("any",))
        + (entry.stage == pasted.stage)
        + (token and pasted.token)
        - (token and not pasted.token)
        - (entry.endpoints == ("hve",) and pasted.endpoint != "hve")
    )


def _told_by_client(pasted: Pasted) -> Iterator[Explanation]:
    said = [(symptom, symptom.said_in(pasted.text)) for symptom in symptoms()]
    there = [(symptom, words) for symptom, words in said if words]
    for symptom, words in sorted(there, key=lambda pair: not pair[0].also):
        yield of_symptom(symptom, words)
        for rule in symptom.see:
            if entry := explained(rule):
                yield replace(entry, quoted=words, match="the client's own words", sure="low")


@lru_cache(maxsize=1)
def _known() -> tuple[KnownText, ...]:
    by_id = catalogue().by_id
    spoken = [entry for entry in explanations() if not by_id[entry.reply].silent]
    spoken.sort(key=lambda e: _COMMON.index(e.stage) if e.stage in _COMMON else len(_COMMON))
    return tuple(_as_known(*pair, by_id[pair[1].reply].codes) for pair in enumerate(spoken))


def _as_known(order: int, entry: Explanation, codes: tuple[str, str] | None) -> KnownText:
    parts = [part.lower() for part, *_ in Formatter().parse(entry.text)]
    return KnownText(order, entry, *codes_of(entry.text), codes, features_of_parts(parts))


@lru_cache(maxsize=1)
def _weights() -> Weights:
    by_text = {known.entry.text: known.words for known in _known()}
    return Weights(by_text.values())
