"""The JSON Schema of the scenario language, made from the tables that read it.

A case may say a part of a mapping, so keys are required inside lists only.
"""

from collections.abc import Mapping

from fake_exo_harness.forms.definitions import with_definitions
from fake_exo_harness.forms.kinds import TEXTS
from fake_exo_harness.forms.nodes import Form, Kind, Shape
from fake_exo_harness.forms.schema import (
    MADE,
    WORDS,
    Schema,
    mapping,
    of_form,
    of_kind,
    properties,
)
from fake_exo_harness.scenario.expectations import CHECKS
from fake_exo_harness.scenario.language import STEPS
from fake_exo_harness.scenario.load import SCENARIO


def json_schema() -> Schema:
    """The schema of one document of a *.exo.yaml file (draft 2020-12)."""
    return with_definitions(whole_schema())


def whole_schema() -> Schema:
    """The same, with every part where it belongs."""
    found = properties(SCENARIO, inside=False)
    del found["cases"]
    case = {"case": WORDS, **found}
    cases = {"type": "array", "items": mapping(case, ("case",))}
    schema = mapping({**found, "cases": cases}, ("scenario",))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fake-exo scenario",
        **schema,
        "anyOf": [{"required": ["cases"]}, {"required": list(SCENARIO.required)}],
    }


def _steps(_: None, inside: bool) -> Schema:
    found = {name: of_form(form, inside=inside) for name, (_, form) in STEPS.items()}
    named = {"device": WORDS, "devices": of_kind(TEXTS, inside=inside)}
    return {**mapping({**named, **found}), "minProperties": 1, "maxProperties": 2}


def _checks(_: None, inside: bool) -> Schema:
    found = {name: _check(row[1], row[2], row[3]) for name, row in CHECKS.items()}
    return {**mapping(found), "minProperties": 1, "maxProperties": 1}


def _check(kinds: Mapping[str, Kind], required: tuple[str, ...], short: str | None) -> Schema:
    full = of_form(Form("shape", Shape(kinds, required)), inside=True)
    if short is None:
        return full
    return {"anyOf": [of_kind(kinds[short], inside=True), full]}


MADE.update(steps=_steps, checks=_checks)
