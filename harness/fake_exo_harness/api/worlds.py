"""The worlds of one served fake, by name. The first is there from the beginning; others are made
when somebody asks for them, on ports of their own, so that suites side by side do not meet.
"""

import asyncio
import re
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

from fake_exo import Estate, ServiceError, Tenant, World
from fake_exo_harness.api.hooks import MOST, Hook
from fake_exo_harness.api.problems import refused
from fake_exo_harness.api.served import Pulse, ServedWorld

FIRST = "default"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
MOST_WORLDS = 32
_PART = 8  # what another world keeps, as a part of what the first one does
# Opens ports for a world beside the first; these are taken.
Start = Callable[[World, World, Collection[int]], object]


class Worlds:
    """All of them. `start` opens the ports of another one."""

    def __init__(self, first: World, start: Start) -> None:
        self._start = start
        self._estate = first.estate
        self._threads = ThreadPoolExecutor(1, "fake-exo-api")
        self._opening = ThreadPoolExecutor(1, "fake-exo-worlds")
        self._settings = first.settings
        self._as_of = datetime.fromtimestamp(first.now()).astimezone()
        self._numbers = 0
        self.first = self._served(FIRST, first)
        self.by_name = {FIRST: self.first}
        self.hooks: dict[int, tuple[ServedWorld, Hook]] = {}

    def _served(self, name: str, world: World) -> ServedWorld:
        return ServedWorld(name, world, Pulse(world), self._threads)

    def named(self, name: str) -> ServedWorld:
        """Raises RequestProblem for one that there is not."""
        found = self.by_name.get(name)
        if found is None:
            valid = ", ".join(self.by_name)
            raise refused(404, f"no world is named {name[:40]!r}", f"there are {valid}", "world")
        return found

    async def make(
        self, name: str, tenants: Iterable[Tenant], as_of: datetime | None, public_ip: str
    ) -> ServedWorld:
        """Another world: with the tenants of the first one as it began, or with these."""
        return await asyncio.get_running_loop().run_in_executor(
            self._opening, lambda: self._made(name, [*tenants], as_of, public_ip)
        )

    def _made(
        self, name: str, tenants: list[Tenant], as_of: datetime | None, public_ip: str
    ) -> ServedWorld:
        """One after the other, on a thread that may wait for the loop."""
        self._check(name)
        served = self._served(name, self._opened(tenants, as_of, public_ip))
        self.by_name[name] = served
        return served

    def _check(self, name: str) -> None:
        if not NAME.fullmatch(name):
            raise refused(
                400, "a name is of lower-case letters, digits and hyphens, 40 at most", "", "/name"
            )
        if name in self.by_name:
            raise refused(409, f"a world is named {name} already", "take another name", "/name")
        if len(self.by_name) >= MOST_WORLDS:
            raise refused(409, f"there are {MOST_WORLDS} worlds already", "delete one")

    def _opened(self, tenants: list[Tenant], as_of: datetime | None, public_ip: str) -> World:
        settings = replace(
            self._settings,
            keep=_share(self._settings.keep),
            keep_bytes=_share(self._settings.keep_bytes),
        )
        try:
            estate = Estate.of(tenants) if tenants else self._estate
            made = World(estate, as_of=as_of or self._as_of, settings=settings)
            made.public_addresses.update(self.first.world.public_addresses)
            if public_ip:
                made.public_addresses["*"] = public_ip
            self._start(made, self.first.world, self._taken())
        except ServiceError as error:
            raise refused(400, str(error), "", "/tenants") from None
        except OSError as error:
            cause = f"no ports for another world: {error.strerror or error}"
            raise refused(409, cause, "widen --world-ports, or delete a world") from None
        return made

    def _taken(self) -> set[int]:
        """Ports of the worlds that there are."""
        networks = [served.world.network for served in tuple(self.by_name.values())]
        return {n.dns_port for n in networks} | {at.port for n in networks for at in n.bindings}

    async def remove(self, name: str) -> None:
        """Close its ports and forget it. Raises RequestProblem for the first one."""
        served = self.named(name)
        if served is self.first:
            raise refused(409, f"{FIRST} ends with the fake", "delete what came with DELETE")
        del self.by_name[name]
        for number in [n for n, (of, _) in self.hooks.items() if of is served]:
            self.hooks.pop(number)[1].end()
        await asyncio.get_running_loop().run_in_executor(self._opening, served.world.stop)

    def add_hook(self, served: ServedWorld, url: str, kinds: frozenset[str]) -> Hook:
        if sum(of is served for of, _ in self.hooks.values()) >= MOST:
            raise refused(409, f"there are {MOST} webhooks already", "delete one")
        self._numbers += 1
        hook = Hook(self._numbers, url, kinds)
        hook.start(served)
        self.hooks[hook.number] = (served, hook)
        return hook

    def end_hooks(self) -> None:
        """Nobody is told any more. On the loop."""
        for _, hook in self.hooks.values():
            hook.end()
        self.hooks.clear()

    def stop(self) -> None:
        """End all worlds but the first; nobody asks any more."""
        for served in tuple(self.by_name.values()):
            if served is not self.first:
                served.world.stop()
        self._threads.shutdown(cancel_futures=True)
        self._opening.shutdown(cancel_futures=True)


def _share(kept: int | None) -> int | None:
    return None if kept is None else max(1_000, kept // _PART)
