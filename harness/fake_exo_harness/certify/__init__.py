"""Certification: does this device or program work with Microsoft 365? Levels A to J, evidence.

`subjects` are what is certified, `cases` what they must stand, `evidence` what is left of it, and
`page` the same for people.
"""

from fake_exo_harness.certify.cases import CASES, LEVELS, Case, Grade
from fake_exo_harness.certify.evidence import Certified, certify
from fake_exo_harness.certify.page import as_html, as_json, as_junit, as_table
from fake_exo_harness.certify.subjects import Subject, SubjectError, subject

__all__ = [
    "CASES",
    "LEVELS",
    "Case",
    "Certified",
    "Grade",
    "Subject",
    "SubjectError",
    "as_html",
    "as_json",
    "as_junit",
    "as_table",
    "certify",
    "subject",
]
