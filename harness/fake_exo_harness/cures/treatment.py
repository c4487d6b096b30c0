"""A cure applied to a situation: steps of the scenario language, and the mail as it is then."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from fake_exo_harness.cures.situation import NOTHING_KNOWN, Situation
from fake_exo_harness.cures.table import Cure, cure_of
from fake_exo_harness.forms.nodes import BAD, Reading
from fake_exo_harness.scenario.language import step
from fake_exo_harness.scenario.model import SendStep, Step

_NAME = re.compile(r"<([a-z_]+)>")
_WHERE = Path("cures.yaml")
_FIELDS = {"from": "envelope_from"}  # keys of `send:` that are other fields of the step


@dataclass(frozen=True, slots=True)
class Treatment:
    """What is done before the mail is sent again, and what is different in it then."""

    steps: tuple[Step, ...]
    mail: Mapping[str, Any]

    def again(self, mail: SendStep) -> SendStep:
        """The same mail as it is sent after the cure."""
        fields = {_FIELDS.get(key, key): value for key, value in self.mail.items()}
        return replace(mail, repeat=1, **fields)


def treatment(cure: Cure, situation: Situation) -> Treatment:
    """The cure with every <name> filled in. Raises KeyError for one that the situation does not
    know, and ValueError for a cure that is none."""
    if cure.none or cure.cause:
        raise ValueError(f"{cure.rule}: {cure.none or 'the cure is that of its cause'}")
    steps = tuple(_step(_filled(raw, situation.values), situation) for raw in cure.steps)
    return Treatment(steps, _changes(cure, situation))


def verbs(rule: str, situation: Situation = NOTHING_KNOWN) -> tuple[str, ...]:
    """The words of the scenario language for the cure of a rule, one step a line; <names> that the
    situation does not know stay. Empty for rules that need no cure."""
    cure = cure_of(rule, situation.account)
    if cure is None:
        return ()
    if cure.none:
        return (f"none: {cure.none}",)
    if cure.cause:
        return (f"that of the refusal to {cure.cause} before it",)
    return tuple(_words(cure, situation))


def _words(cure: Cure, situation: Situation) -> Iterator[str]:
    for raw in cure.steps:
        yield _flow(_known(raw, situation.values))
    if mail := {k: v for k, v in (cure.mail or {}).items() if v is not None}:
        yield _flow({"send": _known(mail, situation.values)}) + "  (the same mail, changed)"


def _flow(value: object) -> str:
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False)
    return text.strip().removeprefix("{").removesuffix("}")


def _known(raw: object, values: Mapping[str, Any]) -> object:
    """Plain data with the names filled in that are known."""
    missing = {name: f"<{name}>" for name in _names(raw) if name not in values}
    return _filled(raw, {**values, **missing})


def _names(raw: object) -> Iterator[str]:
    if isinstance(raw, str):
        yield from _NAME.findall(raw)
    elif isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from (*_names(key), *_names(value))
    elif isinstance(raw, Sequence):
        for value in raw:
            yield from _names(value)


def _filled(raw: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - plain data in and out
    """Plain data with every name filled in; a text that is only a name becomes its value."""
    if isinstance(raw, Mapping):
        return {_filled(key, values): _filled(value, values) for key, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [_filled(value, values) for value in raw]
    if not isinstance(raw, str):
        return raw
    if whole := _NAME.fullmatch(raw):
        return values[whole[1]]
    return _NAME.sub(lambda found: str(values[found[1]]), raw)


def _step(raw: Mapping[str, Any], situation: Situation) -> Step:
    """A step of plain data, read as the language reads it."""
    if "change" in raw and situation.tenant:
        raw = {"change": {**raw["change"], "tenant": situation.tenant}}
    reading = Reading(_WHERE)
    node = yaml.compose(yaml.safe_dump(raw), Loader=yaml.SafeLoader)
    assert node is not None
    found = step(reading, node)
    reading.fail_if_bad()
    assert found is not BAD
    made: Step = found
    return made


def _changes(cure: Cure, situation: Situation) -> Mapping[str, Any]:
    """What is different in the mail, as fields of a step; of what is taken back, its default."""
    given = _filled(dict(cure.mail or {}), situation.values)
    said = {key: value for key, value in given.items() if value is not None}
    changes: dict[str, Any] = dict.fromkeys(given)
    if said:
        made = _step({"send": {"to": ["x@x.example"], **said}}, situation)
        changes |= {key: getattr(made, _FIELDS.get(key, key)) for key in said}
    return changes
