"""The socket driver: the same device over real sockets and real TLS on loopback.

The clock stays virtual. When the service has consumed all that was sent and has said nothing,
neither side can act, and time jumps to the next timer: the same simulation as in memory.
"""

import select
import socket
import ssl
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from fake_exo import DnsQueried, World
from fake_exo.drive import (
    ClientLink,
    Connect,
    Connected,
    ConnectFailed,
    Expect,
    HandshakeFailed,
    Inbox,
    LookedUp,
    Lookup,
    Lost,
    Result,
    SocketAddress,
    StartTls,
    TimedOut,
    TlsOptions,
    TlsUp,
    Wait,
    Write,
    client_certificate,
)
from fake_exo_harness.drivers.port import Driver, HarnessError

_PATIENCE = 20.0  # real seconds that anything on loopback may take
_TRUNCATED = 0x02  # the TC bit, in the third octet
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class SocketDriver(Driver):
    """`foreign`: real servers of somebody else's, by the place that each stands for; they live in
    real time, and the world sees nothing of them."""

    name = "socket"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.foreign: dict[SocketAddress, SocketAddress] = {}

    def open(self) -> None:
        try:
            self.network = self.world.start(as_published=True)
        except OSError as error:
            raise HarnessError(f"no port on loopback: {error}") from error

    def close(self) -> None:
        self.world.stop()

    def link(self, public_ip: str, cause: int | None = None) -> ClientLink:
        return _SocketLink(self, public_ip, cause)

    def link_beside(self, public_ip: str, cause: int) -> ClientLink:
        return _SocketLink(self, public_ip, cause, alone=False)


