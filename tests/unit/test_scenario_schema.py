"""The JSON Schema is that of the tables, is checked in, and agrees with the bundled scenarios."""

import json
from collections.abc import Callable
from pathlib import Path

import fake_exo_harness
import pytest
import yaml
from fake_exo_harness.library import library
from fake_exo_harness.scenario import json_schema
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
