"""The words of `then:`: which keys each check takes and what becomes of them.

To add a check: its class in the model, a row in `CHECKS` here, its function in `checks`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fake_exo import every_rule, service_facts
from fake_exo_harness.forms.kinds import (
    ADDRESS,
    BOOL,
    COUNT,
    DURATION,
    INT,
    IP,
    NUMBER_OF,
    TEXT,
    known,
)
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Kind,
    Reading,
    Shape,
    choice,
    formed,
    many,
    one,
    pairs_of,
    table,
    word,
)
from fake_exo_harness.forms.problems import nearest
from fake_exo_harness.scenario import wanted


@lru_cache(maxsize=1)
def _rules() -> tuple[str, ...]:
    return tuple(rule.rule for rule in every_rule())


def _rule_id(raw: str) -> str:
    return known(raw, _rules(), "rule")


def _limit_id(raw: str) -> str:
    return known(raw, service_facts()["limits"], "limit")


_QUERY = Shape({"name": TEXT, "type": TEXT}, ("name", "type"))


@formed(Form("shape", _QUERY))
def _query(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _QUERY.read(reading, node)
    complete = found is not None and _QUERY.complete(found)
    return (found["name"], found["type"].upper()) if complete and found else BAD


def _some(kind: Kind) -> Kind:
    """A list, or one; not an empty one, which would always be true."""
    several = many(kind, or_one=True)

    @formed(FORMS[several])
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if isinstance(node, SequenceNode) and not node.value:
            return reading.bad(node, "an empty list is always true", "say what is wanted")
        return several(reading, node)

    return read


def _said(raw: str) -> str:
    if not raw:
        raise ValueError("an empty text is in every text")
    return raw


TEXTS = _some(one(_said))

# Check -> its class, its keys, required ones, and the key that a plain value stands for.
Row = tuple[type, Mapping[str, Kind], tuple[str, ...], str | None]
_REPLY_TO = choice(wanted.ReplyTo)
_PEOPLE = many(ADDRESS, or_one=True)

CHECKS: Mapping[str, Row] = {
    "reply": (
        wanted.ReplyCheck,
        {
            "to": _REPLY_TO,
            "code": INT,
            "enhanced": TEXT,
            "contains": TEXTS,
            "text": TEXT,
            "recipient": ADDRESS,
            "job": COUNT,
            "nth": COUNT,
        },
        ("to",),
        None,
    ),
    "no_reply": (wanted.NoReplyCheck, {"to": _REPLY_TO, "job": COUNT}, ("to",), "to"),
    "delivered": (
        wanted.DeliveredCheck,
        {
            "to": _PEOPLE,
            "folder": word("inbox", "junk", "quarantine"),
            "tenant": TEXT,
            "at_least": DURATION,
            "at_most": DURATION,
            "job": COUNT,
        },
        ("to",),
        "to",
    ),
    "junked": (wanted.JunkedCheck, {"to": _PEOPLE, "job": COUNT}, ("to",), "to"),
    "dropped": (wanted.DroppedCheck, {"to": _PEOPLE, "job": COUNT}, ("to",), "to"),
    "report": (
        wanted.ReportCheck,
        {
            "kind": word("failed", "delivered", "relayed", "none"),
            "to": ADDRESS,
            "contains": TEXTS,
            "lands": word("inbox", "internet", "nowhere"),
            "job": COUNT,
        },
        (),
        "kind",
    ),
    "retry": (
        wanted.RetryCheck,
        {
            "attempts": COUNT,
            "came_back": BOOL,
            "at_least": DURATION,
            "at_most": DURATION,
            "duplicates": NUMBER_OF,
            "job": COUNT,
        },
        (),
        None,
    ),
    "clear_text": (
        wanted.ClearTextCheck,
        {"what": word("nothing", "mail", "credentials"), "job": COUNT},
        ("what",),
        "what",
    ),
    "lost": (
        wanted.LostCheck,
        {
            "count": NUMBER_OF,
            "at_most": NUMBER_OF,
            "at_least": NUMBER_OF,
            "device": TEXT,
            "contains": TEXTS,
        },
        (),
        "count",
    ),
    "sent_items": (
        wanted.SentItemsCheck,
        {"mailboxes": _PEOPLE, "job": COUNT},
        ("mailboxes",),
        "mailboxes",
    ),
    "headers": (
        wanted.HeadersCheck,
        {"fields": table(TEXTS), "absent": TEXTS, "job": COUNT},
        ("fields",),
        None,
    ),
    "usage": (
        wanted.UsageCheck,
        {"of": TEXT, "limit": one(_limit_id), "used": NUMBER_OF, "most": NUMBER_OF},
        ("of", "limit"),
        None,
    ),
    "bounced": (
        wanted.BouncedCheck,
        {"to": _PEOPLE, "enhanced": TEXT, "contains": TEXTS, "job": COUNT},
        ("to",),
        "to",
    ),
    "taken_elsewhere": (
        wanted.TakenElsewhereCheck,
        {"to": _PEOPLE, "by": IP, "job": COUNT},
        ("to",),
        "to",
    ),
    "sent_out": (wanted.SentOutCheck, {"to": _PEOPLE, "job": COUNT}, ("to",), "to"),
    "rule": (
        wanted.RuleCheck,
        {"ids": _some(one(_rule_id)), "job": COUNT},
        ("ids",),
        "ids",
    ),
    "device": (
        wanted.DeviceCheck,
        {"sent": BOOL, "panel": TEXTS, "stage": TEXT, "attempts": COUNT, "job": COUNT},
        (),
        None,
    ),
    "connection": (
        wanted.ConnectionCheck,
        {
            "failed": word("timeout", "tls", "dns", "none"),
            "host": TEXT,
            "port": COUNT,
            "job": COUNT,
        },
        (),
        None,
    ),
    "encrypted": (
        wanted.EncryptedCheck,
        {"encrypted": BOOL, "job": COUNT},
        ("encrypted",),
        "encrypted",
    ),
    "elapsed": (
        wanted.ElapsedCheck,
        {"at_least": DURATION, "at_most": DURATION, "job": COUNT},
        (),
        None,
    ),
    "dns_queries": (
        wanted.QueryCheck,
        {"queries": _some(_query), "job": COUNT},
        ("queries",),
        "queries",
    ),
    "accepted": (wanted.MessageCheck, {"count": NUMBER_OF}, ("count",), "count"),
    "refused_change": (wanted.RefusedChangeCheck, {"contains": TEXTS}, ("contains",), "contains"),
}


_LEVEL = word("high", "medium", "low")


@formed(FORMS[_LEVEL])
def confidence(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """How well all that is said in a scenario must be attested."""
    level = _LEVEL(reading, node)
    return BAD if level is BAD else wanted.ConfidenceCheck(level, reading.place(node))


# Checks that could be written so that nothing can fail: one of these keys must be there.
_NEEDS_MORE: Mapping[type, tuple[str, ...]] = {
    wanted.RetryCheck: ("attempts", "came_back", "at_least", "at_most", "duplicates"),
    wanted.LostCheck: ("count", "at_least", "at_most", "contains"),
    wanted.HeadersCheck: ("fields", "absent"),
    wanted.DeviceCheck: ("sent", "panel", "stage", "attempts"),
    wanted.ConnectionCheck: ("failed", "host", "port"),
    wanted.ElapsedCheck: ("at_least", "at_most"),
}


@formed(Form("checks", None))
def check(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """One check: a mapping of one word."""
    pairs = pairs_of(reading, node)
    if pairs is None:
        return BAD
    unknown = [key for key in pairs if key not in CHECKS]
    if unknown or len(pairs) != 1:
        hint = nearest(unknown[0], list(CHECKS)) if unknown else "one word a check"
        what = f'"{unknown[0]}" is not a check' if unknown else "one check is wanted here"
        return reading.bad(node, what, hint)
    name, (_, value) = next(iter(pairs.items()))
    return _build(reading, node, value, CHECKS[name])


def _build(reading: Reading, node: Node, value: Node, row: Row) -> Any:  # noqa: ANN401
    make, kinds, required, short = row
    shape = Shape(kinds, required)
    whole = isinstance(value, MappingNode)
    if short is not None and not whole:
        single = kinds[short](reading, value)
        return BAD if single is BAD else make(**{short: single}, place=reading.place(node))
    if isinstance(value, ScalarNode):
        return reading.bad(value, "a mapping is wanted here", f"keys: {', '.join(kinds)}")
    found = shape.read(reading, value)
    if found is None or not shape.complete(found):
        return BAD
    if make in _NEEDS_MORE and not any(
        key in found and found[key] != {} for key in _NEEDS_MORE[make]
    ):
        hint = f"say one of: {', '.join(_NEEDS_MORE[make])}"
        return reading.bad(node, "it says nothing that could fail", hint)
    return make(**found, place=reading.place(node))
