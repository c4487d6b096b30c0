"""Seeded identifiers: session ids, host names of a forest, message numbers.

The only module that draws numbers. Same seed, same order of calls: same identifiers, so that
transcripts need no scrubbing. Forms are those of dated captures (data/service.yaml).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

# 0001-01-01 to 1970-01-01 in ticks of 100 ns: session ids are .NET ticks of the process start.
_EPOCH_TICKS = 621_355_968_000_000_000
_TICKS = 10_000_000


@dataclass(frozen=True, slots=True)
class Forest:
    """How one forest of the service names its hosts; `suffix` is spelled as the wire shows it."""

    name: str
    site: str  # three letters of the datacentre: AM0, PN4
    suffix: str  # "eurprd04.prod.outlook.com", "INDPRD01.PROD.OUTLOOK.COM"
    edge_suffix: str  # of the MX hosts in brackets
    legacy_edge_suffix: str  # until about 2023: "eop-EUR04.prod.protection.outlook.com"
    mx_addresses: tuple[str, ...]

    @property
    def tag(self) -> str:
        """The part of host labels that names the forest: PR04, P287."""
        digits = "".join(c for c in self.name if c.isdigit())
        return ("PR" if "prd" in self.name else "P") + digits


def chances(seed: int) -> Callable[[], float]:
    """A stream of its own for faults by chance, 0 to 1: it leaves identifiers as they are."""
    return random.Random(f"faults {seed}").random


class Ids:
    """A world's supply of identifiers."""

    def __init__(self, seed: int, start: float) -> None:
        self._random = random.Random(seed)
        # Servers of the captures had been up for 0 to 9 days.
        uptime = self._random.uniform(3_600, 9 * 86_400)
        self._session = int((start - uptime) * _TICKS) + _EPOCH_TICKS
        self._message = 0
        self._internal = self._random.randrange(10**13, 10**14)

    def session(self) -> str:
        """16 upper-case hexadecimal digits; one more for each session."""
        self._session += 1
        return f"{self._session:016X}"

    def message(self) -> int:
        self._message += 1
        return self._message

    def internal(self) -> int:
        """The InternalId of an accepted message: 14 digits, growing."""
        self._internal += self._random.randrange(1, 5_000)
        return self._internal

    def frontend(self, forest: Forest) -> str:
        return f"{forest.site}{forest.tag}CA{self._random.randrange(1, 400):04d}"

    def edge(self, forest: Forest) -> str:
        return f"{forest.site[:2]}{self._random.randrange(1, 9)}PEPF{self._hex(8)}"

    def legacy_edge(self, forest: Forest) -> str:
        digits = "".join(c for c in forest.name if c.isdigit())[:2] or "01"
        site = f"{forest.site[:2]}{self._random.randrange(1, 9)}"
        return f"{site}{forest.name[:3].upper()}{digits}FT{self._random.randrange(1, 64):03d}"

    def mailbox_server(self, forest: Forest) -> str:
        return f"{forest.site}{forest.tag}MB{self._random.randrange(1000, 9999)}"

    def _hex(self, digits: int) -> str:
        return f"{self._random.randrange(16 ** (digits - 3)):0{digits}X}"

    def hex(self, digits: int) -> str:
        return f"{self._random.randrange(16**digits):0{digits}X}"

    def guid(self) -> str:
        h = f"{self._random.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
