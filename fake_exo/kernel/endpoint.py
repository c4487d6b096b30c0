"""What listens where: values that sockets, labs, DNS answers, certificates and documents read.

An endpoint is a service at some addresses; who it is and what it may do are data of those above.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

SocketAddress = tuple[str, int]  # address and port


class Trait(Enum):
    """What an endpoint does. Rules are bound to traits, never to an endpoint's name."""

    SIGNS_IN = "signs in"  # clients authenticate
    COUNTS_SUBMISSION = "counts submission"  # accounts are mailboxes, with their limits and rights
    ENTERPRISE_ONLY = "enterprise only"  # accounts of their own, recipients inside the tenant
    ATTRIBUTES = "attributes"  # whose mail it is, is found out by connector and certificate
    OLD_TLS = "old TLS"  # handshakes of TLS 1.0 and 1.1 complete
    FILTERS = "filters"  # anonymous mail is judged

    # Compared by identity and hashed for every decision table; Enum's own hash is Python code.
    __hash__ = object.__hash__


@dataclass(frozen=True, slots=True)
class Listen:
    """One address and port. `tls`: none, starttls or implicit; `names`: those on the certificate,
    the common name first."""

    address: str
    port: int
    tls: str
    names: tuple[str, ...]

    @property
    def place(self) -> SocketAddress:
        return self.address, self.port


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A service and where it listens. `site`: which of several like it; `dialect`: the endpoint
    whose words it speaks where nobody has heard its own. Time-outs in seconds."""

    id: str
    site: str
    listens: tuple[Listen, ...]
    can: frozenset[Trait]
    dialect: str
    idle_timeout: float
    session_timeout: float | None

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(listen.address for listen in self.listens))


class EndpointIndex:
    """Every place of some endpoints: address and port to endpoint. Frozen."""

    __slots__ = ("_places", "endpoints")

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self.endpoints = tuple(endpoints)
        self._places: Mapping[SocketAddress, tuple[Endpoint, Listen]] = {
            listen.place: (endpoint, listen)
            for endpoint in self.endpoints
            for listen in endpoint.listens
        }

    def at(self, address: str, port: int) -> Endpoint | None:
        """Who answers there; None: nobody, a connection attempt times out."""
        found = self._places.get((address, port))
        return None if found is None else found[0]

    def listen(self, address: str, port: int) -> Listen:
        """Raises KeyError where nothing listens."""
        return self._places[(address, port)][1]

    def named(self, id_: str) -> Iterator[Endpoint]:
        """All endpoints of a service, in the order of the table."""
        return (endpoint for endpoint in self.endpoints if endpoint.id == id_)

    def host(self, name: str) -> str:
        """The address of the endpoint whose certificate is for this very name; empty for none."""
        found = (
            e.addresses[0] for e in self.endpoints if e.listens and e.listens[0].names[0] == name
        )
        return next(found, "")

    def places(self) -> tuple[SocketAddress, ...]:
        return tuple(self._places)

    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(address for address, _ in self._places))
