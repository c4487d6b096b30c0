"""Scenario files to scenarios: documents, cases, ids; all problems of a file at once."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from fake_exo import Tenant, service_facts
from fake_exo_harness.driver_names import DRIVER_NAMES
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import TEXT, TEXTS
from fake_exo_harness.forms.nodes import (
    Reading,
    Shape,
    compose,
    many,
    one,
    pairs_of,
    table,
    word,
)
from fake_exo_harness.forms.paths import allowing
from fake_exo_harness.forms.problems import Problem, ScenarioError
from fake_exo_harness.scenario.amounts import DEVICES, too_many_devices
from fake_exo_harness.scenario.elsewhere import check_hosts, mail_host
from fake_exo_harness.scenario.expectations import check, confidence
from fake_exo_harness.scenario.language import (
    blocked,
    device,
    step,
    traffic,
)
from fake_exo_harness.scenario.model import (
    DeviceSpec,
    Scenario,
)
from fake_exo_harness.scenario.services import service
from fake_exo_harness.scenario.tenants import check_together, tenant
from fake_exo_harness.scenario.whole import LATEST, check_devices, check_whole
from fake_exo_harness.scenario.zones import zone

_ENDINGS = (".exo.yaml", ".exo.yml")
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def _identifier(raw: str) -> str:
    if not _ID.fullmatch(raw):
        raise ValueError("an id is lower-case letters, digits and hyphens, at most 60")
    return raw


def _title(raw: str) -> str:
    if not raw.strip() or "\n" in raw:
        raise ValueError("a title is one line")
    return values.line(raw)


def _as_of(raw: str) -> datetime:
    found = values.moment(raw)
    earliest = service_facts()["earliest"]
    if found.date() < earliest:
        raise ValueError(f"of the service before {earliest} nothing is known")
    if found.year >= LATEST:
        raise ValueError(f"of the years from {LATEST} nothing is known")
    return found


SCENARIO = Shape(
    {
        "version": word("1"),
        "scenario": one(_title),
        "id": one(_identifier),
        "story": TEXT,
        "misconfiguration": TEXTS,
        "tags": TEXTS,
        "as_of": one(_as_of),
        "seed": one(values.integer),
        "drivers": many(word(*DRIVER_NAMES)),
        "confidence": confidence,
        "tenant": tenant,
        "tenants": many(tenant),
        "blocked_addresses": many(blocked),
        "dns": many(zone),
        "service": service,
        "elsewhere": many(mail_host, or_one=True),
        "device": device,
        "devices": table(device),
        "traffic": many(traffic),
        "when": many(step),
        "then": many(check),
        "cases": lambda reading, node: None,  # unfolded before anything is read
    },
    ("scenario", "when", "then"),
)


def load_file(path: Path) -> tuple[Scenario, ...]:
    """The scenarios of one file. Raises ScenarioError with all problems."""
    path = Path(path)
    documents, reading = compose(path)
    found: list[Scenario] = []
    for number, document in enumerate(documents, 1):
        default = _slug(path) + (f"-{number}" if number > 1 else "")
        for case, node in _cases(reading, document):
            made = _scenario(reading, node, default, case)
            if made is not None:
                found.append(made)
    reading.problems.extend(_repeated(found))
    reading.fail_if_bad()
    return tuple(found)


def load_paths(paths: Iterable[Path]) -> tuple[Scenario, ...]:
    """The scenarios of files and folders, in the order of their paths. What is in a folder may
    name anything in it."""
    found: list[Scenario] = []
    problems: list[Problem] = []
    for given in map(Path, paths):
        with allowing([given] if given.is_dir() else []):
            for path in _files(given):
                try:
                    found.extend(load_file(path))
                except ScenarioError as error:
                    problems.extend(error.problems)
    problems.extend(_repeated(found))
    if problems:
        raise ScenarioError(dict.fromkeys(problems))
    return tuple(found)


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(file for file in path.rglob("*") if file.name.endswith(_ENDINGS))
    else:
        yield path


def _repeated(found: Iterable[Scenario]) -> Iterator[Problem]:
    first: dict[str, Scenario] = {}
    for scenario in found:
        other = first.setdefault(scenario.id, scenario)
        if other is not scenario:
            where = f"{other.source.path.name}:{other.source.line}"
            yield Problem(
                scenario.source, f'the id "{scenario.id}" is taken by {where}', "give it an id"
            )


def _slug(path: Path) -> str:
    stem = path.name.partition(".exo.")[0].lower()
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:60] or "scenario"


# ---- cases -------------------------------------------------------------------------------------


def _cases(reading: Reading, document: Node) -> Iterator[tuple[str, Node]]:
    """The document itself, or one document for each of its cases."""
    pairs = pairs_of(reading, document) if isinstance(document, MappingNode) else None
    if pairs is None or "cases" not in pairs:
        yield "", document
        return
    rows = pairs["cases"][1]
    if not isinstance(rows, SequenceNode):
        reading.bad(rows, "a list of cases is wanted here", "begin each with - case: id")
        return
    kept = [pair for pair in document.value if pair[0].value != "cases"]
    base = MappingNode(document.tag, kept, document.start_mark, document.end_mark)
    for row in rows.value:
        if (case := _case(reading, row)) is not None:
            yield case[0], _merged(_without_rivals(base, case[1]), case[1])


def _case(reading: Reading, row: Node) -> tuple[str, MappingNode] | None:
    pairs = pairs_of(reading, row)
    if pairs is None:
        return None
    if "case" not in pairs:
        reading.bad(row, '"case" is missing here', "give each case a short id")
        return None
    name = TEXT(reading, pairs["case"][1])
    own = [pair for pair in row.value if pair[0].value != "case"]
    return str(name), MappingNode(row.tag, own, row.start_mark, row.end_mark)


# A case that says one of a pair does not mean the other, which the document says.
_RIVALS = {"tenants": "tenant", "tenant": "tenants", "devices": "device", "device": "devices"}


def _without_rivals(base: MappingNode, case: MappingNode) -> MappingNode:
    said = {_RIVALS.get(key.value) for key, _ in case.value}
    kept = [pair for pair in base.value if pair[0].value not in said]
    return MappingNode(base.tag, kept, base.start_mark, base.end_mark)


def _merged(base: Node, over: Node) -> Node:
    """Mappings merge deeply; everything else is replaced. The case's line is kept."""
    if not isinstance(base, MappingNode) or not isinstance(over, MappingNode):
        return over
    pairs: dict[str, tuple[Node, Node]] = {key.value: (key, value) for key, value in base.value}
    for key, value in over.value:
        old = pairs.get(key.value)
        pairs[key.value] = (key, _merged(old[1], value) if old is not None else value)
    return MappingNode(base.tag, list(pairs.values()), over.start_mark, over.end_mark)


