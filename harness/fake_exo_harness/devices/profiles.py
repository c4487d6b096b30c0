"""Device profiles: data in, frozen profiles out. All errors of the data at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from fake_exo_harness.devices import keys

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MERGED = (
    "hello", "tls", "auth", "envelope", "rcpt", "data", "host", "timeouts", "retry",
    "settings", "messages",
)  # fmt: skip


class DeviceError(ValueError):
    """A profile or setting cannot be. The text holds every reason, one a line; of settings, whose
    reason is whose."""

    def __init__(self, text: str, settings: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.settings = tuple(settings)


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
    """Profiles of a parsed document: `defaults`, and a list `profiles`. Raises DeviceError with
    every problem."""
    defaults, given = document["defaults"], document["profiles"]
    problems = [f"an entry has no id: {row}" for row in given if not _id(row)]
    rows = {row["id"]: row for row in given if _id(row)}
    problems += keys.problems("defaults", defaults, tuple(Profile.__dataclass_fields__))
    for row in rows.values():
        problems += _problems(row, defaults, rows)
    if problems:
        raise DeviceError("\n".join(problems))
    return {id_: _profile(_filled(row, defaults, rows)) for id_, row in rows.items()}


def _id(row: Any) -> bool:  # noqa: ANN401 - YAML is what it is
    return isinstance(row, dict) and isinstance(row.get("id"), str)


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
    known["sources"] = tuple(row.get("sources", ()))
    known["unverified"] = tuple(row.get("unverified", ()))
    return Profile(**known)


def _problems(
    row: Mapping[str, Any], defaults: Mapping[str, Any], rows: Mapping[str, Any]
) -> Sequence[str]:
    name = row["id"]
    found = keys.problems(name, row, (*Profile.__dataclass_fields__, "like"))
    if wrong := _ancestry(row, rows):
        return [*found, f"{name}: {wrong}"]
    if not found:
        filled = _filled(row, defaults, rows)
        found = [f"{name}: {key} is missing" for key in keys.NEEDED if key not in filled]
    return found


def _ancestry(row: Mapping[str, Any], rows: Mapping[str, Any]) -> str:
    """What is wrong with `like`: it must lead to a profile, and never back."""
    seen = [row["id"]]
    while "like" in row:
        if row["like"] not in rows:
            return f"like names an unknown profile {row['like']}"
        if row["like"] in seen:
            return f"like goes round in circles: {', '.join(seen)}"
        row = rows[row["like"]]
        seen.append(row["id"])
    return ""
