"""The evidence as one page that needs nothing else: of one subject, maybe beside what it was
before, or of several by level."""

from collections.abc import Sequence
from importlib.metadata import version

from fake_exo_harness.certify.cases import LEVELS
from fake_exo_harness.certify.comparison import Comparison
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import Certified
from fake_exo_harness.certify.sentence import sentence
from fake_exo_harness.certify.table import SIGNS, counted
from fake_exo_harness.html import rendered


def as_html(found: Certified, against: Comparison | None = None) -> str:
    title = f"{found.subject} and Microsoft 365"
    return rendered("certificate.html", title=title, found=found, against=against, **_words())


def as_one_page(many: Sequence[Certified]) -> str:
    """Devices by level, and all the evidence beneath."""
    title = "Devices by level, against a FAKE Exchange Online"
    return rendered("fleet.html", title=title, many=many, **_words())


def _words() -> dict[str, object]:
    return {
        "version": version("fake-exo"),
        "grades": tuple(Grade),
        "names": LEVELS,
        "signs": SIGNS,
        "sentence": sentence,
        "counted": counted,
    }
