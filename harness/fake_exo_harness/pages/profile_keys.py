"""`docs/profile-keys.md`: every key of a profile file, what it takes, its default, what it does."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any

from fake_exo.drive import Reaction
from fake_exo_harness.devices import keys, parts
from fake_exo_harness.devices.profile import Composed, PanelField, PanelPage, Profile, Setting
from fake_exo_harness.devices.written import plain
from fake_exo_harness.forms import kinds, values
from fake_exo_harness.forms.nodes import FORMS, Form, Kind, Shape
from fake_exo_harness.words import Word, words

_HEAD = """# Keys of a profile

Every key of a [device profile](profiles.md). `vendor`, `model`, `kind` and `confidence` must be
there (or in the profile that this one is `like`); of all others the column "else" says what holds
without them, unless the profile is like another. What each does is shown in [words](words.md) by
two values. This page is made from the tables that read the files.
"""
_SCALARS: Mapping[Callable[[str], Any], str] = {
    values.boolean: "true, false",
    values.duration: "a time: 5s, 10m, or seconds",
    values.size: "a size: 10 MB, or bytes",
    values.number: "a number",
    values.line: "text",
    values.text: "text",
    parts.quirk: "the name of a quirk",
    parts.date: "2022, 2022-05, 2022-05-17",
}
_EXTRA = {
    kinds.COUNT: "a number from 1 on",
    kinds.NUMBER_OF: "a number from 0 on",
    parts.codes: "reply codes, or `any`",
    parts.by_port: "ports, each with `off`, `opportunistic`, `starttls` or `ssl`",
    parts.after_refusals: "reply codes or `any`, each with `continue`, `next`, `fail` or `hang-up`",
    parts.COMPOSITIONS: "a text with {placeholders}, or a list of such; see `composed`",
    parts.named_or_file: "a name, or `{file: path}`",
}


def profile_keys_page() -> str:
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## At the top\n"
    inner = ("settings", "panel", "reactions")
    own = {key: kind for key, kind in keys.VALUES.items() if key not in inner}
    yield from _table("profile", {"like": parts.named_or_file, **own}, Profile)
    for name, section in keys.SECTIONS.items():
        yield f"\n## {name}\n"
        yield from _table(f"profile.{name}", section.kinds, section.model)
    for title, told, name, shape, model in _PARTS:
        yield f"\n## {title}\n\n{told}\n"
        yield from _table(name, shape.kinds, model)
    yield "\n## messages\n"
    yield f"By stage: {', '.join(f'`{stage}`' for stage in (*parts.STAGES, 'default'))}."


_PARTS: tuple[tuple[str, str, str, Shape, type[Any]], ...] = (
    (
        "composed",
        "What a sender, a name or Reply-To is made from: a text, or a mapping.",
        "profile.composed",
        parts.COMPOSED,
        Composed,
    ),
    (
        "settings",
        "By the name that scenarios use, each a mapping; `null`: this device has it not.",
        "profile.setting",
        parts.SETTING,
        Setting,
    ),
    ("panel", "A list of pages.", "profile.panel", parts.PAGE, PanelPage),
    ("fields of a page", "A list.", "profile.panel.field", parts.FIELD, PanelField),
    (
        "reactions",
        "A list; the first that fits a reply counts.",
        "profile.reaction",
        parts.REACTION,
        Reaction,
    ),
)


def _table(name: str, kinds_: Mapping[str, Kind], model: type[Any]) -> Iterator[str]:
    yield "| key | takes | else | does |\n|---|---|---|---|"
    usual = {field.name: field for field in fields(model)}
    for key, kind in kinds_.items():
        does = _does(words("devices").get(f"{name}.{key}"))
        default = _default(usual[key]) if key in usual else "`generic`"
        yield f"| `{key}` | {_cell(_takes(kind))} | {_cell(default)} | {_cell(does)} |"


def _does(word: Word | None) -> str:
    if word is None:
        return ""
    return word.does or f"nothing: {word.not_rehearsed}"


def _default(field: Any) -> str:  # noqa: ANN401 - a field of a dataclass
    found = field.default
    if field.default_factory is not MISSING:
        found = field.default_factory()
    if found is MISSING:
        return "must be there"
    shown = plain(found)
    if shown in (None, "", [], {}, ()) or found == float("inf"):
        return ""
    if isinstance(shown, bool):
        return str(shown).lower()
    if isinstance(shown, list):
        return ", ".join(f"`{each}`" for each in shown)
    if isinstance(shown, dict):
        return ", ".join(f"`{key}: {each}`" for key, each in shown.items())
    return f"`{shown}`"


def _takes(kind: Kind) -> str:
    return _EXTRA.get(kind) or _form(FORMS[kind])


def _form(form: Form) -> str:
    match form:
        case Form("scalar", convert):
            return _SCALARS.get(convert, "text")
        case Form("words", valid):
            return ", ".join(f"`{word}`" for word in valid)
        case Form("many", kind, short):
            return f"{'one or ' if short else ''}a list: {_takes(kind)}"
        case Form("optional", kind):
            return f"{_takes(kind)}, or `null`"
        case Form("table", kind):
            return f"names, each with {_takes(kind)}"
        case Form("shape", Shape(inner)):
            return f"a mapping: {', '.join(f'`{key}`' for key in inner)}"
    return ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
