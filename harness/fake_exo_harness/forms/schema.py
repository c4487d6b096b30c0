"""Kinds as parts of a JSON Schema (draft 2020-12).

Editors use it for completion and first marks; what holds in the end is what reading says. YAML
turns some words into numbers and booleans before a schema sees them, so scalars are taken in
both forms.
"""

from collections.abc import Callable, Mapping
from typing import Any

from fake_exo_harness.forms import values
from fake_exo_harness.forms.nodes import FORMS, Form, Kind, Shape

Schema = dict[str, Any]
Made = Callable[[Any, bool], Schema]  # of what a form holds; whether it is inside a list

WORDS: Schema = {"type": ["string", "number", "boolean"]}
_WHOLE: Schema = {"type": ["integer", "string"], "pattern": r"^-?(0|[1-9]\d*)$"}
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


def mapping(properties: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Schema:
    """A mapping with these keys and no other."""
    schema: Schema = {
        "type": "object",
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return {**schema, "required": list(required)} if required else schema


def properties(shape: Shape, *, inside: bool) -> dict[str, Schema]:
    return {name: of_kind(kind, inside=inside) for name, kind in shape.kinds.items()}


def of_kind(kind: Kind, *, inside: bool) -> Schema:
    return of_form(FORMS[kind], inside=inside) if kind in FORMS else {}


def of_form(form: Form, *, inside: bool) -> Schema:
    """`inside` a list, where mappings are never merged with another."""
    schema = MADE[form.name](form.of, inside)
    if form.short is None:
        return schema
    return {"anyOf": [of_form(form.short, inside=inside), schema]}


def _shape(shape: Shape, inside: bool) -> Schema:
    required = tuple(shape.required) if inside else ()
    found = properties(shape, inside=inside)
    # Exchange's own spelling (SenderIPAddresses) is read as well.
    spellings = {"".join(part.title() for part in name.split("_")): name for name in shape.aliases}
    if spellings:
        return {"type": "object", "properties": found}
    return mapping(found, required)


def _optional(kind: Kind, inside: bool) -> Schema:
    return {"anyOf": [{"type": "null"}, of_kind(kind, inside=inside)]}


def _table(kind: Kind, inside: bool) -> Schema:
    return {"type": "object", "additionalProperties": of_kind(kind, inside=inside)}


def _union(forms: tuple[tuple[str, Form], ...], inside: bool) -> Schema:
    """One of several mappings under its own name, and the tenant that it is about."""
    found = {name: of_form(form, inside=inside) for name, form in forms}
    return {**mapping({"tenant": WORDS, **found}), "minProperties": 1, "maxProperties": 2}


# Languages with forms of their own add them.
MADE: dict[str, Made] = {
    "scalar": lambda convert, inside: _SCALARS.get(convert, WORDS),
    "words": lambda words, inside: {"enum": list(words)},
    "many": lambda kind, inside: {"type": "array", "items": of_kind(kind, inside=True)},
    "optional": _optional,
    "table": _table,
    "shape": _shape,
    "union": _union,
}
