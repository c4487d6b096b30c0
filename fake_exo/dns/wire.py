"""The fake DNS on sockets: UDP and TCP on one port number, on the loop that it is started from.

What is answered is decided in `fake_exo.dns.respond`; packets go in and out here, and answers are
remembered per packet, because the same names give the same packet the same answer.
"""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable
from typing import cast

from fake_exo.dns.destination import destination, from_address, tell_destination, towards
from fake_exo.dns.names import Names
from fake_exo.dns.respond import Asked, Response, respond, response_to
from fake_exo.dns.spoiling import DnsFaults

__all__ = ["DnsListener", "Observer", "respond"]

# Does something so many seconds later, on the clock of whoever owns the listener.
Later = Callable[[float, Callable[[], None]], object]
# What was asked and answered, the client's (address, port), and "udp" or "tcp".
Observer = Callable[[Asked, tuple[str, int], str], None]
# The names as they are seen at an address of this machine.
NamesAt = Callable[[str], Names]

_REMEMBERED = 8_192  # answers a transport; then all are forgotten
_WORTH = 2_048  # octets of question and answer together; larger ones are not kept
_TRIES = 50  # port numbers tried until one is free for both transports
_IDLE = 10.0  # seconds a TCP connection may be silent; "a few seconds", RFC 7766 6.2.3
_ACCEPT_TURNS = 3  # turns of the loop until a connection just accepted has its protocol
_UDP_BUFFER = 1 << 20  # octets the kernel holds while we are busy
_MAX_PACKET = 65_535
_ROOM = 64  # octets for what the kernel tells beside a datagram
_LATE = 10_000  # answers that a fault holds back at once; further ones never come
_OPEN = 500  # TCP connections at once; further ones are closed (RFC 7766 6.2.2)
_PLACES = 64  # addresses of ours whose answers are remembered


_ANYWHERE = ("0.0.0.0", "::")


def _ignore(asked: Asked, client: tuple[str, int], transport: str) -> None:
    """An observer that does not look."""


