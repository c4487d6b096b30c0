"""Seeded identifiers: session ids, message numbers, draws.

The only module that draws numbers. Same seed, same order of calls: same identifiers, so that
transcripts need no scrubbing.
"""

import random
from collections.abc import Callable

# 0001-01-01 to 1970-01-01 in ticks of 100 ns: session ids are .NET ticks of the process start.
_EPOCH_TICKS = 621_355_968_000_000_000
_TICKS = 10_000_000


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
        self._internal += self.number(1, 5_000)
        return self._internal

    def number(self, low: int, high: int) -> int:
        """`low` included, `high` excluded. By one call; 53 bits are enough for small spans."""
        return low + int(self._random.random() * (high - low))

    def short_hex(self, digits: int) -> str:
        """Upper-case digits of which the first three are zero, as edge hosts carry them."""
        return f"{self._random.randrange(16 ** (digits - 3)):0{digits}X}"

    def hex(self, digits: int) -> str:
        return f"{self._random.randrange(16**digits):0{digits}X}"

    def guid(self) -> str:
        h = f"{self._random.getrandbits(128):032x}"
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"
