"""What a failed check says, and what the checks share."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.record import Job, Record
from harness.scenario.model import Place


@dataclass(frozen=True, slots=True)
class Failure:
    """One difference. `rule` is the id of the rule behind what was got, if one was."""

    place: Place
    title: str
    expected: str
    got: str
    job: int | None = None
    rule: str = ""


def the_job(record: Record, number: int | None, place: Place) -> Job | Failure:
    job = record.job(number)
    if job is not None:
        return job
    wanted = f"job {number}" if number is not None else "a job"
    return Failure(place, "no such job", wanted, f"{len(record.jobs)} jobs ran")


def addresses(values: Iterable[str]) -> str:
    found = sorted(values)
    if len(found) > 8:
        return f"{', '.join(found[:8])} ... ({len(found)})"
    return ", ".join(found) or "nobody"


def missing_texts(wanted: Sequence[str], text: str) -> list[str]:
    folded = text.casefold()
    return [part for part in wanted if part.casefold() not in folded]
