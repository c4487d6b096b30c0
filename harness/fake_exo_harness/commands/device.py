"""`fake-exo device`: the profiles that are known, what one says, and whether a file is one."""

import json
from collections.abc import Sequence
from pathlib import Path

from fake_exo_harness import exits
from fake_exo_harness.devices import DeviceError, Profile, profile, profiles, read_profile
from fake_exo_harness.devices.written import as_document, as_yaml
from fake_exo_harness.scenario import ScenarioError
from fake_exo_harness.terminal import say


def list_devices(as_json: bool) -> int:
    """Print every known profile."""
    try:
        found = profiles().values()
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    if as_json:
        say(json.dumps([_row(each) for each in found], indent=2))
    else:
        width = max(len(each.id) for each in found)
        for each in found:
            say(f"{each.id:<{width}}  {each.kind:<10} {each.confidence:<6}  {_who(each)}")
    return exits.PASSED


def _who(each: Profile) -> str:
    return f"{each.vendor}: {each.model}"


def _row(each: Profile) -> dict[str, str]:
    names = ("id", "vendor", "model", "kind", "confidence")
    return {**{name: getattr(each, name) for name in names}, "file": str(each.path)}


def show_device(name: str, as_json: bool) -> int:
    """Print a profile with every key, as a file that can be used again."""
    try:
        found = named(name)
    except (DeviceError, ScenarioError) as error:
        say(f"fake-exo: {error}", err=True)
        return exits.FAILED
    if as_json:
        say(json.dumps(as_document(found), indent=2, ensure_ascii=False))
    else:
        say(f"# {found.id}: {found.path}\n{as_yaml(found)}".rstrip("\n"))
    return exits.PASSED


def named(name: str) -> Profile:
    """The profile of a file, or of this name."""
    path = Path(name)
    return read_profile(path) if path.suffix in (".yaml", ".yml") else profile(name)


def check_devices(paths: Sequence[Path]) -> int:
    """Read profile files, and those of folders; every error is told."""
    files = [file for path in paths for file in _files(path)]
    if not files:
        say(f"fake-exo: in {paths[0]} is no profile (*.yaml)", err=True)
        return exits.NOTHING
    problems = [problem for file in files if (problem := _problem(file))]
    for problem in problems:
        say(problem, err=True)
    if not problems:
        say(f"{len(files)} checked, no errors")
    return exits.FAILED if problems else exits.PASSED


def _files(path: Path) -> Sequence[Path]:
    if not path.is_dir():
        return [path]
    inside = sorted(path.iterdir())
    return [p for p in inside if p.suffix in (".yaml", ".yml") and ".exo." not in p.name]


def _problem(path: Path) -> str:
    try:
        read_profile(path)
    except ScenarioError as error:
        return str(error)
    return ""
