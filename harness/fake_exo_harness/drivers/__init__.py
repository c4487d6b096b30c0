"""Drivers carry out what a device does, against a world. Listed in `DRIVERS`."""

from fake_exo_harness.driver_names import DRIVER_NAMES
from fake_exo_harness.drivers.docker import DockerDriver
from fake_exo_harness.drivers.memory import MemoryDriver
from fake_exo_harness.drivers.physical import PhysicalDriver
from fake_exo_harness.drivers.port import Driver, HarnessError
from fake_exo_harness.drivers.real import CommandDriver, NamespaceDriver, RealDriver
from fake_exo_harness.drivers.socket import SocketDriver
from fake_exo_harness.drivers.together import Part, Played

DRIVERS: tuple[type[Driver], ...] = (
    MemoryDriver,
    SocketDriver,
    CommandDriver,
    NamespaceDriver,
    DockerDriver,
    PhysicalDriver,
)
assert tuple(kind.name for kind in DRIVERS) == DRIVER_NAMES


def driver(name: str) -> type[Driver]:
    """The driver of a name. Raises HarnessError that lists the valid ones."""
    for kind in DRIVERS:
        if kind.name == name:
            return kind
    valid = ", ".join(kind.name for kind in DRIVERS)
    raise HarnessError(f"unknown driver {name!r}; valid are: {valid}")


__all__ = [
    "DRIVERS",
    "Driver",
    "HarnessError",
    "MemoryDriver",
    "Part",
    "PhysicalDriver",
    "Played",
    "RealDriver",
    "SocketDriver",
    "driver",
]
