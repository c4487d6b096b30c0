"""The web application: a starlette route for each row of the table, behind the guard."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from fake_exo_harness.api.answers import JsonAnswer
from fake_exo_harness.api.call import Call, Row, asked
from fake_exo_harness.api.document import DOCUMENT, document
from fake_exo_harness.api.guard import Admits, Guard, Keys, problem
from fake_exo_harness.api.problems import RequestProblem
from fake_exo_harness.api.reading import parsed
from fake_exo_harness.api.resources import ProblemList, WaitItem
from fake_exo_harness.api.routes import ROUTES, paths
from fake_exo_harness.api.worlds import FIRST, Worlds

Endpoint = Callable[[Request], Awaitable[Response]]
_WELCOME = """FAKE Exchange Online. What came and why: /api/v1/sessions, /api/v1/messages
Everything that can be asked for: /openapi.json
"""


def application(
    worlds: Worlds,
    keys: Keys,
    names: Iterable[str] = (),
    admits: Admits | None = None,
    pages: Iterable[BaseRoute] = (),
) -> ASGIApp:
    """The application. `admits`: who may come; `pages`: routes of a console, in place of the plain
    welcome at /."""
    routes = [
        *_routes(worlds),
        Route(DOCUMENT, _document),
        *(pages or [Route("/", _welcome)]),
    ]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _http_problem})
    return Guard(app, keys, names, admits)


async def _document(request: Request) -> Response:
    return JsonAnswer(document())


async def _welcome(request: Request) -> Response:
    return PlainTextResponse(_WELCOME)


async def _http_problem(request: Request, error: Exception) -> Response:
    """What starlette refuses: an unknown path, a method that is none here."""
    assert isinstance(error, HTTPException)
    remedy = "/openapi.json lists what there is"
    found = problem(error.status_code, error.detail, remedy, request.url.path[:200])
    found.headers.update(error.headers or {})
    return found


def _routes(worlds: Worlds) -> list[BaseRoute]:
    """One route a path, with all its methods, so that others get 405."""
    found: dict[str, dict[str, Row]] = {}
    for row in ROUTES:
        for path in paths(row):
            found.setdefault(path, {})[row.method] = row
    return [Route(path, _endpoint(worlds, rows), methods=[*rows]) for path, rows in found.items()]


def _endpoint(worlds: Worlds, rows: dict[str, Row]) -> Endpoint:
    async def answer(request: Request) -> Response:
        row = rows["GET" if request.method == "HEAD" else request.method]
        try:
            return _response(row, await row.do(await _call(worlds, row, request)))
        except RequestProblem as error:
            return JsonAnswer(ProblemList(error.problems), error.status)
        except ClientDisconnect:
            return problem(413, "the request is too large, or broke off", "send less")

    return answer


async def _call(worlds: Worlds, row: Row, request: Request) -> Call:
    served = worlds.named(request.path_params.get("world", FIRST))
    query = asked(row.query, request.query_params)
    body = await request.body() if row.method != "GET" else b""
    return Call(worlds, request, served, query, parsed(body) if row.takes is not None else None)


def _response(row: Row, answer: Any) -> Response:  # noqa: ANN401 - whatever a handler gives
    if isinstance(answer, Response):
        return answer
    failed = isinstance(answer, WaitItem) and not answer.met
    return JsonAnswer(answer, 409 if failed else row.status)
