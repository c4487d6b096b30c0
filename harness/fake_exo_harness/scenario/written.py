"""What is set up, back into the words of the language: what `tenant:`, `dns:`, `service:` and the
others read is written from the same fields. Defaults are left out."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any

from fake_exo import Estate, Settings, write_zone

_SECRETS = ("password", "token")
Words = dict[str, Any]


def written(estate: Estate, settings: Settings) -> Words:
    """A world as a scenario states it. Reading it gives an equal estate."""
    found = {
        "tenants": [_words(tenant) for tenant in estate.tenants.values()],
        "blocked_addresses": [_words(entry) for entry in estate.reputation.entries],
        "dns": [
            {"zone": z.origin, "text": write_zone(z)} for z in estate.naming.published.values()
        ],
        "elsewhere": [_words(host) for host in sorted(estate.elsewhere, key=lambda h: h.address)],
        "service": _service(estate, settings),
    }
    return {key: value for key, value in found.items() if value}


def _service(estate: Estate, settings: Settings) -> Words:
    found = {
        "switches": dict(estate.switches),
        "limits": dict(estate.limits),
        "texts": dict(estate.texts),
        "faults": [_words(fault) for fault in settings.faults],
        "dns_faults": [_words(fault) for fault in settings.dns_faults],
        "magic_recipients": settings.magic_recipients,
        "tls": _words(settings.tls),
    }
    return {key: value for key, value in found.items() if value}


def _words(value: Any) -> Any:  # noqa: ANN401
    """Mappings of an object's fields, lists, and plain values."""
    if is_dataclass(value):
        return {f.name: _words(getattr(value, f.name)) for f in _told(value)}
    if isinstance(value, Mapping):
        return {str(key): _words(inner) for key, inner in value.items()}
    if isinstance(value, tuple | list | frozenset):
        return [_words(inner) for inner in value]
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _told(value: Any) -> Iterator["Field[Any]"]:  # noqa: ANN401
    """Fields that say something."""
    for field in fields(value):
        factory = field.default_factory
        usual = factory() if factory is not MISSING else field.default
        if field.init and getattr(value, field.name) != usual:
            yield field


# ---- secrets -------------------------------------------------------------------------------------


def masked(estate: Estate) -> tuple[Estate, dict[str, str]]:
    """The same with other passwords and tokens, and what stands for each that was there."""
    instead: dict[str, str] = {}
    for tenant in estate.tenants.values():
        estate = estate.with_tenant(_masked(tenant, instead))
    return estate, instead


def _masked(value: Any, instead: dict[str, str]) -> Any:  # noqa: ANN401
    if isinstance(value, tuple):
        return tuple(_masked(inner, instead) for inner in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {f.name: _hidden(f.name, getattr(value, f.name), instead) for f in fields(value)}
    return replace(value, **changed)


def _hidden(name: str, value: Any, instead: dict[str, str]) -> Any:  # noqa: ANN401
    secret = any(word in name for word in _SECRETS)
    if secret and isinstance(value, str) and value:
        return instead.setdefault(value, f"masked-{len(instead) + 1}")
    if secret and isinstance(value, tuple) and all(isinstance(one, str) for one in value):
        return tuple(_hidden(name, one, instead) for one in value)
    return _masked(value, instead)
