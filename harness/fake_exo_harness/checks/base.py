"""What a failed check says, and what the checks share."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from fake_exo_harness.forms.location import Location
from fake_exo_harness.record import JobRecord, RunRecord


@dataclass(frozen=True, slots=True)
class Failure:
    """One difference. `rule` is the id of the rule behind what was got, if one was."""

    place: Location
    title: str
    expected: str
    got: str
    job: int | None = None
    rule: str = ""


class OfJob(Protocol):
    """A check that looks at one job: the last, or that which it numbers."""

    @property
    def job(self) -> int | None: ...

    @property
    def place(self) -> Location: ...


C = TypeVar("C", bound=OfJob)


def of_job(
    judge: Callable[[C, JobRecord], Iterator[Failure]],
) -> Callable[[C, RunRecord], Iterator[Failure]]:
    """A judge of one job as a judge of the record: it gets the job, or fails for want of it. A job
    that is not whole is not judged; the record says so itself (`RunRecord.unjudged`)."""

    def check(expected: C, record: RunRecord) -> Iterator[Failure]:
        job = record.job(expected.job)
        if job is None:
            wanted = f"job {expected.job}" if expected.job is not None else "a job"
            yield Failure(expected.place, "no such job", wanted, f"{len(record.jobs)} jobs ran")
        elif job.whole:
            yield from judge(expected, job)

    return check


def addresses(values: Iterable[str]) -> str:
    found = sorted(values)
    if len(found) > 8:
        return f"{', '.join(found[:8])} ... ({len(found)})"
    return ", ".join(found) or "nobody"


def missing_texts(wanted: Sequence[str], text: str) -> list[str]:
    folded = text.casefold()
    return [part for part in wanted if part.casefold() not in folded]
