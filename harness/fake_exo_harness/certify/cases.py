"""What a certification asks, level by level. To add a case: a row in `CASES`.

A case is judged when its run has reached what it is about, and when the plain mail of its way, A1
or A2, works: who fails by himself shows nothing by failing.
"""

from dataclasses import dataclass, field
from datetime import date

from fake_exo import DnsFault, Fault, Organization, TlsChoice
from fake_exo_harness.certify import judges, seen
from fake_exo_harness.certify.judges import Judge
from fake_exo_harness.certify.seen import Reach
from fake_exo_harness.certify.subjects import Sending
from fake_exo_harness.scenario.model import ServiceSpec

ANN, OUTSIDE, GROUP = "ann@contoso.com", "anna@customer.example", "office@contoso.com"
MB = 1024 * 1024
LEVELS = {
    "A": "connection and banner",
    "B": "TLS",
    "C": "authentication",
    "D": "sender rules",
    "E": "recipients",
    "F": "sizes",
    "G": "refusals at each stage",
    "H": "retries and limits",
    "I": "names and addresses",
    "J": "message format",
    "K": "the end of Basic authentication",
}
# Basic is off by default from the end of December 2026 (rule auth.basic-off-by-default).
BASIC_OFF = date(2026, 12, 31)
_CONTROLS = {"submission": "A1", "relay": "A2"}
_LETTER = Sending((ANN, OUTSIDE))
_BARE = Sending((ANN,), bare=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `service` is what the fake does differently, `since` the first day on which it
    can be asked, `beyond` why fake-exo cannot ask it. `reach`: what has to be seen; without one,
    that the fault of `service` was met."""

    id: str
    title: str
    judge: Judge
    sending: Sending = _LETTER
    service: ServiceSpec = field(default_factory=ServiceSpec)
    reach: Reach | None = None
    since: date | None = None
    organization: Organization = field(default_factory=Organization)
    beyond: str = ""

    @property
    def level(self) -> str:
        return self.id[0]

    @property
    def control(self) -> str:
        """The plain mail of its way; none for that itself."""
        found = _CONTROLS[self.sending.way]
        return "" if found == self.id else found

    @property
    def reached(self) -> Reach:
        if self.reach is not None:
            return self.reach
        if self.service.dns_faults:
            return seen.names
        return seen.fault if self.service.faults else seen.handshake


# ---- cases -------------------------------------------------------------------------------------


def _fault(at: str, **more: object) -> ServiceSpec:
    return ServiceSpec(faults=(Fault(at=at, **more),))  # type: ignore[arg-type]


def _text(at: str, text: str, **more: object) -> ServiceSpec:
    return _fault(at, text=text, **more)


def _dns(does: str, **more: object) -> ServiceSpec:
    return ServiceSpec(dns_faults=(DnsFault("*", does, **more),))  # type: ignore[arg-type]


def _tls(**choice: str) -> ServiceSpec:
    return ServiceSpec(tls=TlsChoice(**choice))


def _refused(place: str, code: str) -> ServiceSpec:
    """All recipients are refused, and everything else once."""
    times = 2 if place == "rcpt" else 1
    return ServiceSpec(faults=(Fault(at=place, text=f"{code} {code[0]}.3.0 no", times=times),))


_AT = [(p, c) for p in ("mail", "rcpt", "data", "final-dot") for c in ("451", "550")]
_REFUSALS = tuple(
    Case(
        f"G{number}",
        f"{code} at {place}",
        judges.told,
        service=_refused(place, code),
    )
    for number, (place, code) in enumerate(_AT, 1)
)
_GONE = ServiceSpec(switches={"basic-removed": True})

CASES: tuple[Case, ...] = (
    Case("A1", "a mail by submission", judges.arrives, reach=seen.always),
    Case("A2", "a mail by relay", judges.arrives, Sending((ANN, OUTSIDE), "relay"),
         reach=seen.always),
    Case("A3", "banner 20 seconds late", judges.patient,
         service=_fault("banner", does="delay", seconds=20)),
    Case("A4", "banner of several lines", judges.arrives,
         service=_fault("banner", does="multiline")),
    Case("A5", "banner 421", judges.told,
         service=_text("banner", "421 4.3.2 Service not available", close=True, times=None)),
    Case("B1", "nothing in clear text", judges.arrives_secretly, reach=seen.handshake),
    Case("B2", "TLS 1.2 only", judges.arrives_secretly, service=_tls(maximum="1.2")),
    Case("B3", "TLS 1.3 only", judges.newest, service=_tls(minimum="1.3")),
    Case("B4", "expired certificate", judges.stranger, service=_tls(certificate="expired")),
    Case("B5", "certificate of another name", judges.stranger,
         service=_tls(certificate="wrong-name")),
    Case("B6", "certificate of an unknown authority", judges.stranger,
         service=_tls(certificate="unknown-root")),
    Case("B7", "STARTTLS not offered", judges.no_clear_text,
         service=_fault("ehlo", does="hide", value="STARTTLS", times=None)),
    Case("B8", "STARTTLS refused", judges.no_clear_text,
         service=_text("starttls", "454 4.7.0 TLS not available", times=None)),
    Case("B9", "STARTTLS refused at the relay", judges.relay_in_clear, Sending((ANN,), "relay"),
         _text("starttls", "454 4.7.0 TLS not available", times=None), seen.fault_or_recipients),
    Case("C1", "wrong password", judges.no_storm, Sending((ANN,), password="wrong"),
         reach=seen.refused_sign_in),
    Case("C2", "success in other words", judges.arrives, service=_text("auth-end", "235 Granted")),
    Case("C3", "sign-in fails for the moment", judges.told,
         service=_text("auth-end", "454 4.7.0 Temporary authentication failure")),
    Case("D1", "From is somebody else", judges.somebody_else,
         Sending((ANN,), header_from="ann@contoso.com"), reach=seen.end_of_data),
    Case("E1", "inside", judges.arrives, Sending((ANN,)), reach=seen.recipients),
    Case("E2", "outside", judges.arrives, Sending((OUTSIDE,)), reach=seen.recipients),
    Case("E3", "a group", judges.arrives, Sending((GROUP,)), reach=seen.recipients),
    Case("E4", "one of two refused for good", judges.part_refused,
         service=_text("rcpt", "550 5.1.1 no such user")),
    Case("E5", "one of two refused for now", judges.part_refused,
         service=_text("rcpt", "450 4.2.1 try later")),
    Case("F1", "100 KB", judges.arrives, Sending((ANN,), size=100_000), reach=seen.data),
    Case("F2", "2 MB", judges.arrives, Sending((ANN,), size=2 * MB), reach=seen.data),
    Case("F3", "10 MB", judges.arrives, Sending((ANN,), size=10 * MB), reach=seen.data),
    Case("F4", "24 MB", judges.arrives, Sending((ANN,), size=24 * MB), reach=seen.data),
    Case("F5", "36 MB, over the mailbox's limit", judges.told, Sending((ANN,), size=36 * MB),
         reach=seen.data),
    *_REFUSALS,
    Case("H1", "432: three at once", judges.retries,
         service=ServiceSpec(faults=(Fault(reply="eod-432-concurrent"),))),
    Case("H2", "421 in the middle", judges.retries,
         service=_text("mail", "421 4.3.2 Service not available", close=True)),
    Case("H3", "250 a minute late", judges.duplicates,
         service=_fault("final-dot", does="delay", seconds=61)),
    Case("H4", "250 never comes", judges.lost_reply, service=_fault("final-dot", does="close")),
    Case("H5", "gone after 250", judges.duplicates,
         service=_fault("final-dot", does="delay", close=True)),
    Case("I1", "no such name", judges.told, service=_dns("nxdomain")),
    Case("I2", "SERVFAIL once", judges.retries, service=_dns("servfail", times=1)),
    Case("I3", "answers 2 seconds late", judges.arrives, service=_dns("slow", seconds=2.0)),
    Case("J1", "Date", judges.has("date"), _BARE, reach=seen.mail),
    Case("J2", "Message-ID", judges.has("message-id"), _BARE, reach=seen.mail),
    Case("J3", "line ends", judges.line_ends, reach=seen.mail),
    Case("J4", "line lengths", judges.line_lengths, reach=seen.mail),
    Case("J5", "From in angle brackets", judges.brackets, reach=seen.mail),
    Case("J6", "headers in ASCII", judges.seven_bit, reach=seen.mail),
    Case("J7", "last part closed", judges.parts_closed, reach=seen.mail),
    Case("K1", "how it signs in", judges.mechanism, reach=seen.sign_in),
    Case("K2", "passwords refused by default", judges.after_basic, Sending((ANN,)),
         reach=seen.sign_in_answered, since=BASIC_OFF),
    Case("K3", "passwords allowed again by the administrator", judges.arrives, since=BASIC_OFF,
         reach=seen.sign_in_answered,
         organization=Organization(basic_authentication_reenabled=True)),
    Case("K4", "passwords refused for good", judges.after_basic, Sending((ANN,)), _GONE,
         reach=seen.sign_in_answered, since=BASIC_OFF),
    Case("K5", "a mail by relay, which needs none", judges.arrives, Sending((ANN,), "relay"),
         reach=seen.recipients, since=BASIC_OFF),
    Case("K6", "a token from the identity provider, and a new one when that is over",
         judges.mechanism, beyond="fake-exo has no identity provider that gives out tokens"),
)  # fmt: skip
