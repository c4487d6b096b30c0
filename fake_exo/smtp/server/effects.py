"""What a server wants done to its connection; whoever carries it out does so in order."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NamedTuple

from fake_exo.tls.facts import Tls
from fake_exo.tls.offers import Offers


class Send(NamedTuple):
    """`bytewise`: each byte in a segment of its own."""

    data: bytes
    bytewise: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """Hold everything back for so many seconds, then call `wake`. What may be skipped is skipped
    already: this is waited."""

    seconds: float


@dataclass(frozen=True, slots=True)
class UpgradeTls:
    """Start the TLS handshake now; then call `tls_up` or `tls_failed`."""


@dataclass(frozen=True, slots=True)
class Close:
    """`abrupt`: by a reset."""

    abrupt: bool = False


Effect = Send | Delay | UpgradeTls | Close


class Server(ABC):
    """The server side of one connection, without sockets: bytes in, effects out.

    Call `connected` once, then `receive` for every block of input; carry out the effects that
    each call returns, in order, and after a `Delay` call `wake`. `deadline` is when `tick` wants
    to be called if nothing arrives.
    """

    @property
    @abstractmethod
    def closed(self) -> bool: ...

    @property
    @abstractmethod
    def idle(self) -> bool:
        """Nothing to do before the client speaks again."""

    @property
    @abstractmethod
    def backlog(self) -> int:
        """Bytes that have come and wait, while an answer is held back."""

    @property
    @abstractmethod
    def deadline(self) -> float: ...

    @abstractmethod
    def connected(self) -> list[Effect]: ...

    @abstractmethod
    def receive(self, data: bytes) -> list[Effect]:
        """A block of input, of any size and cut anywhere."""

    @abstractmethod
    def wake(self) -> list[Effect]:
        """The delay is over."""

    @abstractmethod
    def tick(self) -> list[Effect]:
        """Look at the clock."""

    @abstractmethod
    def tls_up(self, tls: Tls) -> list[Effect]: ...

    @abstractmethod
    def tls_failed(self, detail: str, offers: Offers, by: str = "server") -> list[Effect]:
        """`by`: who closed the connection, as for `lost`."""

    @abstractmethod
    def lost(self, by: str = "client") -> None:
        """The client is gone: `by` is "client", or "reset"."""
