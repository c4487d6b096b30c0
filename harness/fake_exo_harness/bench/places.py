"""Where a bench listens, and what it is called there."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_exo import Estate, World
from fake_exo.drive import Ports
from fake_exo_harness.bench.instructions import Reach, Reaching

_WILDCARDS = ("0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class Bench:
    """`bind`: the address to listen on; `advertise`: what devices call it, where that is another;
    `names`: what it is called in the office's own DNS; `reach`: how devices find it;
    `patience`: seconds for a person."""

    bind: str = "127.0.0.1"
    ports: Ports = "any"
    advertise: str = ""
    names: tuple[str, ...] = ()
    reach: Reach = "dns"
    patience: float = 300.0

    @property
    def address(self) -> str:
        """What a device may dial; empty where only it knows by which address it comes."""
        return self.advertise or ("" if self.bind in _WILDCARDS else self.bind)

    @property
    def reaching(self) -> Reaching:
        return Reaching(self.reach, self.address, self.names[0] if self.names else "")

    @property
    def own_names(self) -> tuple[str, ...]:
        """What a certificate of this bench has beside the service's names."""
        addresses = (self.address,) if self.address else ()
        return tuple(dict.fromkeys((*self.names, *addresses)))

    def open(
        self,
        world: World,
        foreign: str = "refused",
        beside: World | None = None,
        admits: Callable[[str], bool] | None = None,
    ) -> None:
        """Open the ports, on the thread of another world where one is given, for those whom
        `admits` lets in by their address. Raises CannotListen, of which `holders.port_problem` says
        more."""
        if foreign == "internet":
            world.change(Estate.with_internet)
        world.start(
            self.bind,
            ports=self.ports,
            advertise=self.advertise,
            foreign=foreign,
            names=self.names,
            beside=beside,
            admits=admits,
        )
