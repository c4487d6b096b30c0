"""What every driver is: it carries out what devices do, against a world."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, TypeVar

from fake_exo import World
from fake_exo.drive import ClientLink, Dialogue, carry_out
from fake_exo_harness.drivers.together import Part, Played, play

T = TypeVar("T")


class HarnessError(Exception):
    """The environment does not allow what was asked: a driver missing, a port taken."""


class Driver(ABC):
    """One driver for one world; `perform` may be called any number of times."""

    name: ClassVar[str]
    simulated: ClassVar[bool] = True  # devices are profiles, time is virtual

    def __init__(self, world: World) -> None:
        self.world = world

    def open(self) -> None:
        """Make ready. Raises HarnessError when the environment is not fit."""
        return

    def close(self) -> None:
        """Give back all that `open` took."""
        return

    def perform(self, dialogue: Dialogue[T], public_ip: str, cause: int | None = None) -> T:
        """Carry a device's dialogue to its end, over a link of its own. `cause`: whose doing it is
        (see `Ledger`)."""
        link = self.link(public_ip, cause)
        try:
            return self.carry_out(dialogue, link)
        finally:
            link.close()

    def carry_out(self, dialogue: Dialogue[T], link: ClientLink) -> T:
        """Carry a dialogue to its end; the link stays open."""
        return carry_out(dialogue, link)

    def perform_together(self, parts: Sequence[Part[T]]) -> list[Played[T]]:
        """Carry several devices' dialogues out at one moment, each over a link of its own."""
        links = [self.link_beside(part.public_ip, part.cause) for part in parts]
        try:
            dialogues = [part.dialogue for part in parts]
            return play(self.world, list(zip(dialogues, links, strict=True)))
        finally:
            for link in links:
                link.close()

    def link_beside(self, public_ip: str, cause: int) -> ClientLink:
        """A link that leaves all waiting to the clock, for one of several jobs at once."""
        return self.link(public_ip, cause)

    @abstractmethod
    def link(self, public_ip: str, cause: int | None = None) -> ClientLink:
        """A fresh link to the world for one job; without a cause it is one itself."""
