"""`fake-exo check`, `list` and `schema`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from fake_exo import Estate, ServiceError, ZoneFileError, read_zone
from fake_exo_harness import exits
from fake_exo_harness.certify import SubjectError, subject
from fake_exo_harness.commands import kinds
from fake_exo_harness.conformance import load_recordings
from fake_exo_harness.drivers import HarnessError
from fake_exo_harness.library import library
from fake_exo_harness.runner import world_of
from fake_exo_harness.scenario import (
    Scenario,
    ScenarioError,
    json_schema,
    load_paths,
    load_tenants,
    load_zones,
)
from fake_exo_harness.terminal import say


def check_files(paths: Sequence[Path]) -> int:
    """Check files of every kind, and folders of scenarios, for all that can be known before they
    are used."""
    if empty := kinds.without_scenarios(paths):
        say(f"fake-exo: in {empty[0]} is no scenario (*.exo.yaml)", err=True)
        return exits.NOTHING
    problems = [problem for path in paths if (problem := _problem(path))]
    for problem in problems:
        say(problem, err=True)
    if not problems:
        say(f"{len(paths)} checked, no errors")
    return exits.FAILED if problems else exits.PASSED


def _problem(path: Path) -> str:
    kind = kinds.kind_of(path)
    named = path.name.endswith((".exo.yaml", ".exo.yml"))
    try:
        if path.is_dir() or named or kind is kinds.SCENARIO:
            return _of_scenarios(path)
        if kind in _READERS:
            _READERS[kind](path)
        else:
            Estate.of(load_tenants(path))
    except (ScenarioError, ZoneFileError, SubjectError, ServiceError) as error:
        return str(error)
    return ""


def _of_scenarios(path: Path) -> str:
    """What a scenario asks of the service may be impossible too."""
    for scenario in load_paths([path]):
        try:
            world_of(scenario)
        except (ServiceError, HarnessError) as error:
            return f"{scenario.source}: {error}"
    return ""


_READERS: dict[kinds.FileKind | None, Callable[[Path], object]] = {
    kinds.ZONE: lambda path: read_zone(path, path.stem),
    kinds.ZONES: load_zones,
    kinds.RECORDING: load_recordings,
    kinds.PROGRAM: lambda path: subject(str(path)),
}


def list_scenarios(paths: Sequence[Path], as_json: bool) -> int:
    """Print the scenarios in their order."""
    kinds.refuse_others(paths, kinds.SCENARIO)
    try:
        found = load_paths(paths or [library()])
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    if as_json:
        say(json.dumps([_row(scenario) for scenario in found], indent=2))
    else:
        for scenario in found:
            story = f"  [{scenario.story}]" if scenario.story else ""
            tags = f"  ({', '.join(scenario.tags)})" if scenario.tags else ""
            say(f"{scenario.id}: {scenario.title}{story}{tags}")
    if not found:
        say("fake-exo: there is no scenario (*.exo.yaml)", err=True)
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
    say(json.dumps(json_schema(), indent=2))
    return exits.PASSED
