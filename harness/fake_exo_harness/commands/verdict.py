"""What `exec` says last of a program: taken, refused or nothing, why, and how the program ended."""

import signal
from collections import Counter
from typing import NamedTuple

from fake_exo import CERTIFICATES
from fake_exo_harness.endings import Ending
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import question
from fake_exo_harness.scenario.model import KEEP_BYTES
from fake_exo_harness.tls_failures import told

_GOOD = ("delivered", "sent-out")
_NAMES = 4  # that are listed in one line
_ELSEWHERE = (
    "the names were found, and nothing came to a port that is served: 587 of "
    "smtp.office365.com, 25 of the MX hosts, never 465"
)


class LastLine(NamedTuple):
    """`why` is one line."""

    passed: bool
    why: str


def verdict(job: JobRecord, expect: str, code: int | None, certificate: str = "good") -> LastLine:
    """Whether it came out as expected: accepted, refused or nothing, and did no harm. `code`: with
    which the program ended; None: it was ended. `certificate`: of `CERTIFICATES`, what it met."""
    if not job.whole:
        return LastLine(False, f"not run: more than the {KEEP_BYTES} bytes that a record keeps")
    kind, why = _came(job)
    harm, finding = _harm(job, certificate), _finding(kind, code)
    passed = kind == expect and not harm and not (finding and kind == "accepted")
    return LastLine(passed, why + harm + (finding or _ended(code)))


def _came(job: JobRecord) -> tuple[str, str]:
    """What it came to, accepted, refused, nothing or lost; and why."""
    if not job.connections:
        return "nothing", f"it never connected; {_asked(job)}"
    found = job.ending
    if job.accepted:
        return _taken(job, found)
    if any(loss.cause.reply is not None for loss in found.lost):
        return "refused", f"refused: {_causes(found)}"
    if job.tls_failures:
        what, why, fix = told(job.tls_failures[-1])
        return "nothing", f"{what}. {why} Fix: {fix.rstrip('.')}"
    if found.lost:
        return "nothing", f"nothing was taken: {_causes(found)}"
    return "nothing", "it connected and sent nothing"


def _taken(job: JobRecord, found: Ending) -> tuple[str, str]:
    missing = [o for o in job.outcomes if o.fate.value not in _GOOD]
    if found.lost:
        every = found.taken + len(found.lost)
        lost = f"{len(found.lost)} of {every} copies were refused and not sent again"
        return "lost", f"{lost}: {_causes(found)}"
    if missing:
        return "lost", f"{len(missing)} of {len(job.outcomes)} copies reached nobody"
    return "accepted", f"{len(job.accepted)} message(s) taken, every copy arrived"


def _causes(found: Ending) -> str:
    """The cause of most losses, and how many others there are."""
    kinds = Counter(loss.cause.kind for loss in found.lost)
    first = kinds.most_common(1)[0][0]
    text = next(loss.cause.text for loss in found.lost if loss.cause.kind == first)
    return text + (f" (and {len(kinds) - 1} other cause(s))" if len(kinds) > 1 else "")


def _asked(job: JobRecord) -> str:
    """The names that it asked for, where it came to nothing more."""
    names = dict.fromkeys(map(question, job.queries))
    if not names:
        return "it asked for no name"
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    text = f"it asked for {', '.join(list(names)[:_NAMES])}{more}"
    found = any(query.answers and query.type in ("A", "MX") for query in job.queries)
    return f"{text}; {_ELSEWHERE}" if found else text


def _harm(job: JobRecord, certificate: str) -> str:
    """What counts whatever else was asked for: a password that came to whom it should not."""
    if job.clear_text == "credentials":
        return ", and its password went in clear text"
    wrong, _ = CERTIFICATES[certificate]
    if wrong and job.gave_password:
        return f", and its password went to a server whose certificate it should refuse ({wrong})"
    return ""


def _finding(kind: str, code: int | None) -> str:
    """What the program's own end says against what the service has seen."""
    if kind == "accepted" and code not in (0, None):
        return f", and yet the program ended with {_exit(code)}: it may send again"
    if kind in ("refused", "lost") and code == 0:
        return ", and yet the program ended with exit 0, as if all were well"
    return ""


def _ended(code: int | None) -> str:
    return "; the program was ended when its time was over" if code is None else ""


def _exit(code: int | None) -> str:
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit {code}"
