"""Webhooks: whoever wants to be told of events over HTTP, each by a task of its own.

Only machines of this network are told: the fake connects nowhere else. One that does not answer is
tried a second time, then passed over.
"""

import asyncio
import contextlib
import json
import socket
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from fake_exo_harness.api.problems import refused
from fake_exo_harness.api.resources import HookItem
from fake_exo_harness.api.served import ServedWorld
from fake_exo_harness.api.stream import Told, tell

MOST = 10
_PATIENCE = 5.0  # seconds for an answer
_TRIES = 2
_WAIT = 0.5  # seconds between two tries


class Hook:
    """One webhook; `start` needs the loop."""

    def __init__(self, number: int, url: str, kinds: frozenset[str]) -> None:
        self.number = number
        self.url = url
        self.kinds = kinds
        self._sent = self._failed = self._missed = 0
        self._problem = ""
        self._task: asyncio.Task[None] | None = None

    def start(self, served: ServedWorld) -> None:
        self._task = asyncio.create_task(self._tell_all(served))

    def end(self) -> None:
        if self._task is not None:
            self._task.cancel()

    @property
    def item(self) -> HookItem:
        return HookItem(
            self.number,
            self.url,
            sorted(self.kinds),
            self._sent,
            self._failed,
            self._missed,
            self._problem,
        )

    async def _tell_all(self, served: ServedWorld) -> None:
        async for lot in tell(served, served.world.ledger.mark, self.kinds):
            for event in lot:
                self._missed += int(event.get("missed", 0))
                await self._tell(event)

    async def _tell(self, event: Told) -> None:
        for attempt in range(_TRIES):
            try:
                await asyncio.wait_for(_post(self.url, event), _PATIENCE)
            except (OSError, ValueError, TimeoutError) as error:
                self._problem = (str(error) or "no answer")[:200]
                if attempt + 1 < _TRIES:
                    await asyncio.sleep(_WAIT)
            else:
                self._sent += 1
                return
        self._failed += 1


def checked_url(url: object) -> str:
    """The address of a webhook. Raises RequestProblem for one that is none."""
    try:
        parts = urlsplit(url) if isinstance(url, str) and len(url) < 2_000 else None
        fits = parts is not None and parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits or not isinstance(url, str) or not url.isascii() or not url.isprintable():
        raise refused(
            400, "a webhook is an http address", 'as {"url": "http://127.0.0.1:9000/mail"}', "/url"
        )
    return url


async def _post(url: str, event: Told) -> None:
    """Send an event. Raises OSError or ValueError when it does not arrive."""
    parts = urlsplit(url)
    body = json.dumps(event).encode("ascii")
    port = parts.port or 80
    reader, writer = await asyncio.open_connection(await _near(parts.hostname or "", port), port)
    try:
        writer.write(_head(parts, len(body)) + body)
        await writer.drain()
        status = (await reader.readline()).split()
        if len(status) < 2 or not status[1].startswith(b"2"):
            raise ValueError(f"answered {b' '.join(status[:2]).decode('ascii', 'replace')}")
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _head(parts: SplitResult, length: int) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = (
        f"POST {path.replace(' ', '%20')} HTTP/1.1",
        f"Host: {parts.netloc.rpartition('@')[2]}",
        "User-Agent: fake-exo",
        "Content-Type: application/json",
        f"Content-Length: {length}",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in lines).encode("ascii") + b"\r\n"


async def _near(host: str, port: int) -> str:
    """An address of a host in this network. Raises ValueError for any other."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        address = ip_address(str(place[0]).partition("%")[0])
        if address.is_loopback or address.is_private:
            return str(place[0])
    raise ValueError(f"{host} is not in this network: only private and loopback addresses are told")
