"""What a message is made of: header values, subject, parts. Tried behind the other rules on
messages, before those of an endpoint of its own.

The service description has the figures; what is said, and at which stage, is captured for header
values and numbers of parts at the MX endpoint alone.
"""

from collections.abc import Callable, Mapping

from fake_exo.exchange.facts import ALL, MX, SIGNS_IN, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.mail.fields import MessageFacts, longest_value, subject
from fake_exo.mail.structure import structure
from fake_exo.rules.period import Confidence
from fake_exo.rules.stage import Stage

_DESCRIPTION = ("Exchange Online limits, service description",)


def _message(facts: Facts) -> MessageFacts:
    assert facts.message is not None
    return facts.message


def _huge_value(facts: Facts) -> bool:
    most = facts.limit("message.header_value")
    if most is None or _message(facts).header_size <= most:
        return False
    return longest_value(facts.content)[1] > most


def _long_subject(facts: Facts) -> bool:
    most = facts.limit("message.subject_length")
    if most is None or _message(facts).subject_size <= most:
        return False
    return len(subject(facts.content)) > most


def _many(facts: Facts, limit: str) -> float | None:
    """The limit when there are so many delimiters that it may be exceeded, else None."""
    message = _message(facts)
    if not message.nested and not message.delimiters:
        return None  # nearly all mail of devices, and it need not be looked up
    most = facts.limit(limit)
    return most if most is not None and (message.nested or message.delimiters + 1 > most) else None


def _more_parts(facts: Facts, limit: str) -> bool:
    most = _many(facts, limit)
    return most is not None and structure(facts.content, most + 1).parts > most


def _many_objects(facts: Facts) -> bool:
    return _more_parts(facts, "message.mime_objects")


def _many_parts(facts: Facts) -> bool:
    return _more_parts(facts, "message.mime_parts")


def _many_attachments(facts: Facts) -> bool:
    most = _many(facts, "message.attachments")
    return most is not None and structure(facts.content).attachments > most


def _deep(facts: Facts) -> bool:
    if not _message(facts).nested:
        return False
    most = facts.limit("message.embedded_depth")
    return most is not None and structure(facts.content).depth > most


def _value_found(facts: Facts) -> Mapping[str, str]:
    name, size = longest_value(facts.content)
    return {"header": name, "size": str(size), "most": _figure(facts, "message.header_value")}


def _parts_found(facts: Facts) -> Mapping[str, str]:
    parts = structure(facts.content).parts
    return {"size": str(parts), "most": _figure(facts, "message.mime_objects")}


def _figure(facts: Facts, limit: str) -> str:
    return f"{facts.limit(limit):.0f}"


# What the texts of refusals tell beyond every message's values, by rule.
FOUND: Mapping[str, Callable[[Facts], Mapping[str, str]]] = {
    "message.header-value": _value_found,
    "message.mime-objects": _parts_found,
}

CONTENT = (
    Rule("message.header-value", Stage.MESSAGE, MX, _huge_value, "eod-5.6.211",
         why="A single header value is longer than the service takes (32,768 characters).",
         fix="Shorten or drop the header that is named.",
         evidence=("capture 2023-08-13 MX",)),
    Rule("message.mime-objects", Stage.MESSAGE, MX, _many_objects, "eod-5.6.211-parts",
         why="The message has more MIME parts than the service takes from anybody.",
         fix="Send fewer files in one mail, or one archive of them.",
         evidence=("bounce of an MX host, quoted in a scanner plugin",),
         confidence=Confidence.MEDIUM),
    Rule("message.mime-parts", Stage.MESSAGE, SIGNS_IN, _many_parts, "assumed-mime-parts",
         why="The message has more MIME parts than an account may send.",
         fix="Send fewer files in one mail, or one archive of them.",
         evidence=_DESCRIPTION, confidence=Confidence.LOW),
    Rule("message.too-many-attachments", Stage.MESSAGE, ALL, _many_attachments,
         "assumed-attachments",
         why="The message has more attachments than a message may have.",
         fix="One file of many pages in place of a file a page.",
         evidence=_DESCRIPTION, confidence=Confidence.LOW),
    Rule("message.too-deep", Stage.MESSAGE, ALL, _deep, "assumed-embedded-depth",
         why="Messages are forwarded within messages more often than the service takes.",
         fix="Forward the innermost message by itself.",
         evidence=_DESCRIPTION, confidence=Confidence.LOW),
    Rule("message.subject-length", Stage.MESSAGE, ALL, _long_subject, "assumed-subject-length",
         why="The subject is longer than a message's subject may be.",
         fix="Shorten what the device puts into the subject, as names of jobs and files.",
         evidence=_DESCRIPTION, confidence=Confidence.LOW),
)  # fmt: skip
