"""Reports are consumers of run events. Listed in `REPORTS`; the runner knows none of them."""

from harness.reports.console import Console
from harness.reports.documents import JsonReport
from harness.reports.port import Report

REPORTS: tuple[type[Report], ...] = (Console, JsonReport)

__all__ = ["REPORTS", "Console", "JsonReport", "Report"]
