"""What a finished handshake established."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tls:
    """A finished handshake. `certificate_names`: CN and SANs of a trusted client certificate."""

    version: str
    cipher: str
    certificate_names: tuple[str, ...] = ()
    server_name: str = ""

    @property
    def legacy(self) -> bool:
        return self.version in ("SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1")
