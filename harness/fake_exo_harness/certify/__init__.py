"""Certification: does this device or program work with Microsoft 365? Levels A to K, evidence.

`subjects` are what is certified, `cases` what they must stand, `seen` how far a run came, `judges`
what it says, `evidence` what is left of it, and `page` the same for people.
"""

from fake_exo_harness.certify.cases import CASES, LEVELS, Case
from fake_exo_harness.certify.evidence import CannotCertify, Certified, certify
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.page import as_html, as_json, as_junit, as_table
from fake_exo_harness.certify.subjects import Subject, SubjectError, subject

__all__ = [
    "CASES",
    "LEVELS",
    "CannotCertify",
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
