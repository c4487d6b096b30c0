"""The keys of a profile file, what each takes, and what it is read into.

What they do is told in `data/words/devices.yaml`; their defaults are those of `profile`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from yaml.nodes import Node

from fake_exo.drive import MECHANISMS
from fake_exo_harness.devices.parts import (
    COMPOSITIONS,
    FIELD,
    KINDS,
    REACTION,
    SETTING,
    STAGES,
    after_refusals,
    by_port,
    codes,
    date,
    named_or_file,
    page,
    quirk,
    reaction,
    setting,
    waits,
)
from fake_exo_harness.devices.profile import (
    STAGES_OF_JOBS,
    Addressees,
    Addressing,
    AfterBasic,
    CommandLines,
    Composition,
    Encryption,
    Greeting,
    Locating,
    Patience,
    Retrying,
    SigningIn,
)
from fake_exo_harness.devices.resolver import MANNERS
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import BOOL, COUNT, DURATION, LINE, NUMBER_OF, SIZE
from fake_exo_harness.forms.nodes import (
    BAD,
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


class Section(NamedTuple):
    """A part of a profile: the class of its value, and the kinds of its keys."""

    model: type[Any]
    kinds: Mapping[str, Kind]


_MECHANISMS = many(word(*MECHANISMS))
_TLS = word("1.0", "1.1", "1.2", "1.3")
_GREETING = word("EHLO", "HELO")
_FAR = word(*STAGES_OF_JOBS)

SECTIONS: Mapping[str, Section] = {
    "hello": Section(
        Greeting,
        {
            "first": _GREETING,
            "signing_in": _GREETING,
            "fallback": word("HELO", "EHLO", "none"),
            "fallback_on": codes,
            "also": _GREETING,
            "after_tls": BOOL,
            "name": LINE,
            "lower_case": BOOL,
        },
    ),
    "tls": Section(
        Encryption,
        {
            "policy": word("never", "configurable", "opportunistic", "blind"),
            "by_port": by_port,
            "on_refused": word("fail", "continue"),
            "minimum": _TLS,
            "maximum": _TLS,
            "verify": BOOL,
            "revocation": word("off", "soft", "hard"),
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
            "blind": BOOL,
            "after": after_refusals,
            "always": BOOL,
            "user": LINE,
            "lower_case": BOOL,
            "strict_prompts": BOOL,
            "only_over_tls": BOOL,
        },
    ),
    "envelope": Section(
        Addressing,
        {
            "mail_from": COMPOSITIONS,
            "header_from": COMPOSITIONS,
            "display_name": COMPOSITIONS,
            "reply_to": COMPOSITIONS,
            "size": BOOL,
            "body": word("7BIT", "8BITMIME", "BINARYMIME"),
            "parameters": LINE,
            "lower_case_parameters": BOOL,
            "brackets": BOOL,
        },
    ),
    "rcpt": Section(
        Addressees,
        {
            "pipelining": word("none", "envelope", "with-data", "blind"),
            "on_reject": word("continue", "abort", "reset"),
            "most": COUNT,
            "per_mail": COUNT,
            "connections": word("one", "each"),
        },
    ),
    "data": Section(
        Composition,
        {
            "date": BOOL,
            "clock": one(values.day),
            "message_id": BOOL,
            "without": many(LINE, or_one=True),
            "brackets": BOOL,
            "subject": LINE,
            "subject_encoding": word("raw", "base64", "quoted-printable"),
            "headers": table(LINE),
            "text": LINE,
            "attachment": LINE,
            "attachment_type": LINE,
            "encoding": word("base64", "quoted-printable", "8bit", "uuencode"),
            "line_length": NUMBER_OF,
            "final_boundary": BOOL,
            "split": word("none", "partial", "mails"),
            "split_size": SIZE,
            "eol": word("crlf", "lf"),
            "dot_stuffing": BOOL,
            "final_dot": BOOL,
            "chunking": word("never", "offered", "blind"),
            "chunk_size": SIZE,
            "chunk_last": word("with", "alone"),
        },
    ),
    "host": Section(
        Locating,
        {
            "lookup": word("a", "mx", "recipient-mx", "recipient-domain"),
            "fallback": LINE,
            "cache": word(*MANNERS),
            "search": LINE,
            "ipv6_first": BOOL,
            "addresses": COUNT,
        },
    ),
    "timeouts": Section(
        Patience,
        {
            "dns": DURATION,
            "connect": DURATION,
            "banner": DURATION,
            "reply": DURATION,
            "final": DURATION,
            "linger": DURATION,
        },
    ),
    "retry": Section(
        Retrying,
        {
            "attempts": COUNT,
            "wait": waits,
            "after": word("temporary", "any"),
            "clear_text_after_tls_failure": BOOL,
        },
    ),
    "commands": Section(
        CommandLines,
        {
            "lower_case": BOOL,
            "eol": word("crlf", "lf"),
            "space": BOOL,
            "pace": DURATION,
            "before_mail": many(LINE, or_one=True),
        },
    ),
    "basic_ends": Section(AfterBasic, {"then": word("stops", "goes-on", "token"), "note": LINE}),
}


def _section(kinds: Mapping[str, Kind]) -> Kind:
    """What a file says of a section, as a dict: the rest is that of what the profile is like."""
    shape = Shape(kinds)

    @formed(Form("shape", shape))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        found = shape.read(reading, node)
        return BAD if found is None else found

    return read


NEEDED = ("vendor", "model", "kind", "confidence")
VALUES: Mapping[str, Kind] = {
    "vendor": LINE,
    "model": LINE,
    "kind": word(*KINDS),
    "confidence": word("high", "medium", "low"),
    "sources": many(LINE, or_one=True),
    "unverified": many(LINE, or_one=True),
    "date": one(date),
    "quirks": many(one(quirk), or_one=True),
    "close": word("quit_and_wait", "quit_no_wait", "hang_up", "abrupt"),
    "test": _FAR,
    "ends_after": _FAR,
    "reactions": many(reaction),
    "believes_sent": BOOL,
    "settings": table(optional(setting)),
    "panel": many(page),
    "messages": named(LINE, lambda: (*STAGES, "default"), "stage"),
}
SETTING_KEYS: Sequence[str] = tuple(SETTING.kinds)
REACTION_KEYS: Sequence[str] = tuple(REACTION.kinds)
PANEL_KEYS: Sequence[str] = ("page", "fields", *(f"field.{key}" for key in FIELD.kinds))
PROFILE = Shape(
    {
        "like": named_or_file,
        **VALUES,
        **{name: _section(section.kinds) for name, section in SECTIONS.items()},
    }
)
