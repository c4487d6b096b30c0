"""`fake-exo check`, `list` and `schema`."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from fake_exo import Estate, ServiceError, ZoneFileError, default_day, read_zone
from fake_exo_harness import exits
from fake_exo_harness.certify import EvidenceError, SubjectError, read_evidence, subject
from fake_exo_harness.commands import kinds
from fake_exo_harness.conformance import load_recordings
from fake_exo_harness.devices import read_profile
from fake_exo_harness.devices.schema import profile_schema
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
from fake_exo_harness.words import of_tenant, unrehearsed


def check_files(paths: Sequence[Path]) -> int:
    """Check files of every kind, and folders of scenarios, for all that can be known before they
    are used."""
    if empty := kinds.without_scenarios(paths):
        say(f"fake-exo: in {empty[0]} is no scenario (*.exo.yaml)", err=True)
        return exits.NOTHING
    looked = [_look_at(path) for path in paths]
    problems = [found.problem for found in looked if found.problem]
    for note in dict.fromkeys(note for found in looked for note in found.notes):
        say(note, err=True)
    for problem in problems:
        say(problem, err=True)
    if not problems:
        say(f"{len(paths)} checked, no errors")
    return exits.FAILED if problems else exits.PASSED


class _Looked(NamedTuple):
    """What is wrong with a file, and what of it nothing here depends on."""

    problem: str = ""
    notes: tuple[str, ...] = ()


def _look_at(path: Path) -> _Looked:
    kind = kinds.kind_of(path)
    named = path.name.endswith((".exo.yaml", ".exo.yml"))
    try:
        if path.is_dir() or named or kind is kinds.SCENARIO:
            return _Looked(notes=tuple(_of_scenarios(path)))
        if kind not in _READERS:
            return _Looked(notes=tuple(_of_tenants(path)))
        _READERS[kind](path)
    except (ScenarioError, ZoneFileError, SubjectError, EvidenceError, ServiceError) as error:
        return _Looked(str(error))
    return _Looked()


def _of_scenarios(path: Path) -> Iterator[str]:
    """What a scenario asks of the service may be impossible too."""
    for scenario in load_paths([path]):
        try:
            world_of(scenario)
        except (ServiceError, HarnessError) as error:
            raise ServiceError(f"{scenario.source}: {error}") from None
        for word, why in unrehearsed(scenario):
            yield f"{scenario.source}: not rehearsed: {word}: {why}"


def _of_tenants(path: Path) -> Iterator[str]:
    tenants = load_tenants(path)
    Estate.of(tenants)
    for tenant in tenants:
        for word, why in of_tenant(tenant, default_day()):
            yield f"{path}: not rehearsed: {word} of {tenant.name}: {why}"


_READERS: dict[kinds.FileKind | None, Callable[[Path], object]] = {
    kinds.ZONE: lambda path: read_zone(path, path.stem),
    kinds.ZONES: load_zones,
    kinds.RECORDING: load_recordings,
    kinds.DEVICE: read_profile,
    kinds.EVIDENCE: read_evidence,
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


def print_schema(of: str) -> int:
    """Print the JSON Schema of scenarios, or of profiles."""
    schema = profile_schema() if of == "profile" else json_schema()
    say(json.dumps(schema, indent=2))
    return exits.PASSED
