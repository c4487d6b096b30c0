"""What a finished run says of a subject: passed, failed, noted (what a device may do, and a team
should know), or not run. A judge looks at one run, which has reached what the case is about.
"""

import re
from collections.abc import Callable
from email.parser import BytesHeaderParser
from enum import Enum
from typing import NamedTuple

from fake_exo import Received
from fake_exo_harness.certify.seen import GOOD, Seen, refusals_of_sign_in, stopped
from fake_exo_harness.record import JobRecord
from fake_exo_harness.scenario.model import RunStep


class Grade(Enum):
    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"
    NOT_RUN = "not run"  # nothing can be said of it


class Judged(NamedTuple):
    """`proven`: it was seen to do harm, whatever else stopped it. `beyond`: it was not run for a
    reason that lies with fake-exo and not with the subject."""

    grade: Grade
    why: str
    proven: bool = False
    beyond: bool = False


Judge = Callable[[Seen], Judged]


def _passed(why: str) -> Judged:
    return Judged(Grade.PASSED, why)


def _noted(why: str) -> Judged:
    return Judged(Grade.NOTED, why)


def _failed(why: str, *, proven: bool = False) -> Judged:
    return Judged(Grade.FAILED, why, proven=proven)


# ---- does it arrive ----------------------------------------------------------------------------


def arrives(seen: Seen) -> Judged:
    """Everything arrives once, and it shows so."""
    job = seen.job
    arrived = [o.recipient for o in job.outcomes if o.fate in GOOD]
    if not arrived:
        return _failed(f"nothing arrived: {stopped(job)}")
    if job.duplicates:
        return _failed(f"{_copies(job.duplicates)} too many", proven=True)
    if missing := [*_missing(seen), *(o.recipient for o in job.outcomes if o.fate not in GOOD)]:
        return _failed(f"{', '.join(missing)} got none: {stopped(job)}")
    if not job.result.sent:
        return _failed(f"it arrived, and is shown as failed: {_shown(job)}")
    return _passed(f"{_copies(len(arrived))} arrived")


def _copies(number: int) -> str:
    return "1 copy" if number == 1 else f"{number} copies"


def _missing(seen: Seen) -> list[str]:
    """Recipients for whom nothing was taken."""
    taken = {r.address.lower() for event in seen.job.accepted for r in event.message.recipients}
    return [person for person in seen.sending.to if person not in taken]


def _shown(job: JobRecord) -> str:
    stage = f" ({job.result.stage})" if job.result.stage else ""
    return f"{job.result.panel or 'nothing'}{stage}"


def patient(seen: Seen) -> Judged:
    """It waits for what is late. Who gives up and comes back meets a server that is not late."""
    judged = arrives(seen)
    if judged.grade is Grade.PASSED and len(seen.job.connections) > 1:
        return _noted(f"it gave up, and got through when it came back, {waits(seen.job)}")
    return judged


def arrives_secretly(seen: Seen) -> Judged:
    clear = seen.job.clear_text
    if clear == "credentials" or (clear == "mail" and seen.job.accepted):
        return _failed(f"{clear} went in clear text", proven=True)
    return arrives(seen)


def newest(seen: Seen) -> Judged:
    """TLS 1.3 is spoken, and TLS 1.2 is enough."""
    if not seen.job.accepted and seen.job.tls_failures:
        return _noted("it cannot; TLS 1.2 is enough for now")
    return arrives_secretly(seen)


# ---- is it told --------------------------------------------------------------------------------


def told(seen: Seen) -> Judged:
    """The mail is refused, and whoever sent it learns of it."""
    job = seen.job
    if job.accepted:
        return _got_through(job)
    if job.result.sent:
        return _failed("the mail was refused, and the device shows success", proven=True)
    back = f"; it came {len(job.connections)} times, {waits(job)}" if job.waits else ""
    return _passed(f"shown: {_shown(job)}{back}")


def _got_through(job: JobRecord) -> Judged:
    if len(job.connections) == 1:
        return _noted("it went on and got through")
    for_good = any(reply.data[:1] == b"5" for reply in job.refusals)
    why = f"it came back and got through, {waits(job)}"
    return _noted(why) if for_good else _passed(why)


def waits(job: JobRecord) -> str:
    return "after " + ", ".join(f"{wait:.3g} s" for wait in job.waits) if job.waits else "at once"


def no_storm(seen: Seen) -> Judged:
    attempts = refusals_of_sign_in(seen.job)
    if attempts > 3:
        why = f"{attempts} refused sign-ins in one job would lock the account"
        return _failed(why, proven=True)
    judged = told(seen)
    return judged._replace(why=f"{judged.why}; {attempts} refused sign-in(s)")


def somebody_else(seen: Seen) -> Judged:
    """The From of another mailbox: refused and told, or it is never written."""
    if not seen.job.accepted:
        return told(seen)
    value = _field(seen.job, "from") or "none"
    if seen.sending.header_from in value.lower():
        return _noted("it went on and got through")
    return _passed(f"whatever it is told, it writes its own From: {value}")


# ---- clear text and certificates -----------------------------------------------------------------


def stranger(seen: Seen) -> Judged:
    """A certificate that proves nothing: whoever goes on gives himself to a stranger."""
    job = seen.job
    if job.gave_password:
        return _failed("it does not check: its password went to a stranger", proven=True)
    if job.clear_text == "credentials":
        return _failed("it refused, and its password went in clear text", proven=True)
    if job.accepted or any(reply.to == "MAIL" for reply in job.replies):
        return _noted("it does not check, or does without TLS: the mail went to a stranger")
    failed = job.tls_failures
    return _passed(f"refused: {failed[-1].detail}" if failed else "refused after the handshake")


