"""SMTP over sockets: runs the machine's effects on an asyncio transport.

No reply text, no decision. Everything is synchronous inside the callbacks of one protocol
object; nothing raised by a client's input reaches the loop.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, cast

from fake_exo.events import HUNG_UP
from fake_exo.kernel.bindings import Binding
from fake_exo.kernel.clock import Action, Clock, Timer
from fake_exo.kernel.endpoint import Listen
from fake_exo.smtp.server.effects import Close, Delay, Effect, Send, Server, UpgradeTls
from fake_exo.tls.layer import ServerTls, TlsError, TlsLayer

_BACKLOG = 1 << 16  # bytes that a client may send ahead of an answer that is held back


class SmtpHost(Protocol):
    """What a listener needs of the world: sessions, time, and TLS."""

    clock: Clock

    def later(self, seconds: float, action: Action) -> Timer: ...

    def open(self, binding: Binding, peer: tuple[str, int]) -> Server: ...

    def tls(self, listen: Listen, here: str) -> ServerTls: ...

    def admits(self, binding: Binding, client_ip: str) -> bool: ...


class SmtpConnection(asyncio.Protocol):
    """One accepted connection."""

    def __init__(self, host: SmtpHost, binding: Binding, track: set["SmtpConnection"]) -> None:
        self._host = host
        self._binding = binding
        self._track = track
        self._tls: TlsLayer | None = None
        self._timer: Timer | None = None
        self._delay: Timer | None = None
        self._unread = False  # the client does not read what we say
        self._paused = False
        self.received = 0  # plain bytes taken from the client so far
        self.peer_port = 0
        self.machine: Server | None = None

    # ---- asyncio -----------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        if not self._host.admits(self._binding, peer[0]):
            self._transport.abort()
            return
        self.peer_port = peer[1]
        self._track.add(self)
        self.machine = self._host.open(self._binding, (peer[0], peer[1]))
        self._run(self.machine.connected())
        self._arm()

    def data_received(self, data: bytes) -> None:
        machine = self.machine
        if machine is None or machine.closed:
            return
        if self._tls is None:
            self.received += len(data)
            self._run(machine.receive(data))
        else:
            self._receive_tls(self._tls, data)
        self._throttle()

    def eof_received(self) -> bool:
        return False  # half-closed means gone: the real service does not wait either

    def connection_lost(self, exc: Exception | None) -> None:
        self._track.discard(self)
        self._cancel()
        if self.machine is None:
            return
        by = "reset" if isinstance(exc, ConnectionResetError) else "client"
        if self._tls is not None and self._tls.shaking and not self.machine.closed:
            self.machine.tls_failed(HUNG_UP, self._tls.offers(HUNG_UP), by)
        else:
            self.machine.lost(by)

    def pause_writing(self) -> None:
        self._unread = True  # who does not read our replies is not read either
        self._throttle()

    def resume_writing(self) -> None:
        self._unread = False
        self._throttle()

    def _throttle(self) -> None:
        """Read on, or not, so that nothing grows with what a client sends."""
        machine = self.machine
        waiting = machine is not None and not machine.idle and machine.backlog > _BACKLOG
        wanted = self._unread or waiting
        if wanted != self._paused and not self._transport.is_closing():
            self._paused = wanted
            (self._transport.pause_reading if wanted else self._transport.resume_reading)()

    # ---- TLS ---------------------------------------------------------------------------------

    def _receive_tls(self, tls: TlsLayer, data: bytes) -> None:
        tls.feed(data)
        try:
            if not tls.up and not self._shake(tls):
                return
            plain = tls.read()
        except TlsError as error:
            self._tls_broken(tls, error.reason)
            return
        if plain and self.machine is not None:
            self.received += len(plain)
            self._run(self.machine.receive(plain))
        self._flush(tls)
        if tls.ended:
            self._close()  # as at the end of the connection: gone

    def _shake(self, tls: TlsLayer) -> bool:
        done = tls.handshake()
        self._flush(tls)
        if done and self.machine is not None:
            self._run(self.machine.tls_up(tls.facts()))
        return done

    def _tls_broken(self, tls: TlsLayer, reason: str) -> None:
        self._flush(tls)  # the alert
        if self.machine is not None and not tls.up:
            self._run(self.machine.tls_failed(reason, tls.offers(reason)))
        else:
            self._transport.close()

    def _flush(self, tls: TlsLayer) -> None:
        if pending := tls.pending():
            self._transport.write(pending)

    # ---- effects -----------------------------------------------------------------------------

    def _run(self, effects: list[Effect]) -> None:
        for effect in effects:
            kind = type(effect)
            if kind is Send:
                self._send(cast(Send, effect))
            elif kind is Delay:
                self._delay = self._host.later(cast(Delay, effect).seconds, self._wake)
            elif kind is UpgradeTls:
                self._tls = self._host.tls(self._binding.listen, self._here()).layer()
            elif kind is Close:
                self._close(cast(Close, effect).abrupt)

    def _here(self) -> str:
        """The address of ours that the client came to."""
        own = self._transport.get_extra_info("sockname") or ("",)
        return str(own[0])

    def _send(self, effect: Send) -> None:
        data = effect.data
        if effect.bytewise and self._tls is None:
            for byte in data:
                self._transport.write(bytes([byte]))
            return
        if self._tls is None:
            self._transport.write(data)
            return
        try:
            self._tls.write(data)
        except TlsError:
            self._transport.close()
            return
        self._flush(self._tls)

    def _wake(self) -> None:
        if self.machine is not None and not self.machine.closed:
            self._run(self.machine.wake())
            self._throttle()

    def _close(self, abrupt: bool = False) -> None:
        self._cancel()
        if abrupt:
            _reset(self._transport)
            return
        if self._tls is not None and self._tls.up:
            self._tls.close()
            self._flush(self._tls)
        self._transport.close()

    # ---- time --------------------------------------------------------------------------------

    def _arm(self) -> None:
        if self.machine is not None and not self.machine.closed:
            self._timer = self._host.clock.call_at(self.machine.deadline, self._tick)

    def _tick(self) -> None:
        if self.machine is not None:
            self._run(self.machine.tick())
            self._arm()

    def _cancel(self) -> None:
        for timer in (self._timer, self._delay):
            if timer is not None:
                timer.cancel()

    def drop(self) -> None:
        """The listener stops: cut the connection."""
        self._cancel()
        self._transport.abort()


def _reset(transport: asyncio.Transport) -> None:
    """Close with a RST: nothing lingers."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class SmtpListener:
    """One listening socket of the service."""

    def __init__(self, host: SmtpHost, binding: Binding) -> None:
        self.binding = binding  # its port is the one that was had, once it listens
        self.connections: set[SmtpConnection] = set()
        self._host = host
        self._server: asyncio.Server | None = None

    async def start(self, given: socket.socket | None = None) -> None:
        """Listen. Port 0 picks a free one; `given` listens already. Raises OSError when the port
        cannot be had."""
        loop = asyncio.get_running_loop()
        make: Callable[[], SmtpConnection] = lambda: SmtpConnection(  # noqa: E731
            self._host, self.binding, self.connections
        )
        if given is not None:
            self._server = await loop.create_server(make, sock=given, backlog=1024)
            return
        binding = self.binding
        self._server = await loop.create_server(make, binding.address, binding.port, backlog=1024)
        port = self._server.sockets[0].getsockname()[1]
        self.binding = replace(binding, port=port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            for connection in tuple(self.connections):
                connection.drop()
            await asyncio.sleep(0)
            await self._server.wait_closed()
