"""`fake-exo run`."""

import os
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from fake_exo_harness import exits
from fake_exo_harness.bench import Bench, Reach
from fake_exo_harness.commands import kinds
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority
from fake_exo_harness.drivers import PhysicalDriver
from fake_exo_harness.library import library
from fake_exo_harness.reports import Console, JsonReport, JunitReport, Reporter
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.runner import Finished, Verdict, run
from fake_exo_harness.scenario import Scenario, ScenarioError, load_paths
from fake_exo_harness.terminal import say

_NEXT = """next:
  fake-exo list                      what each scenario is about
  fake-exo run -v -k WORD            dialogues, reasons and fixes of those with WORD in the title
  fake-exo run YOURS.exo.yaml        docs/tutorial.md writes one in ten minutes
  fake-exo serve                     real ports for a real device or program"""


def run_scenarios(
    *,
    paths: Sequence[Path],
    driver: str,
    tags: Sequence[str],
    keyword: str,
    as_json: bool,
    strict_confidence: bool,
    verbose: int,
    quiet: bool,
    color: str,
    first: bool,
    junit: Path | None,
    bind: str,
    real_ports: bool,
    names: Sequence[str],
    reach: Reach,
    ca_folder: Path | None,
    patience: float,
) -> int:
    """Run all that is selected. Returns an exit code."""
    check_addresses([bind])
    bench = Bench(bind, "real" if real_ports else "any", "", checked_names(names), reach, patience)
    kept_authority(ca_folder, bench)
    PhysicalDriver.bench = bench
    kinds.refuse_others(paths, kinds.SCENARIO)
    try:
        found = load_paths(paths or [library()])
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    chosen = [s for s in found if _selected(s, tags, keyword)]
    work = [(s, d) for s in chosen for d in _drivers(s, driver)]
    if not work:
        say("fake-exo: no scenario was selected", err=True)
        return exits.NOTHING
    verbosity = 0 if quiet else 1 + verbose
    files = len({scenario.source.path for scenario in chosen})
    reports = [_report(as_json, verbosity, len(work), files, color)]
    written = StringIO()
    if junit is not None:
        reports.append(JunitReport(written))
    code = _run(work, reports, strict_confidence, first)
    if junit is not None:
        write_whole(junit, written.getvalue().encode("utf-8", "replace"))
    if not (paths or as_json or quiet):
        say(_NEXT)
    return code


def _selected(scenario: Scenario, tags: Sequence[str], keyword: str) -> bool:
    text = f"{scenario.id} {scenario.title}".casefold()
    return set(tags) <= set(scenario.tags) and keyword.casefold() in text


def _drivers(scenario: Scenario, wanted: str) -> tuple[str, ...]:
    if wanted == "any":
        return scenario.drivers
    names = ("memory", "socket") if wanted == "both" else (wanted,)
    return tuple(name for name in names if name in scenario.drivers)


def _report(as_json: bool, verbosity: int, total: int, files: int, color: str) -> Reporter:
    if as_json:
        return JsonReport(sys.stdout)
    colour = _colour(color)
    return Console(sys.stdout, verbosity=verbosity, total=total, files=files, colour=colour)


def _colour(color: str) -> bool:
    if color != "auto":
        return color == "always"
    if "NO_COLOR" in os.environ:
        return False
    return "FORCE_COLOR" in os.environ or sys.stdout.isatty()


def _run(
    work: list[tuple[Scenario, str]], reports: Sequence[Reporter], strict: bool, first: bool
) -> int:
    """Run it all, or until the first that does not pass."""
    code = exits.PASSED
    for scenario, driver in work:
        for event in run(scenario, driver):
            for report in reports:
                report.take(event)
            if isinstance(event, Finished):
                code = max(code, _code(event, strict))
        if first and code is not exits.PASSED:
            break
    for report in reports:
        report.end()
    return code


def _code(finished: Finished, strict: bool) -> int:
    if finished.verdict is Verdict.ERROR:
        return exits.ENVIRONMENT
    passed = finished.verdict is Verdict.PASSED and not (strict and finished.low_confidence)
    return exits.PASSED if passed else exits.FAILED
