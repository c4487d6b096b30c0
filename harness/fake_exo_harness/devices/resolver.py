"""What a device remembers of the DNS: nothing, what TTLs allow, or the first answer for ever."""

from dataclasses import dataclass, field

from fake_exo.drive import LookedUp

MANNERS = ("none", "ttl", "for-ever")


@dataclass(slots=True)
class DnsCache:
    """One device's memory; a restart forgets it. Times are seconds since the epoch."""

    _kept: dict[tuple[str, str], tuple[float, LookedUp]] = field(default_factory=dict)

    def get(self, manner: str, name: str, type_: str, now: float) -> LookedUp | None:
        """A remembered answer that the device still believes."""
        found = self._kept.get((name.lower(), type_)) if manner != "none" else None
        if found is None:
            return None
        until, answer = found
        return answer if manner == "for-ever" or now < until else None

    def keep(self, manner: str, name: str, type_: str, now: float, answer: LookedUp) -> None:
        """Remember an answer. For ever means the first address seen, never a failure."""
        if manner == "none" or answer.rcode not in ("NOERROR", "NXDOMAIN"):
            return
        if answer.data or manner == "ttl":
            self._kept[name.lower(), type_] = (now + answer.ttl, answer)

    def forget(self) -> None:
        self._kept.clear()