class DnsListener:
    """A name server, on loopback unless told otherwise. All methods belong to the loop's thread.

    `names` is asked at every packet, with the address that it came to, so that replaced names
    count at once. `on_query` hears of every packet that gets an answer. `idle`: seconds until a
    silent TCP connection is closed.
    """

    def __init__(
        self,
        names: NamesAt,
        on_query: Observer = _ignore,
        *,
        idle: float = _IDLE,
        faults: DnsFaults | None = None,
        later: Later | None = None,
        admits: Callable[[str], bool] | None = None,
    ) -> None:
        """`faults` make answers wrong or late; what is late is sent by `later`. `admits`: who is
        answered, by his address; None: everybody."""
        given = (names, on_query, faults, later, admits)
        self.port = 0
        self._udp = _Places(lambda at: _Answers(at, *given, tcp=False))
        self._tcp = _Places(lambda at: _Answers(at, *given, tcp=True))
        self._idle = idle
        self._server: asyncio.Server | None = None
        self._open: set[_Udp | _Tcp] = set()
        self._anywhere: _AnyAddress | None = None

    async def start(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        given: tuple[socket.socket, socket.socket] | None = None,
    ) -> None:
        """Answer on `host`; port 0 takes a free number; `given` are a stream and a datagram socket
        that are bound already. OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        stream, datagram = given or _bind(host, port)
        self.port = stream.getsockname()[1]
        if _any_address(datagram) and sys.platform != "win32":
            self._anywhere = _AnyAddress(loop, datagram, self._udp)
        else:
            await loop.create_datagram_endpoint(lambda: _Udp(self._udp, self._open), sock=datagram)
        self._server = await loop.create_server(
            lambda: _Tcp(self._tcp, self._open, self._idle), sock=stream
        )

    async def stop(self) -> None:
        """Close everything; returns when all sockets are closed. Stopped twice does no harm."""
        if self._server is not None:
            await _close(self._server)
            self._server = None
        if self._anywhere is not None:
            self._anywhere.close()
            self._anywhere = None
        closing = list(self._open)
        for protocol in closing:
            protocol.transport.abort()
        await asyncio.gather(*(protocol.closed for protocol in closing))


async def _close(server: asyncio.Server) -> None:
    """Accept no more, let what was just accepted get its protocol, then close.

    asyncio itself (3.11) fails an assertion when a server is closed in the turn of an accept, and
    leaks the connection.
    """
    loop = asyncio.get_running_loop()
    for listening in server.sockets:
        with contextlib.suppress(NotImplementedError):  # Windows' default loop
            loop.remove_reader(listening.fileno())
    for _ in range(_ACCEPT_TURNS):
        await asyncio.sleep(0)
    server.close()


def _any_address(sock: socket.socket) -> bool:
    return sock.getsockname()[0] in _ANYWHERE


def _bind(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    """A stream and a datagram socket on one number."""
    for _ in range(_TRIES - 1):
        try:
            return _bind_once(host, port)
        except OSError as error:
            if port or error.errno != errno.EADDRINUSE:
                raise
    return _bind_once(host, port)


def _bind_once(host: str, port: int) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stream = socket.socket(family, socket.SOCK_STREAM)
    datagram = socket.socket(family, socket.SOCK_DGRAM)
    try:
        # For TCP this only lets a port be used again soon after. For UDP, and on Windows, it would
        # let a second server bind the same port and take over the queries: there it stays off.
        if sys.platform != "win32":
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        datagram.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _UDP_BUFFER)
        stream.bind((host, port))
        stream.listen()  # now, because two sockets may be bound alike until one listens
        datagram.bind((host, stream.getsockname()[1]))
    except OSError:
        stream.close()
        datagram.close()
        raise
    return stream, datagram


class _Answers:
    """Packets to answers, remembered until the names are replaced; tells the observer."""

    def __init__(
        self,
        at: str,
        names: NamesAt,
        on_query: Observer,
        faults: DnsFaults | None,
        later: Later | None,
        admits: Callable[[str], bool] | None,
        *,
        tcp: bool,
    ) -> None:
        self._faults = faults
        self._later = later
        self._admits = admits
        self._current: Callable[[], Names] = lambda: names(at)
        self._on_query = on_query
        self._tcp = tcp
        self._waiting = 0  # answers that are late
        self._transport = "tcp" if tcp else "udp"
        self._names = names(at)
        self._known: dict[bytes, tuple[bytes, Asked]] = {}  # both without the message id

    @property
    def faulty(self) -> bool:
        return bool(self._faults)

    def give(self, packet: bytes, client: tuple[str, int], send: Callable[[bytes], None]) -> bool:
        """Where faults may be: send the answer, now or late. False: it will never come."""
        if self._admits is not None and not self._admits(client[0]):
            return False
        response = response_to(packet, self._current(), tcp=self._tcp, faults=self._faults)
        if response is None:
            return True  # no query at all: silence is right
        self._on_query(response.asked, client, self._transport)
        if response.octets and response.delay and self._later is not None:
            self._hold_back(response, send)
        elif response.octets:
            send(response.octets)
        return bool(response.octets)

    def _hold_back(self, response: Response, send: Callable[[bytes], None]) -> None:
        """Send it later, unless so many wait already that a flood is at work."""
        if self._waiting >= _LATE or self._later is None:
            return
        self._waiting += 1

        def now() -> None:
            self._waiting -= 1
            send(response.octets)

        self._later(response.delay, now)

    def to(self, packet: bytes, client: tuple[str, int]) -> bytes | None:
        """The answer to send, or None for silence."""
        if self._admits is not None and not self._admits(client[0]):
            return None
        if self._current() is not self._names:
            self._names = self._current()
            self._known.clear()
        known = self._known.get(packet[2:]) or self._work_out(packet)
        if known is None:
            return None
        self._on_query(known[1], client, self._transport)
        return packet[:2] + known[0]

    def _work_out(self, packet: bytes) -> tuple[bytes, Asked] | None:
        response = response_to(packet, self._names, tcp=self._tcp)
        if response is None:
            return None
        known = (response.octets[2:], response.asked)
        if len(packet) + len(response.octets) <= _WORTH:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[packet[2:]] = known
        return known


class _Places:
    """Answers by the address of ours that was asked: on a wildcard there are several."""

    def __init__(self, make: Callable[[str], _Answers]) -> None:
        self._make = make
        self._known: dict[str, _Answers] = {}

    def at(self, address: str) -> _Answers:
        if address not in self._known:
            if len(self._known) >= _PLACES:
                self._known.clear()
            self._known[address] = self._make(address)
        return self._known[address]


class _AnyAddress:
    """A datagram socket on all addresses of the machine, which answers from the one that was
    asked. asyncio does not tell which that was."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, sock: socket.socket, places: _Places
    ) -> None:
        self._loop, self._sock, self._places = loop, sock, places
        sock.setblocking(False)
        self._tells = tell_destination(sock)
        loop.add_reader(sock.fileno(), self._readable)

    def _readable(self) -> None:
        if sys.platform == "win32":
            return  # it has no recvmsg, see `_Udp`
        with contextlib.suppress(OSError):  # what a client did to its socket is not our business
            packet, extra, _, client = self._sock.recvmsg(_MAX_PACKET, _ROOM)
            here = destination(extra) if self._tells else towards(client)
            self._answer(packet, client, here)

    def _answer(self, packet: bytes, client: tuple[str, int], here: str) -> None:
        answers = self._places.at(here)
        if answers.faulty:
            answers.give(packet, client, lambda late: self._send(late, client, here))
        elif (answer := answers.to(packet, client)) is not None:
            self._send(answer, client, here)

    def _send(self, answer: bytes, client: tuple[str, int], here: str) -> None:
        if sys.platform == "win32":
            return
        with contextlib.suppress(OSError):
            self._sock.sendmsg([answer], from_address(here) if self._tells else [], 0, client)

    def close(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._sock.close()


class _Udp(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def __init__(self, places: _Places, register: "set[_Udp | _Tcp]") -> None:
        self.closed = asyncio.get_running_loop().create_future()
        self._places = places
        self._register = register
        self._full = False  # the system takes no more just now

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # No isinstance: the loop's class is no subclass of DatagramTransport (3.11).
        self.transport = cast(asyncio.DatagramTransport, transport)
        here = transport.get_extra_info("sockname")[0]
        self._answers = None if here in _ANYWHERE else self._places.at(here)
        self._register.add(self)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answers = self._answers or self._places.at(towards(addr))
        if answers.faulty:
            answers.give(data, addr, lambda late: self._send(late, addr))
            return
        answer = answers.to(data, addr)
        if answer is not None and not self._full:
            self.transport.sendto(answer, addr)

    def _send(self, answer: bytes, addr: tuple[str, int]) -> None:
        if not (self._full or self.transport.is_closing()):
            self.transport.sendto(answer, addr)

    def pause_writing(self) -> None:
        """What cannot be sent is lost, as datagrams are, and not kept."""
        self._full = True

    def resume_writing(self) -> None:
        self._full = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._register.discard(self)
        self.closed.set_result(None)


class _Tcp(asyncio.Protocol):
    """Queries one after the other, each behind its length (RFC 1035 4.2.2, RFC 7766)."""

    transport: asyncio.Transport

    def __init__(self, places: _Places, register: "set[_Udp | _Tcp]", idle: float) -> None:
        self._loop = asyncio.get_running_loop()
        self.closed = self._loop.create_future()
        self._places = places
        self._register = register
        self._idle = idle
        self._buffer = bytearray()
        self._full = False  # the client does not read

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._register.add(self)
        self._answers = self._places.at(transport.get_extra_info("sockname")[0])
        self._client: tuple[str, int] = transport.get_extra_info("peername")[:2]
        self._timer = self._loop.call_later(self._idle, transport.close)
        if len(self._register) > _OPEN:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(self._idle, self.transport.close)
        self._buffer += data
        self._answer()

    def _answer(self) -> None:
        """All that is asked, as long as the client reads."""
        at, ready = 0, bytearray()
        while not self._full and (packet := self._packet(at)) is not None:
            at += 2 + len(packet)
            if self._answers.faulty:
                self._with_faults(packet)
            elif (answer := self._answers.to(packet, self._client)) is not None:
                ready += len(answer).to_bytes(2) + answer
            if len(ready) > _MAX_PACKET:
                self.transport.write(bytes(ready))
                ready.clear()
        del self._buffer[:at]
        if ready:
            self.transport.write(bytes(ready))

    def _with_faults(self, packet: bytes) -> None:
        """A question that is never answered ends the connection."""
        if not self._answers.give(packet, self._client, self._send):
            self.transport.close()

    def _send(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(len(answer).to_bytes(2) + answer)

    def _packet(self, at: int) -> bytes | None:
        """The message that begins there; None while it is not whole."""
        buffer = self._buffer
        end = at + 2 + int.from_bytes(buffer[at : at + 2])
        return bytes(buffer[at + 2 : end]) if at + 2 <= len(buffer) >= end else None

    def pause_writing(self) -> None:
        """The client does not read its answers: read no more questions."""
        self._full = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        self._full = False
        self.transport.resume_reading()
        self._answer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._register.discard(self)
        self.closed.set_result(None)
