"""Schemas of what requests bring, of the same tables that read them."""

from collections.abc import Mapping

import fake_exo_harness.scenario.schema  # noqa: F401 - what steps and checks take, too
from fake_exo_harness.api.changes import FAULTS, VERBS, verb_form
from fake_exo_harness.api.plain import Schema
from fake_exo_harness.api.stream import KINDS
from fake_exo_harness.api.waiting import LONGEST, WAITABLE
from fake_exo_harness.forms.kinds import DURATION
from fake_exo_harness.forms.nodes import FORMS, Form, Shape
from fake_exo_harness.forms.schema import mapping, of_form, of_kind
from fake_exo_harness.scenario.expectations import CHECKS
from fake_exo_harness.scenario.tenants import tenant

_NUMBER: Schema = {"type": "integer", "minimum": 0}
NOTHING: Schema = {"type": "object", "properties": {}, "additionalProperties": False}


def _check(name: str) -> Schema:
    _, kinds, required, short = CHECKS[name]
    whole = {key: kind for key, kind in kinds.items() if key != "job"}
    full = of_form(Form("shape", Shape(whole, required)), inside=True)
    return full if short is None else {"anyOf": [of_kind(kinds[short], inside=True), full]}


def _one_of(parts: Mapping[str, Schema]) -> Schema:
    return {**mapping(parts), "minProperties": 1, "maxProperties": 1}


def wait() -> Schema:
    checks = _one_of({name: _check(name) for name in WAITABLE})
    return {
        **mapping(
            {
                "then": {"type": "array", "items": checks, "maxItems": 30},
                "messages": {**_NUMBER, "description": "so many that the query finds"},
                "query": {"type": "string"},
                "since": {**_NUMBER, "description": "only what came after this mark"},
                "within": {
                    **of_kind(DURATION, inside=True),
                    "description": f"how long, {LONGEST:g} seconds at most; 10 without it",
                },
            }
        ),
        "minProperties": 1,
    }


def change() -> Schema:
    return _one_of({name: of_form(verb_form(name), inside=True) for name in VERBS})


def fault() -> Schema:
    return {
        "anyOf": [
            _fault(of, form) for of, form in ((of, FORMS[kind]) for of, kind in FAULTS.items())
        ]
    }


def _fault(of: str, form: Form) -> Schema:
    found = of_form(form, inside=True)
    return {**found, "properties": {**found["properties"], "of": {"enum": [of]}}}


def clock() -> Schema:
    return _one_of(
        {"advance": of_kind(DURATION, inside=True), "follow": {"enum": ["real", "nothing"]}}
    )


def hook() -> Schema:
    kinds: Schema = {"type": "array", "items": {"enum": [*KINDS]}}
    return mapping({"url": {"type": "string"}, "kinds": kinds}, ("url",))


def world() -> Schema:
    tenants: Schema = {"type": "array", "items": of_kind(tenant, inside=True)}
    return mapping(
        {
            "name": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"},
            "tenants": tenants,
            "as_of": {"type": "string", "description": "a date, 2026-11-25"},
            "public_ip": {"type": "string", "description": "where its clients come from"},
        },
        ("name",),
    )
