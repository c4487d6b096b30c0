"""The throwaway certificate authority, server contexts, and TLS over two memory buffers.

TLS is pumped by hand and not by asyncio's `start_tls`: no task and no future for a handshake,
input that came before the handshake can be dropped, and the client's certificate can be read.
"""

import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import trustme

from fake_exo.kernel.private import private_file
from fake_exo.tls.choice import MODERN, TlsChoice
from fake_exo.tls.facts import Tls
from fake_exo.tls.offers import Offers, offers

_BLOCK = 1 << 18
_HALF_A_YEAR = timedelta(days=183)
_HELLO = 1 << 14  # bytes of a beginning that are kept until the handshake is done
_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
_ASKED = {
    "none": ssl.CERT_NONE,
    "optional": ssl.CERT_OPTIONAL,
    "required": ssl.CERT_REQUIRED,
}


# A cache may call its function twice when two threads miss together; with two authorities, one
# would sign the server and the other be trusted by the client.
_ONE_AUTHORITY = threading.Lock()


def authority() -> trustme.CA:
    """The certificate authority of this process; its certificate says FAKE. Any thread may ask."""
    with _ONE_AUTHORITY:
        return _authority()


@lru_cache(maxsize=1)
def _authority() -> trustme.CA:
    name = "FAKE Exchange Online - fake-exo throwaway CA"
    return trustme.CA(organization_name=name, key_type=trustme.KeyType.RSA)


@lru_cache(maxsize=1)
def _issuer() -> trustme.CA:
    """An authority between that one and the certificates, as the service's have it."""
    return authority().create_child_ca(key_type=trustme.KeyType.RSA)


@lru_cache(maxsize=64)
def _issued(common_name: str, names: tuple[str, ...]) -> trustme.LeafCert:
    """Valid for a year around now by the machine's clock, which is that of the clients."""
    now = datetime.now(UTC)
    return _issuer().issue_cert(
        *names,
        common_name=common_name,
        not_before=now - _HALF_A_YEAR,
        not_after=now + _HALF_A_YEAR,
        key_type=trustme.KeyType.RSA,
    )


def authority_pem() -> bytes:
    return authority().cert_pem.bytes()


@lru_cache(maxsize=64)
def server_context(
    common_name: str,
    names: tuple[str, ...],
    choice: TlsChoice = MODERN,
) -> ssl.SSLContext:
    """A server context with a certificate for `names`.

    Client certificates are asked for and, when shown, must come from our authority.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if choice.ciphers:
        # Below TLS 1.2 OpenSSL signs nothing at its usual level, whatever the suites.
        level = ":@SECLEVEL=0" if choice.minimum < "1.2" else ""
        context.set_ciphers(choice.ciphers + level)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.0 and 1.1
        context.maximum_version = _VERSIONS[choice.maximum]
        context.minimum_version = _VERSIONS[choice.minimum]
    if choice.certificate == "good":
        _issued(common_name, names).configure_cert(context)
    else:
        from fake_exo.tls.certificates import load  # only where somebody asks for a bad one

        load(choice.certificate, context, _issuer(), names)
    authority().configure_trust(context)
    context.verify_mode = _ASKED[choice.client_certificate]
    return context


@lru_cache(maxsize=64)
def client_certificate(*names: str) -> Path:
    """A PEM file with key and chain of a client certificate from our authority, private to this
    process and gone with it."""
    issued = authority().issue_cert(*names, common_name=names[0], key_type=trustme.KeyType.RSA)
    return private_file("client.pem", issued.private_key_and_cert_chain_pem.bytes())


class TlsLayer:
    """The server side of one TLS connection: ciphertext in and out, no socket."""

    __slots__ = ("_begun", "_incoming", "_object", "_outgoing", "up")

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._object = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._begun = b""
        self.up = False

    def feed(self, data: bytes) -> None:
        self._incoming.write(data)
        if not self.up and len(self._begun) < _HELLO:
            self._begun += data[:_HELLO]

    @property
    def shaking(self) -> bool:
        """Whether the client has begun a handshake that is not done."""
        return bool(self._begun)

    def handshake(self) -> bool:
        """Go on with the handshake; True when it is done. Raises ssl.SSLError when it fails."""
        try:
            self._object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        self.up = True
        self._begun = b""
        return True

    def read(self) -> bytes:
        """All plain text that has come in whole records; b"" when more is needed or at the end."""
        blocks = []
        try:
            while block := self._object.read(_BLOCK):
                blocks.append(block)
        except ssl.SSLWantReadError:
            pass
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def write(self, data: bytes) -> None:
        self._object.write(data)

    def close(self) -> None:
        """Say close_notify; whether the client answers does not matter."""
        try:
            self._object.unwrap()
        except ssl.SSLError:
            return

    def pending(self) -> bytes:
        """Ciphertext that has to go out."""
        return self._outgoing.read() if self._outgoing.pending else b""

    def offers(self, reason: str) -> Offers:
        """What both sides offered, when the handshake has failed for `reason`."""
        return offers(self._begun, self._object.context, reason)

    def facts(self) -> Tls:
        cipher = self._object.cipher()
        return Tls(
            version=self._object.version() or "",
            cipher=cipher[0] if cipher else "",
            certificate_names=_names(self._object.getpeercert()),
        )


def _names(certificate: object) -> tuple[str, ...]:
    """CN and DNS names of a verified client certificate, in that order, each once."""
    if not isinstance(certificate, dict) or not certificate:
        return ()
    subject = (pair for entry in certificate.get("subject", ()) for pair in entry)
    common = [value for key, value in subject if key == "commonName"]
    alternatives = [value for kind, value in certificate.get("subjectAltName", ()) if kind == "DNS"]
    return tuple(dict.fromkeys([*common, *alternatives]))
