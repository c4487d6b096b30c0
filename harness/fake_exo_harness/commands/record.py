"""`fake-exo record`: sessions of a run as recordings, with the world in which they happened."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import click
import yaml

from fake_exo import World
from fake_exo.drive import Ports
from fake_exo_harness import exits
from fake_exo_harness.bench import Bench, Reach
from fake_exo_harness.commands import kinds
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority
from fake_exo_harness.conformance import Recorder, load_recordings, replay, without_faults
from fake_exo_harness.drivers import HarnessError, PhysicalDriver
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.runner import Finished, Verdict, run
from fake_exo_harness.scenario import Scenario, ScenarioError, load_paths
from fake_exo_harness.scenario.written import Words
from fake_exo_harness.terminal import say

_HEAD = "# Recorded by fake-exo, a FAKE Exchange Online. `fake-exo conformance FILE` replays it.\n"


def record(
    *,
    paths: Sequence[Path],
    out: Path,
    driver: str,
    keep_secrets: bool,
    bind: str,
    real_ports: bool,
    names: Sequence[str],
    reach: Reach,
    ca_folder: Path | None,
    patience: float,
) -> int:
    """Run scenarios, and write every session of them. Returns an exit code."""
    kinds.refuse_others(paths, kinds.SCENARIO)
    check_addresses([bind])
    ports: Ports = "real" if real_ports else "any"
    bench = Bench(bind, ports, "", checked_names(names), reach, patience)
    kept_authority(ca_folder, bench)
    PhysicalDriver.bench = bench
    try:
        scenarios = load_paths(paths)
        found = [r for s in scenarios for r in _sessions(s, driver, keep_secrets)]
    except (ScenarioError, HarnessError) as error:
        say(str(error), err=True)
        return exits.FAILED
    if not found:
        say("fake-exo: nobody connected, and nothing is recorded", err=True)
        return exits.NOTHING
    return write_recordings(found, out, keep_secrets=keep_secrets)


def _sessions(scenario: Scenario, driver: str, keep_secrets: bool) -> Iterator[Words]:
    """Every connection of a run. Raises HarnessError where it cannot be run."""
    recorders: list[Recorder] = []

    def watch(world: World) -> None:
        recorders.append(Recorder(world))

    way = scenario.drivers[0] if driver == "any" and scenario.drivers else driver
    for event in run(scenario, "memory" if way == "any" else way, watch):
        if isinstance(event, Finished) and event.verdict is Verdict.ERROR:
            raise HarnessError(f"{scenario.id}: {event.error}")
    name = scenario.id.replace("[", "-").replace("]", "")
    for recorder in recorders:
        yield from recorder.recordings(name, keep_secrets=keep_secrets)


def write_recordings(
    found: Sequence[Words], out: Path, *, keep_secrets: bool, err: bool = False
) -> int:
    """Write them and say what a replay makes of them. Returns an exit code."""
    try:
        write_whole(out, _text(found))
        same = _replayed(out)
        if not all(same):
            spare = [w if ok else without_faults(w) for w, ok in zip(found, same, strict=True)]
            write_whole(out, _text(spare))
            same = _replayed(out)
    except OSError as error:
        say(f"fake-exo: cannot write {out}: {error.strerror}", err=True)
        return exits.ENVIRONMENT
    secrets = "with their secrets" if keep_secrets else "secrets masked"
    told = f"{out}: {len(found)} session(s), {secrets}; {sum(same)} say the same when replayed"
    say(told, err=err)
    if not all(same):
        say(f"what differs: fake-exo conformance -v {out}; say why with differs:", err=True)
    return exits.PASSED


def _replayed(path: Path) -> list[bool]:
    """Whether the fake repeats each of them; what counted in sessions before may be missing."""
    return [replay(recording).same for recording in load_recordings(path)]


def _text(found: Sequence[Words]) -> bytes:
    made = yaml.dump(list(found), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return (_HEAD + made).encode()


class _Dumper(yaml.SafeDumper):
    """Every list and mapping in full, none by reference; texts of several lines as they are."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _day(dumper: yaml.SafeDumper, day: date) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", day.isoformat())


_Dumper.add_representer(date, _day)


def no_loss(recorder: Recorder) -> None:
    """Say what a long run has lost."""
    if recorder.lost:
        click.echo(f"fake-exo: {recorder.lost} older sessions or events are not recorded", err=True)
