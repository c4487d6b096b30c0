"""TLS of a server over two memory buffers: ciphertext in and out, no socket.

TLS is pumped by hand and not by asyncio's `start_tls`: no task and no future for a handshake,
input that came before the handshake can be dropped, and the client's certificate can be read.
"""

import ssl
import tempfile
import warnings
from abc import ABC, abstractmethod
from pathlib import Path

from fake_exo.tls.choice import TlsChoice
from fake_exo.tls.facts import Tls
from fake_exo.tls.issuing import Credentials
from fake_exo.tls.offers import Offers, offers, span

_BLOCK = 1 << 18
_HELLO = 1 << 14  # bytes of a beginning that are kept until the handshake is done
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


class TlsError(Exception):
    """A handshake or a record that failed. `reason`: OpenSSL's name of it, UNSUPPORTED_PROTOCOL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ServerTls(ABC):
    """What all connections of a server share: versions, suites, certificate."""

    def __init__(self, choice: TlsChoice) -> None:
        self.versions = span(choice.minimum, choice.maximum)

    @abstractmethod
    def layer(self) -> "TlsLayer":
        """The TLS of one more connection."""

    @abstractmethod
    def suites(self) -> list[str]:
        """OpenSSL's names of the cipher suites, the best first."""


class TlsLayer(ABC):
    """The server side of one TLS connection. `ended`: the client has said close_notify."""

    __slots__ = ("_begun", "_server", "ended", "up")

    def __init__(self, server: ServerTls) -> None:
        self._server = server
        self._begun = b""
        self.up = self.ended = False

    def feed(self, data: bytes) -> None:
        """Ciphertext that has come."""
        self._put(data)
        if not self.up and len(self._begun) < _HELLO:
            self._begun += data[:_HELLO]

    @property
    def shaking(self) -> bool:
        """Whether the client has begun a handshake that is not done."""
        return bool(self._begun)

    def handshake(self) -> bool:
        """Go on with the handshake; True when it is done. Raises TlsError when it fails."""
        if not self._shake():
            return False
        self.up = True
        self._begun = b""
        return True

    def offers(self, reason: str) -> Offers:
        """What both sides offered, when the handshake has failed for `reason`."""
        return offers(self._begun, self._server.versions, self._server.suites(), reason)

    @abstractmethod
    def _put(self, data: bytes) -> None: ...

    @abstractmethod
    def _shake(self) -> bool: ...

    @abstractmethod
    def read(self) -> bytes:
        """All plain text that has come in whole records; b"" when more is needed or at the end.
        Raises TlsError."""

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Plain text that has to go out. Raises TlsError."""

    @abstractmethod
    def close(self) -> None:
        """Say close_notify; whether the client answers does not matter."""

    @abstractmethod
    def pending(self) -> bytes:
        """Ciphertext that has to go out."""

    @abstractmethod
    def facts(self) -> Tls: ...


def cipher_list(choice: TlsChoice) -> str:
    """The suites of a choice as OpenSSL wants them told; empty: as it has them by itself."""
    # Below TLS 1.2 OpenSSL signs nothing at its usual level, whatever the suites.
    level = ":@SECLEVEL=0" if choice.minimum < "1.2" else ""
    return choice.ciphers and choice.ciphers + level


class OneWayTls(ServerTls):
    """Only the server shows a certificate."""

    def __init__(self, choice: TlsChoice, own: Credentials) -> None:
        super().__init__(choice)
        context = self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if ciphers := cipher_list(choice):
            context.set_ciphers(ciphers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0 and 1.1
            context.maximum_version = _VERSIONS[choice.maximum]
            context.minimum_version = _VERSIONS[choice.minimum]
        with tempfile.TemporaryDirectory(prefix="fake-exo-") as folder:  # `ssl` reads files only
            path = Path(folder) / "server.pem"
            path.write_bytes(own.pem)
            context.load_cert_chain(path)

    def layer(self) -> TlsLayer:
        return OneWayLayer(self)

    def suites(self) -> list[str]:
        return [cipher["name"] for cipher in self.context.get_ciphers()]


class OneWayLayer(TlsLayer):
    __slots__ = ("_incoming", "_object", "_outgoing")

    def __init__(self, server: OneWayTls) -> None:
        super().__init__(server)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = server.context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def _put(self, data: bytes) -> None:
        self._incoming.write(data)

    def _shake(self) -> bool:
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise TlsError(error.reason or str(error)) from None
        return True

    def read(self) -> bytes:
        blocks = []
        try:
            while block := self._object.read(_BLOCK):
                blocks.append(block)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            raise TlsError(error.reason or str(error)) from None
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def write(self, data: bytes) -> None:
        try:
            self._object.write(data)
        except ssl.SSLError as error:
            raise TlsError(error.reason or str(error)) from None

    def close(self) -> None:
        try:
            self._object.unwrap()
        except ssl.SSLError:
            return

    def pending(self) -> bytes:
        return self._outgoing.read() if self._outgoing.pending else b""

    def facts(self) -> Tls:
        cipher = self._object.cipher()
        return Tls(version=self._object.version() or "", cipher=cipher[0] if cipher else "")
