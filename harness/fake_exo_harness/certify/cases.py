"""What a certification asks, level by level. To add a case: a row in `CASES`.

A judge looks at one finished run and says passed, failed, or noted: what a device may do, and a
team should know.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from fake_exo import DnsFault, Fault, TlsChoice
from fake_exo_harness.certify.subjects import Sending
from fake_exo_harness.record import JobRecord
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
}


class Grade(Enum):
    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    NOT_RUN = "not run"  # nothing can be said of it


Judged = tuple[Grade, str]
Judge = Callable[[JobRecord], Judged]


@dataclass(frozen=True, slots=True)
class Case:
    """One question. `service` is what the fake does differently."""

    id: str
    title: str
    judge: Judge
    sending: Sending = field(default_factory=lambda: Sending((ANN, OUTSIDE)))
    service: ServiceSpec = field(default_factory=ServiceSpec)

    @property
    def level(self) -> str:
        return self.id[0]


# ---- judges ------------------------------------------------------------------------------------


def _arrives(job: JobRecord) -> Judged:
    """Everything arrives once, nothing goes in clear text."""
    arrived = [o.recipient for o in job.outcomes if o.fate.value in ("delivered", "sent-out")]
    if not arrived:
        return Grade.FAILED, f"nothing arrived: {job.result.failure or job.result.panel}"
    if job.duplicates:
        return Grade.FAILED, f"{job.duplicates} copies too many"
    return Grade.PASSED, f"{len(arrived)} copies arrived"


def _patient(job: JobRecord) -> Judged:
    """It waits for what is late. Who gives up and comes back meets a server that is not late."""
    grade, why = _arrives(job)
    if grade is Grade.PASSED and len(job.connections) > 1:
        return Grade.NOTED, f"it gave up, and got through when it came back, {_waits(job)}"
    return grade, why


def _newest(job: JobRecord) -> Judged:
    """TLS 1.3 is spoken, and TLS 1.2 is enough."""
    if not job.accepted:
        return Grade.NOTED, "it cannot; TLS 1.2 is enough for now"
    return _arrives_secretly(job)


def _arrives_secretly(job: JobRecord) -> Judged:
    grade, why = _arrives(job)
    if grade is Grade.PASSED and job.clear_text != "nothing":
        return Grade.FAILED, f"{job.clear_text} went in clear text"
    return grade, why


def _told(job: JobRecord) -> Judged:
    """The mail is refused, and whoever sent it learns of it."""
    if job.accepted:
        if len(job.connections) > 1:
            for_good = any(reply.data[:1] == b"5" for reply in job.refusals)
            grade = Grade.NOTED if for_good else Grade.PASSED
            return grade, f"it came back and got through, {_waits(job)}"
        return Grade.NOTED, "it went on and got through"
    if job.result.sent:
        return Grade.FAILED, "the mail was refused, and the device shows success"
    back = f"; it came {len(job.connections)} times, {_waits(job)}" if job.waits else ""
    stage = f" ({job.result.stage})" if job.result.stage else ""
    return Grade.PASSED, f"shown: {job.result.panel or 'nothing'}{stage}{back}"


def _waits(job: JobRecord) -> str:
    return "after " + ", ".join(f"{wait:.3g} s" for wait in job.waits) if job.waits else "at once"


def _refuses_certificate(job: JobRecord) -> Judged:
    if job.accepted:
        return Grade.NOTED, "it does not check: the mail, and the password, went to a stranger"
    return Grade.PASSED, "refused"


def _no_clear_text(job: JobRecord) -> Judged:
    if job.clear_text == "credentials":
        return Grade.FAILED, "the password went in clear text"
    if job.clear_text == "mail" and job.accepted:
        return Grade.FAILED, "the mail went in clear text"
    return Grade.PASSED, "nothing went in clear text"


def _relay_in_clear(job: JobRecord) -> Judged:
    if job.clear_text == "nothing":
        return Grade.PASSED, "nothing went in clear text"
    return Grade.NOTED, "the mail went in clear text: TLS is not required here"


def _no_storm(job: JobRecord) -> Judged:
    attempts = sum(reply.to == "AUTH" and reply.data[:3] == b"535" for reply in job.replies)
    if attempts > 3:
        return Grade.FAILED, f"{attempts} refused sign-ins in one job would lock the account"
    grade, why = _told(job)
    return grade, f"{why}; {attempts} refused sign-in(s)"


def _duplicates(job: JobRecord) -> Judged:
    """A 250 that comes late, or never: how many copies arrive?"""
    if not job.accepted:
        return Grade.FAILED, "nothing was taken"
    if job.duplicates:
        return Grade.FAILED, f"{job.duplicates + 1} copies arrived; it sent again, {_waits(job)}"
    shown = "success" if job.result.sent else f"failure ({job.result.panel})"
    return Grade.PASSED, f"one copy; the device shows {shown}"


def _lost_reply(job: JobRecord) -> Judged:
    """Nobody can know whether the mail was taken; a mail server sends again (RFC 5321 6.1)."""
    grade, why = _duplicates(job)
    return (Grade.NOTED if job.duplicates else grade), why


def _retries(job: JobRecord) -> Judged:
    if job.accepted and not job.duplicates:
        return Grade.PASSED, f"it came back, {_waits(job)}"
    return Grade.NOTED, "it did not come back: a job is lost at a busy hour"


def _part_refused(job: JobRecord) -> Judged:
    if not job.accepted:
        return Grade.NOTED, "one refused recipient stops the mail for all"
    return Grade.PASSED, "the others got it"


def _headers(job: JobRecord) -> dict[str, str]:
    if not job.accepted:
        return {}
    head = bytes(job.accepted[-1].message.content).partition(b"\r\n\r\n")[0]
    text = re.sub(r"\r?\n[ \t]+", " ", head.decode("utf-8", "replace"))
    fields = (line.partition(":") for line in text.splitlines())
    return {name.lower(): value.strip() for name, _, value in fields}


def _has(name: str, missing: Grade) -> Judge:
    def judge(job: JobRecord) -> Judged:
        value = _headers(job).get(name)
        if value is None:
            return missing, "missing" if job.accepted else "no mail to look at"
        return Grade.PASSED, value[:80]

    return judge


def _line_ends(job: JobRecord) -> Judged:
    content = bytes(job.accepted[-1].message.content) if job.accepted else b"\n"
    bare = re.search(rb"(?<!\r)\n", content)
    return (Grade.FAILED, "lone line feeds") if bare else (Grade.PASSED, "CRLF throughout")


def _line_lengths(job: JobRecord) -> Judged:
    content = bytes(job.accepted[-1].message.content) if job.accepted else b"x" * 2_000
    longest = max(len(line) for line in content.split(b"\r\n"))
    grade = Grade.PASSED if longest <= 998 else Grade.FAILED
    return grade, f"the longest line has {longest} octets; 998 are allowed"


def _brackets(job: JobRecord) -> Judged:
    value = _headers(job).get("from", "")
    grade = Grade.PASSED if re.search(r"<[^<>@\s]+@[^<>\s]+>", value) else Grade.NOTED
    return grade, value or "no From"


def _seven_bit(job: JobRecord) -> Judged:
    head = (
        bytes(job.accepted[-1].message.content).partition(b"\r\n\r\n")[0] if job.accepted else b""
    )
    return (Grade.PASSED, "ASCII") if head.isascii() else (Grade.FAILED, "8-bit text in headers")


def _parts_closed(job: JobRecord) -> Judged:
    kind = _headers(job).get("content-type", "")
    boundary = re.search(r'boundary="?([^";]+)"?', kind)
    if boundary is None:
        return Grade.PASSED, "one part" if job.accepted else "no mail to look at"
    end = f"--{boundary[1]}--".encode()
    closed = end in bytes(job.accepted[-1].message.content)
    return (Grade.PASSED, "closed") if closed else (Grade.FAILED, "the last boundary is missing")


# ---- cases -------------------------------------------------------------------------------------


def _fault(at: str, **more: object) -> ServiceSpec:
    return ServiceSpec(faults=(Fault(at=at, **more),))  # type: ignore[arg-type]


def _text(at: str, text: str, **more: object) -> ServiceSpec:
    return _fault(at, text=text, **more)


def _dns(does: str, **more: object) -> ServiceSpec:
    return ServiceSpec(dns_faults=(DnsFault("*", does, **more),))  # type: ignore[arg-type]


def _tls(**choice: str) -> ServiceSpec:
    return ServiceSpec(tls=TlsChoice(**choice))


# All recipients are refused, and everything else once.
_TIMES = {"rcpt": 2}
_AT = [(p, c) for p in ("mail", "rcpt", "data", "final-dot") for c in ("451", "550")]
_REFUSALS = tuple(
    Case(
        f"G{number}",
        f"{code} at {place}",
        _told,
        service=_text(place, f"{code} {code[0]}.3.0 no", times=_TIMES.get(place, 1)),
    )
    for number, (place, code) in enumerate(_AT, 1)
)

CASES: tuple[Case, ...] = (
    Case("A1", "a mail by submission", _arrives),
    Case("A2", "a mail by relay", _arrives, Sending((ANN, OUTSIDE), "relay")),
    Case("A3", "banner 20 seconds late", _patient,
         service=_fault("banner", does="delay", seconds=20)),
    Case("A4", "banner of several lines", _arrives, service=_fault("banner", does="multiline")),
    Case("A5", "banner 421", _told,
         service=_text("banner", "421 4.3.2 Service not available", close=True, times=None)),
    Case("B1", "nothing in clear text", _arrives_secretly),
    Case("B2", "TLS 1.2 only", _arrives_secretly, service=_tls(maximum="1.2")),
    Case("B3", "TLS 1.3 only", _newest, service=_tls(minimum="1.3")),
    Case("B4", "expired certificate", _refuses_certificate, service=_tls(certificate="expired")),
    Case("B5", "certificate of another name", _refuses_certificate,
         service=_tls(certificate="wrong-name")),
    Case("B6", "certificate of an unknown authority", _refuses_certificate,
         service=_tls(certificate="unknown-root")),
    Case("B7", "STARTTLS not offered", _no_clear_text,
         service=_fault("ehlo", does="hide", value="STARTTLS", times=None)),
    Case("B8", "STARTTLS refused", _no_clear_text,
         service=_text("starttls", "454 4.7.0 TLS not available", times=None)),
    Case("B9", "STARTTLS refused at the relay", _relay_in_clear, Sending((ANN,), "relay"),
         service=_text("starttls", "454 4.7.0 TLS not available", times=None)),
    Case("C1", "wrong password", _no_storm, Sending((ANN,), password="wrong")),
    Case("C2", "success in other words", _arrives, service=_text("auth-end", "235 Granted")),
    Case("C3", "sign-in fails for the moment", _told,
         service=_text("auth-end", "454 4.7.0 Temporary authentication failure")),
    Case("D1", "From is somebody else", _told, Sending((ANN,), header_from="ann@contoso.com")),
    Case("E1", "inside", _arrives, Sending((ANN,))),
    Case("E2", "outside", _arrives, Sending((OUTSIDE,))),
    Case("E3", "a group", _arrives, Sending((GROUP,))),
    Case("E4", "one of two refused for good", _part_refused,
         service=_text("rcpt", "550 5.1.1 no such user")),
    Case("E5", "one of two refused for now", _part_refused,
         service=_text("rcpt", "450 4.2.1 try later")),
    Case("F1", "100 KB", _arrives, Sending((ANN,), size=100_000)),
    Case("F2", "2 MB", _arrives, Sending((ANN,), size=2 * MB)),
    Case("F3", "10 MB", _arrives, Sending((ANN,), size=10 * MB)),
    Case("F4", "24 MB", _arrives, Sending((ANN,), size=24 * MB)),
    Case("F5", "36 MB, over the mailbox's limit", _told, Sending((ANN,), size=36 * MB)),
    *_REFUSALS,
    Case("H1", "432: three at once", _retries,
         service=ServiceSpec(faults=(Fault(reply="eod-432-concurrent"),))),
    Case("H2", "421 in the middle", _retries,
         service=_text("mail", "421 4.3.2 Service not available", close=True)),
    Case("H3", "250 a minute late", _duplicates,
         service=_fault("final-dot", does="delay", seconds=61)),
    Case("H4", "250 never comes", _lost_reply, service=_fault("final-dot", does="close")),
    Case("H5", "gone after 250", _duplicates,
         service=_fault("final-dot", does="delay", close=True)),
    Case("I1", "no such name", _told, service=_dns("nxdomain")),
    Case("I2", "SERVFAIL once", _retries, service=_dns("servfail", times=1)),
    Case("I3", "answers 2 seconds late", _arrives, service=_dns("slow", seconds=2.0)),
    Case("J1", "Date", _has("date", Grade.NOTED)),
    Case("J2", "Message-ID", _has("message-id", Grade.NOTED)),
    Case("J3", "line ends", _line_ends),
    Case("J4", "line lengths", _line_lengths),
    Case("J5", "From in angle brackets", _brackets),
    Case("J6", "headers in ASCII", _seven_bit),
    Case("J7", "last part closed", _parts_closed),
)  # fmt: skip
