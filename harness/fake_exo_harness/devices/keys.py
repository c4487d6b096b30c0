"""The keys of a profile file, what each takes, and what it is read into.

What they do is told in `data/words/devices.yaml`; their defaults are those of `profile`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from yaml.nodes import MappingNode, Node, ScalarNode

from fake_exo_harness.devices.profile import (
    Addressees,
    Addressing,
    Choice,
    Composed,
    Composition,
    Encryption,
    Greeting,
    Locating,
    PanelField,
    PanelPage,
    Patience,
    Retrying,
    Setting,
    SigningIn,
)
from fake_exo_harness.devices.quirks import known_quirks
from fake_exo_harness.devices.resolver import MANNERS
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import BOOL, COUNT, DURATION, LINE, TEXT, known
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Kind,
    Reading,
    Shape,
    formed,
    many,
    named,
    one,
    optional,
    table,
    word,
)

STAGES = (
    "dns", "connect", "helo", "no-starttls", "starttls", "tls", "auth", "mail", "rcpt", "data",
    "final-dot", "device",
)  # fmt: skip
KINDS = (
    "mfp", "scanner", "nas", "ups", "bmc", "plc", "camera", "iot", "library", "app", "mta",
    "monitoring",
)  # fmt: skip
MECHANISMS = ("LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "XOAUTH2")
SETTING_TYPES = ("text", "seconds", "bytes", "port", "switch", "tls")
TLS_CHOICES = ("off", "starttls", "ssl")


class Reference(NamedTuple):
    """Another profile, by its name or its file, and where that is said."""

    place: Location
    name: str = ""
    path: Path | None = None


class Section(NamedTuple):
    """A part of a profile: the class of its value, and the kinds of its keys."""

    model: type[Any]
    kinds: Mapping[str, Kind]


# ---- kinds of a profile's own --------------------------------------------------------------------


def _code(raw: str) -> int:
    code = values.integer(raw)
    if not 200 <= code <= 599:
        raise ValueError("a reply code is 200 to 599")
    return code


def _quirk(raw: str) -> str:
    return known(raw, list(known_quirks()), "quirk")


_CODES = many(one(_code), or_one=True)


@formed(FORMS[_CODES])
def _codes(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """Reply codes, or `any`, which is None."""
    if isinstance(node, ScalarNode) and node.value == "any":
        return None
    return _CODES(reading, node)


_CONDITION = table(LINE)
_COMPOSED = Shape({"use": LINE, "when": _CONDITION}, ("use",))


@formed(Form("shape", _COMPOSED, FORMS[LINE]))
def _composed(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A text with placeholders, or `{use: text, when: {setting: value}}`."""
    if isinstance(node, MappingNode):
        found = _COMPOSED.read(reading, node)
    else:
        text = LINE(reading, node)
        found = None if text is BAD else {"use": text}
    if found is None or not _COMPOSED.complete(found):
        return BAD
    made = Composed(**found)
    reading.mark(made, reading.place(node))
    return made


_COMPOSITIONS = many(_composed, or_one=True)
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


