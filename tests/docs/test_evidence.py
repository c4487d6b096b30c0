"""The evidence in docs/evidence is that of today's cases: a simulated subject is certified again,
and a program's file is what its digest says. `EXO_WRITE_DOCS` writes the first; the second is made
by hand, for it takes minutes (docs/certification.md)."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fake_exo_harness.certify import (
    CASES,
    Occasion,
    Terms,
    as_html,
    as_json,
    certify,
    dumped,
    read_evidence,
    subject,
)

FOLDER = Path(__file__).parents[2] / "docs" / "evidence"


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return found


MADE = Occasion(
    at="2026-11-25T09:00:00Z",
    host="any",
    system="Linux",
    command="fake-exo certify konica-bizhub-c220 --json-file ... --html ...",
)


def test_the_bizhub_is_certified_as_the_evidence_says() -> None:
    made = certify(Terms(subject("konica-bizhub-c220"), "memory"), occasion=MADE)
    if os.environ.get("EXO_WRITE_DOCS"):
        (FOLDER / "konica-bizhub-c220.json").write_text(dumped(as_json(made)))
        (FOLDER / "konica-bizhub-c220.html").write_text(as_html(made))
    kept = document("konica-bizhub-c220")
    assert (kept["digest"], kept["said"]) == (
        made.digest,
        "A C to J, 7 notes; not B; not run K6",
    )


@pytest.mark.parametrize("name", ["konica-bizhub-c220", "swaks"])
def test_evidence_is_whole_and_of_the_cases_of_today(name: str) -> None:
    kept = document(name)
    asked = [(case["id"], case["title"]) for case in kept["cases"]]
    assert asked == [(case.id, case.title) for case in CASES]
    assert read_evidence(FOLDER / f"{name}.json").digest == kept["digest"]
    page = (FOLDER / f"{name}.html").read_text()
    assert f"<dt>Digest</dt><dd>{kept['digest']}</dd>" in page
    assert kept["said"] in page
