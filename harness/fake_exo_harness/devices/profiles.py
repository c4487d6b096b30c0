"""Device profiles: data in, frozen profiles out. All errors of the data at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from fake_exo_harness.devices.resolver import MANNERS

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGED = (
    "hello", "tls", "auth", "envelope", "rcpt", "data", "host", "timeouts", "retry",
    "settings", "messages",
)  # fmt: skip
_POLICIES = ("never", "configurable", "opportunistic", "required_when_set", "blind")
_LOOKUPS = ("a", "recipient-mx", "recipient-domain")


class DeviceError(ValueError):
    """A profile or setting cannot be. The text holds every reason, one a line."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of device. The mappings are those of the data, defaults filled in."""

    id: str
    vendor: str
    model: str
    kind: str
    confidence: str
    hello: Mapping[str, Any]
    tls: Mapping[str, Any]
    auth: Mapping[str, Any]
    envelope: Mapping[str, Any]
    rcpt: Mapping[str, Any]
    data: Mapping[str, Any]
    host: Mapping[str, Any]
    timeouts: Mapping[str, float]
    retry: Mapping[str, Any]
    settings: Mapping[str, Mapping[str, Any]]
    messages: Mapping[str, str]
    close: str
    sources: tuple[str, ...]
    unverified: tuple[str, ...] = ()
    test: str = "mail"  # what its test button does: mail, or hello (HELO and QUIT)
    believes_sent: bool = False  # shows success whatever the server says to the data
    lower_case_commands: bool = False
    command_eol: str = "crlf"
    application_name: str = ""


@lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """All profiles by id. Raises DeviceError when the shipped data is wrong."""
    text = resources.files("fake_exo_harness.data").joinpath("devices.yaml").read_text("utf-8")
    return read_profiles(yaml.load(text, Loader=_LOADER))


def read_profiles(document: Mapping[str, Any]) -> Mapping[str, Profile]:
    """Profiles of a parsed document."""
    rows = {row["id"]: row for row in document["profiles"]}
    problems = [p for row in rows.values() for p in _problems(row, document["defaults"], rows)]
    if problems:
        raise DeviceError("\n".join(problems))
    return {id_: _profile(_filled(row, document["defaults"], rows)) for id_, row in rows.items()}


def profile(id_: str) -> Profile:
    """A profile by id. Raises DeviceError with the nearest spellings."""
    found = profiles().get(id_)
    if found is None:
        close = get_close_matches(id_, profiles(), 3, 0.4) or sorted(profiles())
        raise DeviceError(f'no device profile is named "{id_}"; did you mean {", ".join(close)}?')
    return found


def _filled(
    row: Mapping[str, Any], defaults: Mapping[str, Any], rows: Mapping[str, Any]
) -> dict[str, Any]:
    """The row over what it is like, over the defaults."""
    base = _filled(rows[row["like"]], defaults, rows) if "like" in row else dict(defaults)
    filled = {**base, **row}
    for name in _MERGED:
        filled[name] = {**base.get(name, {}), **row.get(name, {})}
    filled.pop("like", None)
    return filled


def _profile(row: Mapping[str, Any]) -> Profile:
    known = {name: row[name] for name in Profile.__dataclass_fields__ if name in row}
    known["sources"] = tuple(row["sources"])
    known["unverified"] = tuple(row.get("unverified", ()))
    return Profile(**known)


def _problems(
    row: Mapping[str, Any], defaults: Mapping[str, Any], rows: Mapping[str, Any]
) -> Sequence[str]:
    name = row["id"]
    found = [
        f"{name}: unknown key {key}"
        for key in row
        if key not in Profile.__dataclass_fields__ and key != "like"
    ]
    if row.get("like", name) not in rows:
        found.append(f"{name}: like names an unknown profile {row['like']}")
        return found
    filled = _filled(row, defaults, rows)
    if filled["tls"]["policy"] not in _POLICIES:
        found.append(f"{name}: tls policy {filled['tls']['policy']} is none of {_POLICIES}")
    if filled["host"]["lookup"] not in _LOOKUPS:
        found.append(f"{name}: host lookup {filled['host']['lookup']} is none of {_LOOKUPS}")
    if filled["host"]["cache"] not in MANNERS:
        found.append(f"{name}: host cache {filled['host']['cache']} is none of {MANNERS}")
    if filled["confidence"] not in ("high", "medium", "low"):
        found.append(f"{name}: confidence {filled['confidence']}")
    return found
