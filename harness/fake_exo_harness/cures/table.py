"""The table of cures: what the scenario language can do about each rule that refuses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Cure:
    """What to do about one rule.

    `steps` are done before the mail is sent again, with the keys of `mail` changed; both are plain
    data in the words of the scenario language, with <names> that a situation fills in. `account`:
    only for this kind of account. `cause`: the cure is that of the refusal to this verb before it.
    `none`: why no word of the language applies one.
    """

    rule: str
    steps: tuple[Mapping[str, Any], ...] = ()
    mail: Mapping[str, Any] | None = None
    account: str = ""
    cause: str = ""
    none: str = ""


@lru_cache(maxsize=1)
def cures() -> tuple[Cure, ...]:
    """All of them, in the order of the data."""
    text = resources.files("fake_exo_harness.data").joinpath("cures.yaml").read_text("utf-8")
    return tuple(cure for row in yaml.load(text, Loader=_LOADER) for cure in _cures(row))


def cure_of(rule: str, account: str = "") -> Cure | None:
    """What to do about a rule, when an account of this kind signed in; None for rules that need no
    cure. The first entry that fits holds, and without an account the last."""
    found = [cure for cure in cures() if cure.rule == rule]
    fits = [cure for cure in found if cure.account in ("", account)]
    return next(iter(fits), None)


def _cures(row: Mapping[str, Any]) -> Iterator[Cure]:
    for rule in row["rules"]:
        yield Cure(
            rule=rule,
            steps=tuple(row.get("steps", ())),
            mail=row.get("mail"),
            account=row.get("account", ""),
            cause=row.get("cause", ""),
            none=row.get("none", ""),
        )
