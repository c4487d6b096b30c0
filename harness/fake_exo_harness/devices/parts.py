"""The kinds of value that only profiles have: senders, settings, pages, reactions."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from fake_exo.drive import MECHANISMS, Reaction
from fake_exo_harness.devices.profile import (
    Choice,
    Composed,
    PanelField,
    PanelPage,
    Setting,
)
from fake_exo_harness.devices.quirks import known_quirks
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import COUNT, DURATION, LINE, TEXT, known
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Reading,
    Shape,
    formed,
    keyed,
    many,
    one,
    table,
    word,
)
from fake_exo_harness.forms.paths import file_named
from fake_exo_harness.forms.problems import nearest

STAGES = (
    "dns", "connect", "helo", "no-starttls", "tls", "auth", "mail", "rcpt", "data", "final-dot",
    "device",
)  # fmt: skip
ANSWERED = tuple(each for each in STAGES if each not in ("dns", "no-starttls", "device"))
KINDS = (
    "mfp", "scanner", "nas", "ups", "bmc", "plc", "camera", "iot", "library", "app", "mta",
    "monitoring",
)  # fmt: skip
SETTING_TYPES = ("text", "seconds", "bytes", "port", "switch", "tls", "ip", "mechanism")
TLS_CHOICES = ("off", "opportunistic", "starttls", "ssl")


class Reference(NamedTuple):
    """Another profile, by its name or its file, and where that is said."""

    place: Location
    name: str = ""
    path: Path | None = None


def _code(raw: str) -> int:
    code = values.integer(raw)
    if not 200 <= code <= 599:
        raise ValueError("a reply code is 200 to 599")
    return code


def date(raw: str) -> str:
    """When the sources were read, or the log was made: a year, a month, a day."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", raw):
        raise ValueError("a year, month or day is wanted, like 2022 or 2026-11-25")
    return raw


def quirk(raw: str) -> str:
    return known(raw, list(known_quirks()), "quirk")


def _code_or_any(raw: str) -> str:
    return raw if raw == "any" else str(_code(raw))


_CODES = many(one(_code), or_one=True)


@formed(FORMS[_CODES])
def codes(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """Reply codes, or `any`, which is None."""
    if isinstance(node, ScalarNode) and node.value == "any":
        return None
    return _CODES(reading, node)


def _port(raw: str) -> str:
    if not raw.isdigit() or not 1 <= int(raw) <= 65_535:
        raise ValueError("a port is 1 to 65535")
    return raw


by_port = keyed(one(_port), word(*TLS_CHOICES))
after_refusals = keyed(one(_code_or_any), word("continue", "next", "fail", "hang-up"))
_WAITS = many(DURATION, or_one=True)


@formed(FORMS[_WAITS])
def waits(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _WAITS(reading, node)
    return found or reading.bad(node, "one time at least is wanted here", "such as 60s")


_CONDITION = table(LINE)
COMPOSED = Shape({"use": LINE, "when": _CONDITION}, ("use",))


@formed(Form("shape", COMPOSED, FORMS[LINE]))
def _composed(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A text with placeholders, or `{use: text, when: {setting: value}}`."""
    if isinstance(node, MappingNode):
        found = COMPOSED.read(reading, node)
    else:
        text = LINE(reading, node)
        found = None if text is BAD else {"use": text}
    if found is None or not COMPOSED.complete(found):
        return BAD
    made = Composed(**found)
    reading.mark(made, reading.place(node))
    return made


COMPOSITIONS = many(_composed, or_one=True)
_OPTIONS = table(LINE)
_SHORT_OPTIONS = many(LINE)


@formed(Form("table", LINE, FORMS[_SHORT_OPTIONS]))
def _options(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """What a list on a page offers: words, or in the device's own words `{Start TLS: starttls}`."""
    if isinstance(node, MappingNode):
        found = _OPTIONS(reading, node)
        return BAD if found is BAD else tuple(Choice(*pair) for pair in found.items())
    words = _SHORT_OPTIONS(reading, node)
    return BAD if words is BAD else tuple(Choice(each, each) for each in words)


_OFFERED: Mapping[str, tuple[str, ...]] = {
    "tls": TLS_CHOICES,
    "mechanism": ("auto", *MECHANISMS),
}  # what options may mean
SETTING = Shape(
    {
        "label": LINE,
        "type": word(*SETTING_TYPES),
        "default": LINE,
        "limit": COUNT,
        "too_long": word("refuse", "cut"),
        "minimum": one(values.number),
        "maximum": one(values.number),
        "options": _options,
    }
)


@formed(Form("shape", SETTING))
def setting(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = SETTING.read(reading, node)
    if found is None:
        return BAD
    made = Setting(**found)
    valid = _OFFERED.get(made.type, ())
    for choice in made.options if valid else ():
        for each in choice.value.split():
            if each not in valid:
                return reading.bad(node, f'"{each}" is not known here', nearest(each, valid))
    return made


FIELD = Shape(
    {"setting": LINE, "label": LINE, "enter": LINE, "when": _CONDITION, "note": LINE},
)


@formed(Form("shape", FIELD))
def _field(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = FIELD.read(reading, node)
    if found is None:
        return BAD
    if "setting" in found and {"label", "enter"} & set(found):
        cause = "a field of a setting has the label of the setting, and its value"
        return reading.bad(node, cause, "leave out label: and enter:, or setting:")
    if "setting" not in found and "label" not in found:
        return reading.bad(node, "setting: or label: is missing here", "which field is it?")
    made = PanelField(**found)
    reading.mark(made, reading.place(node))
    return made


REACTION = Shape(
    {
        "at": word(*ANSWERED),
        "codes": codes,
        "text": LINE,
        "does": word("fail", "retry", "continue", "hang-up", "sent", "secure", "sign-in"),
        "show": LINE,
    }
)


@formed(Form("shape", REACTION))
def reaction(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = REACTION.read(reading, node)
    if found is None:
        return BAD
    if not {"does", "show"} & set(found):
        return reading.bad(node, "does: or show: is missing here", "say what it does then")
    if found.get("does") in ("secure", "sign-in") and found.get("at") != "mail":
        return reading.bad(node, f"{found['does']} is done at mail only", "say at: mail")
    made = Reaction(**{**found, "codes": found.get("codes") or ()})
    reading.mark(made, reading.place(node))
    return made


PAGE = Shape({"page": LINE, "fields": many(_field)}, ("page", "fields"))


@formed(Form("shape", PAGE))
def page(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = PAGE.read(reading, node)
    return PanelPage(**found) if found is not None and PAGE.complete(found) else BAD


_LIKE_FILE = Shape({"file": TEXT}, ("file",))


@formed(Form("shape", _LIKE_FILE, FORMS[LINE]))
def named_or_file(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """The name of a profile, or `{file: path}`, relative to this file."""
    place = reading.place(node)
    if not isinstance(node, MappingNode):
        name = LINE(reading, node)
        return BAD if name is BAD else Reference(place, name)
    found = _LIKE_FILE.read(reading, node)
    if found is None or not _LIKE_FILE.complete(found):
        return BAD
    path = file_named(reading, node, found["file"])
    return BAD if path is None else Reference(place, path=path)
