"""`fake-exo check`, `list` and `schema`."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from fake_exo import ZoneFileError, read_zone
from fake_exo_harness import exits
from fake_exo_harness.library import library
from fake_exo_harness.scenario import Scenario, ScenarioError, json_schema, load_paths, load_tenants


def check_files(paths: Sequence[Path]) -> int:
    """Check scenario files and folders, tenant files (.yaml) and zone files (.zone)."""
    problems = [problem for path in paths if (problem := _problem(path))]
    for problem in problems:
        click.echo(problem, err=True)
    if not problems:
        click.echo(f"{len(paths)} checked, no errors")
    return exits.FAILED if problems else exits.PASSED


def _problem(path: Path) -> str:
    try:
        if path.suffix == ".zone":
            read_zone(path, path.stem)
        elif path.is_dir() or path.name.endswith((".exo.yaml", ".exo.yml")):
            load_paths([path])
        else:
            load_tenants(path)
    except (ScenarioError, ZoneFileError) as error:
        return str(error)
    return ""


def list_scenarios(paths: Sequence[Path], as_json: bool) -> int:
    """Print the scenarios in their order."""
    try:
        found = load_paths(paths or [library()])
    except ScenarioError as error:
        click.echo(str(error), err=True)
        return exits.FAILED
    if as_json:
        click.echo(json.dumps([_row(scenario) for scenario in found], indent=2))
    else:
        for scenario in found:
            story = f"  [{scenario.story}]" if scenario.story else ""
            click.echo(f"{scenario.id}: {scenario.title}{story}")
    return exits.PASSED if found else exits.NOTHING


def _row(scenario: Scenario) -> dict[str, object]:
    return {
        "id": scenario.id,
        "title": scenario.title,
        "story": scenario.story,
        "tags": list(scenario.tags),
        "misconfigurations": list(scenario.misconfigurations),
        "drivers": list(scenario.drivers),
        "file": str(scenario.source.path),
        "line": scenario.source.line,
    }


def print_schema() -> int:
    click.echo(json.dumps(json_schema(), indent=2))
    return exits.PASSED
