"""Where the HTTP interface is asked to listen: ADDRESS:PORT, a port alone, or off."""

from ipaddress import ip_address
from typing import NamedTuple

import click

DEFAULT = "127.0.0.1:8025"


class HttpAsked(NamedTuple):
    """An address and a port; 0: a free one."""

    address: str
    port: int

    def settled(self, ports: str) -> "HttpAsked":
        """With free ports, and no other port asked for, a free one too."""
        plain = ports == "any" and f"{self.address}:{self.port}" == DEFAULT
        return self._replace(port=0) if plain else self


def http_asked(ctx: click.Context, option: click.Parameter, value: str) -> HttpAsked | None:
    """None for off. What is no place is refused."""
    if value == "off":
        return None
    address, _, port = value.rpartition(":")
    address = address.strip("[]") or "127.0.0.1"
    try:
        ip_address(address)
        number = int(port)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        raise click.BadParameter(f"{value!r} is not ADDRESS:PORT, as {DEFAULT}, or off")
    return HttpAsked(address, number)


def port_range(ctx: click.Context, option: click.Parameter, value: str) -> tuple[int, ...]:
    """FIRST-LAST as the ports that it is; none for an empty text."""
    if not value:
        return ()
    first, _, last = value.partition("-")
    try:
        found = range(int(first), int(last) + 1)
    except ValueError:
        found = range(0)
    if not found or not 1 <= found[0] <= found[-1] <= 65_535:
        raise click.BadParameter(f"{value!r} is no range of ports, as 2600-2699")
    return tuple(found)
