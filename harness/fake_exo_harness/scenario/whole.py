"""What the parts of one scenario must agree on: names, drivers, settings, jobs, time."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from fake_exo import Tenant
from fake_exo_harness.devices import DeviceError, configure
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import Reading
from fake_exo_harness.forms.problems import Problem, nearest
from fake_exo_harness.scenario.amounts import check_amounts
from fake_exo_harness.scenario.model import (
    AdvanceStep,
    ChangeStep,
    DeviceSpec,
    RestartStep,
    RunStep,
    SendStep,
    SettingsStep,
    Step,
    members,
)
from fake_exo_harness.scenario.wanted import LostCheck

_PROGRAMS = {"command", "namespace", "docker"}
LATEST = 2_100  # years that can be rehearsed begin before this one


def check_whole(
    reading: Reading,
    found: Mapping[str, Any],
    devices: Mapping[str, DeviceSpec],
    tenants: Iterable[Tenant],
) -> None:
    """Everything but whether steps have their devices."""
    _check_settings(reading, found["when"], devices)
    _check_drivers(reading, found)
    _check_traffic(reading, found, devices)
    _check_targets(reading, found["when"], tenants)
    _check_jobs(reading, found, devices)
    _check_time(reading, found)
    check_amounts(reading, found, devices)


def check_devices(
    reading: Reading, found: Mapping[str, Any], devices: Mapping[str, DeviceSpec]
) -> None:
    for done in found["when"]:
        name = getattr(done, "device", None)
        if name is None and not devices and isinstance(done, SendStep | SettingsStep):
            cause = "there is no device that could do this"
            reading.problems.append(Problem(done.place, cause, "add device: or devices:"))
        elif name is not None and not _known(name, devices, done):
            cause = f'no device is named "{name}"'
            reading.problems.append(Problem(done.place, cause, nearest(name, list(devices))))
        for unknown in (n for n in getattr(done, "devices", ()) if not members((n,), devices)):
            cause = f'no device and no group is named "{unknown}"'
            groups = {name for d in devices for name in (d.rpartition("-")[0], d) if name}
            reading.problems.append(Problem(done.place, cause, nearest(unknown, sorted(groups))))


def _known(name: str, devices: Mapping[str, DeviceSpec], step: Step) -> bool:
    """A device's name; to switch off and on, a group's name will do."""
    groups = {d.rpartition("-")[0] for d in devices} if isinstance(step, RestartStep) else set()
    return name in devices or name in groups


def _check_drivers(reading: Reading, found: Mapping[str, Any]) -> None:
    """Programs need drivers that run them, simulated devices those that simulate."""
    drivers = set(found.get("drivers", ("memory", "socket")))
    for done in found["when"]:
        if isinstance(done, RunStep) and not drivers <= _PROGRAMS:
            cause = f"run: is for programs, which {', '.join(sorted(drivers - _PROGRAMS))} cannot"
            reading.problems.append(
                Problem(done.place, cause, "say drivers: [namespace], [command] or [docker]")
            )
        elif isinstance(done, SendStep) and drivers & _PROGRAMS:
            cause = f"{done.kind}: is for devices; {', '.join(sorted(drivers & _PROGRAMS))} run "
            reading.problems.append(Problem(done.place, cause + "programs", "use run:"))
        elif isinstance(done, SendStep) and done.devices and "physical" in drivers:
            cause = "devices: a person is at one device at a time"
            reading.problems.append(Problem(done.place, cause, "a step for each, with device:"))


def _check_traffic(
    reading: Reading, found: Mapping[str, Any], devices: Mapping[str, DeviceSpec]
) -> None:
    known = {name for d in devices for name in (d, d.rpartition("-")[0])}
    unknown = [(t, n) for t in found.get("traffic", ()) for n in t.devices if n not in known]
    for given, name in unknown:
        cause = f'no device is named "{name}"'
        reading.problems.append(Problem(given.place, cause, nearest(name, list(devices))))
    _check_lost(reading, found, known)
    if found.get("traffic") and "socket" in found.get("drivers", ("memory", "socket")):
        cause = "traffic needs drivers: [memory]: hundreds of devices share one virtual clock"
        reading.problems.append(Problem(found["traffic"][0].place, cause, "say drivers: [memory]"))


def _check_lost(reading: Reading, found: Mapping[str, Any], known: set[str]) -> None:
    for wanted in (each for each in found["then"] if isinstance(each, LostCheck)):
        if not found.get("traffic"):
            cause = "lost: counts the mails of traffic:, and there is none"
            reading.problems.append(Problem(wanted.place, cause, "add traffic:"))
        elif wanted.device is not None and wanted.device not in known:
            cause = f'no device is named "{wanted.device}"'
            reading.problems.append(
                Problem(wanted.place, cause, nearest(wanted.device, list(known)))
            )


def _check_settings(
    reading: Reading, steps: Iterable[Step], devices: Mapping[str, DeviceSpec]
) -> None:
    """Every state of every device's settings is one that somebody could enter."""
    current = dict(devices)
    for spec in {(s.place, s.profile.id): s for s in current.values()}.values():
        _try_settings(reading, spec, spec.place, spec.settings)
    for done in steps:
        name = _device_of(done, current)
        if isinstance(done, SettingsStep) and name in current:
            spec = current[name]
            current[name] = replace(spec, settings={**spec.settings, **done.settings})
            _try_settings(reading, current[name], done.place, done.settings, spec.settings)


