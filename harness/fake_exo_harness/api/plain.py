"""Values as plain data for JSON, and their classes as JSON Schema."""

import types
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

Schema = dict[str, Any]

_SCALARS: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    dict[str, Any]: {"type": "object"},
}


def instant_text(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601, to the millisecond."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:  # noqa: ANN401 - values in, plain data out
    """Named tuples as mappings by field; what is plain already stays."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {name: plain(getattr(value, name)) for name in value._fields}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value


def schema_of(hint: Any, known: dict[str, Schema]) -> Schema:  # noqa: ANN401 - a type
    """The schema of a type; classes go into `known` by name and are referred to."""
    if hint in _SCALARS:
        return dict(_SCALARS[hint])
    if get_origin(hint) in (Union, types.UnionType):
        return {"anyOf": [schema_of(each, known) for each in get_args(hint)]}
    if get_origin(hint) is list:
        return {"type": "array", "items": schema_of(get_args(hint)[0], known)}
    if hint.__name__ not in known:
        known[hint.__name__] = {}  # it may hold itself
        known[hint.__name__] = _class(hint, known)
    return {"$ref": f"#/components/schemas/{hint.__name__}"}


def _class(hint: Any, known: dict[str, Schema]) -> Schema:  # noqa: ANN401 - a named tuple
    hints = get_type_hints(hint)
    return {
        "type": "object",
        "description": " ".join((hint.__doc__ or "").split()),
        "properties": {name: schema_of(each, known) for name, each in hints.items()},
        "required": list(hints),
        "additionalProperties": False,
    }
