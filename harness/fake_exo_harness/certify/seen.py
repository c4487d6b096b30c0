"""How far a job came, and what stopped it: what was never reached is not judged."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_exo import Bent, Fate, Received, Replied, TlsFailed, TlsStarted
from fake_exo_harness.certify.subjects import Sending
from fake_exo_harness.record import JobRecord


@dataclass(frozen=True, slots=True)
class Seen:
    """One run of a case: what came of it, and what was asked for."""

    job: JobRecord
    sending: Sending


GOOD = (Fate.DELIVERED, Fate.SENT_OUT)
Reach = Callable[[JobRecord], str]  # what was never seen; empty: the case was reached


# ---- reaches -----------------------------------------------------------------------------------


def always(job: JobRecord) -> str:
    """The plain mail: whatever comes of it is an answer."""
    return ""


def fault(job: JobRecord) -> str:
    met = any(isinstance(event, Bent) for event in job.events)
    return "" if met else "it never came to the place in question"


def fault_or_recipients(job: JobRecord) -> str:
    """What is refused may be left out, and the mail go on without."""
    return fault(job) and recipients(job)


def names(job: JobRecord) -> str:
    return "" if job.queries else "it asked for no name"


def handshake(job: JobRecord) -> str:
    tried = any(isinstance(event, TlsStarted | TlsFailed) for event in job.events)
    return "" if tried else "no TLS handshake was tried"


def refused_sign_in(job: JobRecord) -> str:
    return "" if _sign_ins(job, b"5") else "no sign-in was refused"


def sign_in_answered(job: JobRecord) -> str:
    answered = _sign_ins(job, b"2") or _sign_ins(job, b"5")
    return "" if answered else "it never signed in"


def sign_in(job: JobRecord) -> str:
    return "" if _sign_ins(job, b"2") else "it never signed in"


def recipients(job: JobRecord) -> str:
    return "" if _answered(job, "RCPT") else "no recipient was named"


def data(job: JobRecord) -> str:
    """Message data, or a refusal of its size ahead of it."""
    begun = any(reply.data[:1] == b"3" for reply in job.replies if reply.to == "DATA")
    large = any(reply.data[:3] == b"552" or b" 5.3.4" in reply.data for reply in job.replies)
    return "" if begun or large or _answered(job, "BDAT") else "no message data was sent"


def end_of_data(job: JobRecord) -> str:
    ended = _answered(job, "END-OF-DATA") or _answered(job, "BDAT")
    return "" if ended else "no message came to its end"


def mail(job: JobRecord) -> str:
    return "" if job.accepted else "no mail to look at"


def _answered(job: JobRecord, to: str) -> bool:
    return any(reply.to == to for reply in job.replies)


def _sign_ins(job: JobRecord, kind: bytes) -> tuple[Replied, ...]:
    """Answers to credentials; 504 is one to a mechanism."""
    answers = (r for r in job.replies if r.to == "AUTH" and r.data[:1] == kind)
    return tuple(reply for reply in answers if reply.data[:3] != b"504")


def refusals_of_sign_in(job: JobRecord) -> int:
    return len(_sign_ins(job, b"5"))


# ---- what stopped it -----------------------------------------------------------------------------


_REFUSED = {
    "CONNECT": "the connection was refused",
    "END-OF-DATA": "the mail was refused",
    "TIMEOUT": "it was silent for too long",
}


def stopped(job: JobRecord) -> str:
    """What ended a job short of its mail, in one line that is the same for the same cause."""
    lost = job.ending.lost
    if lost:
        cause = lost[0].cause
        if cause.reply is None:
            return cause.kind
        return f"{_REFUSED.get(cause.reply.to, f'{cause.reply.to} was refused')}: {cause.kind}"
    bad = next((outcome for outcome in job.outcomes if outcome.fate not in GOOD), None)
    if bad is not None:
        detail = f" ({bad.detail})" if bad.detail else ""
        return f"it was taken, and {bad.fate.value} for {bad.recipient}{detail}"
    said = job.result.failure or job.result.panel
    shown = f": {said}" if said else ""
    if job.connections:
        return f"it stopped after {_last(job)}{shown}"
    place = next(iter(job.unreached), None)
    if place is not None:
        return f"nothing answers at {place.server_ip}:{place.port}{shown}"
    return f"it never connected{shown}"


def _last(job: JobRecord) -> str:
    """The last command that is not a farewell."""
    lines = [e.line for e in job.events if isinstance(e, Received) and not e.secret]
    verbs = [line.split(b" ")[0].decode("ascii", "replace").upper() for line in lines]
    return next((verb for verb in reversed(verbs) if verb not in ("QUIT", "RSET")), "the greeting")
