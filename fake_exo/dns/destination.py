"""Which address of ours a datagram came to, and how to answer from it. Linux tells; elsewhere it is
the address from which the client is reached."""

import socket
import struct
import sys
from collections.abc import Iterable

_PKTINFO = 8  # IP_PKTINFO of Linux, which the socket module does not name
_INFO = struct.Struct("=I4s4s")  # interface, our address for the answer, destination

Ancillary = tuple[int, int, bytes]


def tell_destination(sock: socket.socket) -> bool:
    """Ask the kernel to tell it with each datagram; False where it cannot."""
    if sys.platform != "linux" or sock.family != socket.AF_INET:
        return False
    sock.setsockopt(socket.IPPROTO_IP, _PKTINFO, 1)
    return True


def destination(extra: Iterable[Ancillary]) -> str:
    """The address that a datagram came to; empty when it was not told."""
    for level, kind, data in extra:
        if (level, kind) == (socket.IPPROTO_IP, _PKTINFO):
            return socket.inet_ntoa(_INFO.unpack(data[: _INFO.size])[2])
    return ""


def from_address(address: str) -> list[Ancillary]:
    """What `sendmsg` wants to hear so that the answer leaves from this address."""
    if not address:
        return []
    packed = socket.inet_aton(address)
    return [(socket.IPPROTO_IP, _PKTINFO, _INFO.pack(0, packed, packed))]


def towards(client: tuple[str, int]) -> str:
    """Our address on the way to a client."""
    family = socket.AF_INET6 if ":" in client[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect(client[:2])
        return str(probe.getsockname()[0])
