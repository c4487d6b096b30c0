"""Who may ask: the name by which he comes, the page that sends him, his token, and what he brings.

A page of the internet in a browser of this machine is not let in: by name (Host), by page (Origin),
by kind (changes are JSON), and beyond loopback by token or cookie.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fake_exo_harness.api.answers import JsonAnswer
from fake_exo_harness.api.resources import ProblemItem, ProblemList

Admits = Callable[[str], bool]  # whether an address may come
COOKIE = "fake_exo"
ENTRANCE = "/enter"
MOST_BODY = 4 << 20  # bytes of a request
_SAFE = ("GET", "HEAD", "OPTIONS")
_MACHINES = ("localhost", "host.docker.internal", "host.containers.internal")
_OPEN = ("/livez", "/readyz")  # a health check has no token


@dataclass(frozen=True)
class Keys:
    """The token that is needed (empty: none), and what a browser has in its place: one link, once,
    and the cookie that it is turned into."""

    token: str = ""
    link: list[str] = field(default_factory=lambda: [secrets.token_urlsafe(24)])
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    def fits(self, connection: HTTPConnection) -> bool:
        if not self.token:
            return True
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        bearer = scheme.lower() == "bearer" and _same(given.strip(), self.token)
        return bearer or _same(connection.cookies.get(COOKIE, ""), self.cookie)

    def enter(self, key: str) -> bool:
        """Use the link up."""
        if self.link and _same(key, self.link[0]):
            self.link.clear()
            return True
        return False


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode("utf-8"))


class Guard:
    """An application behind these checks. `names`: what this machine is called beside localhost,
    its addresses, and names without a dot, which no page of the internet has."""

    def __init__(
        self, app: ASGIApp, keys: Keys, names: Iterable[str] = (), admits: Admits | None = None
    ) -> None:
        self._app = app
        self._admits = admits
        self._keys = keys
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        connection = HTTPConnection(scope)
        response = self._turned_away(connection, scope["method"])
        if response is None and scope["path"] == ENTRANCE:
            response = self._entrance(connection)
        if response is not None:
            await response(scope, receive, send)
            return
        await self._app(scope, _Bounded(receive), _with_headers(send))

    def _turned_away(self, connection: HTTPConnection, method: str) -> Response | None:
        client, headers = connection.client, connection.headers
        if self._admits is not None and (client is None or not self._admits(client.host)):
            return problem(403, "from the internet nobody may come", "allow it with --allow NET")
        host = headers.get("host", "")
        if not self._is_ours(host):
            name = host.partition(":")[0][:100]
            return problem(421, f"{name!r} is not a name of this fake", "give it with --name")
        origin = headers.get("origin")
        if origin is not None and _place_of(origin) != host.lower():
            return problem(403, "another page's request", "ask from the fake's own pages")
        if _path_of(connection) not in (*_OPEN, ENTRANCE) and not self._keys.fits(connection):
            found = problem(401, "a token is needed", "send Authorization: Bearer TOKEN")
            found.headers["www-authenticate"] = "Bearer"
            return found
        return None if method in _SAFE else _body_problem(method, headers)

    def _is_ours(self, host: str) -> bool:
        name = host.lower()
        name = name[1:].partition("]")[0] if name.startswith("[") else name.partition(":")[0]
        if name in self._names or name in _MACHINES or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return bool(name) and "." not in name
        return True

    def _entrance(self, connection: HTTPConnection) -> Response:
        if not self._keys.enter(connection.query_params.get("key", "")):
            return problem(403, "this link has been used, or is none", "start the fake anew")
        found = RedirectResponse("/", 303)
        found.set_cookie(COOKIE, self._keys.cookie, httponly=True, samesite="strict")
        return found


def _path_of(connection: HTTPConnection) -> str:
    return str(connection.scope["path"])


def _place_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return ""


def _body_problem(method: str, headers: Headers) -> Response | None:
    length = headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > MOST_BODY:
        return problem(413, f"a request has at most {MOST_BODY} bytes", "send less")
    brings = length != "0" or "transfer-encoding" in headers
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and (brings or method != "DELETE"):
        return problem(415, "changes are JSON", "send Content-Type: application/json")
    return None


def problem(status: int, cause: str, remedy: str = "", place: str = "") -> JsonAnswer:
    """A refusal as every other one of the interface."""
    return JsonAnswer(ProblemList([ProblemItem(place, cause, remedy)]), status)


class _Bounded:
    """The body of a request, of which no more than so much is taken, whatever was announced."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = MOST_BODY

    async def __call__(self) -> "dict[str, object]":
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                return {"type": "http.disconnect"}
        return dict(message)


_HEADERS: Mapping[bytes, bytes] = {
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cache-control": b"no-store",
}


def _with_headers(send: Send) -> Send:
    async def sent(message: "dict[str, object]") -> None:
        if message["type"] == "http.response.start":
            given = [*message.get("headers", [])]  # type: ignore[misc]
            said = {name for name, _ in given}
            more = [(name, value) for name, value in _HEADERS.items() if name not in said]
            message = {**message, "headers": [*given, *more]}
        await send(message)

    return sent  # type: ignore[return-value]
