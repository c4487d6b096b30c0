"""Which sending addresses are on a list. Pure: a value made anew when a list changes."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_address, ip_network

from fake_exo.exchange.lists import BlockedAddress, BlockList


@dataclass(frozen=True)
class Reputation:
    """The lists. Entries are single addresses or networks, IPv4 or IPv6."""

    entries: tuple[BlockedAddress, ...] = field(default=())

    @cached_property
    def _exact(self) -> dict[str, list[BlockedAddress]]:
        exact: dict[str, list[BlockedAddress]] = {}
        for entry in self.entries:
            if "/" not in entry.address:
                exact.setdefault(entry.address, []).append(entry)
        return exact

    @cached_property
    def _networks(self) -> tuple[BlockedAddress, ...]:
        return tuple(entry for entry in self.entries if "/" in entry.address)

    def find(self, address: str, list_: BlockList) -> BlockedAddress | None:
        if not self.entries:
            return None
        for entry in self._exact.get(address, ()):
            if entry.list is list_:
                return entry
        for entry in self._networks:
            inside = ip_address(address) in ip_network(entry.address, strict=False)
            if inside and entry.list is list_:
                return entry
        return None

    def with_entry(self, entry: BlockedAddress) -> "Reputation":
        return Reputation((*self.entries, entry))

    def without(self, address: str, lists: Iterable[BlockList] = tuple(BlockList)) -> "Reputation":
        """The same lists with an address taken off those named."""
        gone = frozenset(lists)
        kept = tuple(e for e in self.entries if e.address != address or e.list not in gone)
        return Reputation(kept)
