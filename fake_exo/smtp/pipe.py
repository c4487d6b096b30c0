"""A connection without sockets: joins a client in memory with a server's side.

The same effects that `smtp.wire` carries out on a transport are carried out here on two byte
buffers and the world's clock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fake_exo.kernel.clock import Clock
from fake_exo.smtp.server.effects import Close, Delay, Effect, Send, Server, UpgradeTls
from fake_exo.tls.choice import CERTIFICATES, MODERN, TlsChoice
from fake_exo.tls.facts import ClientCertificate, Tls
from fake_exo.tls.offers import Offers, offered, span

_VERSIONS = ("1.0", "1.1", "1.2", "1.3")
# What two OpenSSL 3 agree on with our certificate; the wire must show the same.
_CIPHERS = {
    "1.3": "TLS_AES_256_GCM_SHA384",
    "1.2": "ECDHE-RSA-AES256-GCM-SHA384",
    "1.1": "ECDHE-RSA-AES256-SHA",
    "1.0": "ECDHE-RSA-AES256-SHA",
}
_EXPIRED = "CERTIFICATE_VERIFY_FAILED: certificate has expired"
_MISMATCH = "CERTIFICATE_VERIFY_FAILED: host name mismatch"
# What the service sees of a client's own finding: the alert that it sends.
_ALERTS = {
    _EXPIRED: "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    _MISMATCH: "SSLV3_ALERT_BAD_CERTIFICATE",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client brings to the handshake. Versions "1.0" to "1.3"."""

    minimum: str = "1.2"
    maximum: str = "1.3"
    verify: bool = False
    server_name: str = ""
    certificate_names: Sequence[str] = ()
    certificate_problem: str = ""  # why nobody vouches for it
    clock_wrong: bool = False  # the client's clock is years off, and it looks at validity


class Pipe:
    """The client's end. `send` and `start_tls` act at once; `take` returns what came back. `news`
    is called when the clock has brought something: a reply that was held back, a close."""

    def __init__(
        self,
        machine: Server,
        clock: Clock,
        names: Sequence[str],
        tls: TlsChoice = MODERN,
    ) -> None:
        self._machine = machine
        self._clock = clock
        self._choice = tls
        self._offered = span(tls.minimum, tls.maximum)
        self._names = names
        self._inbox = bytearray()
        self.closed = False
        self.upgrading = False
        self.news: Callable[[], None] | None = None
        self._run(machine.connected())
        self._arm()

    def send(self, data: bytes) -> None:
        """Deliver bytes to the service; nothing happens when it has closed."""
        if self.upgrading:  # clear text where a handshake was due
            self.upgrading = False
            self._run(self._machine.tls_failed("WRONG_VERSION_NUMBER", Offers("", self._offered)))
        self._run(self._machine.receive(data))

    def take(self) -> bytes:
        """All that the service has sent since the last call."""
        data = bytes(self._inbox)
        self._inbox.clear()
        return data

    def start_tls(self, offer: Offer) -> str:
        """Shake hands. Returns the version ("TLSv1.3"), or "" when it failed: see `tls_problem`."""
        self.upgrading = False
        if problem := self._problem(offer):
            self.tls_problem = problem
            offers = Offers(offered(offer.minimum, offer.maximum), self._offered)
            self._run(self._machine.tls_failed(self._alert(problem), offers))
            return ""
        version = min(offer.maximum, self._choice.maximum)
        name = "TLSv1" if version == "1.0" else f"TLSv{version}"
        tls = Tls(name, _CIPHERS[version], self._shown(offer), offer.server_name)
        self._run(self._machine.tls_up(tls))
        return name

    tls_problem = ""

    def _shown(self, offer: Offer) -> ClientCertificate:
        if self._choice.client_certificate == "none" or not offer.certificate_names:
            return ClientCertificate()
        return ClientCertificate(tuple(offer.certificate_names), offer.certificate_problem)

    def _problem(self, offer: Offer) -> str:
        if offer.maximum not in _VERSIONS or offer.maximum < self._choice.minimum:
            return "UNSUPPORTED_PROTOCOL"
        if offer.minimum > self._choice.maximum:
            return "UNSUPPORTED_PROTOCOL"
        if self._choice.client_certificate == "required" and not offer.certificate_names:
            return "PEER_DID_NOT_RETURN_A_CERTIFICATE"
        return self._distrust(offer)

    def _distrust(self, offer: Offer) -> str:
        """What a client that checks finds wrong with the certificate."""
        found = CERTIFICATES[self._choice.certificate][0]
        if offer.verify and found:
            return f"CERTIFICATE_VERIFY_FAILED: {found}"
        if offer.verify and offer.clock_wrong:
            return _EXPIRED
        if offer.verify and not self._covers(offer.server_name):
            return _MISMATCH
        return ""

    def _alert(self, problem: str) -> str:
        """What the service sees of it: for the client's own finding, the alert that it sends."""
        if problem in _ALERTS:
            return _ALERTS[problem]
        mine = CERTIFICATES[self._choice.certificate][1]
        return mine if problem.startswith("CERTIFICATE_VERIFY_FAILED") and mine else problem

    def _covers(self, name: str) -> bool:
        name = name.lower()
        parent = "*." + name.partition(".")[2]
        return name in self._names or parent in self._names

    def close(self, abrupt: bool = False) -> None:
        self.closed = True
        self._machine.lost("reset" if abrupt else "client")

    def _run(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(data, _):
                    self._inbox += data
                case Delay(seconds):
                    self._clock.call_at(self._clock.now() + seconds, self._wake)
                case UpgradeTls():
                    self.upgrading = True
                case Close():
                    self.closed = True

    def _wake(self) -> None:
        self._run(self._machine.wake())
        self._tell()

    def _tell(self) -> None:
        if self.news is not None:
            self.news()

    def _arm(self) -> None:
        if not self._machine.closed:
            self._clock.call_at(self._machine.deadline, self._tick)

    def _tick(self) -> None:
        self._run(self._machine.tick())
        self._arm()
        self._tell()
