"""Who may come to a served fake: by default nobody from the internet."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import click

_REMEMBERED = 10_000  # addresses whose answer is known


def admitted(networks: Sequence[str]) -> Callable[[str], bool]:
    """Whether an address may come: one that the internet does not route, or one of these networks.
    What is no network ends the command."""
    allowed = [_network(text) for text in networks]

    @lru_cache(maxsize=_REMEMBERED)
    def admits(text: str) -> bool:
        address = ip_address(text.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return not address.is_global or any(address in network for network in allowed)

    return admits


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise click.UsageError(
            f"--allow: {text!r} is no address or network, like 203.0.113.0/24"
        ) from None
