"""Where the places of a service are on this machine: which address and port stands for which.

With free ports each place gets one of its own. With real ports each endpoint gets an address of its
own where the machine has many (Linux loopback), else one address holds what does not collide.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from fake_exo.kernel.endpoint import Endpoint, Listen, SocketAddress

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
    endpoints: Iterable[Endpoint], bind: str, *, real: bool
) -> tuple[tuple[Binding, ...], tuple[Missed, ...]]:
    """Where to listen, and what cannot be served. One place stands for all addresses of an
    endpoint that have its port."""
    found = tuple(endpoints)
    if not real:
        free = (Binding(e, listen, bind, 0) for e in found for listen in representatives(e))
        return tuple(free), ()
    addresses = _own_addresses(bind) if many_addresses(bind) else (lambda number: bind)
    return _without_collisions(found, addresses)


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
