"""YAML nodes to values, with every problem collected and placed.

PyYAML composes nodes (they know line and column); what they mean is decided here, by a `Kind`:
a function from node to value. A problem yields `BAD`, which goes up quietly: its reason is
already in the list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.problems import Problem, ScenarioError, nearest

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST_NODES = 400_000  # an alias bomb unfolds to more


class _Bad:
    def __bool__(self) -> bool:
        return False


BAD = _Bad()
Kind = Callable[["Reading", Node], Any]
E = TypeVar("E", bound=Enum)


@dataclass(frozen=True)
class Form:
    """What a kind takes, for the JSON Schema. `of` is, by name:

    scalar: the function that converts; words: the valid ones; many, optional, table: the kind
    inside; shape: the Shape; union: forms.
    """

    name: str
    of: Any
    short: "Form | None" = None  # what may stand instead of the list or the mapping


FORMS: dict[Kind, Form] = {}


def formed(form: Form) -> Callable[[Kind], Kind]:
    """Decorates a kind with the form that it takes."""

    def keep(kind: Kind) -> Kind:
        FORMS[kind] = form
        return kind

    return keep


@dataclass
class Reading:
    """One file being read."""

    path: Path
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    _places: dict[int, tuple[object, Location]] = field(default_factory=dict)
    _keys: dict[int, tuple[object, dict[str, Location]]] = field(default_factory=dict)

    def place(self, node: Node) -> Location:
        """Where a node stands: in this file, or in one that it was included from."""
        mark = node.start_mark
        return self.place_of(node) or Location(self.path, mark.line + 1, mark.column + 1)

    def mark(self, thing: object, place: Location) -> None:
        """Remember where a value (or an included node) came from."""
        self._places[id(thing)] = (thing, place)  # the thing is kept, so its id stays its own

    def place_of(self, thing: object) -> Location | None:
        known = self._places.get(id(thing))
        return known[1] if known is not None else None

    def mark_keys(self, table: object, places: dict[str, Location]) -> None:
        """Remember where the keys of a mapping stand."""
        self._keys[id(table)] = (table, places)

    def place_of_key(self, table: object, key: str) -> Location | None:
        known = self._keys.get(id(table))
        return known[1].get(key) if known is not None else None

    def bad(self, node: Node, cause: str, remedy: str = "") -> _Bad:
        self.problems.append(Problem(self.place(node), cause, remedy))
        return BAD

    def too_much(self, node: Node, more: int) -> bool:
        """Whether a file unfolds to more values than anybody writes; told once."""
        told = self.count > _MOST_NODES
        self.count += more
        if self.count > _MOST_NODES and not told:
            self.bad(node, "too much for one file", "look for aliases within aliases")
        return self.count > _MOST_NODES

    def fail_if_bad(self) -> None:
        if self.problems:
            found = dict.fromkeys(self.problems)
            raise ScenarioError(sorted(found, key=lambda p: (p.place.line, p.place.column)))


def compose(path: Path) -> tuple[list[Node], Reading]:
    """The documents of a file. Raises ScenarioError when it is not YAML at all."""
    reading = Reading(path)
    try:
        source = path.read_bytes().decode("utf-8-sig")
        documents = [node for node in yaml.compose_all(source, Loader=_LOADER) if node is not None]
    except OSError as error:
        raise ScenarioError(
            [Problem(Location(path), f"cannot be read: {error.strerror}")]
        ) from error
    except UnicodeDecodeError as error:
        raise ScenarioError(
            [Problem(Location(path), f"is not UTF-8 (byte {error.start})", "save it as UTF-8")]
        ) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise ScenarioError([_syntax(path, error)]) from error
    if not documents:
        raise ScenarioError(
            [Problem(Location(path), "is empty", "write a scenario, a tenant or a profile")]
        )
    return documents, reading


def _syntax(path: Path, error: Exception) -> Problem:
    mark = getattr(error, "problem_mark", None)
    place = Location(path, mark.line + 1, mark.column + 1) if mark else Location(path)
    cause = getattr(error, "problem", None) or "not YAML, or nested too deeply"
    return Problem(place, f"YAML: {cause}", "look for tabs, quotes and indentation")


# ---- kinds -------------------------------------------------------------------------------------


def one(convert: Callable[[str], Any]) -> Kind:
    """A scalar, converted from its text as written."""

    @formed(Form("scalar", convert))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if not isinstance(node, ScalarNode):
            return reading.bad(node, "a single value is wanted here", "not a list or a mapping")
        if node.tag.startswith("!"):
            return reading.bad(node, f"tag {node.tag} is not part of the language", "drop it")
        try:
            return convert(node.value)
        except ValueError as error:
            return reading.bad(node, f'"{_shown(node.value)}": {error}')

    return read


def _shown(text: str) -> str:
    """A value in one line of a message, however long it is and whatever is in it."""
    plain = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return plain if len(plain) <= 80 else f"{plain[:77]}..."


def choice(options: type[E]) -> Kind:
    """An enum by value, in any case."""
    values = [str(option.value) for option in options]
    by_name = {value.lower(): option for value, option in zip(values, options, strict=True)}

    @formed(Form("words", tuple(values)))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if not isinstance(node, ScalarNode) or node.value.lower() not in by_name:
            word = node.value if isinstance(node, ScalarNode) else "this"
            return reading.bad(node, f'"{word}" is not known here', nearest(str(word), values))
        return by_name[node.value.lower()]

    return read


def word(*valid: str) -> Kind:
    """One of a few words."""

    @formed(Form("words", valid))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if not isinstance(node, ScalarNode) or node.value not in valid:
            found = node.value if isinstance(node, ScalarNode) else "this"
            return reading.bad(node, f'"{found}" is not known here', nearest(str(found), valid))
        return node.value

    return read


def many(kind: Kind, *, or_one: bool = False) -> Kind:
    """A list; with `or_one` a single value stands for a list of one."""

    @formed(Form("many", kind, FORMS.get(kind) if or_one else None))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if isinstance(node, SequenceNode):
            if reading.too_much(node, len(node.value)):
                return BAD
            return tuple(v for item in node.value if (v := kind(reading, item)) is not BAD)
        if or_one:
            value = kind(reading, node)
            return () if value is BAD else (value,)
        return reading.bad(node, "a list is wanted here", "begin each entry with a dash")

    return read


def optional(kind: Kind) -> Kind:
    """The kind, or `null` for None."""

    @formed(Form("optional", kind))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        if isinstance(node, ScalarNode) and node.value in ("null", "~", ""):
            return None
        return kind(reading, node)

    return read


def table(kind: Kind) -> Kind:
    """A mapping with free keys."""

    @formed(Form("table", kind))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        pairs = pairs_of(reading, node)
        if pairs is None:
            return BAD
        values = {name: kind(reading, value) for name, (_, value) in pairs.items()}
        return {name: value for name, value in values.items() if value is not BAD}

    return read


def keyed(key_kind: Kind, kind: Kind) -> Kind:
    """A mapping whose keys are of a kind too."""

    @formed(Form("table", kind))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        pairs = pairs_of(reading, node)
        if pairs is None:
            return BAD
        values = {key_kind(reading, key): kind(reading, value) for key, value in pairs.values()}
        return {key: value for key, value in values.items() if BAD not in (key, value)}

    return read


def named(kind: Kind, valid: Callable[[], Sequence[str]], what: str) -> Kind:
    """A mapping whose keys are names of the service, which are known."""

    @formed(Form("table", kind))
    def read(reading: Reading, node: Node) -> Any:  # noqa: ANN401
        pairs = pairs_of(reading, node)
        if pairs is None:
            return BAD
        found = {}
        for name, (key, value) in pairs.items():
            if name not in valid():
                reading.bad(key, f'no {what} is named "{name}"', nearest(name, valid()))
            elif (result := kind(reading, value)) is not BAD:
                found[name] = result
        return found

    return read


def pairs_of(reading: Reading, node: Node) -> dict[str, tuple[Node, Node]] | None:
    """The keys of a mapping, each with its two nodes; problems for what is no key."""
    if not isinstance(node, MappingNode):
        reading.bad(node, "a mapping is wanted here", 'write "key: value" lines')
        return None
    found: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if reading.too_much(node, 1):
            return None
        if not isinstance(key, ScalarNode):
            reading.bad(key, "a key must be a plain word")
        elif key.value == "<<":
            reading.bad(key, "merge keys are not part of the language", "use cases: or include:")
        elif key.value in found:
            reading.bad(key, f'"{key.value}" stands here twice', "keep one of them")
        else:
            found[key.value] = (key, value)
    return found


@dataclass(frozen=True)
class Shape:
    """A mapping with known keys. `aliases` are other spellings, `required` must be there."""

    kinds: Mapping[str, Kind]
    required: Sequence[str] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    def read(self, reading: Reading, node: Node) -> dict[str, Any] | None:
        """The values of the keys that are there and good; None when it is no mapping."""
        pairs = pairs_of(reading, node)
        if pairs is None:
            return None
        found: dict[str, Any] = {}
        meant: set[str] = set()
        for name, (key, value) in pairs.items():
            canonical = self.aliases.get(name.lower().replace("_", ""), name)
            if canonical not in self.kinds:
                hint = nearest(name, list(self.kinds))
                meant |= {known for known in self.kinds if hint == f'did you mean "{known}"?'}
                reading.bad(key, f'"{name}" is not a key here', hint)
            elif (result := self.kinds[canonical](reading, value)) is not BAD:
                found[canonical] = result
        present = {self.aliases.get(name.lower().replace("_", ""), name) for name in pairs}
        for name in self.required:
            if name not in present | meant:
                reading.bad(node, f'"{name}" is missing here')
        return found

    def complete(self, found: dict[str, Any] | None) -> bool:
        return found is not None and all(name in found for name in self.required)
