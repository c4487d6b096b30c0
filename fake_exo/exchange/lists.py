"""What the world around the service knows about addresses: reputation lists and throttles."""

from dataclasses import dataclass
from enum import Enum


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