class _SocketLink(ClientLink):
    """`alone`: it lets time pass by itself; else what takes time is a `Wait`, but for late answers
    of the name service."""

    def __init__(
        self, driver: SocketDriver, public_ip: str, cause: int | None, *, alone: bool = True
    ) -> None:
        self._alone = alone
        self._world: World = driver.world
        self._network = driver.network
        self._foreign = driver.foreign
        self._public_ip = public_ip
        self._cause = self._world.ledger.cause() if cause is None else cause
        self._socket: socket.socket | None = None
        self._inbox = Inbox()
        self._local = 0
        self._sent = 0  # plain bytes
        self._eof = False
        self._is_foreign = False  # whom it is connected to

    # ---- names -----------------------------------------------------------------------------------

    def lookup(self, action: Lookup) -> Result | Wait:
        from dnslib import QTYPE, DNSRecord  # heavy, and only for this driver

        question = DNSRecord.question(action.name, action.type)
        deadline = self._world.now() + action.timeout
        packet = self._ask(question.pack(), deadline)
        if packet is None:
            return self._late(deadline - self._world.now(), LookedUp("TIMEOUT"))
        answer = DNSRecord.parse(packet)
        rcode = str(_RCODES.get(answer.header.rcode, answer.header.rcode))
        wanted = [rr for rr in answer.rr if QTYPE[rr.rtype] == action.type]
        data = tuple(str(rr.rdata).rstrip(".").strip('"') for rr in wanted)
        ttl = min((rr.ttl for rr in (*answer.rr, *answer.auth)), default=0)
        return LookedUp(rcode, data, float(ttl))

    def _ask(self, question: bytes, deadline: float) -> bytes | None:
        """The answer, over TCP where it was truncated; None when none of use comes in time."""
        host, port = self._network.host, self._network.dns_port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.connect((host, port))
            asked = self._asked()
            with self._known_at(asker.getsockname()):
                asker.send(question)
                packet = self._datagram(asker, question[:2], asked, deadline)
        if packet is not None and packet[2] & _TRUNCATED:
            packet = self._over_tcp(question)
        return packet

    def _datagram(
        self, asker: socket.socket, id_: bytes, asked: int, deadline: float
    ) -> bytes | None:
        """What comes back with our id. When the service has read the question and nothing is
        there, only the clock can bring an answer."""
        limit = time.monotonic() + _PATIENCE
        while time.monotonic() < limit:
            heard = self._asked() > asked
            if select.select([asker], [], [], 0.0 if heard else 0.002)[0]:
                packet = asker.recv(65_535)
                if packet[:2] == id_:
                    return packet
            elif heard:
                due = self._world.next_timer()
                if due is None or due > deadline:
                    return None
                self._world.advance(due - self._world.now())
        raise HarnessError("the fake DNS does not read a question on loopback")

    def _asked(self) -> int:
        """How many questions of this job the service has read, its loop done with what follows."""
        mine = self._network.call(lambda: self._world.ledger.caused(self._cause))
        return sum(isinstance(event, DnsQueried) for event in mine)

    @contextmanager
    def _known_at(self, place: tuple[str, int]) -> Iterator[None]:
        """Who comes from this place of ours is this job."""
        self._world.causes[place] = self._cause
        try:
            yield
        finally:
            del self._world.causes[place]

    def _over_tcp(self, question: bytes) -> bytes | None:
        with (
            socket.create_connection(
                (self._network.host, self._network.dns_port), _PATIENCE
            ) as asker,
            suppress(OSError),
        ):
            with self._known_at(asker.getsockname()):
                asker.sendall(len(question).to_bytes(2) + question)
                head = asker.recv(2)
            size, body = int.from_bytes(head), b""
            while len(body) < size and (block := asker.recv(size - len(body))):
                body += block
            return body if size and len(body) == size else None
        return None

    # ---- connection ------------------------------------------------------------------------------

    def connect(self, action: Connect) -> Result | Wait:
        self.hang_up(abrupt=False)
        place = action.address, action.port
        self._is_foreign = place in self._foreign
        local = self._foreign.get(place) or self._network.local(*place)
        if local is None:
            self._world.unreachable(action.address, action.port, self._public_ip, self._cause)
            return self._late(action.timeout, ConnectFailed("timeout"))
        self._dial(local, "" if self._is_foreign else action.address)
        if action.tls is not None:
            problem = self._greet_in_tls(action.tls)
            self.hang_up(abrupt=False)
            return ConnectFailed("tls", problem)
        return Connected()

    def _greet_in_tls(self, options: TlsOptions) -> str:
        """A ClientHello on a port where the service speaks first, in clear text: always fails."""
        assert self._socket is not None
        context = _client_context(options, self._network.ca_pem)
        hello, incoming, client = _client_hello(context)
        self._socket.sendall(hello)
        self._socket.settimeout(_PATIENCE)
        incoming.write(self._socket.recv(65_536))
        try:
            client.do_handshake()
        except ssl.SSLError as error:
            return error.reason or str(error)
        return "WRONG_VERSION_NUMBER"

    def _dial(self, local: SocketAddress, address: str) -> None:
        """`address`: that of the world's place which is meant; empty for none of the world's."""
        fresh = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        fresh.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fresh.bind((self._network.host, 0))
        self._local = fresh.getsockname()[1]
        if address:
            # The service must take the device for its public address, not for loopback.
            self._world.public_addresses[(self._network.host, self._local)] = self._public_ip
            self._network.destined[self._local] = address
        fresh.settimeout(_PATIENCE)
        before = self._network.opened()
        self._socket, self._inbox = fresh, Inbox()
        self._sent, self._eof = 0, False
        with self._known_at(fresh.getsockname()):
            try:
                fresh.connect(local)
            except ConnectionResetError:
                self._eof = True  # accepted and reset before we looked
            self._until(lambda: not address or self._network.opened() > before)

    def write(self, action: Write) -> None:
        if self._socket is None:
            return
        try:
            self._socket.settimeout(_PATIENCE)
            self._socket.sendall(action.data)
            self._sent += len(action.data)
        except OSError:
            self._eof = True
        if not self._alone and not self._is_foreign:
            self._until(lambda: self._network.settled(self._local, self._sent))

    def expect(self, action: Expect) -> Result | Wait:
        if self._is_foreign:
            return self._wait_really(action)
        if self._alone:
            return self._wait(action)
        heard = self.heard()
        return Wait(action.timeout, TimedOut(), listening=True) if heard is None else heard

    def _wait_really(self, action: Expect) -> Result:
        """A server of somebody else's answers in its own time."""
        limit = time.monotonic() + min(action.timeout, _PATIENCE)
        while (reply := self._inbox.reply()) is None:
            if self._socket is None or self._eof:
                return Lost()
            if time.monotonic() > limit:
                return TimedOut()
            if not self._drain():
                select.select([self._socket], [], [], 0.01)
        return reply

    def _wait(self, action: Expect) -> Result:
        deadline = self._world.now() + action.timeout
        while (heard := self.heard()) is None:
            due = self._world.next_timer()
            if due is None or due > deadline:
                self._world.advance(deadline - self._world.now())
                return TimedOut()
            self._world.advance(due - self._world.now())
        return heard

    def heard(self) -> Result:
        """A whole reply, or the loss of the connection; None when only the clock can bring one."""
        while True:
            self._drain()
            if (reply := self._inbox.reply()) is not None:
                return reply
            if self._socket is None or self._eof:
                return Lost()
            if not self._network.settled(self._local, self._sent):
                select.select([self._socket], [], [], 0.01)
            elif not self._network.connected(self._local):
                select.select([self._socket], [], [], 0.01)  # its last words are on their way
            elif not self._drain():
                return None

    def _drain(self) -> bool:
        """Take all that has come; whether there was anything."""
        came = False
        while self._socket is not None and not self._eof and (data := self._receive()):
            self._inbox.add(data)
            came = True
        return came

    def _receive(self) -> bytes:
        assert self._socket is not None
        self._socket.setblocking(False)
        try:
            data = self._socket.recv(65_536)
        except (BlockingIOError, ssl.SSLWantReadError):
            return b""
        except OSError:
            data = b""
        if not data:
            self._eof = True
        return data

    def start_tls(self, action: StartTls) -> Result:
        if self._socket is None:
            return HandshakeFailed("connection lost")
        problem = self._shake_hands(action.options)
        if problem:
            self.hang_up(abrupt=False)
            return HandshakeFailed(problem)
        assert isinstance(self._socket, ssl.SSLSocket)
        return TlsUp(self._socket.version() or "")

    def _shake_hands(self, options: TlsOptions) -> str:
        """TLS from here on; returns what went wrong, or nothing."""
        assert self._socket is not None
        plain = self._socket
        plain.settimeout(_PATIENCE)
        context = _client_context(options, self._network.ca_pem)
        if options.certificate:
            shown = client_certificate(options.certificate, leaf_only=options.leaf_only)
            context.load_cert_chain(shown)
        try:
            self._socket = context.wrap_socket(
                plain, server_hostname=options.server_name or None, suppress_ragged_eofs=True
            )
        except ssl.SSLError as error:
            return error.reason or str(error)
        except OSError as error:
            return str(error)
        return ""

    def hang_up(self, *, abrupt: bool) -> None:
        if self._socket is None:
            return
        if abrupt:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: a reset instead of a FIN
            with suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._socket.close()
        self._socket = None
        self._until(lambda: not self._network.connected(self._local))

    def pause(self, seconds: float) -> Wait | None:
        if not self._alone:
            return Wait(seconds)
        self._world.advance(seconds)
        return None

    def _late(self, seconds: float, result: Result) -> Result | Wait:
        """What is known only after so long."""
        if not self._alone:
            return Wait(seconds, result)
        self._world.advance(seconds)
        return result

    def _until(self, done: Callable[[], bool]) -> None:
        """Wait for the service's side to notice; loopback needs microseconds."""
        limit = time.monotonic() + _PATIENCE
        while not done():
            if time.monotonic() > limit:
                raise HarnessError("the service's side of a loopback connection hangs")
            time.sleep(0.0005)


_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def _client_hello(context: ssl.SSLContext) -> tuple[bytes, ssl.MemoryBIO, ssl.SSLObject]:
    """A ClientHello without a chance CRLF among its random bytes: the transcript would show it."""
    while True:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(incoming, outgoing)
        with suppress(ssl.SSLWantReadError):
            client.do_handshake()
        hello = outgoing.read()
        if b"\r\n" not in hello:
            return hello, incoming, client


def _client_context(options: TlsOptions, ca_pem: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = options.verify and bool(options.server_name)
    context.verify_mode = ssl.CERT_REQUIRED if options.verify else ssl.CERT_NONE
    context.load_verify_locations(cadata=ca_pem.decode("ascii"))
    if options.maximum < "1.2" or options.minimum < "1.2":
        context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        # Python warns of TLS 1.0 and 1.1; old devices speak nothing else.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = _VERSIONS[options.maximum]
        context.minimum_version = min(_VERSIONS[options.minimum], _VERSIONS[options.maximum])
    return context
