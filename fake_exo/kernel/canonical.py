"""One text for one value, on every machine: what digests are made of.

Fields and sequences keep their order, sets and mappings are sorted, so that neither the seed of
hashes nor the order in which something was put into a dictionary shows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from hashlib import sha256
from operator import attrgetter
from typing import Any


def digest(value: object) -> str:
    """SHA-256 of a value's canonical text, in hexadecimal digits."""
    return sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: object) -> str:
    """The text of a value: dataclasses, enums, dates, sequences, sets, mappings and what they are
    made of. Equal values have equal texts. Raises TypeError for anything else."""
    writer = _WRITERS.get(type(value))
    return writer(value) if writer is not None else _by_class(value)


def _by_class(value: object) -> str:
    kind = type(value)
    if isinstance(value, Enum):
        return f"{kind.__name__}.{value.name}"
    if is_dataclass(value):
        return f"{kind.__name__}({','.join(map(canonical, _values(value)))})"
    if isinstance(value, tuple):
        return _sequence(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    raise TypeError(f"{kind.__name__} has no canonical text")


def _values(value: Any) -> tuple[object, ...]:  # noqa: ANN401
    """What tells a dataclass's value from another, in the order of its fields."""
    kind = type(value)
    if kind not in _READERS:
        names = [field.name for field in fields(kind) if field.compare]
        _READERS[kind] = attrgetter(*names, "__class__")
    return _READERS[kind](value)[:-1]


def _text(value: str) -> str:
    return f"{len(value)}:{value}"


def _number(value: float) -> str:
    return repr(int(value)) if value.is_integer() else repr(value)


def _sequence(value: Iterable[object]) -> str:
    return f"[{','.join(map(canonical, value))}]"


def _set(value: Iterable[object]) -> str:
    return f"{{{','.join(sorted(map(canonical, value)))}}}"


def _mapping(value: Mapping[object, object]) -> str:
    return _set(value.items())


_READERS: dict[type, Callable[[object], tuple[object, ...]]] = {}
_WRITERS: dict[type, Callable[[Any], str]] = {
    str: _text,
    bytes: bytes.hex,
    int: repr,
    bool: repr,
    float: _number,
    type(None): repr,
    date: date.isoformat,
    datetime: datetime.isoformat,
    tuple: _sequence,
    list: _sequence,
    dict: _mapping,
    set: _set,
    frozenset: _set,
}
