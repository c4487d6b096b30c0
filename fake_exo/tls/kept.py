"""One authority that is kept: a device imports it once, and not anew at every start.

Who trusts it must not be open to the world. Its root can sign nothing any more, for the root's key
is never written; what is kept is an authority below, and both say for which names: the service's,
those of this bench, and a few that are nobody's. The folder is for its owner alone.
"""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from fake_exo.kernel.errors import ServiceError
from fake_exo.tls.issuing import private_key

_ROOT, _ROOT_DER, _ISSUER, _KEY = "ca.pem", "ca.cer", "issuer.pem", "key.pem"
_YEARS = timedelta(days=5 * 365)
_DAY = timedelta(days=1)
_SIGNS = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
# This machine for itself, and what certificates that are wrong on purpose show: nobody has them.
_NOBODYS = ("localhost", "wrong.example", "127.0.0.0/8", "192.0.2.1")


class AuthorityError(ServiceError):
    """An authority cannot be kept, or not be used; the text says where and what to do."""


@dataclass(frozen=True, slots=True, eq=False)
class KeptAuthority:
    """`root`: its certificate, PEM, which clients trust; `issuer`: what signs for the servers."""

    folder: Path
    root: bytes
    issuer: trustme.CA
    permitted: tuple[str, ...]  # names with all below them, and networks

    def allows(self, name: str) -> bool:
        """Whether it may sign for a host name or an address."""
        return any(_within(name, own) for own in self.permitted)


def keep(folder: Path, service: Iterable[str], own: Sequence[str]) -> KeptAuthority:
    """The authority of a folder, made when there is none. `service`: the names of the service;
    `own`: further names and addresses for which it has to be. Raises AuthorityError."""
    if not folder.exists() or not any(folder.iterdir()):
        _make(folder, [*_shortest(service), *own, *_NOBODYS])
    found = _load(folder)
    if missing := [name for name in own if not found.allows(name)]:
        raise AuthorityError(
            f"{folder}: this authority is not for {missing[0]}, but for "
            f"{', '.join(found.permitted)}; give another folder, and let devices import that one"
        )
    return found


def _within(name: str, own: str) -> bool:
    try:
        address = ip_address(name)
    except ValueError:
        plain = name.removeprefix("*.").lower()
        return plain == own or plain.endswith(f".{own}")
    network = _network(own)
    return network is not None and address.version == network.version and address in network


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None


def _shortest(names: Iterable[str]) -> Iterator[str]:
    """Names without those that are below others."""
    plain = {name.removeprefix("*.").lower() for name in names}
    return (n for n in sorted(plain) if not any(n.endswith(f".{other}") for other in plain))


# ---- making --------------------------------------------------------------------------------------


def _make(folder: Path, names: Iterable[str]) -> None:
    """Whole or not at all; nobody else can ever read it."""
    permitted = tuple(dict.fromkeys(names))
    root_key, key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "12")
    root = _certificate("root", root_key, None, root_key, permitted)
    issuer = _certificate("issuer", key, root, root_key, permitted)
    pem, der = serialization.Encoding.PEM, serialization.Encoding.DER
    files = {
        _KEY: key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        _ISSUER: issuer.public_bytes(pem),
        _ROOT: root.public_bytes(pem),
        _ROOT_DER: root.public_bytes(der),
    }
    try:
        _place(folder, files)
    except OSError as error:
        raise AuthorityError(f"{folder}: no authority can be kept: {error.strerror}") from None


def _place(folder: Path, files: dict[str, bytes]) -> None:
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.absolute().parent))
    try:
        for name, content in files.items():
            path = made / name
            with open(path, "xb", opener=lambda at, flags: os.open(at, flags, 0o600)) as file:
                file.write(content)
        if folder.exists():
            folder.rmdir()  # it is empty
        os.rename(made, folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _certificate(
    what: str,
    key: rsa.RSAPrivateKey,
    above: x509.Certificate | None,
    signing: rsa.RSAPrivateKey,
    permitted: Sequence[str],
) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "FAKE Exchange Online"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"FAKE fake-exo kept authority, {what}"),
        ]
    )
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if above is None else above.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=int(above is None)), True)
        .add_extension(_SIGNS, True)
        .add_extension(x509.NameConstraints([*map(_tree, permitted)], None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()), False
        )
        .sign(signing, hashes.SHA256())
    )


def _tree(text: str) -> x509.GeneralName:
    network = _network(text)
    return x509.DNSName(text) if network is None else x509.IPAddress(network)


# ---- reading -------------------------------------------------------------------------------------


def _load(folder: Path) -> KeptAuthority:
    for path in (folder, folder / _KEY):
        _for_owner_only(path)
    try:
        root, pem, key = ((folder / name).read_bytes() for name in (_ROOT, _ISSUER, _KEY))
        certificate = x509.load_pem_x509_certificate(pem)
        x509.load_pem_x509_certificate(root)
        same = private_key(key).public_key() == certificate.public_key()
        permitted = _permitted(certificate)
    except OSError as error:
        raise _broken(folder, f"{error.filename}: {error.strerror}") from None
    except (ValueError, TypeError, AssertionError, x509.ExtensionNotFound):
        raise _broken(folder, "what is in it cannot be read") from None
    if not same:
        raise _broken(folder, f"{_KEY} is not the key of {_ISSUER}")
    if certificate.not_valid_after_utc < datetime.now(UTC):
        raise _broken(folder, f"it ended on {certificate.not_valid_after_utc:%Y-%m-%d}")
    issuer = trustme.CA.from_pem(pem, key)
    issuer.parent_cert = trustme.CA.from_pem(root, key)  # says only that there is one above
    return KeptAuthority(folder, root, issuer, permitted)


def _broken(folder: Path, why: str) -> AuthorityError:
    return AuthorityError(
        f"{folder}: no authority to use: {why}; give a new folder, and let devices import that one"
    )


def _for_owner_only(path: Path) -> None:
    if sys.platform == "win32" or not path.exists():
        return
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        right = "700" if path.is_dir() else "600"
        raise AuthorityError(
            f"{path}: others may enter or read it (mode {mode:o}): who has the key is trusted by "
            f"your devices. `chmod {right} {path}`, or a new folder where somebody may have it"
        )


def _permitted(certificate: x509.Certificate) -> tuple[str, ...]:
    found = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    return tuple(str(name.value) for name in found.permitted_subtrees or ())
