"""A JSON Schema in which what is said more than once is said once, under `$defs`."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

_Schema = dict[str, Any]
_WORTH = 80  # characters of a part that gets a definition; shorter ones stay where they are


def with_definitions(schema: _Schema) -> _Schema:
    """The same schema, shorter. A definition has the name of the key that it first stands under,
    so that names change only where the language does."""
    shared = _Shared(schema)
    whole = shared.within(schema, "")
    return {**whole, "$defs": dict(sorted(shared.definitions.items()))}


class _Shared:
    def __init__(self, schema: _Schema) -> None:
        self._times = Counter(_text(part) for part in _parts(schema))
        self._names: dict[str, str] = {}
        self.definitions: dict[str, _Schema] = {}

    def within(self, schema: _Schema, key: str) -> _Schema:
        """A schema whose parts are replaced."""
        found = dict(schema)
        if "properties" in found:
            inner = found["properties"].items()
            found["properties"] = {name: self._replaced(part, name) for name, part in inner}
        for word in ("items", "additionalProperties"):
            if isinstance(found.get(word), dict):
                found[word] = self._replaced(found[word], key)
        if "anyOf" in found:
            found["anyOf"] = [self._replaced(part, key) for part in found["anyOf"]]
        return found

    def _replaced(self, part: _Schema, key: str) -> _Schema:
        text = _text(part)
        if self._times[text] < 2 or len(text) < _WORTH:
            return self.within(part, key)
        if text not in self._names:
            self._names[text] = name = self._free(key)
            self.definitions[name] = {}  # the name is taken while its parts are named
            self.definitions[name] = self.within(part, key)
        return {"$ref": f"#/$defs/{self._names[text]}"}

    def _free(self, key: str) -> str:
        number, name = 1, key
        while name in self.definitions:
            number += 1
            name = f"{key}-{number}"
        return name


def _parts(schema: _Schema) -> Iterator[_Schema]:
    """Every schema inside one, at any depth."""
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema[word] for word in ("items", "additionalProperties") if schema.get(word)]
    for part in inner:
        yield part
        yield from _parts(part)


def _text(part: _Schema) -> str:
    return json.dumps(part, sort_keys=True)