# ---- one scenario ------------------------------------------------------------------------------


def _scenario(reading: Reading, node: Node, default: str, case: str) -> Scenario | None:
    before = len(reading.problems)
    found = SCENARIO.read(reading, node)
    if found is None or not SCENARIO.complete(found):
        return None
    tenants = _tenants(reading, node, found)
    devices = _devices(reading, node, found)
    if devices or not _said(node) & {"device", "devices"}:  # else they are bad, which is told
        check_devices(reading, found, devices)
    check_hosts(reading, node, found.get("elsewhere", ()), found["when"])
    check_whole(reading, found, devices, tenants)
    if len(reading.problems) > before:
        return None
    name = found.get("id", default)
    return Scenario(
        id=f"{name}[{case}]" if case else name,
        title=f"{found['scenario']} [{case}]" if case else found["scenario"],
        tenants=tenants,
        devices=devices,
        when=found["when"],
        then=found["then"],
        source=reading.place(node),
        **_rest(found),
    )


def _said(node: Node) -> set[str]:
    """The keys of a mapping as written."""
    return {key.value for key, _ in node.value}


def _rest(found: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "story": "story",
        "misconfiguration": "misconfigurations",
        "tags": "tags",
        "as_of": "as_of",
        "seed": "seed",
        "drivers": "drivers",
        "confidence": "confidence",
        "blocked_addresses": "blocked",
        "dns": "zones",
        "service": "service",
        "elsewhere": "elsewhere",
        "traffic": "traffic",
    }
    return {field: found[key] for key, field in names.items() if key in found}


def _tenants(reading: Reading, node: Node, found: Mapping[str, Any]) -> tuple[Tenant, ...]:
    said = _said(node) & {"tenant", "tenants"}
    if len(said) != 1:
        reading.bad(node, "one of tenant: and tenants: is wanted here")
    if len(said) != 1 or not said & set(found):
        return ()
    tenants = found["tenants"] if "tenants" in found else (found["tenant"],)
    check_together(reading, node, tenants)
    return tuple(tenants)


def _devices(reading: Reading, node: Node, found: Mapping[str, Any]) -> Mapping[str, DeviceSpec]:
    if "device" in found and "devices" in found:
        reading.bad(node, "only one of device: and devices: is wanted here")
    if "device" in found:
        return {"device": found["device"]}
    named = found.get("devices", {})
    if too_many_devices(named):
        reading.bad(node, f"there are more than {DEVICES.most:,} devices", DEVICES.remedy)
        return {}
    return {name: spec for key, one in named.items() for name, spec in _alike(key, one)}


def _alike(key: str, spec: DeviceSpec) -> Iterator[tuple[str, DeviceSpec]]:
    """The device itself, or with `count` so many, with {n} in their settings filled in."""
    if spec.count is None:
        yield key, spec
        return
    for n in range(1, spec.count + 1):
        settings = {
            k: v.replace("{n}", str(n)) if isinstance(v, str) else v
            for k, v in spec.settings.items()
        }
        yield f"{key}-{n}", replace(spec, settings=settings, count=None)
