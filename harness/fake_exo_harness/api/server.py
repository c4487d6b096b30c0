"""The interface on a port, on the worlds' own loop."""

import asyncio
import errno
import secrets
import socket
import sys
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

import uvicorn

from fake_exo import World
from fake_exo.drive import CannotListen
from fake_exo_harness.api.app import application
from fake_exo_harness.api.guard import ENTRANCE, Admits, Keys
from fake_exo_harness.api.worlds import Start, Worlds

_PATIENCE = 10.0  # seconds for the server to begin, and to end


@dataclass(frozen=True, slots=True)
class HttpPlace:
    """Where the interface listens; `port` 0: a free one. `token`: what must be shown, made up
    where one is needed and none is given."""

    address: str
    port: int
    token: str = ""

    @property
    def loopback(self) -> bool:
        return ip_address(self.address).is_loopback


class ApiServer:
    """Serves from its making to `stop`. Raises CannotListen when the port cannot be had."""

    def __init__(
        self,
        world: World,
        place: HttpPlace,
        start: Start,
        names: Iterable[str] = (),
        admits: Admits | None = None,
    ) -> None:
        token = place.token or ("" if place.loopback else secrets.token_urlsafe(24))
        self.keys = Keys(token)
        self.worlds = Worlds(world, start)
        self._socket = _listening(place)
        self.address, self.port = self._socket.getsockname()[:2]
        app = application(self.worlds, self.keys, names, admits)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            server_header=False,
            timeout_graceful_shutdown=1,
            limit_concurrency=1_000,
            h11_max_incomplete_event_size=1 << 16,
        )
        self._server = uvicorn.Server(config)
        self._world = world
        self._running: Future[None] = world.network.begin(self._server.serve([self._socket]))

    @property
    def url(self) -> str:
        """Where a program of this machine asks."""
        host = f"[{self.address}]" if ":" in self.address else self.address
        shown = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)
        return f"http://{shown}:{self.port}"

    @property
    def link(self) -> str:
        """What a person opens in a browser: with a token, a link that works once."""
        if not self.keys.token:
            return f"{self.url}/"
        return f"{self.url}{ENTRANCE}?key={self.keys.link[0]}" if self.keys.link else self.url

    def stop(self) -> None:
        """End all answers, streams too, and every world but the first."""
        self._world.network.call(self.worlds.end_hooks)
        self._server.should_exit = True
        with suppress(TimeoutError, asyncio.CancelledError):
            self._running.result(_PATIENCE)
        self._socket.close()
        self.worlds.stop()


def _listening(place: HttpPlace) -> socket.socket:
    """A socket that listens there, once asked to. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in place.address else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers have one port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((place.address, place.port))
        found.listen(1024)
    except OSError as error:
        found.close()
        number = error.errno if error.errno is not None else errno.EADDRNOTAVAIL
        text = error.strerror or str(error)
        raise CannotListen(number, text, place.address, place.port) from error
    return found
