"""Which kind a file is, by what stands in it, and which commands take it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import click
import yaml

from fake_exo_harness import exits
from fake_exo_harness.terminal import say

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MOST = 1 << 20  # bytes of the beginning that are looked at
_SCENARIO_ENDINGS = (".exo.yaml", ".exo.yml")


class FileKind(NamedTuple):
    """`keys`: any of them at the top tells the kind; `taken_by`: what to do with such a file."""

    name: str
    keys: frozenset[str]
    taken_by: str


SCENARIO = FileKind(
    "a scenario",
    frozenset({"scenario", "when", "then", "cases"}),
    "fake-exo run, check, list, and with traffic: cutover (its name ends with .exo.yaml)",
)
TENANT = FileKind(
    "a tenant file",
    frozenset({"accepted_domains", "mailboxes", "connectors", "organization", "include"}),
    "fake-exo check, audit, serve, and exec --tenant",
)
RECORDING = FileKind("recorded sessions", frozenset({"steps", "endpoint"}), "fake-exo conformance")
DEVICE = FileKind(
    "a device profile",
    frozenset({"vendor", "model", "like", "hello", "settings"}),
    "fake-exo check and certify, and profile: {file: ...} in scenarios",
)
PROGRAM = FileKind("a program to certify", frozenset({"submission", "relay"}), "fake-exo certify")
EVIDENCE = FileKind(
    "evidence of a certification",
    frozenset({"digest", "spotless"}),
    "fake-exo evidence, and certify --against",
)
ZONES = FileKind(
    "zones", frozenset({"zone", "records"}), "--zone of fake-exo audit (in YAML) and serve"
)
ZONE = FileKind("a zone file", frozenset(), "fake-exo check, and --zone of audit, serve and exec")
_TOLD_BY_KEYS = (EVIDENCE, SCENARIO, RECORDING, PROGRAM, DEVICE, ZONES, TENANT)


def kind_of(path: Path) -> FileKind | None:
    """The kind of a file; None for a folder, and for what is none that we know."""
    if path.is_dir():
        return None
    if path.suffix == ".zone":
        return ZONE
    keys = _keys(path)
    return next((kind for kind in _TOLD_BY_KEYS if kind.keys & keys), None)


def refuse_others(paths: Iterable[Path], *wanted: FileKind) -> None:
    """End the command when a file is of a kind that it does not take, and say which it is."""
    for path in paths:
        kind = kind_of(path)
        if kind is not None and kind not in wanted:
            say(f"{path}: this is {kind.name}; it is for {kind.taken_by}", err=True)
            raise click.exceptions.Exit(exits.FAILED)


def without_scenarios(paths: Sequence[Path]) -> list[Path]:
    """Folders in which no scenario is."""
    return [path for path in paths if path.is_dir() and not _has_scenarios(path)]


def _has_scenarios(folder: Path) -> bool:
    return any(file.name.endswith(_SCENARIO_ENDINGS) for file in folder.rglob("*"))


def _keys(path: Path) -> frozenset[str]:
    """The keys at the top of a YAML file, or of the first entry of its list; of what is no YAML
    none."""
    try:
        with path.open("rb") as file:
            node = next(yaml.compose_all(file.read(_MOST), Loader=_LOADER), None)
    except (OSError, yaml.YAMLError, RecursionError, ValueError):
        return frozenset()
    if isinstance(node, yaml.SequenceNode):
        node = next(iter(node.value), None)
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return frozenset(str(key.value) for key, _ in pairs)
