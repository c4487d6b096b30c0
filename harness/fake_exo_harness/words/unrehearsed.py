"""What a scenario says that nothing here depends on: told beside its verdict."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from typing import Any, NamedTuple

from fake_exo import OBJECTS, HveAccount, Tenant, every_limit
from fake_exo_harness.devices import profile
from fake_exo_harness.scenario.model import ChangeStep, DeviceSpec, Scenario
from fake_exo_harness.words.reading import words


class Unrehearsed(NamedTuple):
    """A word that is set to something else than its default, and why that does nothing."""

    word: str
    why: str


def unrehearsed(scenario: Scenario) -> tuple[Unrehearsed, ...]:
    """All of a scenario, each once, in the order in which they come."""
    said = [
        *(word for tenant in scenario.tenants for word in of_tenant(tenant)),
        *(word for step in scenario.when if isinstance(step, ChangeStep) for word in _of(step)),
        *of_limits(scenario.service.limits),
        *(word for spec in scenario.devices.values() for word in _of_device(spec)),
    ]
    return tuple(dict.fromkeys(said))


def of_tenant(tenant: Tenant) -> Iterator[Unrehearsed]:
    """Those of a tenant and its objects."""
    yield from _of_fields("tenant", tenant)
    yield from _of_fields("organization", tenant.organization)
    for row in OBJECTS:
        for one in getattr(tenant, row.key):
            yield from _of_fields(row.verb, one)
            for token in one.access_tokens if isinstance(one, HveAccount) else ():
                yield from _of_fields("access_token", token)


def of_limits(chosen: Mapping[str, Any]) -> Iterator[Unrehearsed]:
    """Those of limits that are set to another value than the service's."""
    usual = {limit.id: limit.value for limit in every_limit()}
    changed = (name for name, value in chosen.items() if value != usual[name])
    return _known("limits", changed)


def _of_fields(verb: str, one: Any) -> Iterator[Unrehearsed]:  # noqa: ANN401 - a dataclass
    changed = (f for f in fields(one) if getattr(one, f.name) != _default(f))
    return _known("tenant", (f"{verb}.{field.name}" for field in changed))


def _default(field: Field[Any]) -> object:
    return field.default_factory() if field.default_factory is not MISSING else field.default


def _of(step: ChangeStep) -> Iterator[Unrehearsed]:
    return _known("tenant", (f"{step.verb}.{name}" for name in step.fields))


def _of_device(spec: DeviceSpec) -> Iterator[Unrehearsed]:
    known = profile(spec.profile).settings
    changed = (
        name
        for name, value in spec.settings.items()
        if name in known and _plain(value) != _plain(known[name].get("default"))
    )
    return _known("devices", (f"setting.{name}" for name in changed))


def _plain(value: object) -> str:
    """A setting as it is compared: true is on, false is off."""
    text = str(value).lower()
    return {"true": "on", "false": "off"}.get(text, text)


def _known(kind: str, names: Iterator[str]) -> Iterator[Unrehearsed]:
    table = words(kind)
    for name in names:
        if name in table and table[name].not_rehearsed:
            yield Unrehearsed(name, table[name].not_rehearsed)
