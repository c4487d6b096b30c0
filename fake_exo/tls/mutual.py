"""TLS of a server that asks its clients for a certificate, and takes whichever they show.

The real service ends no handshake over a client's certificate: one that nobody vouches for counts
for nothing, and the mail is attributed by the address. `ssl` cannot do that, for it has no callback
of the verification; so here it is pyOpenSSL.
"""

import re
from contextlib import suppress

from cryptography import x509
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto

from fake_exo.tls.choice import TlsChoice
from fake_exo.tls.facts import ClientCertificate, Tls
from fake_exo.tls.issuing import Credentials, private_key
from fake_exo.tls.layer import ServerTls, TlsError, TlsLayer, cipher_list

_RECORD = 1 << 14  # plain bytes of the largest record
_BLOCK = 1 << 16
_VERSIONS = {
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}
_REQUIRED = {"optional": 0, "required": SSL.VERIFY_FAIL_IF_NO_PEER_CERT}
# X509_V_ERR_*: why a certificate counts for nothing, in OpenSSL's words.
_PROBLEMS = {
    2: "unable to get issuer certificate",
    7: "certificate signature failure",
    9: "certificate is not yet valid",
    10: "certificate has expired",
    18: "self-signed certificate",
    19: "self-signed certificate in certificate chain",
    20: "unable to get local issuer certificate",
    21: "unable to verify the first certificate",
    22: "certificate chain too long",
    24: "invalid CA certificate",
    26: "unsuitable certificate purpose",
    79: "invalid CA certificate",
}
_UNREADABLE = (
    ValueError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


class MutualTls(ServerTls):
    """`trusted`: the authorities whose certificates of clients count."""

    def __init__(
        self, choice: TlsChoice, own: Credentials, trusted: tuple[x509.Certificate, ...]
    ) -> None:
        super().__init__(choice)
        context = self.context = SSL.Context(SSL.TLS_SERVER_METHOD)
        if ciphers := cipher_list(choice):
            context.set_cipher_list(ciphers.encode())
        context.set_min_proto_version(_VERSIONS[choice.minimum])
        context.set_max_proto_version(_VERSIONS[choice.maximum])
        # A session that is resumed would bring a certificate that nobody has looked at.
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET | SSL.OP_CIPHER_SERVER_PREFERENCE)
        _show(context, own)
        store = context.get_cert_store()
        assert store is not None
        for authority in trusted:
            store.add_cert(crypto.X509.from_cryptography(authority))
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)  # whoever is named is trusted
        required = _REQUIRED[choice.client_certificate]
        context.set_verify(SSL.VERIFY_PEER | required, _look)

    def layer(self) -> TlsLayer:
        return MutualLayer(self)

    def suites(self) -> list[str]:
        return SSL.Connection(self.context, None).get_cipher_list()


def _show(context: SSL.Context, own: Credentials) -> None:
    context.use_privatekey(private_key(own.key))
    first, *rest = (x509.load_pem_x509_certificate(pem) for pem in own.chain)
    context.use_certificate(first)
    for certificate in rest:
        context.add_extra_chain_cert(certificate)


def _look(line: SSL.Connection, _: crypto.X509, problem: int, depth: int, fine: int) -> bool:
    """What OpenSSL finds of a client's chain: the first problem is remembered, none counts."""
    if problem and not line.get_app_data():
        line.set_app_data(problem)
    return True


class MutualLayer(TlsLayer):
    __slots__ = ("_line",)

    def __init__(self, server: MutualTls) -> None:
        super().__init__(server)
        self._line = SSL.Connection(server.context, None)
        self._line.set_accept_state()

    def _put(self, data: bytes) -> None:
        self._line.bio_write(data)

    def _shake(self) -> bool:
        try:
            self._line.do_handshake()
        except SSL.WantReadError:
            return False
        except SSL.Error as error:
            raise TlsError(_reason(error)) from None
        return True

    def read(self) -> bytes:
        blocks = []
        try:
            while True:
                blocks.append(self._line.recv(_RECORD))
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self.ended = True
        except SSL.Error as error:
            raise TlsError(_reason(error)) from None
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def write(self, data: bytes) -> None:
        try:
            self._line.sendall(data)
        except SSL.Error as error:
            raise TlsError(_reason(error)) from None

    def close(self) -> None:
        with suppress(SSL.Error):
            self._line.shutdown()

    def pending(self) -> bytes:
        whole = b""
        with suppress(SSL.WantReadError):
            while len(block := self._line.bio_read(_BLOCK)) == _BLOCK:
                whole += block
            whole += block
        return whole

    def facts(self) -> Tls:
        line = self._line
        return Tls(
            version=line.get_protocol_version_name(),
            cipher=line.get_cipher_name() or "",
            certificate=self._certificate(),
        )

    def _certificate(self) -> ClientCertificate:
        number = self._line.get_app_data() or 0
        problem = _PROBLEMS.get(number, f"OpenSSL's error {number}") if number else ""
        try:
            shown = self._line.get_peer_certificate(as_cryptography=True)
            return ClientCertificate(_names(shown) if shown else (), problem)
        except _UNREADABLE:
            return ClientCertificate((), problem or "it cannot be read")


def _reason(error: SSL.Error) -> str:
    """OpenSSL's own words, as `ssl` has them: UNSUPPORTED_PROTOCOL."""
    found = error.args[0] if error.args else ()
    text = found[-1][2] if isinstance(found, list) and found else "unexpected eof"
    name = re.sub(r"[ -]", "_", text.upper())
    return re.sub(r"^(SSL/)?TLS_ALERT", "SSLV3_ALERT", name)  # as alerts of before TLS 1.0 were


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    """CN and DNS names, in that order, each once."""
    common = [str(a.value) for a in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return tuple(dict.fromkeys(common))
    alternatives = found.value.get_values_for_type(x509.DNSName)
    return tuple(dict.fromkeys([*common, *alternatives]))
