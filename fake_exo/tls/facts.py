"""What a finished handshake established."""

from dataclasses import dataclass
from typing import NamedTuple


class ClientCertificate(NamedTuple):
    """What a client showed: CN and SANs, and why it counts for nothing; empty: it counts."""

    names: tuple[str, ...] = ()
    problem: str = ""


_NONE = ClientCertificate()


@dataclass(frozen=True, slots=True)
class Tls:
    """A finished handshake."""

    version: str
    cipher: str
    certificate: ClientCertificate = _NONE
    server_name: str = ""

    @property
    def legacy(self) -> bool:
        return self.version in ("SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")

    @property
    def certificate_names(self) -> tuple[str, ...]:
        """Those on a client certificate that counts."""
        return () if self.certificate.problem else self.certificate.names
