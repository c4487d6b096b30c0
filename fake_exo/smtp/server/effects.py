"""What the machine wants done to the connection. Drivers carry it out, in order."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Send:
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
