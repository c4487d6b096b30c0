"""The OpenAPI document, made of the routes table and the classes of what is shown."""

import re
from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from fake_exo_harness.api.call import Row
from fake_exo_harness.api.plain import Schema, schema_of
from fake_exo_harness.api.resources import ProblemList
from fake_exo_harness.api.routes import ROUTES, paths

DOCUMENT = "/openapi.json"
_NAME = re.compile(r"{(\w+)}")
_ANY = (400, 401, 403, 421)  # what any request may get
_OF_CHANGES = (413, 415)
_WORLD: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer", "minimum": 0}


@lru_cache(maxsize=1)
def document() -> Mapping[str, Any]:
    """The whole document (OpenAPI 3.1)."""
    known: dict[str, Schema] = {}
    found: dict[str, dict[str, Any]] = {}
    for row in ROUTES:
        for path in paths(row):
            found.setdefault(path, {})[row.method.lower()] = _operation(row, path, known)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fake-exo",
            "version": version("fake-exo"),
            "description": "A FAKE Exchange Online: what came, why, and what to change.",
        },
        "paths": found,
        "components": {
            "schemas": known,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _operation(row: Row, path: str, known: dict[str, Schema]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "operationId": f"{row.do.__name__}{'_of_world' if '{world}' in path else ''}",
        "summary": row.meaning,
        "parameters": [*map(_in_path, _NAME.findall(path)), *_in_query(row)],
        "responses": _responses(row, path, known),
    }
    if row.takes is not None:
        body = {"application/json": {"schema": row.takes}}
        made["requestBody"] = {"required": True, "content": body}
    return made


def _in_path(name: str) -> dict[str, Any]:
    schema = _WORLD if name == "world" else _NUMBER
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _in_query(row: Row) -> list[dict[str, Any]]:
    return [
        {"name": each.name, "in": "query", "description": each.meaning, "schema": each.schema}
        for each in row.query
    ]


def _responses(row: Row, path: str, known: dict[str, Schema]) -> dict[str, Any]:
    problem = {"application/json": {"schema": schema_of(ProblemList, known)}}
    missing = (404,) if "{world}" in path else ()
    changes = _OF_CHANGES if row.method != "GET" else ()
    refused = sorted({*_ANY, *changes, *row.refuses, *missing})
    found = {str(status): _response(status, problem) for status in refused}
    found[str(row.status)] = _response(row.status, _content(row, known))
    if row.do.__name__ == "wait_for":  # what is still different is told as what is met
        found["409"] = _response(409, _content(row, known))
    return found


def _response(status: int, content: dict[str, Any]) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": content}


def _content(row: Row, known: dict[str, Schema]) -> dict[str, Any]:
    if isinstance(row.gives, str):
        return {row.gives: {"schema": {"type": "string"}}}
    schema = schema_of(row.gives, known)
    return {"application/json": {"schema": _page(schema) if row.page else schema}}


def _page(item: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": item},
            "next": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
        "required": ["items", "next"],
        "additionalProperties": False,
    }
