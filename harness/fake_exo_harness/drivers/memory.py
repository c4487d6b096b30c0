"""The memory driver: devices and service joined without sockets, on the world's clock.

Time is a discrete-event simulation: when nobody can act, it jumps to the next timer.
"""

from collections.abc import Callable
from typing import TypeVar

from fake_exo import World
from fake_exo.drive import (
    ClientLink,
    Dialogue,
    MemoryLink,
    Processes,
)
from fake_exo_harness.drivers.port import Driver

T = TypeVar("T")


class MemoryDriver(Driver):
    name = "memory"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._processes = Processes(world.clock)

    def link(self, public_ip: str, cause: int | None = None) -> ClientLink:
        return MemoryLink(self.world, public_ip, cause)

    def carry_out(self, dialogue: Dialogue[T], link: ClientLink) -> T:
        ended: list[T] = []
        self._processes.start(dialogue, link, ended.append)
        while not ended:
            self._jump()
        return ended[0]

    def start(
        self,
        dialogue: Dialogue[T],
        public_ip: str,
        cause: int,
        done: Callable[[T], None],
        *,
        beside: bool = False,
    ) -> None:
        """Let a device begin now, beside others: one that acts in turns with them when the world's
        time passes, or one that goes on until it must wait. `cause`: whose doing it is. `done` gets
        what it returns when the world's time has come that far."""
        link = self.link(public_ip, cause)

        def ended(value: T) -> None:
            link.close()
            done(value)

        self._processes.start(dialogue, link, ended, beside=beside)

    def finish(self) -> None:
        """Let everybody who began come to his end."""
        while self._processes.alive:
            self._jump()

    def _jump(self) -> None:
        due = self.world.next_timer()
        assert due is not None, "who waits has a timer"
        self.world.advance(due - self.world.now())
