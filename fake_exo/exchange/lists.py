"""Lists of addresses: what the world around the service knows, and what administrators write."""

from dataclasses import dataclass
from enum import Enum
from ipaddress import ip_address, ip_network


class BlockList(Enum):
    """Which list an address is on; each has its own reply and its own way off."""

    BANNED = "banned"  # 5.7.606-649, self-service portal
    MANUAL = "manual"  # 5.7.511, delist@microsoft.com
    SPAMHAUS = "spamhaus"  # 5.7.1, third party
    THROTTLED = "throttled"  # 4.7.500, ends by itself or with a connector


@dataclass(frozen=True, slots=True)
class BlockedAddress:
    """An address or network on a list. `code` is the last number of 5.7.606 to 5.7.649."""

    address: str
    list: BlockList = BlockList.BANNED
    code: int = 606


def listed(address: str, entries: tuple[str, ...]) -> bool:
    """Whether an entry covers the address: one address, CIDR, or a.b.c.d-a.b.c.e."""
    return any(_covers(entry, address) for entry in entries)


def _covers(entry: str, address: str) -> bool:
    first, dash, last = entry.partition("-")
    if dash:
        return ip_address(first).packed <= ip_address(address).packed <= ip_address(last).packed
    return ip_address(address) in ip_network(entry, strict=False)
