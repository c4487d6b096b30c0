"""One request as handlers see it, and what a row of the routes table says of it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from starlette.requests import Request

from fake_exo_harness.api.plain import Schema
from fake_exo_harness.api.problems import refused, unknown
from fake_exo_harness.api.served import ServedWorld

if TYPE_CHECKING:
    from fake_exo_harness.api.worlds import Worlds

MOST_PAGE = 500  # rows of one answer


class Parameter(NamedTuple):
    """A parameter of a query: what it means, its schema, and how its text is read."""

    name: str
    meaning: str
    schema: Schema
    read: Callable[[str], Any]
    default: Any


@dataclass(slots=True)
class Call:
    """A request. `served`: the world that it is about."""

    worlds: "Worlds"
    request: Request
    served: ServedWorld
    query: Mapping[str, Any]
    body: Any

    def number(self, name: str) -> int:
        """A number of the path."""
        return whole(self.request.path_params[name], name)


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Row:
    """One thing that can be asked for. `path` is behind a world's own, or from the root with `of`
    other than world; `gives` is the type of the answer, or its media type; `takes` the schema of
    the body; `refuses`: statuses beside those that any request may get."""

    method: str
    path: str
    do: Handler
    meaning: str
    gives: Any
    takes: Schema | None = None
    query: tuple[Parameter, ...] = ()
    refuses: tuple[int, ...] = ()
    status: int = 200
    of: str = "world"
    page: bool = field(default=False)


def whole(text: str, place: str, most: int = 1 << 53) -> int:
    """A whole number from 0. Raises RequestProblem for what is none."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 17 or int(text) > most:
        raise refused(400, f"{text[:40]!r} is no whole number up to {most}", "", place)
    return int(text)


def asked(parameters: tuple[Parameter, ...], given: Mapping[str, str]) -> dict[str, Any]:
    """The values of a query. Raises RequestProblem for what it does not take."""
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise unknown("the parameter", name, known or ["none"], name[:80])
    return {
        name: one.read(given[name]) if name in given else one.default for name, one in known.items()
    }


def _limit(text: str) -> int:
    found = whole(text, "limit", MOST_PAGE)
    if found < 1:
        raise refused(400, "a limit is at least 1", "", "limit")
    return found


def _switch(text: str) -> bool:
    if text not in ("true", "false"):
        raise refused(400, f"{text[:40]!r} is not true or false", "", "follow")
    return text == "true"


_WHOLE: Schema = {"type": "integer", "minimum": 0}
TEXT: Schema = {"type": "string"}
QUERY = Parameter("query", 'words of a search: from:ann subject:"scan 7" -fate:delivered', TEXT,
                  str, "")  # fmt: skip
LIMIT = Parameter(
    "limit", "so many rows at most", {"type": "integer", "minimum": 1, "maximum": MOST_PAGE},
    _limit, 50,
)  # fmt: skip
BEFORE = Parameter(
    "before", "rows older than this number: `next` of the page before", _WHOLE,
    lambda text: whole(text, "before"), None,
)  # fmt: skip
SINCE = Parameter(
    "since", "from this mark on; 0: all that is kept", _WHOLE,
    lambda text: whole(text, "since"), None,
)  # fmt: skip
KINDS_ASKED = Parameter(
    "kinds", "only these kinds of events, with commas between", TEXT,
    lambda text: frozenset(filter(None, text.split(","))), frozenset(),
)  # fmt: skip
FOLLOW = Parameter(
    "follow", "false: end with what has happened already", {"type": "boolean"}, _switch, True
)


def moment(text: object, place: str) -> datetime:
    """A day or a moment in ISO 8601. Raises RequestProblem."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        raise refused(400, "a date is wanted", "as 2026-11-25", place) from None
