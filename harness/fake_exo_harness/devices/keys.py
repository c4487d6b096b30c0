"""The keys of a profile and what each takes; a key or value that is none of these is an error.

What they do is told in `data/words/devices.yaml`.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from fake_exo_harness.devices.resolver import MANNERS

Takes = Callable[[Any], str]  # what is wrong with a value, or nothing

STAGES = (
    "dns", "connect", "helo", "no-starttls", "starttls", "tls", "auth", "mail", "rcpt", "data",
    "final-dot", "device",
)  # fmt: skip
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
MECHANISMS = ("LOGIN", "PLAIN", "CRAM-MD5", "DIGEST-MD5", "NTLM", "XOAUTH2")
SENDERS = (
    "from_address", "administrator_address", "administrator_or_user", "user_or_administrator",
    "user_name", "application_name",
)  # fmt: skip
SETTING_TYPES = ("text", "seconds", "bytes", "port", "switch", "tls")


def _one_of(*valid: str) -> Takes:
    return lambda value: "" if value in valid else f"{value} is none of {', '.join(valid)}"


def _is(kind: type, wanted: str) -> Takes:
    """Of a type; true and false are no numbers."""

    def takes(value: Any) -> str:  # noqa: ANN401 - YAML is what it is
        good = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return "" if good else f"{value} is not {wanted}"

    return takes


def _number(value: Any) -> str:  # noqa: ANN401
    good = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return "" if good else f"{value} is not a number from 0 on"


def _codes(value: Any) -> str:  # noqa: ANN401
    good = value == "any" or (isinstance(value, list) and all(isinstance(c, int) for c in value))
    return "" if good else f'{value} is neither "any" nor a list of codes'


def _mechanisms(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, list):
        return f"{value} is not a list of mechanisms"
    unknown = [str(word) for word in value if word not in MECHANISMS]
    return f"{', '.join(unknown)}: no such mechanism" if unknown else ""


def _first_words(value: Any) -> str:  # noqa: ANN401
    if not isinstance(value, dict):
        return f"{value} is not a mapping of mechanisms to true or false"
    return _mechanisms(list(value))


_SWITCH = _is(bool, "true or false")
_TEXT = _is(str, "a text")
_OUTCOME = _one_of("continue", "next", "fail")

# By section; `settings` and `messages` have keys of their own beside these.
SECTIONS: Mapping[str, Mapping[str, Takes]] = {
    "hello": {
        "first": _one_of("EHLO", "HELO"),
        "fallback": _one_of("HELO", "none"),
        "fallback_on": _codes,
        "name": _TEXT,
        "lower_case": _SWITCH,
    },
    "tls": {
        "policy": _one_of("never", "configurable", "opportunistic", "required_when_set", "blind"),
        "minimum": _one_of(*TLS_VERSIONS),
        "maximum": _one_of(*TLS_VERSIONS),
        "verify": _SWITCH,
        "probe": _SWITCH,
        "clock_wrong": _SWITCH,
        "leaf_only": _SWITCH,
    },
    "auth": {
        "order": _mechanisms,
        "initial_response": _first_words,
        "not_advertised": _one_of("skip", "send", "fail"),
        "on_504": _OUTCOME,
        "on_535": _OUTCOME,
        "lower_case": _SWITCH,
        "strict_prompts": _SWITCH,
        "only_over_tls": _SWITCH,
    },
    "envelope": {
        "mail_from": _one_of(*SENDERS),
        "header_from": _one_of(*SENDERS),
        "size": _SWITCH,
        "brackets": _SWITCH,
    },
    "rcpt": {"pipelining": _SWITCH, "on_reject": _one_of("continue", "abort")},
    "data": {
        "date": _SWITCH,
        "message_id": _SWITCH,
        "eol": _one_of("crlf", "lf"),
        "final_dot": _SWITCH,
        "chunking": _SWITCH,
        "long_line": _SWITCH,
        "brackets": _SWITCH,
    },
    "host": {
        "lookup": _one_of("a", "recipient-mx", "recipient-domain"),
        "cache": _one_of(*MANNERS),
        "search": _TEXT,
        "ipv6_first": _SWITCH,
        "addresses": _number,
    },
    "timeouts": {"connect": _number, "reply": _number, "final": _number},
    "retry": {"attempts": _number, "wait": _number, "clear_text_after_tls_failure": _SWITCH},
}
SETTING: Mapping[str, Takes] = {
    "label": _TEXT,
    "page": _TEXT,
    "type": _one_of(*SETTING_TYPES),
    "default": lambda value: "",
    "limit": _number,
    "too_long": _one_of("refuse", "cut"),
    "minimum": _number,
    "maximum": _number,
    "options": _is(list, "a list"),
}
MESSAGES: Mapping[str, Takes] = dict.fromkeys((*STAGES, "default"), _TEXT)
VALUES: Mapping[str, Takes] = {
    "confidence": _one_of("high", "medium", "low"),
    "close": _one_of("quit_and_wait", "quit_no_wait", "abrupt"),
    "test": _one_of("mail", "hello"),
    "believes_sent": _SWITCH,
    "lower_case_commands": _SWITCH,
    "command_eol": _one_of("crlf", "lf"),
    "application_name": _TEXT,
    "sources": _is(list, "a list"),
    "unverified": _is(list, "a list"),
}
NEEDED = ("vendor", "model", "kind", "confidence")


def problems(name: str, row: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    """What is wrong with an entry's own keys; `known`: those that an entry may have."""
    found = [f"{name}: unknown key {key}{_hint(key, known)}" for key in row if key not in known]
    for key, takes in VALUES.items():
        if key in row and (wrong := takes(row[key])):
            found.append(f"{name}: {key}: {wrong}")
    for section, keys in SECTIONS.items():
        found += _within(f"{name}: {section}", row.get(section, {}), keys)
    found += _within(f"{name}: messages", row.get("messages", {}), MESSAGES)
    for setting, spec in _mapping(row.get("settings", {})).items():
        found += _within(f"{name}: settings: {setting}", spec, SETTING)
    return found


def _within(where: str, given: Any, keys: Mapping[str, Takes]) -> list[str]:  # noqa: ANN401
    if not isinstance(given, dict):
        return [f"{where}: {given} is not a mapping"]
    found = []
    for key, value in given.items():
        wrong = keys[key](value) if key in keys else f"unknown key{_hint(key, list(keys))}"
        if wrong:
            found.append(f"{where}: {key}: {wrong}")
    return found


def _mapping(given: Any) -> Mapping[str, Any]:  # noqa: ANN401
    return given if isinstance(given, dict) else {}


def _hint(key: Any, known: Sequence[str]) -> str:  # noqa: ANN401
    close = get_close_matches(str(key), known, 1, 0.6)
    return f'; did you mean "{close[0]}"?' if close else f"; valid are: {', '.join(known)}"
