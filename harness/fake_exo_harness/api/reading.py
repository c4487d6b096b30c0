"""Bodies of requests, read by the tables of the scenario language: JSON in, its values out.

Nothing here opens files: words of the language that would are refused, wherever they stand.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from yaml.error import Mark
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fake_exo_harness.api.problems import RequestProblem, refused
from fake_exo_harness.api.resources import ProblemItem
from fake_exo_harness.forms.nodes import BAD, Kind, Reading

_OPENING = ("file", "include", "folder")  # keys that name files
_BODY = Path("body")  # stands for the request where problems have a place
_MOST_DEPTH = 40
_MOST_VALUES = 20_000
_TAG = "tag:yaml.org,2002:str"


def parsed(body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The value of a JSON body. Raises RequestProblem for what is none."""
    try:
        found = json.loads(body or b"{}", parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a character is no text
        return found
    except (ValueError, RecursionError) as error:
        cause = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise refused(400, f"the body is no JSON: {cause}", "send one JSON value") from None


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no JSON")


def read(kind: Kind, value: Any, place: str = "") -> Any:  # noqa: ANN401 - whatever the kind makes
    """A value as a kind of the language reads it. Raises RequestProblem with all problems."""
    body = _Body(place)
    node = body.node(value, place, 0)
    if body.problems:
        raise RequestProblem(400, body.problems)
    reading = Reading(_BODY)
    found = kind(reading, node)
    if reading.problems or found is BAD:
        raise RequestProblem(400, [body.told(p.place.line, p.cause, p.remedy) for p in
                                   reading.problems[:100]])  # fmt: skip
    return found


class _Body:
    """A value as nodes; each has a line of its own, by which its place is found again."""

    def __init__(self, place: str) -> None:
        self.problems: list[ProblemItem] = []
        self._places = [place]

    def told(self, line: int, cause: str, remedy: str) -> ProblemItem:
        place = self._places[line - 1] if 0 < line <= len(self._places) else ""
        return ProblemItem(place, cause, remedy)

    def node(self, value: Any, place: str, depth: int) -> Node:  # noqa: ANN401
        if depth > _MOST_DEPTH or len(self._places) > _MOST_VALUES:
            raise refused(400, "too much for one request", "send less at a time", place)
        self._places.append(place)
        mark = Mark("body", 0, len(self._places) - 1, 0, None, 0)
        if isinstance(value, Mapping):
            return MappingNode("", list(self._pairs(value, place, depth)), mark, mark)
        if isinstance(value, list):
            items = [self.node(v, f"{place}/{n}", depth + 1) for n, v in enumerate(value)]
            return SequenceNode("", items, mark, mark)
        return ScalarNode(_TAG, _text(value), mark, mark)

    def _pairs(
        self, value: Mapping[str, Any], place: str, depth: int
    ) -> Iterator[tuple[Node, Node]]:
        for key, inner in value.items():
            where = f"{place}/{key[:100]}"
            if key in _OPENING:
                self.problems.append(
                    ProblemItem(where, f"{key!r} would open a file", "write what is in it here")
                )
            yield self.node(key, where, depth + 1), self.node(inner, where, depth + 1)


def _text(value: Any) -> str:  # noqa: ANN401 - a scalar of JSON
    """A scalar as it would be written in a file."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
