"""Whatever a profile says: its errors are told, or the device comes to an end in bounded time."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_exo_harness.devices import (
    DeviceError,
    configure,
    fitting,
    keys,
    names,
    parts,
    read_profile,
)
from fake_exo_harness.forms import values
from fake_exo_harness.forms.location import NOWHERE
from fake_exo_harness.forms.nodes import FORMS, Kind
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import Scenario, ScenarioError
from fake_exo_harness.scenario.model import DeviceSpec, Scalar, SendStep
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_exo import example_tenant, mx_host

FEW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WAYS: tuple[dict[str, Scalar], ...] = (
    {"smtp_server": "smtp.office365.com", "port": 587, "tls": "starttls",
     "user_name": "scanner@contoso.com", "password": "Scan2Mail!",
     "from_address": "scanner@contoso.com"},
    {"smtp_server": mx_host("contoso.com"), "port": 25, "tls": "off", "from_address": "a@b.c"},
)  # fmt: skip
_SPECIAL: dict[Kind, st.SearchStrategy[Any]] = {
    parts.codes: st.sampled_from(["any", 550, [535, 504]]),
    parts.by_port: st.dictionaries(st.sampled_from([25, 587]), st.sampled_from(parts.TLS_CHOICES)),
    parts.after_refusals: st.dictionaries(
        st.sampled_from([504, 535, "any"]), st.sampled_from(["continue", "next", "fail"])
    ),
    parts.waits: st.lists(st.sampled_from([1, "5m"]), min_size=1, max_size=2),
    parts.COMPOSITIONS: st.sampled_from(
        [[], ["{from_address}"], ["<>"], ["{host}@x.example", "{user}"], ["a@b.example"]]
    ),
}
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    values.boolean: st.booleans(),
    values.duration: st.sampled_from([0, 1, "5m"]),
    values.size: st.sampled_from([0, 1, 100, "5 KB"]),
    values.day: st.just("2000-01-01"),
    parts.quirk: st.sampled_from(["helo-only", "never-quits", "bare-lf", "ipv6-first"]),
    parts.date: st.just("2022"),
}
_TEXT = st.sampled_from(["x", "", "ä", "{host}", "a b", "1", "76"])


def of(kind: Kind) -> st.SearchStrategy[Any]:
    """Values that a kind takes, and some that it does not."""
    if kind in _SPECIAL:
        return _SPECIAL[kind]
    form = FORMS[kind]
    match form.name:
        case "scalar":
            return _SCALARS.get(form.of, _TEXT)
        case "words":
            return st.sampled_from(form.of)
        case "many":
            return st.lists(of(form.of), max_size=3)
        case "table":
            return st.dictionaries(st.sampled_from(["X-A", "X-B"]), of(form.of))
    return _TEXT


def mapping(kinds: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401
    return st.fixed_dictionaries({}, optional={key: of(kind) for key, kind in kinds.items()})


PROFILES = st.fixed_dictionaries(
    {"like": st.sampled_from(list(names()))},
    optional={
        **{name: mapping(section.kinds) for name, section in keys.SECTIONS.items()},
        **{key: of(keys.VALUES[key]) for key in ("close", "test", "ends_after", "quirks")},
        "reactions": st.lists(mapping(parts.REACTION.kinds), max_size=2),
    },
)


@FEW
@given(PROFILES, st.sampled_from(WAYS), st.sampled_from(["scan", "test"]))
def test_a_device_comes_to_its_end(
    tmp_path: Path, profile: dict[str, Any], way: dict[str, Scalar], kind: str
) -> None:
    file = tmp_path / "probe.yaml"
    file.write_text(yaml.safe_dump(profile, allow_unicode=True), "utf-8")
    try:
        made = read_profile(file)
    except ScenarioError as error:
        assert all(problem.place.path == file for problem in error.problems)
        return
    spec = DeviceSpec(made, "203.0.113.7", dict(fitting(made, way)))
    step = SendStep(kind, ("ann@contoso.com", "nobody@contoso.com"), size=300)
    try:
        configure(made, spec.settings)
    except DeviceError:
        return  # these settings cannot be entered at this device
    finished = finish(
        Scenario("x", "x", (example_tenant(),), {"device": spec}, (step,), (), NOWHERE)
    )
    assert not finished.error
    assert len(finished.record.jobs) == 1


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", [], {}, "x", -1, [[]], {"a": {"b": [1]}}, "{x", True, ["x", {}], {"file": "."}]
)


@FEW
@given(st.sampled_from(list(names().values())), st.data())
def test_what_is_wrong_with_a_file_is_told_and_never_raised(
    tmp_path: Path, source: Path, data: st.DataObject
) -> None:
    document = yaml.safe_load(source.read_text("utf-8"))
    key = data.draw(st.sampled_from(list(document)))
    inside = document[key]
    if isinstance(inside, dict) and inside and data.draw(st.booleans()):
        inside[data.draw(st.sampled_from(list(inside)))] = data.draw(JUNK)
    else:
        document[key] = data.draw(JUNK)
    file = tmp_path / "probe.yaml"
    file.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    try:
        read_profile(file)
    except ScenarioError as error:
        assert all(problem.cause for problem in error.problems)


@pytest.mark.parametrize("text", ["a", "- a", "[]", "null", "{}", "- null", "? [a]\n: b"])
def test_what_is_no_mapping_is_no_profile(text: str, tmp_path: Path) -> None:
    (tmp_path / "probe.yaml").write_text(text, "utf-8")
    with pytest.raises(ScenarioError):
        read_profile(tmp_path / "probe.yaml")
