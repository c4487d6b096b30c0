"""Why a TLS handshake, or a client's certificate, came to nothing, and what to change: tables by
what OpenSSL calls it."""

import re
from typing import NamedTuple

from fake_exo import TlsFailed, TlsStarted

_TRUST = (
    "In `exec` the fake's authority is in the system's bundle and in $SSL_CERT_FILE: let the "
    "program use one of them. At the real service: the roots that Microsoft 365 uses (DigiCert), "
    "in the program's own trust store."
)


class Told(NamedTuple):
    """A failed handshake in words: what was seen, in one line; why; and the fix."""

    what: str
    why: str
    fix: str


# The first that matches the detail, whatever its case.
_CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"TLS at once",
        "The client begins with TLS, as for port 465. The service speaks first, in clear text, "
        "and does not serve 465.",
        "Choose STARTTLS (also called TLS or explicit TLS, not SSL) and port 587.",
    ),
    (
        r"UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|VERSION_TOO_LOW|UNKNOWN_PROTOCOL",
        "They have no version of TLS in common.",
        "Let the client use TLS 1.2 or later: newer firmware or library, or its setting. A client "
        "that cannot needs a relay that can.",
    ),
    (
        r"NO_SHARED_CIPHER|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY",
        "They have no cipher suite in common.",
        "Let the client offer ECDHE suites with AES-GCM: newer firmware or library, or its list "
        "of ciphers.",
    ),
    (
        r"SIGNATURE|SIGALG|NO_SUITABLE|GROUP|CURVE",
        "They have no signature algorithm or group in common.",
        "Let the client offer SHA-256 signatures and the curves P-256 or X25519.",
    ),
    (
        r"ALERT_CERTIFICATE_EXPIRED",
        "The client refused the service's certificate: by the client's clock it is not valid.",
        "Set the client's clock.",
    ),
    (
        r"UNKNOWN_CA|CERTIFICATE_UNKNOWN|CERTIFICATE_VERIFY_FAILED",
        "The client refused the service's certificate: it does not know the authority.",
        _TRUST,
    ),
    (
        r"BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_REVOKED",
        "The client refused the service's certificate: its name is another, or by the client's "
        "clock it is not valid yet.",
        "Let it connect to the name that is in the certificate, not to an address, and set its "
        f"clock. {_TRUST}",
    ),
    (
        r"ALERT_INTERNAL_ERROR|ALERT_ILLEGAL_PARAMETER",
        "The client broke off over what was agreed: libraries of today do so with TLS 1.0 and 1.1, "
        "whose signatures they do not take. They have no version of TLS in common.",
        "Let both sides speak TLS 1.2 or later.",
    ),
    (
        r"PEER_DID_NOT_RETURN_A_CERTIFICATE",
        "The service wants a client certificate here, and the client showed none.",
        "Give the client its certificate and key.",
    ),
    (
        r"WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH|RECORD|UNEXPECTED_MESSAGE",
        "After STARTTLS the client went on with something that is no TLS.",
        "A firewall that rewrites SMTP stands between, or the client is broken: switch that off.",
    ),
    (
        r"hung up",
        "The client ended the connection in the middle, without a word: most refuse the "
        "certificate so, or a name that is not in it.",
        f"Look at the client's own log. {_TRUST}",
    ),
)
# The same of a client certificate that was taken and counts for nothing.
_UNCOUNTED: tuple[tuple[str, str, str], ...] = (
    (
        r"expired|not yet valid",
        "It is outside its validity.",
        "Renew it, and look at the clock of the machine that shows it.",
    ),
    (
        r"purpose",
        "It is not made for clients: its extended key usage has servers only.",
        "Get one whose usage has client authentication.",
    ),
    (
        r"self-signed",
        "Nobody vouches for it.",
        "Use a certificate of a public authority. (Here one's own counts with --trust-client-ca.)",
    ),
    (
        r"issuer|first certificate",
        "The service knows no authority that issued it, or the client showed it without the "
        "certificates between it and the root.",
        "Use a certificate of a public authority, and let the client send the whole chain. (Here "
        "one's own authority counts with --trust-client-ca.)",
    ),
)
_UNKNOWN = ("", "Nothing more is known of it.", "Look at the client's own log.")


def told(event: TlsFailed) -> Told:
    """A failed handshake in words."""
    found = (row for row in _CAUSES if re.search(row[0], event.detail, re.IGNORECASE))
    _, why, fix = next(found, _UNKNOWN)
    sides = _sides(event) if "in common" in why else ""
    return Told(f"TLS failed: {event.detail}{sides}", why, fix)


def uncounted(event: TlsStarted) -> Told | None:
    """A client certificate that counts for nothing, in words; None for one that counts."""
    if not event.problem:
        return None
    found = (row for row in _UNCOUNTED if re.search(row[0], event.problem))
    _, why, fix = next(found, ("", "OpenSSL takes it for no good chain.", "Have it issued anew."))
    return Told(f"the client certificate counts for nothing: {event.problem}", why, fix)


def refuses_certificate(event: TlsFailed) -> bool:
    """Whether the client says so, or goes without a word, as most do then."""
    words = r"ALERT_(\w*CERTIFICATE|UNKNOWN_CA)|hung up"
    return re.search(words, event.detail, re.IGNORECASE) is not None


def _sides(event: TlsFailed) -> str:
    client = f"the client offers {event.client}" if event.client else "the client sent no TLS"
    return f": {client}, the service {event.service}"
