"""The JSON Schema of a profile file, made from the tables that read it."""

from typing import Any

from fake_exo_harness.devices.keys import PROFILE
from fake_exo_harness.forms.definitions import with_definitions
from fake_exo_harness.forms.schema import Schema, mapping, properties
from fake_exo_harness.words import words


def profile_schema() -> Schema:
    """The schema of a profile, each key with what it does (draft 2020-12)."""
    found = mapping(properties(PROFILE, inside=False))
    for key, part in found["properties"].items():
        found["properties"][key] = _told(f"profile.{key}", part)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fake-exo device profile",
        **with_definitions(found),
    }


def _told(name: str, part: Schema) -> Schema:
    """A part of the schema with the description of its word, and of those inside it."""
    known = words("devices")
    described: dict[str, Any] = dict(part)
    if "properties" in part:
        described["properties"] = {
            key: _told(f"{name}.{key}", inner) for key, inner in part["properties"].items()
        }
    if name in known and known[name].does:
        described["description"] = known[name].does
    return described
