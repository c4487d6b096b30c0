"""`fake-exo run`."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.commands import kinds
from fake_exo_harness.drivers import PhysicalDriver
from fake_exo_harness.library import library
from fake_exo_harness.reports import Console, JsonReport, Reporter
from fake_exo_harness.runner import Finished, Verdict, run
from fake_exo_harness.scenario import Scenario, ScenarioError, load_paths


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
    bind: str,
    real_ports: bool,
    patience: float,
) -> int:
    """Run all that is selected. Returns an exit code."""
    PhysicalDriver.bind, PhysicalDriver.real_ports = bind, real_ports
    PhysicalDriver.patience = patience
    kinds.refuse_others(paths, kinds.SCENARIO)
    try:
        found = load_paths(paths or [library()])
    except ScenarioError as error:
        click.echo(str(error), err=True)
        return exits.FAILED
    chosen = [s for s in found if _selected(s, tags, keyword)]
    work = [(s, d) for s in chosen for d in _drivers(s, driver)]
    if not work:
        click.echo("fake-exo: no scenario was selected", err=True)
        return exits.NOTHING
    verbosity = 0 if quiet else 1 + verbose
    report = _report(as_json, verbosity, len(work), color)
    return _run(work, report, strict_confidence)


def _selected(scenario: Scenario, tags: Sequence[str], keyword: str) -> bool:
    text = f"{scenario.id} {scenario.title}".casefold()
    return set(tags) <= set(scenario.tags) and keyword.casefold() in text


def _drivers(scenario: Scenario, wanted: str) -> tuple[str, ...]:
    if wanted == "any":
        return scenario.drivers
    names = ("memory", "socket") if wanted == "both" else (wanted,)
    return tuple(name for name in names if name in scenario.drivers)


def _report(as_json: bool, verbosity: int, total: int, color: str) -> Reporter:
    if as_json:
        return JsonReport(sys.stdout)
    return Console(sys.stdout, verbosity=verbosity, total=total, colour=_colour(color))


def _colour(color: str) -> bool:
    if color != "auto":
        return color == "always"
    if "NO_COLOR" in os.environ:
        return False
    return "FORCE_COLOR" in os.environ or sys.stdout.isatty()


def _run(work: list[tuple[Scenario, str]], report: Reporter, strict: bool) -> int:
    code = exits.PASSED
    for scenario, driver in work:
        for event in run(scenario, driver):
            report.take(event)
            if isinstance(event, Finished):
                code = max(code, _code(event, strict))
    report.end()
    return code


def _code(finished: Finished, strict: bool) -> int:
    if finished.verdict is Verdict.ERROR:
        return exits.ENVIRONMENT
    passed = finished.verdict is Verdict.PASSED and not (strict and finished.low_confidence)
    return exits.PASSED if passed else exits.FAILED