def _device_of(done: Step, devices: Mapping[str, DeviceSpec]) -> str | None:
    given = getattr(done, "device", None)
    return given if given is not None else next(iter(devices), None)


def _try_settings(
    reading: Reading, spec: DeviceSpec, place: Location, *entered: Mapping[str, Any]
) -> None:
    """Settings as somebody would enter them; `entered`: where they stand, the last first."""
    try:
        configure(spec.profile, dict(spec.settings), spec.quirks)
    except DeviceError as error:
        told = error.settings or [("", line) for line in str(error).splitlines()]
        for key, text in told:
            places = (reading.place_of_key(table, key) for table in entered)
            where = next((found for found in places if found is not None), place)
            reading.problems.append(Problem(where, text))


def _check_targets(reading: Reading, steps: Iterable[Step], tenants: Iterable[Tenant]) -> None:
    """Changes are of tenants that are there."""
    names = [tenant.name for tenant in tenants]
    for done in steps:
        if isinstance(done, ChangeStep) and done.tenant is not None and done.tenant not in names:
            cause = f'no tenant is named "{done.tenant}"'
            reading.problems.append(Problem(done.place, cause, nearest(done.tenant, names)))


def _check_jobs(
    reading: Reading, found: Mapping[str, Any], devices: Mapping[str, DeviceSpec]
) -> None:
    """Checks speak of jobs that there are."""
    steps = found["when"]
    sent = (step for step in steps if isinstance(step, SendStep))
    count = sum(s.repeat * (len(members(s.devices, devices)) if s.devices else 1) for s in sent)
    count += sum(isinstance(step, RunStep) for step in steps)
    for check in found["then"]:
        number = getattr(check, "job", None)
        if number is not None and number > count:
            cause = f"there is no job {number}: the steps make {count}"
            hint = "jobs count presses of the button from 1"
            reading.problems.append(Problem(check.place, cause, hint))


def _check_time(reading: Reading, found: Mapping[str, Any]) -> None:
    """Time does not pass beyond what anybody knows."""
    steps = [step for step in found["when"] if isinstance(step, AdvanceStep)]
    years = sum(step.seconds for step in steps) / timedelta(days=365).total_seconds()
    begins = found["as_of"].year if "as_of" in found else 2026
    if steps and begins + years >= LATEST:
        cause = f"time passes beyond the year {LATEST}"
        reading.problems.append(Problem(steps[-1].place, cause, "let less of it pass"))
