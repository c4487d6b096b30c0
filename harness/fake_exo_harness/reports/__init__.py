"""Reports are consumers of run events. Listed in `REPORTS`; the runner knows none of them."""

from fake_exo_harness.reports.console import Console
from fake_exo_harness.reports.documents import JsonReport
from fake_exo_harness.reports.junit import JunitReport
from fake_exo_harness.reports.port import Reporter

REPORTS: tuple[type[Reporter], ...] = (Console, JsonReport, JunitReport)

__all__ = ["REPORTS", "Console", "JsonReport", "JunitReport", "Reporter"]
