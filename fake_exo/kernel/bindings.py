"""Where the places of a service are on this machine: which address and port stands for which.

With free ports each place gets one of its own, with fixed ones always the same: 1000 and its own,
and where that is taken by another place 2000, and so on. With real ports each endpoint gets an
address of its own where the machine has many (Linux loopback), else one address holds what does not
collide.
"""

import errno
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from fake_exo.kernel.endpoint import Endpoint, Listen, SocketAddress
from fake_exo.kernel.errors import CannotListen

# Free ones; fixed; those of the service; or these, one after the other.
Ports = Literal["any", "fixed", "real"] | tuple[int, ...]
FIXED_DNS = 1053
_STEP = 1000  # between two ports that stand for the same one of the service
WILDCARDS = ("0.0.0.0", "::")
_OWN = "127.25.0.{}"  # addresses of endpoints on Linux loopback, beside the one asked for


@dataclass(frozen=True, slots=True)
class Binding:
    """A place of the service and the local address and port that stand for it; port 0: any."""

    endpoint: Endpoint
    listen: Listen
    address: str
    port: int


@dataclass(frozen=True, slots=True)
class Missed:
    """A place that cannot be had beside another one. `taken_by`: the endpoint that is there."""

    endpoint: Endpoint
    listen: Listen
    taken_by: Endpoint


def plan(
    endpoints: Iterable[Endpoint], bind: str, ports: Ports
) -> tuple[tuple[Binding, ...], tuple[Missed, ...]]:
    """Where to listen, and what cannot be served. One place stands for all addresses of an
    endpoint that have its port. Raises CannotListen when there are too few ports."""
    found = tuple(endpoints)
    if ports != "real":
        return _numbered(found, bind, ports), ()
    addresses = _own_addresses(bind) if many_addresses(bind) else (lambda number: bind)
    return _without_collisions(found, addresses)


def dns_port(ports: Ports, bindings: Sequence[Binding]) -> int:
    """The port of the name server beside these; 0: any."""
    if isinstance(ports, str):
        return {"any": 0, "fixed": FIXED_DNS, "real": 53}[ports]
    return ports[len(bindings)] if len(ports) > len(bindings) else 0


def _numbered(endpoints: Sequence[Endpoint], bind: str, ports: Ports) -> tuple[Binding, ...]:
    """Each place on one address, with a port of its own."""
    places = [(rank, e, at) for e in endpoints for rank, at in enumerate(representatives(e))]
    if ports == "fixed":
        numbers = _fixed([(rank, at.port) for rank, _, at in places])
    elif isinstance(ports, tuple):
        if len(ports) <= len(places):
            raise CannotListen(errno.EADDRINUSE, "no port of these is left", bind, 0)
        numbers = dict(enumerate(ports))
    else:
        numbers = dict.fromkeys(range(len(places)), 0)
    return tuple(Binding(e, at, bind, numbers[n]) for n, (_, e, at) in enumerate(places))


def _fixed(places: Sequence[tuple[int, int]]) -> dict[int, int]:
    """For each place, by its position, 1000 and its port, or what is next. An endpoint's first
    port goes before everybody's second."""
    found: dict[int, int] = {}
    taken = {FIXED_DNS}
    for position in sorted(range(len(places)), key=lambda n: places[n][0]):
        port = places[position][1] + _STEP
        while port in taken:
            port += _STEP
        found[position] = port
        taken.add(port)
    return found


def representatives(endpoint: Endpoint) -> Iterator[Listen]:
    """One place for each port of an endpoint: that of its first address."""
    first = endpoint.listens[0].address
    return (listen for listen in endpoint.listens if listen.address == first)


def many_addresses(bind: str) -> bool:
    """Whether an endpoint can have an address of its own: all of 127/8 answers on Linux."""
    return sys.platform == "linux" and bind.startswith("127.")


def _own_addresses(bind: str) -> Callable[[int], str]:
    return lambda number: _OWN.format(number) if number else bind


def _without_collisions(
    endpoints: Sequence[Endpoint], address: Callable[[int], str]
) -> tuple[tuple[Binding, ...], tuple[Missed, ...]]:
    """An endpoint's first port goes before everybody's second, then the order of the table."""
    wanted = [
        (rank, number, endpoint, listen)
        for number, endpoint in enumerate(endpoints)
        for rank, listen in enumerate(representatives(endpoint))
    ]
    placed: dict[SocketAddress, Binding] = {}
    missed: list[Missed] = []
    for _, number, endpoint, listen in sorted(wanted, key=lambda row: row[:2]):
        place = (address(number), listen.port)
        if place in placed:
            missed.append(Missed(endpoint, listen, placed[place].endpoint))
        else:
            placed[place] = Binding(endpoint, listen, *place)
    return tuple(placed.values()), tuple(missed)


def seen_as(bindings: Iterable[Binding], instead: str) -> dict[str, str]:
    """What a name server says in place of each address of the endpoints that are served.
    `instead`: the address for those on a wildcard."""
    own: dict[str, str] = {}
    others: dict[str, str] = {}
    for binding in bindings:
        local = instead if binding.address in WILDCARDS else binding.address
        own[binding.listen.address] = local
        others.update(dict.fromkeys(binding.endpoint.addresses, local))
    return {**others, **own}
