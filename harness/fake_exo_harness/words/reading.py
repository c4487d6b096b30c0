"""The data of words, typed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Shown:
    """How tests show what a word does. The scenario is `base` with `changes` laid over it and the
    word set to each value of `seen` in turn; `look` says where, and the value of `seen` is what
    must be seen there. `at`: where in the scenario the word stands."""

    base: str
    at: str
    seen: tuple[tuple[Any, str], ...]
    look: str = "ends"
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Since:
    """When the service got what a word sets. `last_seen` without it and `first_seen` with it are
    the ends of a span within which the day is a guess."""

    day: date
    confidence: str
    source: str
    last_seen: date | None = None
    first_seen: date | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """One word. Either it `does` something, or it is `not_rehearsed`, for a reason. `since`: None
    where nobody has told when it came."""

    name: str
    does: str = ""
    not_rehearsed: str = ""
    shown: Shown | None = None
    since: Since | None = None
    tested: str = ""  # for words of recordings: the test of tests/conformance that shows it


@lru_cache(maxsize=8)
def words(kind: str) -> Mapping[str, Word]:
    """All words of one kind, by name: limits, switches, tenant, devices, recordings."""
    text = (
        resources.files("fake_exo_harness.data").joinpath(f"words/{kind}.yaml").read_text("utf-8")
    )
    return {name: _word(name, row) for name, row in yaml.load(text, Loader=_LOADER).items()}


@lru_cache(maxsize=1)
def bases() -> Mapping[str, Mapping[str, Any]]:
    """The scenarios in which words are shown, by name."""
    file = resources.files("fake_exo_harness.data").joinpath("words/bases.yaml")
    found: Mapping[str, Mapping[str, Any]] = yaml.load(file.read_text("utf-8"), Loader=_LOADER)
    return found


def _word(name: str, row: Mapping[str, Any]) -> Word:
    shown, since = row.get("shown"), row.get("since")
    return Word(
        name,
        row.get("does", ""),
        row.get("not_rehearsed", ""),
        _shown(name, shown) if shown else None,
        Since(**since) if since else None,
        row.get("tested", ""),
    )


def _shown(name: str, row: Mapping[str, Any]) -> Shown:
    return Shown(
        base=row["base"],
        at=row.get("at", ""),
        seen=tuple((value, see) for value, see in row["seen"]),
        look=row.get("look", "ends"),
        changes=row.get("with", {}),
    )
