"""The JSON Schema of the scenario language, made from the tables that read it.

Editors use it for completion and first marks; what holds in the end is what `load` says. YAML
turns some words into numbers and booleans before a schema sees them, so scalars are taken in
both forms. A case may say a part of a mapping, so keys are required inside lists only.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fake_exo_harness.scenario import values
from fake_exo_harness.scenario.definitions import with_definitions
from fake_exo_harness.scenario.expectations import CHECKS
from fake_exo_harness.scenario.language import STEPS
from fake_exo_harness.scenario.load import SCENARIO
from fake_exo_harness.scenario.nodes import FORMS, Form, Kind, Shape

Schema = dict[str, Any]

_WHOLE: Schema = {"type": ["integer", "string"], "pattern": r"^-?(0|[1-9]\d*)$"}
_WORDS: Schema = {"type": ["string", "number", "boolean"]}
_SCALARS: Mapping[Callable[[str], Any], Schema] = {
    values.integer: _WHOLE,
    values.number: {"type": ["number", "string"], "pattern": r"^-?\d+(\.\d+)?$"},
    values.boolean: {"type": ["boolean", "string"], "pattern": "^(?i:true|yes|on|false|no|off)$"},
    values.size: {"type": ["integer", "string"], "description": "25 MB, or bytes"},
    values.duration: {"type": ["number", "string"], "description": "24h, 90m, 5s, or seconds"},
    values.address: {"type": "string", "description": "a mail address", "pattern": "@"},
    values.domain: {"type": "string", "description": "a domain name"},
    values.day: {"type": "string", "description": "a date, 2026-11-01"},
    values.moment: {"type": "string", "description": "a date, or date and time, UTC"},
    values.ip: {"type": "string", "description": "an IP address"},
    values.network: {"type": "string", "description": "an IP address or network"},
    values.ip_entry: {"type": "string", "description": "an IP address, network or range"},
    values.connector_ip: {"type": "string", "description": "IPv4, single or /24 to /32"},
}


def json_schema() -> Schema:
    """The schema of one document of a *.exo.yaml file (draft 2020-12)."""
    return with_definitions(whole_schema())


def whole_schema() -> Schema:
    """The same, with every part where it belongs."""
    properties = _properties(SCENARIO, inside=False)
    del properties["cases"]
    case = {"case": _WORDS, **properties}
    cases = {"type": "array", "items": _mapping(case, ("case",))}
    schema = _mapping({**properties, "cases": cases}, ("scenario",))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fake-exo scenario",
        **schema,
        "anyOf": [{"required": ["cases"]}, {"required": list(SCENARIO.required)}],
    }


def _mapping(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**schema, "required": list(required)} if required else schema


def _properties(shape: Shape, *, inside: bool) -> dict[str, Schema]:
    found = {name: _kind(kind, inside=inside) for name, kind in shape.kinds.items()}
    return found


def _kind(kind: Kind, *, inside: bool) -> Schema:
    return _form(FORMS[kind], inside=inside) if kind in FORMS else {}


def _form(form: Form, *, inside: bool) -> Schema:
    """`inside` a list, where mappings are never merged with another."""
    schema = _FORMS[form.name](form.of, inside)
    if form.short is None:
        return schema
    return {"anyOf": [_form(form.short, inside=inside), schema]}


def _shape(shape: Shape, inside: bool) -> Schema:
    required = tuple(shape.required) if inside else ()
    properties = _properties(shape, inside=inside)
    # Exchange's own spelling (SenderIPAddresses) is read as well.
    spellings = {"".join(part.title() for part in name.split("_")): name for name in shape.aliases}
    if spellings:
        return {"type": "object", "properties": properties}
    return _mapping(properties, required)


def _optional(kind: Kind, inside: bool) -> Schema:
    return {"anyOf": [{"type": "null"}, _kind(kind, inside=inside)]}


def _table(kind: Kind, inside: bool) -> Schema:
    return {"type": "object", "additionalProperties": _kind(kind, inside=inside)}


def _union(forms: tuple[tuple[str, Form], ...], inside: bool) -> Schema:
    """One of several mappings under its own name, and the tenant that it is about."""
    properties = {name: _form(form, inside=inside) for name, form in forms}
    return {**_mapping({"tenant": _WORDS, **properties}), "minProperties": 1, "maxProperties": 2}


def _steps(_: None, inside: bool) -> Schema:
    properties = {name: _form(form, inside=inside) for name, (_, form) in STEPS.items()}
    return {**_mapping({"device": _WORDS, **properties}), "minProperties": 1, "maxProperties": 2}


def _checks(_: None, inside: bool) -> Schema:
    properties = {name: _check(row[1], row[2], row[3]) for name, row in CHECKS.items()}
    return {**_mapping(properties), "minProperties": 1, "maxProperties": 1}


def _check(kinds: Mapping[str, Kind], required: tuple[str, ...], short: str | None) -> Schema:
    full = _form(Form("shape", Shape(kinds, required)), inside=True)
    if short is None:
        return full
    return {"anyOf": [_kind(kinds[short], inside=True), full]}


_FORMS: Mapping[str, Callable[[Any, bool], Schema]] = {
    "scalar": lambda convert, inside: _SCALARS.get(convert, _WORDS),
    "words": lambda words, inside: {"enum": list(words)},
    "many": lambda kind, inside: {"type": "array", "items": _kind(kind, inside=True)},
    "optional": _optional,
    "table": _table,
    "shape": _shape,
    "union": _union,
    "steps": _steps,
    "checks": _checks,
}