def no_clear_text(seen: Seen) -> Judged:
    if seen.job.clear_text == "credentials":
        return _failed("the password went in clear text", proven=True)
    if seen.job.clear_text == "mail" and seen.job.accepted:
        return _failed("the mail went in clear text", proven=True)
    return _passed("nothing went in clear text")


def relay_in_clear(seen: Seen) -> Judged:
    if seen.job.clear_text == "nothing":
        return _passed("nothing went in clear text")
    tried = any(reply.to == "STARTTLS" for reply in seen.job.replies)
    how = "the mail went in clear text" if tried else "it tries no TLS, and sends in clear text"
    return _noted(f"{how}: TLS is not required here")


# ---- again -------------------------------------------------------------------------------------


def duplicates(seen: Seen) -> Judged:
    """A 250 that comes late, or never: how many copies arrive?"""
    job = seen.job
    if not job.accepted:
        return _failed(f"nothing was taken: {stopped(job)}")
    if job.duplicates:
        why = f"{job.duplicates + 1} copies arrived; it sent again, {waits(job)}"
        return _failed(why, proven=True)
    shown = "success" if job.result.sent else f"failure ({job.result.panel})"
    return _passed(f"one copy; the device shows {shown}")


def lost_reply(seen: Seen) -> Judged:
    """Nobody can know whether the mail was taken; a mail server sends again (RFC 5321 6.1)."""
    judged = duplicates(seen)
    return _noted(judged.why) if seen.job.duplicates else judged


def retries(seen: Seen) -> Judged:
    job = seen.job
    if job.accepted and not job.duplicates:
        return _passed(f"it came back, {waits(job)}")
    return _noted("it did not come back: a job is lost at a busy hour")


def part_refused(seen: Seen) -> Judged:
    if not seen.job.accepted:
        return _noted("one refused recipient stops the mail for all")
    return _passed("the others got it")


# ---- the mail itself -----------------------------------------------------------------------------


def _content(job: JobRecord) -> bytes:
    return bytes(job.accepted[-1].message.content)


def _head(job: JobRecord) -> bytes:
    return re.split(rb"\r?\n\r?\n", _content(job), maxsplit=1)[0]


def _value(head: bytes, name: str) -> str | None:
    found = BytesHeaderParser().parsebytes(head)[name]
    return None if found is None else re.sub(r"\r?\n[ \t]+", " ", str(found)).strip()


def _field(job: JobRecord, name: str) -> str | None:
    return _value(_head(job), name)


def supplied(job: JobRecord) -> bytes:
    """The mail that a program was given; empty where the subject writes its own."""
    if not isinstance(job.step, RunStep):
        return b""
    body = job.step.stdin.partition("\n\n")[2].splitlines()[:1]
    given = bool(body) and body[0].encode() in _content(job)
    return job.step.stdin.encode() if given else b""


def has(name: str) -> Judge:
    """Of a program this asks whether it adds the field to a mail that comes without."""

    def judge(seen: Seen) -> Judged:
        value = _field(seen.job, name)
        return _noted("missing") if value is None else _passed(value[:80])

    return judge


def _its_own(judge: Callable[[JobRecord], Judged]) -> Judge:
    """Judges a mail that the subject wrote itself."""

    def judged(seen: Seen) -> Judged:
        if supplied(seen.job):
            why = "that part of the mail is the one which certify supplied"
            return Judged(Grade.NOT_RUN, why, beyond=True)
        return judge(seen.job)

    return judged


def line_ends(seen: Seen) -> Judged:
    bare = re.search(rb"(?<!\r)\n", _content(seen.job))
    return _failed("lone line feeds", proven=True) if bare else _passed("CRLF throughout")


@_its_own
def line_lengths(job: JobRecord) -> Judged:
    longest = max(len(line.rstrip(b"\r")) for line in _content(job).split(b"\n"))
    why = f"the longest line has {longest} octets; 998 are allowed"
    return _passed(why) if longest <= 998 else _failed(why, proven=True)


@_its_own
def brackets(job: JobRecord) -> Judged:
    value = _field(job, "from") or ""
    good = re.search(r"<[^<>@\s]+@[^<>\s]+>", value)
    return _passed(value) if good else _noted(value or "no From")


@_its_own
def seven_bit(job: JobRecord) -> Judged:
    good = _head(job).isascii()
    return _passed("ASCII") if good else _failed("8-bit text in headers", proven=True)


@_its_own
def parts_closed(job: JobRecord) -> Judged:
    boundary = re.search(r'boundary="?([^";]+)"?', _field(job, "content-type") or "")
    if boundary is None:
        return _passed("one part")
    closed = f"--{boundary[1]}--".encode() in _content(job)
    return _passed("closed") if closed else _failed("the last boundary is missing", proven=True)


# ---- after the end of Basic authentication -------------------------------------------------------


def mechanism(seen: Seen) -> Judged:
    """How it signs in, and what that comes to."""
    used = _mechanism(seen.job)
    if used in ("XOAUTH2", "OAUTHBEARER"):
        return _passed(f"AUTH {used}, a token")
    return _noted(
        f"AUTH {used}, a password: refused from the end of December 2026 unless the administrator "
        "turns Basic authentication on again, and for good on a day that is not announced"
    )


def _mechanism(job: JobRecord) -> str:
    """That of the last AUTH command."""
    lines = [e.line for e in job.events if isinstance(e, Received) and e.secret]
    words = [line.split() for line in lines if line[:5].upper() == b"AUTH "]
    return words[-1][1].decode("ascii", "replace").upper() if words else "none"


def after_basic(seen: Seen) -> Judged:
    """Its password is refused: is it told, and does it leave it at that?"""
    if seen.job.accepted:
        return _passed(f"AUTH {_mechanism(seen.job)} is taken")
    return no_storm(seen)
