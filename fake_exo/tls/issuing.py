"""Makes certificates. Of keys there are two a process, made when somebody first needs one: an RSA
key costs up to a tenth of a second."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import md5
from ipaddress import ip_address
from typing import NamedTuple

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_HALF_A_YEAR = timedelta(days=183)
_PASSWORD = b"fake-exo"
_MAKER = "FAKE Exchange Online"
_SIGNS = x509.KeyUsage(True, False, True, False, False, False, False, False, False)
_PURPOSES = x509.ExtendedKeyUsage(
    [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
)


class Credentials(NamedTuple):
    """A private key and its certificates, the owner's first, without the root; all PEM."""

    key: bytes
    chain: tuple[bytes, ...]

    @property
    def pem(self) -> bytes:
        """All in one file, as OpenSSL reads it."""
        return self.key + b"".join(self.chain)

    @property
    def pkcs12(self) -> bytes:
        """The same as Windows and Java take it, with the password `fake-exo`."""
        first, *rest = (x509.load_pem_x509_certificate(pem) for pem in self.chain)
        lock = serialization.BestAvailableEncryption(_PASSWORD)
        key = private_key(self.key)
        return pkcs12.serialize_key_and_certificates(b"fake-exo", key, first, rest, lock)

    @property
    def leaf_only(self) -> "Credentials":
        return self._replace(chain=self.chain[:1])


class Validity(NamedTuple):
    begins: datetime
    ends: datetime


def this_year() -> Validity:
    """A year around now by the machine's clock, which is that of the clients."""
    now = datetime.now(UTC)
    return Validity(now - _HALF_A_YEAR, now + _HALF_A_YEAR)


def issue(
    common_name: str,
    names: Iterable[str],
    signer: trustme.CA | None,
    *,
    validity: Validity | None = None,
    client: bool = False,
) -> Credentials:
    """A certificate for `names`, host names and addresses; `signer` None: signed with its own key.
    `client`: with the key that is handed out to clients, and not the servers'. Raises ValueError
    for a name that no certificate can have."""
    key = _key(client)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _MAKER),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    begins, ends = validity or this_year()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if signer is None else _certificate(signer).subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_SIGNS, critical=True)
        .add_extension(_PURPOSES, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if signer is not None:
        builder = builder.add_extension(_signed_by(signer), critical=False)
    if alternatives := [_name(name) for name in names]:
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    made = builder.sign(key if signer is None else _secret(signer), hashes.SHA256())
    return Credentials(_pem(key), (made.public_bytes(serialization.Encoding.PEM), *_above(signer)))


def _above(signer: trustme.CA | None) -> Iterable[bytes]:
    """The certificates between one that it signs and the root."""
    while signer is not None and signer.parent_cert is not None:
        yield signer.cert_pem.bytes()
        signer = signer.parent_cert


@lru_cache(maxsize=2)
def _key(client: bool) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _certificate(ca: trustme.CA) -> x509.Certificate:
    return x509.load_pem_x509_certificate(ca.cert_pem.bytes())


@lru_cache(maxsize=8)
def _secret(ca: trustme.CA) -> rsa.RSAPrivateKey:
    return private_key(ca.private_key_pem.bytes())


def private_key(pem: bytes) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def _signed_by(ca: trustme.CA) -> x509.AuthorityKeyIdentifier:
    own = _certificate(ca).extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own.value)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def read_certificates(data: bytes) -> str:
    """Certificates of a file, PEM or DER, as PEM. Raises ValueError where there is none."""
    if b"-----BEGIN" in data:
        found = x509.load_pem_x509_certificates(data)
    else:
        found = [x509.load_der_x509_certificate(data)]
    return b"".join(each.public_bytes(serialization.Encoding.PEM) for each in found).decode()


def hashed_names(pem: bytes) -> tuple[str, ...]:
    """Under which OpenSSL looks for this authority in a folder: by the hash of today, and by that
    from before 1.0."""
    from OpenSSL import crypto  # for this alone

    certificate = x509.load_pem_x509_certificate(pem)
    today = crypto.X509.from_cryptography(certificate).subject_name_hash()
    before = md5(certificate.subject.public_bytes(), usedforsecurity=False).digest()[:4]
    return f"{today:08x}.0", f"{int.from_bytes(before, 'little'):08x}.0"


def java_store(pem: bytes) -> bytes:
    """A trust store of Java's with this authority. Java opens its own without a password."""
    certificate = pkcs12.PKCS12Certificate(x509.load_pem_x509_certificate(pem), b"fake-exo")
    return pkcs12.serialize_java_truststore([certificate], serialization.NoEncryption())
