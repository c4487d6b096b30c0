"""Checks of what became of the mail: delivered, bounced, sent out."""

from collections.abc import Iterator

from fake_exo import Fate, Outcome, Report, delivered_header
from fake_exo_harness.checks.base import Failure, addresses, missing_texts, of_job
from fake_exo_harness.record import JobRecord, RunRecord
from fake_exo_harness.scenario.wanted import (
    BouncedCheck,
    DeliveredCheck,
    DroppedCheck,
    HeadersCheck,
    JunkedCheck,
    ReportCheck,
    SentItemsCheck,
    SentOutCheck,
    TakenElsewhereCheck,
    UsageCheck,
)

_FOLDERS = {"inbox": Fate.DELIVERED, "junk": Fate.JUNKED, "quarantine": Fate.QUARANTINED}


@of_job
def delivered(expected: DeliveredCheck, job: JobRecord) -> Iterator[Failure]:
    found = job.ended_in(_FOLDERS[expected.folder])
    if expected.tenant is not None:
        found = tuple(outcome for outcome in found if outcome.tenant == expected.tenant)
    yield from _compare(f"delivered to {expected.folder}", expected.to, found, expected, job.number)
    least, most = expected.at_least, expected.at_most
    taken = {event.message.number: event.at for event in job.accepted}
    for outcome in found if least is not None or most is not None else ():
        seconds = outcome.at - taken[outcome.message]
        if (least is not None and seconds < least) or (most is not None and seconds > most):
            wanted = f"after {least or 0:g} s" + (f", within {most:g} s" if most else "")
            title = f"delivery to {outcome.recipient}"
            yield Failure(expected.place, title, wanted, f"after {seconds:g} s", job.number)


@of_job
def bounced(expected: BouncedCheck, job: JobRecord) -> Iterator[Failure]:
    found = job.ended_in(Fate.BOUNCED)
    yield from _compare("bounced", expected.to, found, expected, job.number)
    code = expected.enhanced
    for outcome in found:
        if code is not None and code not in _words(outcome.detail):
            yield Failure(expected.place, "bounce", code, outcome.detail, job.number)
        if absent := missing_texts(expected.contains, outcome.detail):
            texts = " and ".join(absent)
            yield Failure(expected.place, "bounce", texts, outcome.detail, job.number)


def _words(detail: str) -> list[str]:
    return detail.replace("'", " ").split()


def junked(expected: JunkedCheck, record: RunRecord) -> Iterator[Failure]:
    same = DeliveredCheck(expected.to, "junk", job=expected.job, place=expected.place)
    return delivered(same, record)


@of_job
def dropped(expected: DroppedCheck, job: JobRecord) -> Iterator[Failure]:
    yield from _compare("dropped", expected.to, job.ended_in(Fate.DROPPED), expected, job.number)


_LANDINGS = {"inbox": Fate.DELIVERED, "internet": Fate.SENT_OUT, "nowhere": Fate.DROPPED}


@of_job
def reported(expected: ReportCheck, job: JobRecord) -> Iterator[Failure]:
    title = "report to the sender"
    seen = ", ".join(f"{r.kind} to {r.to}" for r in job.reports) or "none"
    if expected.kind == "none":
        if job.reports:
            yield Failure(expected.place, title, "none", seen, job.number)
        return
    found = [r for r in job.reports if r.kind == expected.kind]
    if not found:
        yield Failure(expected.place, title, expected.kind, seen, job.number)
        return
    yield from _report_differs(expected, found[-1], job.number)


def _report_differs(expected: ReportCheck, found: Report, job: int) -> Iterator[Failure]:
    if expected.to is not None and found.to.lower() != expected.to.lower():
        yield Failure(expected.place, "report to", expected.to, found.to, job)
    text = bytes(found.mail.content).decode("utf-8", "replace")
    if absent := missing_texts(expected.contains, text):
        yield Failure(expected.place, "report", " and ".join(absent), text, job)
    if expected.lands is not None:
        ends = {o.fate for o in found.outcomes}
        if ends != {_LANDINGS[expected.lands]}:
            got = ", ".join(sorted(o.fate.value for o in found.outcomes)) or "nowhere"
            yield Failure(expected.place, "report lands", expected.lands, got, job)


@of_job
def kept(expected: SentItemsCheck, job: JobRecord) -> Iterator[Failure]:
    got = sorted(mailbox.lower() for mailbox in job.filed)
    if got != sorted(mailbox.lower() for mailbox in expected.mailboxes):
        wanted = addresses(expected.mailboxes)
        yield Failure(expected.place, "Sent Items", wanted, addresses(got), job.number)


@of_job
def stamped_with(expected: HeadersCheck, job: JobRecord) -> Iterator[Failure]:
    if not job.accepted:
        yield Failure(expected.place, "headers", "a message", "none was taken", job.number)
        return
    fields = delivered_header(job.accepted[-1].message)
    for name, texts in expected.fields.items():
        values = [value for found, value in fields if found.lower() == name.lower()]
        if missing_texts(texts, " ".join(values)) or not values:
            got = " | ".join(values) or "no such field"
            yield Failure(expected.place, f"header {name}", " and ".join(texts), got, job.number)
    for name in expected.absent:
        if any(found.lower() == name.lower() for found, _ in fields):
            yield Failure(expected.place, f"header {name}", "absent", "present", job.number)


def used(expected: UsageCheck, record: RunRecord) -> Iterator[Failure]:
    who = expected.of.lower()
    mine = (g for g in record.usage if g.limit == expected.limit and g.who.lower() == who)
    found = next(mine, None)
    if found is None and expected.used == 0 and expected.most is None:
        return
    title = f"{expected.limit} of {expected.of}"
    if found is None:
        yield Failure(expected.place, title, "in use", "nothing of it is used")
        return
    for wanted, got in ((expected.used, found.used), (expected.most, found.most)):
        if wanted is not None and wanted != got:
            yield Failure(expected.place, title, str(wanted), f"{found.used} of {found.most}")


@of_job
def sent_out(expected: SentOutCheck, job: JobRecord) -> Iterator[Failure]:
    found = job.ended_in(Fate.SENT_OUT)
    yield from _compare("sent out to the internet", expected.to, found, expected, job.number)


@of_job
def taken_elsewhere(expected: TakenElsewhereCheck, job: JobRecord) -> Iterator[Failure]:
    found = job.ended_in(Fate.ELSEWHERE)
    if expected.by is not None:
        there = {opened.connection for opened in job.connections if opened.server_ip == expected.by}
        mine = {taken.message.number for taken in job.accepted if taken.connection in there}
        found = tuple(outcome for outcome in found if outcome.message in mine)
    where = f"elsewhere, by {expected.by}" if expected.by else "elsewhere"
    yield from _compare(f"taken {where}", expected.to, found, expected, job.number)


def _compare(
    title: str,
    wanted: tuple[str, ...],
    found: tuple[Outcome, ...],
    expected: DeliveredCheck | BouncedCheck | DroppedCheck | SentOutCheck | TakenElsewhereCheck,
    job: int,
) -> Iterator[Failure]:
    got = [outcome.recipient.lower() for outcome in found]
    if sorted(got) != sorted(address.lower() for address in wanted):
        yield Failure(expected.place, title, addresses(wanted), addresses(got), job)
