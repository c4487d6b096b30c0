"""Which sending addresses are on a list. Pure: a value made anew when a list changes."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from fake_exo.exchange.lists import BlockedAddress, BlockList


class Reputation:
    """The lists. Entries are single addresses or networks, IPv4 or IPv6. What is looked up by is
    made when somebody asks, and no part of the value."""

    __slots__ = ("_exact", "_networks", "entries")

    def __init__(self, entries: Iterable[BlockedAddress] = ()) -> None:
        self.entries = tuple(entries)
        self._exact: dict[str, list[BlockedAddress]] | None = None
        self._networks: tuple[BlockedAddress, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reputation) and self.entries == other.entries

    def __hash__(self) -> int:
        return hash(self.entries)

    def __reduce__(self) -> tuple[type["Reputation"], tuple[tuple[BlockedAddress, ...]]]:
        return Reputation, (self.entries,)

    def find(self, address: str, list_: BlockList) -> BlockedAddress | None:
        if not self.entries:
            return None
        for entry in self._single().get(address, ()):
            if entry.list is list_:
                return entry
        for entry in self._networks:
            if entry.list is list_ and ip_address(address) in _network(entry.address):
                return entry
        return None

    def _single(self) -> dict[str, list[BlockedAddress]]:
        """The entries that are no networks, by address."""
        if self._exact is None:
            exact: dict[str, list[BlockedAddress]] = {}
            for entry in self.entries:
                if "/" not in entry.address:
                    exact.setdefault(entry.address, []).append(entry)
            self._networks = tuple(entry for entry in self.entries if "/" in entry.address)
            self._exact = exact
        return self._exact

    def with_entry(self, entry: BlockedAddress) -> "Reputation":
        return Reputation((*self.entries, entry))

    def without(self, address: str, lists: Iterable[BlockList] = tuple(BlockList)) -> "Reputation":
        """The same lists with an address taken off those named."""
        gone = frozenset(lists)
        return Reputation(e for e in self.entries if e.address != address or e.list not in gone)


@lru_cache(maxsize=4_096)
def _network(text: str) -> IPv4Network | IPv6Network:
    return ip_network(text, strict=False)
