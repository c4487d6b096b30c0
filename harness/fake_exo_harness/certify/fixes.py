"""What to change where a case failed or is noted: the remedy of the reply that decided, else
that of the case."""

from functools import lru_cache
from importlib import resources

import yaml

from fake_exo import explained
from fake_exo_harness.certify import judges
from fake_exo_harness.certify.cases import Case
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.record import JobRecord
from fake_exo_harness.tls_failures import told

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Where these fail, the mail did not arrive, and what stopped it is the fault.
_WANT_THE_MAIL = (judges.arrives, judges.arrives_secretly, judges.patient, judges.duplicates)
_OF_WORTH = (Grade.FAILED, Grade.NOTED)


@lru_cache(maxsize=1)
def fixes() -> dict[str, str]:
    """By the id of a case or a level."""
    text = (
        resources.files("fake_exo_harness.data").joinpath("certify_fixes.yaml").read_text("utf-8")
    )
    rows: dict[str, str] = yaml.load(text, Loader=_LOADER)
    return rows


def fix_of(case: Case, grade: Grade, job: JobRecord) -> str:
    """Empty where nothing is wrong."""
    if grade not in _OF_WORTH:
        return ""
    by_service = grade is Grade.FAILED and case.judge in _WANT_THE_MAIL and _of_service(job)
    return by_service or fixes().get(case.id) or fixes().get(case.level, "")


def _of_service(job: JobRecord) -> str:
    """The remedy of what the service said, if it was that which stopped the mail."""
    if not job.ending.lost:
        return ""
    reply = job.ending.lost[0].cause.reply
    if reply is not None:
        known = explained(reply.rule) if reply.rule else None
        return known.fix if known is not None else ""
    return told(job.tls_failures[-1]).fix if job.tls_failures else ""
