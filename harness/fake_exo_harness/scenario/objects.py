"""Objects of a tenant from YAML. Their keys are the fields of their classes, read as the
annotations say, so that a new kind of object needs nothing here."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from yaml.nodes import Node, ScalarNode

from fake_exo import OBJECTS, ObjectKind, Organization, admin, service_facts
from fake_exo_harness.forms import values
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Kind,
    Reading,
    Shape,
    choice,
    formed,
    many,
    one,
    optional,
)
from fake_exo_harness.forms.problems import nearest


def _recipients(raw: str) -> int:
    limit = values.integer(raw)
    if not 1 <= limit <= 1000:
        raise ValueError("a recipient limit is 1 to 1000")
    return limit


def _recipients_in_time(raw: str) -> int:
    limit = values.integer(raw)
    if not 0 <= limit <= 10_000:
        raise ValueError("a limit of the outbound policy is 0 (the service's default) to 10000")
    return limit


def _forest(raw: str) -> str:
    valid = service_facts()["forests"]
    if raw not in valid:
        raise ValueError(f"no forest is named so; {nearest(raw, valid)}")
    return raw


# What annotations of the tenant's classes mean: by type, and by the word beside it.
_TYPES: Mapping[object, Callable[[str], Any]] = {
    str: values.text,
    bool: values.boolean,
    int: values.integer,
    date: values.day,
    datetime: values.moment,
}
_MEANINGS: Mapping[str, Callable[[str], Any]] = {
    "address": values.address,
    "domain": values.domain,
    "size": values.size,
    "recipients": _recipients,
    "recipients in time": _recipients_in_time,
    "connector ip": values.connector_ip,
    "ip entry": values.ip_entry,
    "forest": _forest,
}


def _kind(hint: Any) -> Kind:  # noqa: ANN401 - an annotation
    """How a value of this annotation is read."""
    if hint in _TYPES:
        return one(_TYPES[hint])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return choice(hint)
    if is_dataclass(hint):
        return _object(hint)
    return _COMPOSED[get_origin(hint)](get_args(hint))


def _several(inner: tuple[Any, ...]) -> Kind:
    return many(_kind(inner[0]), or_one=not is_dataclass(inner[0]))


def _perhaps(inner: tuple[Any, ...]) -> Kind:
    (hint,) = (each for each in inner if each is not NoneType)
    return optional(_kind(hint))


_COMPOSED: Mapping[object, Callable[[tuple[Any, ...]], Kind]] = {
    Annotated: lambda inner: one(_MEANINGS[inner[1]]),
    tuple: _several,
    UnionType: _perhaps,
    Union: _perhaps,
}


def kinds(model: type, given: Mapping[str, Kind]) -> dict[str, Kind]:
    """A kind for each field of a class: the given one, else by its annotation."""
    hints = get_type_hints(model, include_extras=True)
    return {f.name: given.get(f.name) or _kind(hints[f.name]) for f in fields(model)}


def _shape(model: type) -> Shape:
    found = kinds(model, {})
    needed = [f.name for f in fields(model) if f.default is MISSING is f.default_factory]
    return Shape(found, tuple(needed), {name.replace("_", ""): name for name in found})


def _object(model: Any, short: str | None = None) -> Kind:  # noqa: ANN401 - a dataclass
    """A mapping as an object; with `short`, a plain word stands for that one field."""
    shape = _shape(model)

    @formed(Form("shape", shape, FORMS[shape.kinds[short]] if short is not None else None))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if short is not None and isinstance(node, ScalarNode):
            value = shape.kinds[short](reading, node)
            made = model(**{short: value}) if value is not BAD else BAD
        else:
            found = shape.read(reading, node)
            if not shape.complete(found):
                return BAD
            made = model(**found) if found is not None else BAD
        if made is not BAD:
            reading.mark(made, reading.place(node))
        return made

    return read


def one_of(row: ObjectKind) -> Kind:
    """How one object of a row is read."""
    return _object(row.model, row.identity if row.short else None)


# What `change:` takes, by verb: the shape, of which it fills a part, and the key that says which.
CHANGES: Mapping[str, tuple[Shape, str]] = {
    admin.ORGANIZATION: (_shape(Organization), ""),
    **{
        row.verb: (replace(_shape(row.model), required=(row.identity,)), row.identity)
        for row in OBJECTS
    },
}
