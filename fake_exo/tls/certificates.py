"""Certificates that clients should refuse, and some that look odd but are good: real ones."""

import ssl
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fake_exo.tls.choice import CERTIFICATES

_RSA = trustme.KeyType.RSA
_FILLERS = 700  # names that make a certificate of about 20 kB

Load = Callable[[ssl.SSLContext, trustme.CA, tuple[str, ...]], None]


def load(kind: str, context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    """Give a server context the certificate of a kind. Raises KeyError for an unknown kind."""
    _KINDS[kind](context, ca, names)


def _good(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    ca.issue_cert(*names, common_name=names[0], key_type=_RSA).configure_cert(context)


def _expired(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    ca.issue_cert(*names, common_name=names[0], not_after=past, key_type=_RSA).configure_cert(
        context
    )


def _wrong_name(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    name = "mail.wrong.example"
    ca.issue_cert(name, common_name=name, key_type=_RSA).configure_cert(context)


def _wildcard(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    stars = [f"*.{name.partition('.')[2]}" for name in names if name.count(".") > 1]
    ca.issue_cert(*dict.fromkeys(stars), key_type=_RSA).configure_cert(context)


def _address_only(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    ca.issue_cert("192.0.2.1", key_type=_RSA).configure_cert(context)


def _unknown_root(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    root = trustme.CA(organization_name="FAKE root that nobody trusts", key_type=_RSA)
    root.issue_cert(*names, key_type=_RSA).configure_cert(context)


def _no_intermediate(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    issued = ca.create_child_ca(key_type=_RSA).issue_cert(*names, key_type=_RSA)
    _files(context, issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes())


def _large(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    fillers = (f"filler-{number:04d}.protection.outlook.com" for number in range(_FILLERS))
    ca.issue_cert(*names, *fillers, common_name=names[0], key_type=_RSA).configure_cert(context)


def _not_yet_valid(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    _built(context, ca, names, begins=datetime.now(UTC) + timedelta(days=30))


def _name_only_in_subject(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    _built(context, ca, names, alternatives=False)


def _self_signed(context: ssl.SSLContext, ca: trustme.CA, names: tuple[str, ...]) -> None:
    _built(context, None, names)


def _built(
    context: ssl.SSLContext,
    ca: trustme.CA | None,
    names: tuple[str, ...],
    *,
    begins: datetime | None = None,
    alternatives: bool = True,
) -> None:
    """A certificate that trustme does not make. `ca` None: signed with its own key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    issuer, signer = subject, key
    if ca is not None:
        issuer = x509.load_pem_x509_certificate(ca.cert_pem.bytes()).subject
        loaded = serialization.load_pem_private_key(ca.private_key_pem.bytes(), None)
        assert isinstance(loaded, rsa.RSAPrivateKey)
        signer = loaded
    start = begins or datetime(2020, 1, 1, tzinfo=UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(datetime(2038, 1, 1, tzinfo=UTC))
    )
    if alternatives:
        every = x509.SubjectAlternativeName([x509.DNSName(n) for n in names if not n[0].isdigit()])
        builder = builder.add_extension(every, critical=False)
    made = builder.sign(signer, hashes.SHA256())
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = b"" if ca is None else ca.cert_pem.bytes()
    _files(context, made.public_bytes(serialization.Encoding.PEM) + chain, secret)


def _files(context: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "server.pem"
        path.write_bytes(key + certificate)
        context.load_cert_chain(path)


_KINDS: dict[str, Load] = {
    "good": _good,
    "expired": _expired,
    "not-yet-valid": _not_yet_valid,
    "wrong-name": _wrong_name,
    "wildcard": _wildcard,
    "name-only-in-subject": _name_only_in_subject,
    "address-only": _address_only,
    "self-signed": _self_signed,
    "unknown-root": _unknown_root,
    "no-intermediate": _no_intermediate,
    "large": _large,
}
assert set(_KINDS) == set(CERTIFICATES)
