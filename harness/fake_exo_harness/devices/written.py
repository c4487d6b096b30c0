"""A profile as its file would say it, every key: what is printed can be read again."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from typing import Any

import yaml

from fake_exo_harness.devices import keys
from fake_exo_harness.devices.profile import Choice, Composed, Profile
from fake_exo_harness.devices.shelf import BASE, profile


def as_document(made: Profile) -> dict[str, Any]:
    """Plain mappings, lists, texts and numbers, as YAML and JSON have them."""
    found = {name: getattr(made, name) for name in (*keys.VALUES, *keys.SECTIONS)}
    shown = {name: plain(value) for name, value in found.items()}
    common = profile(BASE).settings if made.id != BASE else {}
    shown["settings"].update({name: None for name in common if name not in made.settings})
    return {key: value for key, value in shown.items() if value not in ([], {}, "")}


def as_yaml(made: Profile) -> str:
    """A profile file."""
    return yaml.safe_dump(
        as_document(made), sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )


def plain(value: Any) -> Any:  # noqa: ANN401 - a value of a profile
    match value:
        case Composed(use, when):
            return {"use": use, "when": dict(when)} if when else use
        case (Choice(), *_):
            return {choice.shown: choice.value for choice in value}
        case tuple():
            return [plain(each) for each in value]
        case date():
            return value.isoformat()
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: plain(each) for key, each in value.items()}
    return _section(value) if is_dataclass(value) else value


def _section(value: Any) -> Any:  # noqa: ANN401
    """All keys of a section; of fields and settings only those that say something."""
    whole = any(type(value) is section.model for section in keys.SECTIONS.values())
    shown = {f.name: getattr(value, f.name) for f in fields(value) if whole or _said(value, f)}
    if "fallback_on" in shown and shown["fallback_on"] is None:
        shown["fallback_on"] = "any"
    return {key: plain(each) for key, each in shown.items() if each not in (None, "") or _own(key)}


def _own(key: str) -> bool:
    """Whether nothing is something: who has no name does not greet."""
    return key == "name"


def _said(value: Any, field: Field[Any]) -> bool:  # noqa: ANN401
    usual = field.default_factory() if field.default_factory is not MISSING else field.default
    return bool(getattr(value, field.name) != usual)
