"""What drives a world: clients, the processes that they are, and places. The face for drivers.

Users of a world need `fake_exo` only.
"""

from pathlib import Path
from typing import NamedTuple

from fake_exo.exchange.endpoint import ids_with
from fake_exo.kernel.bindings import Binding, Missed, Ports, representatives
from fake_exo.kernel.endpoint import SocketAddress, Trait
from fake_exo.kernel.errors import CannotListen, cannot_listen
from fake_exo.kernel.private import private_file
from fake_exo.kernel.process import Link, Processes, Wait, carry_out
from fake_exo.smtp.client.actions import (
    Action,
    Connect,
    Connected,
    ConnectFailed,
    Dialogue,
    Expect,
    HandshakeFailed,
    HangUp,
    LookedUp,
    Lookup,
    Lost,
    Pause,
    Reply,
    Result,
    StartTls,
    TimedOut,
    TlsOptions,
    TlsUp,
    Write,
)
from fake_exo.smtp.client.inbox import Inbox
from fake_exo.smtp.client.link import ClientLink
from fake_exo.smtp.client.manner import Manner, Reaction
from fake_exo.smtp.client.mechanisms import MECHANISMS, SaslIdentity
from fake_exo.smtp.client.memory import MemoryLink, looked_up
from fake_exo.smtp.client.session import STEPS, ServerSettings, connect, open_session
from fake_exo.smtp.client.talk import GaveUp, Talk
from fake_exo.smtp.client.transaction import send
from fake_exo.smtp.pipe import Offer, Pipe
from fake_exo.world import World

__all__ = [
    "MECHANISMS",
    "STEPS",
    "Action",
    "AuthorityFiles",
    "Binding",
    "CannotListen",
    "ClientCredentials",
    "ClientLink",
    "Connect",
    "ConnectFailed",
    "Connected",
    "Dialogue",
    "Expect",
    "GaveUp",
    "HandshakeFailed",
    "HangUp",
    "Inbox",
    "Link",
    "LookedUp",
    "Lookup",
    "Lost",
    "Manner",
    "MemoryLink",
    "Missed",
    "Offer",
    "Pause",
    "Pipe",
    "Ports",
    "Processes",
    "Reaction",
    "Reply",
    "Result",
    "SaslIdentity",
    "ServerSettings",
    "SocketAddress",
    "StartTls",
    "Talk",
    "TimedOut",
    "TlsOptions",
    "TlsUp",
    "Wait",
    "Write",
    "authority_files",
    "authority_pem",
    "cannot_listen",
    "carry_out",
    "client_certificate",
    "client_credentials",
    "connect",
    "enterprise_only",
    "keep_authority",
    "looked_up",
    "open_session",
    "private_file",
    "read_certificates",
    "representatives",
    "rules_in_force",
    "send",
    "signs_in",
]


class ClientCredentials(NamedTuple):
    """A client certificate with its key: in PEM, and in PKCS#12 with the password `fake-exo`."""

    pem: bytes
    pkcs12: bytes


def authority_pem() -> bytes:
    """The certificate of the throwaway authority, for clients' trust stores."""
    from fake_exo.tls.authority import authority_pem as made  # certificates only when somebody asks

    return made()


class AuthorityFiles(NamedTuple):
    """The throwaway authority as trust stores have it: PEM, its names in a folder that OpenSSL
    looks through, and a store of Java's."""

    pem: bytes
    hashes: tuple[str, ...]
    java: bytes


def authority_files() -> AuthorityFiles:
    from fake_exo.tls.authority import authority_pem as made
    from fake_exo.tls.issuing import hashed_names, java_store

    return AuthorityFiles(made(), hashed_names(made()), java_store(made()))


def keep_authority(folder: Path, *names: str) -> Path:
    """From now on servers' certificates are of the authority that is kept in a folder, made when
    there is none: for the service's names, and these of the bench. Returns the file that clients
    import. Raises ServiceError."""
    from fake_exo.exchange.endpoint import rows
    from fake_exo.tls.authority import use
    from fake_exo.tls.kept import keep

    service = (name for row in rows() for name in row.certificate)
    use(keep(folder, service, names))
    return folder / "ca.pem"


def client_certificate(*names: str, leaf_only: bool = False) -> Path:
    """A PEM file with key and chain of a client certificate that the service trusts; `leaf_only`:
    without the intermediate, so that it does not."""
    from fake_exo.tls.authority import client_certificate as made

    return made(*names, leaf_only=leaf_only)


def client_credentials(*names: str) -> ClientCredentials:
    """The same as the content of files. Raises ValueError for a name that no certificate can
    have."""
    from fake_exo.tls.authority import client_credentials as made

    issued = made(*names)
    return ClientCredentials(issued.pem, issued.pkcs12)


def read_certificates(data: bytes) -> str:
    """Certificates of a file, PEM or DER, as PEM. Raises ValueError where there is none."""
    from fake_exo.tls.issuing import read_certificates as read

    return read(data)


def signs_in(endpoint: str) -> bool:
    """Whether clients authenticate at an endpoint."""
    return endpoint in ids_with(frozenset({Trait.SIGNS_IN}))


def enterprise_only(endpoint: str) -> bool:
    """Whether an endpoint has accounts of its own and recipients inside the tenant only."""
    return endpoint in ids_with(frozenset({Trait.ENTERPRISE_ONLY}))


def rules_in_force(world: World, endpoint: str) -> tuple[str, ...]:
    """The rules in force at an endpoint on the world's present day, in their order; none when there
    is no such endpoint yet."""
    found = next(world.index.named(endpoint), None)
    return () if found is None else world.policy.ids(found, world.day)
