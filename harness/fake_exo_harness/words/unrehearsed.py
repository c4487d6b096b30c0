"""What a scenario says that nothing here depends on, or that is not of its day: told beside its
verdict."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, fields
from datetime import date, datetime, time, timedelta
from typing import Any

from fake_exo import OBJECTS, Fault, HveAccount, Tenant, default_day, every_limit
from fake_exo_harness.devices.senders import read_settings
from fake_exo_harness.scenario.model import (
    AdvanceStep,
    ChangeStep,
    DeviceSpec,
    Scenario,
    ServiceSpec,
    Step,
)
from fake_exo_harness.words import early
from fake_exo_harness.words.early import Days, Unrehearsed
from fake_exo_harness.words.reading import Word, words


def unrehearsed(scenario: Scenario) -> tuple[Unrehearsed, ...]:
    """All of a scenario, each once, in the order in which they come."""
    steps = tuple(_dated(scenario))
    days = Days(steps[0][0], steps[-1][0])
    said = [
        *(word for tenant in scenario.tenants for word in of_tenant(tenant, days.first)),
        *(word for day, step in steps if isinstance(step, ChangeStep) for word in _of(step, day)),
        *_of_service(scenario.service, days),
        *(word for spec in scenario.devices.values() for word in _of_device(spec)),
    ]
    return tuple(dict.fromkeys(said))


def _dated(scenario: Scenario) -> Iterator[tuple[date, Step | None]]:
    """Each step with the day on which it is done; the last is the end."""
    now = scenario.as_of or datetime.combine(default_day(), time(12))
    for step in scenario.when:
        yield now.date(), step
        if isinstance(step, AdvanceStep):
            now += timedelta(seconds=step.seconds)
    yield now.date(), None


def of_tenant(tenant: Tenant, day: date) -> Iterator[Unrehearsed]:
    """Those of a tenant and its objects, as they are set up on a day."""
    yield from early.of_age(tenant, day)
    yield from _of_fields("tenant", tenant, day)
    yield from _of_fields("organization", tenant.organization, day)
    for row in OBJECTS:
        for one in getattr(tenant, row.key):
            yield from _of_fields(row.verb, one, day)
            for token in one.access_tokens if isinstance(one, HveAccount) else ():
                yield from _of_fields("access_token", token, day)


def _of_service(service: ServiceSpec, days: Days) -> Iterator[Unrehearsed]:
    """Those of what the service of this scenario chooses."""
    yield from of_limits(service.limits)
    yield from early.of_limits(service.limits, days)
    yield from early.of_switches(service.switches, days)
    yield from early.of_replies("text", service.texts, days)
    yield from of_faults(service.faults, days)


def of_faults(faults: Iterable[Fault], days: Days) -> Iterator[Unrehearsed]:
    """Faults that say what the service of these days does not."""
    return early.of_replies("fault", (fault.reply for fault in faults if fault.reply), days)


def of_limits(chosen: Mapping[str, Any]) -> Iterator[Unrehearsed]:
    """Those of limits that are set to another value than the service's."""
    usual = {limit.id: limit.value for limit in every_limit()}
    changed = (name for name, value in chosen.items() if value != usual[name])
    return _known("limits", changed)


def _of_fields(verb: str, one: Any, day: date) -> Iterator[Unrehearsed]:  # noqa: ANN401 - a dataclass
    changed = (f for f in fields(one) if getattr(one, f.name) != _default(f))
    return _known("tenant", (f"{verb}.{field.name}" for field in changed), day)


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _of(step: ChangeStep, day: date) -> Iterator[Unrehearsed]:
    lists = (f"tenant.{row.key}" for row in OBJECTS if row.verb == step.verb)
    return _known("tenant", (*lists, *(f"{step.verb}.{name}" for name in step.fields)), day)


def _of_device(spec: DeviceSpec) -> Iterator[Unrehearsed]:
    known = spec.profile.settings
    changed = (
        name
        for name, value in spec.settings.items()
        if name in known and _plain(value) != _plain(known[name].default)
    )
    read = read_settings(spec.profile)
    for name in changed:
        told = tuple(_known("devices", (f"setting.{name}",)))
        yield from told
        if not told and name not in read:
            yield Unrehearsed(f"setting.{name}", "nothing in this profile is made from it")


def _plain(value: object) -> str:
    """A setting as it is compared: true is on, false is off."""
    text = str(value).lower()
    return {"true": "on", "false": "off"}.get(text, text)


def _known(kind: str, names: Iterable[str], day: date | None = None) -> Iterator[Unrehearsed]:
    """`day`: on which they are set; None where nothing of this kind is dated."""
    table = words(kind)
    for name in names:
        if name in table and (why := _why(table[name], day)):
            yield Unrehearsed(name, why)


def _why(word: Word, day: date | None) -> str:
    """Why a word does nothing here, or is not of the day; nothing where neither is so."""
    if word.not_rehearsed or word.since is None or day is None:
        return word.not_rehearsed
    return early.too_early(word.since, day)
