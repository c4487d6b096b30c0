"""docs/profile-keys.md has every key of a profile; docs/profiles.md names every section of them."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import fake_exo_harness
import pytest
from fake_exo_harness.devices import keys
from fake_exo_harness.devices.schema import profile_schema
from fake_exo_harness.pages.profile_keys import profile_keys_page
from jsonschema import Draft202012Validator

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_keys_is_that_of_the_tables(kept: Callable[[Path, str], str]) -> None:
    page = DOCS / "profile-keys.md"
    made = profile_keys_page()
    assert kept(page, made) == made


def test_the_schema_is_a_schema_and_equal_to_the_one_checked_in(
    kept: Callable[[Path, str], str],
) -> None:
    Draft202012Validator.check_schema(profile_schema())
    made = json.dumps(profile_schema(), indent=1) + "\n"
    assert (
        kept(Path(fake_exo_harness.__file__).parent / "data" / "profile.schema.json", made) == made
    )


@pytest.mark.parametrize("key", [*keys.SECTIONS, *keys.VALUES])
def test_the_guide_says_what_each_section_is_for(key: str) -> None:
    guide = (DOCS / "profiles.md").read_text("utf-8")
    assert re.search(rf"(?m)[`{{ ]?\b{key}\b[`:]", guide), key


def test_no_key_is_without_a_word_of_what_it_takes() -> None:
    rows = [line.split(" | ") for line in profile_keys_page().splitlines() if line[:3] == "| `"]
    assert [row[0] for row in rows if not row[1].strip() or len(row) < 4] == []