_SETTING = Shape(
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


@formed(Form("shape", _SETTING))
def _setting(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _SETTING.read(reading, node)
    if found is None:
        return BAD
    made = Setting(**found)
    wrong = [c.value for c in made.options if made.type == "tls" and c.value not in TLS_CHOICES]
    if wrong:
        valid = ", ".join(TLS_CHOICES)
        return reading.bad(node, f'"{wrong[0]}" is no way of encryption; valid are: {valid}')
    return made


_FIELD = Shape(
    {"setting": LINE, "label": LINE, "enter": LINE, "when": _CONDITION, "note": LINE},
)


@formed(Form("shape", _FIELD))
def _field(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _FIELD.read(reading, node)
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


_PAGE = Shape({"page": LINE, "fields": many(_field)}, ("page", "fields"))


@formed(Form("shape", _PAGE))
def _page(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _PAGE.read(reading, node)
    return PanelPage(**found) if found is not None and _PAGE.complete(found) else BAD


# ---- the tables ----------------------------------------------------------------------------------

_MECHANISMS = many(word(*MECHANISMS))
_AFTER_REFUSAL = word("continue", "next", "fail")
_TLS = word("1.0", "1.1", "1.2", "1.3")

SECTIONS: Mapping[str, Section] = {
    "hello": Section(
        Greeting,
        {
            "first": word("EHLO", "HELO"),
            "fallback": word("HELO", "none"),
            "fallback_on": _codes,
            "name": LINE,
            "lower_case": BOOL,
        },
    ),
    "tls": Section(
        Encryption,
        {
            "policy": word("never", "configurable", "opportunistic", "blind"),
            "minimum": _TLS,
            "maximum": _TLS,
            "verify": BOOL,
            "probe": BOOL,
            "clock_wrong": BOOL,
            "leaf_only": BOOL,
        },
    ),
    "auth": Section(
        SigningIn,
        {
            "order": _MECHANISMS,
            "initial_response": _MECHANISMS,
            "not_advertised": word("skip", "send", "fail"),
            "on_504": _AFTER_REFUSAL,
            "on_535": _AFTER_REFUSAL,
            "lower_case": BOOL,
            "strict_prompts": BOOL,
            "only_over_tls": BOOL,
        },
    ),
    "envelope": Section(
        Addressing,
        {
            "mail_from": _COMPOSITIONS,
            "header_from": _COMPOSITIONS,
            "size": BOOL,
            "brackets": BOOL,
        },
    ),
    "rcpt": Section(Addressees, {"pipelining": BOOL, "on_reject": word("continue", "abort")}),
    "data": Section(
        Composition,
        {
            "date": BOOL,
            "message_id": BOOL,
            "eol": word("crlf", "lf"),
            "final_dot": BOOL,
            "chunking": BOOL,
            "long_line": BOOL,
            "brackets": BOOL,
        },
    ),
    "host": Section(
        Locating,
        {
            "lookup": word("a", "recipient-mx", "recipient-domain"),
            "cache": word(*MANNERS),
            "search": LINE,
            "ipv6_first": BOOL,
            "addresses": COUNT,
        },
    ),
    "timeouts": Section(Patience, {"connect": DURATION, "reply": DURATION, "final": DURATION}),
    "retry": Section(
        Retrying, {"attempts": COUNT, "wait": DURATION, "clear_text_after_tls_failure": BOOL}
    ),
}


def _section(kinds: Mapping[str, Kind]) -> Kind:
    """What a file says of a section, as a dict: the rest is that of what the profile is like."""
    shape = Shape(kinds)

    @formed(Form("shape", shape))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        found = shape.read(reading, node)
        return BAD if found is None else found

    return read


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
    return Reference(place, path=place.path.parent / found["file"])


NEEDED = ("vendor", "model", "kind", "confidence")
VALUES: Mapping[str, Kind] = {
    "vendor": LINE,
    "model": LINE,
    "kind": word(*KINDS),
    "confidence": word("high", "medium", "low"),
    "sources": many(LINE, or_one=True),
    "unverified": many(LINE, or_one=True),
    "quirks": many(one(_quirk), or_one=True),
    "close": word("quit_and_wait", "quit_no_wait", "abrupt"),
    "test": word("mail", "hello"),
    "believes_sent": BOOL,
    "lower_case_commands": BOOL,
    "command_eol": word("crlf", "lf"),
    "settings": table(optional(_setting)),
    "panel": many(_page),
    "messages": named(LINE, lambda: (*STAGES, "default"), "stage"),
}
SETTING_KEYS: Sequence[str] = tuple(_SETTING.kinds)
PANEL_KEYS: Sequence[str] = ("page", "fields", *(f"field.{key}" for key in _FIELD.kinds))
PROFILE = Shape(
    {
        "like": named_or_file,
        **VALUES,
        **{name: _section(section.kinds) for name, section in SECTIONS.items()},
    }
)
