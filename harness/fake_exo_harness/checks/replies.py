"""Checks of replies: code, enhanced code, text, and the rule behind them."""

from collections.abc import Iterator

from fake_exo import Confidence, Replied
from fake_exo_harness.checks.base import Failure, missing_texts, of_job
from fake_exo_harness.record import JobRecord, RunRecord
from fake_exo_harness.scenario.wanted import (
    ConfidenceCheck,
    NoReplyCheck,
    ReplyCheck,
    RuleCheck,
)


@of_job
def replied(expected: ReplyCheck, job: JobRecord) -> Iterator[Failure]:
    reply = _choose(expected, job)
    if reply is None:
        yield _absent(expected, job)
        return
    text = shown(reply)
    if not _fits(expected, text):
        title = f"reply to {expected.to.value}"
        yield Failure(expected.place, title, _wanted(expected), text, job.number, reply.rule)


@of_job
def no_reply(expected: NoReplyCheck, job: JobRecord) -> Iterator[Failure]:
    for reply in job.replies:
        if reply.to == expected.to.value:
            title = f"reply to {expected.to.value}"
            yield Failure(expected.place, title, "none", shown(reply), job.number, reply.rule)
            return


@of_job
def ruled(expected: RuleCheck, job: JobRecord) -> Iterator[Failure]:
    fired = [reply.rule for reply in job.replies]
    for wanted in expected.ids:
        if wanted not in fired:
            got = ", ".join(dict.fromkeys(fired)) or "no reply at all"
            yield Failure(expected.place, "rule", wanted, got, job.number)


def attested(expected: ConfidenceCheck, record: RunRecord) -> Iterator[Failure]:
    """One failure a text, however often it was said."""
    least = Confidence[expected.least.upper()]
    weak = {said: job.number for job in reversed(record.jobs) for said in job.attested
            if said.confidence < least}  # fmt: skip
    for said, number in sorted(weak.items(), key=lambda pair: pair[1]):
        got = f"{said.confidence.name.lower()}: {said.text}"
        yield Failure(expected.place, "confidence", expected.least, got, number, said.rule)


def shown(reply: Replied) -> str:
    """A reply as text, its lines joined by a line feed."""
    return reply.data.decode("utf-8", "replace").rstrip("\r\n").replace("\r\n", "\n")


def _choose(expected: ReplyCheck, job: JobRecord) -> Replied | None:
    if expected.recipient is not None:
        wanted = f"<{expected.recipient.lower()}>"
        found = [r for line, r in job.recipients_of_replies if wanted in line.lower()]
    else:
        found = [reply for reply in job.replies if reply.to == expected.to.value]
    index = expected.nth - 1 if expected.nth is not None else len(found) - 1
    return found[index] if 0 <= index < len(found) else None


def _fits(expected: ReplyCheck, text: str) -> bool:
    words = text.split(" ", 2)
    code_fits = expected.code is None or text[:3] == str(expected.code)
    enhanced = words[1] if len(words) > 1 else ""
    enhanced_fits = expected.enhanced is None or enhanced == expected.enhanced
    exact = expected.text is None or text == expected.text.rstrip("\n")
    return code_fits and enhanced_fits and exact and not missing_texts(expected.contains, text)


def _wanted(expected: ReplyCheck) -> str:
    if expected.text is not None:
        return expected.text.rstrip("\n")
    parts = [str(part) for part in (expected.code, expected.enhanced) if part is not None]
    parts += [f'with "{text}"' for text in expected.contains]
    return " ".join(parts) or "any reply"


def _absent(expected: ReplyCheck, job: JobRecord) -> Failure:
    seen = ", ".join(dict.fromkeys(reply.to for reply in job.replies)) or "no replies at all"
    where = f" for {expected.recipient}" if expected.recipient else ""
    nth = f" number {expected.nth}" if expected.nth else ""
    title = f"reply to {expected.to.value}{where}{nth}"
    return Failure(expected.place, title, _wanted(expected), f"none; answered: {seen}", job.number)
