"""The JSON Schema is that of the tables, is checked in, and agrees with the bundled scenarios."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_exo_harness
import pytest
import yaml
from fake_exo_harness.library import library
from fake_exo_harness.scenario import json_schema
from fake_exo_harness.scenario.schema import whole_schema
from jsonschema import Draft202012Validator

CHECKED_IN = Path(fake_exo_harness.__file__).parent / "data" / "scenario.schema.json"
VALIDATOR = Draft202012Validator(json_schema())


def documents(text: str) -> list[object]:
    return json.loads(json.dumps(list(yaml.safe_load_all(text)), default=str))  # type: ignore[no-any-return]


def test_the_schema_is_a_schema_and_equal_to_the_one_checked_in(
    kept: Callable[[Path, str], str],
) -> None:
    Draft202012Validator.check_schema(json_schema())
    made = json.dumps(json_schema(), indent=1) + "\n"
    assert kept(CHECKED_IN, made) == made


@pytest.mark.parametrize("path", sorted(library().rglob("*.exo.yaml")), ids=lambda p: p.name)
def test_every_bundled_scenario_is_valid(path: Path) -> None:
    for document in documents(path.read_text()):
        errors = [f"{list(e.path)}: {e.message}" for e in VALIDATOR.iter_errors(document)]
        assert errors == []


BAD = Path(__file__).parents[1] / "bad"
# An editor marks these; what is wrong with the others only `load` knows.
MARKED = (
    "05-a-list", "06-misspelt-key", "07-missing-when", "10-misspelt-step", "12-misspelt-check",
    "13-check-with-wrong-key", "14-reply-to-nothing", "15-reply-to-unknown-verb",
    "16-code-is-no-number", "33-cases-without-name", "37-alias-bomb",
    "39-switch-of-three-states", "40-connector-type", "44-all-at-once", "53-change-of-what",
    "59-list-where-one-is-wanted", "60-word-where-a-list-is-wanted",
    "62-fault-that-does-nothing-known", "64-dns-fault-of-what", "65-certificate-of-no-kind",
)  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_a_bad_file_is_marked_by_the_schema(name: str) -> None:
    (document,) = documents((BAD / f"{name}.exo.yaml").read_text())
    assert not VALIDATOR.is_valid(document)


def test_every_definition_is_used_and_stands_for_the_whole() -> None:
    schema = json_schema()
    unused = set(schema["$defs"])

    def unfolded(part: Any) -> Any:  # noqa: ANN401
        if isinstance(part, list):
            return [unfolded(inner) for inner in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            name = part["$ref"].removeprefix("#/$defs/")
            unused.discard(name)
            return unfolded(schema["$defs"][name])
        return {key: unfolded(inner) for key, inner in part.items() if key != "$defs"}

    assert unfolded(schema) == whole_schema()
    assert unused == set()


def test_what_editors_fetch_is_small() -> None:
    assert len(json.dumps(json_schema(), indent=2)) < 90_000


GOOD = """
scenario: a title
tenant: {name: c, accepted_domains: [contoso.com]}
device: {profile: telnet}
when: [{say: [QUIT]}]
then: [{rule: other.quit}]
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("scenario: a title", "scenarios: a title"),
        ("{say: [QUIT]}", "{says: [QUIT]}"),
        ("{say: [QUIT]}", "{say: [QUIT], advance: 5s, device: a}"),
        ("{rule: other.quit}", "{rules: other.quit}"),
        ("{rule: other.quit}", "{reply: {code: 250}}"),
        ("{rule: other.quit}", "{encrypted: perhaps}"),
        ("profile: telnet", "profil: telnet"),
        ("when: [{say: [QUIT]}]", ""),
    ],
)
def test_a_slip_is_refused_by_the_schema(old: str, new: str) -> None:
    assert VALIDATOR.is_valid(documents(GOOD)[0])
    assert not VALIDATOR.is_valid(documents(GOOD.replace(old, new))[0])
