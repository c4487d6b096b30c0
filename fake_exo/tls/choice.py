"""How the TLS of a server is in one world: versions, certificate, what it asks of clients."""

from dataclasses import dataclass, replace

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
    by itself."""

    minimum: str = ""
    maximum: str = ""
    certificate: str = "good"
    ciphers: str = ""
    client_certificate: str = ""

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


MODERN = TlsChoice("1.2", "1.3", client_certificate="none")
