"""How the TLS of a server is in one world: versions, certificate, what it asks of clients."""

from dataclasses import dataclass, fields, replace
from functools import lru_cache

# What a client that checks finds wrong with each certificate, and the alert that the service sees;
# nothing for those that are good.
CERTIFICATES: dict[str, tuple[str, str]] = {
    "good": ("", ""),
    "wildcard": ("", ""),
    "large": ("", ""),
    "expired": ("certificate has expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED"),
    "not-yet-valid": ("certificate is not yet valid", "SSLV3_ALERT_BAD_CERTIFICATE"),
    "wrong-name": ("host name mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"),
    "name-only-in-subject": ("host name mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"),
    "address-only": ("host name mismatch", "SSLV3_ALERT_BAD_CERTIFICATE"),
    "self-signed": ("self-signed certificate", "TLSV1_ALERT_UNKNOWN_CA"),
    "unknown-root": ("unable to get local issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"),
    "no-intermediate": ("unable to get local issuer certificate", "TLSV1_ALERT_UNKNOWN_CA"),
}
TLS_VERSIONS = ("1.0", "1.1", "1.2", "1.3")


@dataclass(frozen=True, slots=True)
class TlsChoice:
    """How a server's TLS is in one world. `minimum` and `maximum`: of `TLS_VERSIONS`; `ciphers`: an
    OpenSSL list for TLS 1.2 and before; empty: as the server has it by itself. `certificate`: a key
    of `CERTIFICATES`; `client_certificate`: none, optional or required; empty: as the server has it
    by itself.

    Raises ValueError for versions out of order, and for suites that OpenSSL does not have."""

    minimum: str = ""
    maximum: str = ""
    certificate: str = "good"
    ciphers: str = ""
    client_certificate: str = ""

    def __post_init__(self) -> None:
        if self.minimum and self.maximum and self.minimum > self.maximum:
            raise ValueError(f"minimum {self.minimum} is above maximum {self.maximum}")
        if self.ciphers and not _known(self.ciphers):
            raise ValueError(f"OpenSSL knows no cipher suite of {self.ciphers!r}, up to TLS 1.2")

    @property
    def told(self) -> str:
        """What is chosen, in words; empty: nothing."""
        plain = TlsChoice()
        chosen = ((field.name, getattr(self, field.name)) for field in fields(self))
        return ", ".join(f"{n} {v}" for n, v in chosen if v != getattr(plain, n))

    def over(self, own: "TlsChoice") -> "TlsChoice":
        """What is chosen here, and the rest as the server has it by itself. One end of the
        versions takes the other with it."""
        minimum, maximum = self.minimum or own.minimum, self.maximum or own.maximum
        if self.maximum:
            minimum = min(minimum, maximum)
        return replace(
            self,
            minimum=minimum,
            maximum=max(minimum, maximum),
            ciphers=self.ciphers or own.ciphers,
            client_certificate=self.client_certificate or own.client_certificate,
        )


@lru_cache(maxsize=32)
def _known(ciphers: str) -> bool:
    import ssl  # only where somebody chooses suites

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).set_ciphers(ciphers)
    except ssl.SSLError:
        return False
    return True


MODERN = TlsChoice("1.2", "1.3", client_certificate="none")
