"""The audit: connectors, SPF, MX, accepted domains, DMARC and block lists compared with one
another, because they must agree before a cutover. `audit` gives findings; `AUDITS` lists what is
looked at; `present` turns findings into text, JSON and SARIF.
"""

from fake_exo_harness.audit.findings import AuditSubject, Finding, Severity
from fake_exo_harness.audit.present import as_json, as_sarif, as_text
from fake_exo_harness.audit.rules import AUDITS, audit

__all__ = [
    "AUDITS",
    "AuditSubject",
    "Finding",
    "Severity",
    "as_json",
    "as_sarif",
    "as_text",
    "audit",
]
