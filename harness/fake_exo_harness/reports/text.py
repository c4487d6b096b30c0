"""A verdict as text: what was expected, what came, why, what to change, and the transcript.

Used by the console and by the pytest plugin alike.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from fake_exo import UNANSWERED, Confidence, DnsQueried, Line, TlsStarted, explained
from fake_exo_harness.checks import Failure
from fake_exo_harness.cures import NOTHING_KNOWN, Situation, situation_of, verbs
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.problems import clipped
from fake_exo_harness.record import JobRecord
from fake_exo_harness.runner import Finished, Verdict
from fake_exo_harness.tls_failures import Told, uncounted
from fake_exo_harness.tls_failures import told as in_words

_MOST_SHOWN = 20  # dialogues of one test
_NOTHING_THERE = "Nothing of the service listens there, and attempts time out."
_PROBLEMS = {
    Verdict.ERROR: "could not be run",
    Verdict.NOT_RUN: "not run",
    Verdict.FAILED: "not judged in full",
}
_WHERE_TO = (
    "Submission: smtp.office365.com, port 587 with STARTTLS, never 465. Relay and direct send: the "
    "domain's MX host name, port 25."
)


def verdict(finished: Finished) -> Iterator[str]:
    """Everything a reader needs to act on a failed or impossible run."""
    if finished.error:
        yield f"{_PROBLEMS[finished.verdict]}: {finished.error}"
    for failure in finished.failures:
        job = finished.record.job(failure.job)
        situation = situation_of(job, finished.scenario) if job else NOTHING_KNOWN
        yield from failed(failure, situation)
        yield ""
    told = {failure.rule for failure in finished.failures}
    for job in _jobs_of(finished):
        yield from dialogue(job)
        yield ""
        yield from refusals(job, told, situation_of(job, finished.scenario))
    if finished.confidence is Confidence.LOW:
        yield "This verdict rests on replies that nobody has captured (low confidence)."
    if finished.marked_low:
        yield "The scenario is marked as resting on guesses (confidence: low)."


def not_rehearsed(finished: Finished) -> Iterator[str]:
    """A line for each word of the scenario that does nothing here, pass or fail."""
    return (f"  not rehearsed: {word}: {why}" for word, why in finished.not_rehearsed)


def summary(finished: Finished) -> str:
    """The first thing that went wrong, in one line."""
    if finished.failures:
        first = finished.failures[0]
        got = first.got.partition("\n")[0]
        return f"{first.place}: {first.title}: expected {first.expected}, got {got}"
    problem = finished.error.partition("\n")[0]
    if finished.verdict is Verdict.NOT_RUN:
        return f"not run: {problem}"
    if finished.confidence is Confidence.LOW:
        return problem or "it rests on replies of low confidence"
    return problem or "it is marked low confidence"


def failed(failure: Failure, situation: Situation = NOTHING_KNOWN) -> Iterator[str]:
    where = f" (job {failure.job})" if failure.job is not None else ""
    yield f"{failure.place}: {failure.title}{where}"
    if source := _source(failure.place):
        yield f"    {source}"
    yield f"  expected: {failure.expected}"
    yield f"  got:      {_indented(failure.got)}"
    yield from because(failure.rule, situation)


def because(rule: str, situation: Situation = NOTHING_KNOWN) -> Iterator[str]:
    """Why a rule answers, what to change, and the words of the language that do it; nothing for an
    unknown rule."""
    found = explained(rule) if rule else None
    if found is None:
        return
    yield f"  rule:     {found.rule} (confidence {found.confidence})"
    yield f"  why:      {found.why}"
    if found.fix:
        yield f"  fix:      {found.fix}"
    for verb in verbs(rule, situation):
        yield f"  verb:     {verb}"


def refusals(
    job: JobRecord, told: Collection[str] = (), situation: Situation = NOTHING_KNOWN
) -> Iterator[str]:
    """What stopped the mail, why, and what to change; rules in `told` are known already."""
    for found in dict.fromkeys(_uncounted(job)):
        yield from _told(found)
    for reply in {r.rule: r for r in job.refusals if r.rule not in told}.values():
        yield reply.data.decode("utf-8", "replace").splitlines()[0]
        yield from because(reply.rule, situation)
        yield ""
    for found in dict.fromkeys(map(in_words, job.tls_failures)):
        yield from _told(found)
    for place in {(p.server_ip, p.port): p for p in job.unreached}.values():
        yield f"no answer from {place.server_ip}:{place.port}"
        yield f"  why:      {_NOTHING_THERE}"
        yield f"  fix:      {_WHERE_TO}"
        yield ""


def _told(found: Told) -> Iterator[str]:
    yield found.what
    yield f"  why:      {found.why}"
    yield f"  fix:      {found.fix}"
    yield ""


def _uncounted(job: JobRecord) -> Iterator[Told]:
    """Certificates that a refused client showed in vain."""
    if job.refusals:
        started = (event for event in job.events if isinstance(event, TlsStarted))
        yield from filter(None, map(uncounted, started))


def dialogue(job: JobRecord) -> Iterator[str]:
    """The transcripts of a job, as swaks prints them, with the rule beside each reply."""
    believed = "sent" if job.result.sent else f"not sent ({job.result.stage or 'unknown stage'})"
    yield f"--- job {job.number}: {job.device}, {job.step.kind}; device: {believed}"
    yield from _conversations(job, job.transcripts)
    if job.result.panel:
        yield f"*** panel: {job.result.panel}"
    yield from _aftermath(job)


def _conversations(job: JobRecord, shown: Sequence[tuple[Line, ...]]) -> Iterator[str]:
    for place in job.unreached:
        yield f"*** no answer from {place.server_ip}:{place.port}"
    if not job.connections:
        asked = dict.fromkeys(map(question, job.queries))
        yield from (f"*** asked: {each}" for each in asked)
    for lines in shown:
        yield from (transcript_line(line) for line in lines)


def _aftermath(job: JobRecord) -> Iterator[str]:
    """What crossed the wire in clear text, and what became of the mail."""
    if job.clear_text != "nothing":
        after = ", after TLS had failed" if job.fell_back else ""
        yield f"*** IN CLEAR TEXT: {job.clear_text}{after}"
    for outcome in job.outcomes[:12]:
        detail = f" ({outcome.detail})" if outcome.detail else ""
        yield f"*** {outcome.recipient}: {outcome.fate.value}{detail}"


def episode(seen: JobRecord, situation: Situation = NOTHING_KNOWN) -> Iterator[str]:
    """All that happened, as a job is shown: the dialogues, why, and what to change."""
    every = seen.transcripts
    if (more := len(every) - _MOST_SHOWN) > 0:
        yield f"*** {more} earlier connections are not shown"
    yield from _conversations(seen, every[-_MOST_SHOWN:])
    yield from _aftermath(seen)
    yield ""
    yield from refusals(seen, situation=situation)


def question(query: DnsQueried) -> str:
    """What was asked of the DNS, and the answer: `smtp.office365.com A (NXDOMAIN)`."""
    said = "no answer" if query.rcode == UNANSWERED else query.rcode
    if query.rcode == "NOERROR" and not query.answers and query.injected in ("", "empty"):
        said = "NOERROR, and no record"
    injected = f"; INJECTED: {query.injected}" if query.injected else ""
    return f"{query.name} {query.type} ({said}{injected})"


def transcript_line(line: Line) -> str:
    rule = f"    [{line.rule}]" if line.rule else ""
    return f"{line.arrow} {line.text}{rule}"


def _jobs_of(finished: Finished) -> tuple[JobRecord, ...]:
    """The jobs that failures speak of; the last one where they name none."""
    jobs = finished.record.jobs
    if not finished.failures or not jobs:
        return ()
    numbers = {failure.job for failure in finished.failures}
    return tuple(j for j in jobs if j.number in numbers or (None in numbers and j is jobs[-1]))


def _indented(text: str) -> str:
    return text.replace("\n", "\n            ")


def _source(place: Location) -> str:
    lines = _lines(place.path)
    if not 0 < place.line <= len(lines):
        return ""
    return clipped(lines[place.line - 1], place.column)[0].strip()


@lru_cache(maxsize=64)
def _lines(path: Path) -> tuple[str, ...]:
    try:
        return tuple(path.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return ()
