"""Why a reply comes and what to change: found by code, rule id, words, or from what was pasted."""

import re
from typing import Any

from fake_exo.dns import FAULT_KINDS
from fake_exo.exchange.diagnosis import by_likeness, diagnose, with_code
from fake_exo.exchange.explanation import Explanation, explanations
from fake_exo.exchange.likeness import features
from fake_exo.exchange.pasted import codes_of
from fake_exo.exchange.service import profile
from fake_exo.exchange.texts import EARLIEST, PLACEHOLDERS, catalogue, limits_table
from fake_exo.smtp.server.faults import ACTIONS, PLACES

_CODES = re.compile(r"(?:(\d{3})[ -]?)?(\d\.\d{1,3}\.\d{1,3})?(?:-[\d.]+)?")


def explain(what: str) -> tuple[Explanation, ...]:
    """Everything about a rule id, a reply id, codes, words of a text, or something pasted from a
    log, an exception or a bounce: the likeliest cause first.

    The most exact kind of match wins; nothing found is an empty tuple.
    """
    wanted = what.strip()
    if not wanted:
        return ()
    if found := tuple(e for e in explanations() if wanted.lower() in (e.rule, e.reply)):
        return found
    if codes := _CODES.fullmatch(wanted):
        return with_code(codes[1] or "", codes[2] or "")
    if codes_of(wanted) == ("", ""):
        return _by_words(wanted) or diagnose(wanted)
    return diagnose(wanted) or _by_words(wanted)


def _by_words(wanted: str) -> tuple[Explanation, ...]:
    """Texts and rules that contain some words as they stand."""
    low = wanted.lower()
    found = (e for e in explanations() if low in e.text.lower() or (e.rule and low in e.rule))
    return by_likeness(found, features(low))


def service_facts() -> dict[str, Any]:
    """What can be named: the default day, switches with default and reason, limits, forests."""
    found = profile()
    switches = {s.name: {"default": s.default, "reason": s.reason} for s in found.switches.values()}
    return {
        "default_day": found.default_day,
        "earliest": EARLIEST,
        "switches": switches,
        "limits": tuple(limits_table()),
        "forests": tuple(found.forests),
        "dns_faults": FAULT_KINDS,
        "faults": ACTIONS,
        "fault_places": PLACES,
        "placeholders": PLACEHOLDERS,
        "replies": tuple(text.id for text in catalogue()),
    }
