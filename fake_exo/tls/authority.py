"""The certificate authority of this process, thrown away with it or kept, and what it issues."""

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import trustme
from cryptography import x509

from fake_exo.kernel.private import private_file
from fake_exo.tls.certificates import credentials
from fake_exo.tls.choice import MODERN, TlsChoice
from fake_exo.tls.issuing import Credentials, issue
from fake_exo.tls.kept import KeptAuthority
from fake_exo.tls.layer import OneWayTls, ServerTls

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


_kept: list[KeptAuthority] = []  # at most one, in place of the throwaway one for servers


def use(kept: KeptAuthority) -> None:
    """From now on servers have certificates of an authority that is kept."""
    _kept[:] = [kept]
    _issued.cache_clear()
    server_tls.cache_clear()


def authority_pem() -> bytes:
    return _kept[0].root if _kept else authority().cert_pem.bytes()


@lru_cache(maxsize=64)
def _issued(names: tuple[str, ...], kind: str) -> Credentials:
    """Of the kept authority for the names that it may have; one that it signs for another makes
    the whole certificate bad. Servers that have none of them are strangers to it."""
    mine = tuple(name for name in names if _kept[0].allows(name)) if _kept else ()
    return credentials(kind, mine, _kept[0].issuer) if mine else credentials(kind, names, _issuer())


@lru_cache(maxsize=64)
def server_tls(
    names: tuple[str, ...], choice: TlsChoice = MODERN, client_authorities: tuple[str, ...] = ()
) -> ServerTls:
    """The TLS of a server of these names, the common name first. `client_authorities`: PEM of those
    that vouch for clients, beside our own."""
    own = _issued(names, choice.certificate)
    if choice.client_certificate == "none":
        return OneWayTls(choice, own)
    from fake_exo.tls.mutual import MutualTls  # pyOpenSSL only where certificates are asked for

    return MutualTls(choice, own, _trusted(client_authorities))


def _trusted(others: Sequence[str]) -> tuple[x509.Certificate, ...]:
    every = (authority().cert_pem.bytes(), *(pem.encode() for pem in others))
    return tuple(
        certificate for pem in every for certificate in x509.load_pem_x509_certificates(pem)
    )


@lru_cache(maxsize=64)
def client_credentials(*names: str) -> Credentials:
    """A client certificate with its key, from the throwaway authority itself: some programs show
    no chain. Raises ValueError for a name that no certificate can have."""
    return issue(names[0], names, authority(), client=True)


@lru_cache(maxsize=64)
def client_certificate(*names: str, leaf_only: bool = False) -> Path:
    """The same as a PEM file, private to this process and gone with it. `leaf_only`: one of an
    intermediate authority, which is not there."""
    made = client_credentials(*names)
    if leaf_only:
        made = issue(names[0], names, _issuer(), client=True).leaf_only
    return private_file("client.pem", made.pem)
