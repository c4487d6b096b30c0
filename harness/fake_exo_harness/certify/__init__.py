"""Certification: does this device or program work with Microsoft 365? Levels A to K, evidence.

`subjects` are what is certified, `cases` what they must stand, `seen` how far a run came, `judges`
what it says, `evidence` runs them, `results` and `document` are what is left of it, `comparison`
sets two beside each other, and `table`, `junit` and `page` show all that.
"""

from fake_exo_harness.certify.cases import CASES, LEVELS, Case
from fake_exo_harness.certify.comparison import Comparison, compare
from fake_exo_harness.certify.document import (
    EvidenceError,
    as_json,
    changes_as_json,
    dumped,
    read_evidence,
)
from fake_exo_harness.certify.evidence import CannotCertify, PersonLeft, Terms, certify
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.junit import as_junit
from fake_exo_harness.certify.page import as_html, as_one_page
from fake_exo_harness.certify.results import Certified, Occasion, Result
from fake_exo_harness.certify.subjects import Subject, SubjectError, subject
from fake_exo_harness.certify.table import as_changes, as_matrix, as_table

__all__ = [
    "CASES",
    "LEVELS",
    "CannotCertify",
    "Case",
    "Certified",
    "Comparison",
    "EvidenceError",
    "Grade",
    "Occasion",
    "PersonLeft",
    "Result",
    "Subject",
    "SubjectError",
    "Terms",
    "as_changes",
    "as_html",
    "as_json",
    "as_junit",
    "as_matrix",
    "as_one_page",
    "as_table",
    "certify",
    "changes_as_json",
    "compare",
    "dumped",
    "read_evidence",
    "subject",
]
