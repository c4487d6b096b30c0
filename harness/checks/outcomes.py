"""Checks of what became of the mail: delivered, bounced, sent out."""

from collections.abc import Iterator

from fake_exo import Fate, Outcome
from harness.checks.base import Failure, addresses, missing_texts, the_job
from harness.record import Record
from harness.scenario.model import BouncedCheck, DeliveredCheck, SentOutCheck

_FOLDERS = {"inbox": Fate.DELIVERED, "junk": Fate.JUNKED, "quarantine": Fate.QUARANTINED}


def delivered(expected: DeliveredCheck, record: Record) -> Iterator[Failure]:
    job = the_job(record, expected.job, expected.place)
    if isinstance(job, Failure):
        yield job
        return
    found = job.ended_in(_FOLDERS[expected.folder])
    if expected.tenant is not None:
        found = tuple(outcome for outcome in found if outcome.tenant == expected.tenant)
    yield from _compare(f"delivered to {expected.folder}", expected.to, found, expected, job.number)


def bounced(expected: BouncedCheck, record: Record) -> Iterator[Failure]:
    job = the_job(record, expected.job, expected.place)
    if isinstance(job, Failure):
        yield job
        return
    found = job.ended_in(Fate.BOUNCED)
    yield from _compare("bounced", expected.to, found, expected, job.number)
    wanted = [*expected.contains, *([expected.enhanced] if expected.enhanced else [])]
    for outcome in found:
        if missing_texts(wanted, outcome.detail):
            texts = " and ".join(wanted)
            yield Failure(expected.place, "bounce", texts, outcome.detail, job.number)


def sent_out(expected: SentOutCheck, record: Record) -> Iterator[Failure]:
    job = the_job(record, expected.job, expected.place)
    if isinstance(job, Failure):
        yield job
        return
    found = job.ended_in(Fate.SENT_OUT)
    yield from _compare("sent out to the internet", expected.to, found, expected, job.number)


def _compare(
    title: str,
    wanted: tuple[str, ...],
    found: tuple[Outcome, ...],
    expected: DeliveredCheck | BouncedCheck | SentOutCheck,
    job: int,
) -> Iterator[Failure]:
    got = [outcome.recipient.lower() for outcome in found]
    if sorted(got) != sorted(address.lower() for address in wanted):
        yield Failure(expected.place, title, addresses(wanted), addresses(got), job)
