"""Two certifications set beside each other, and what a file of evidence may be."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_exo_harness.certify import (
    CASES,
    Certified,
    Comparison,
    EvidenceError,
    Grade,
    Occasion,
    Result,
    as_changes,
    as_html,
    as_json,
    as_matrix,
    as_one_page,
    compare,
    dumped,
    read_evidence,
)
from fake_exo_harness.certify.fixes import fixes
from fake_exo_harness.certify.results import digest

PASSED, NOTED, FAILED, NOT_RUN = Grade.PASSED, Grade.NOTED, Grade.FAILED, Grade.NOT_RUN


def evidence(*results: Result, subject: str = "scanner", **more: Any) -> Certified:  # noqa: ANN401
    found = Certified(subject, "ACME Scanner", "memory", 0, "2026-11-01",
                      (("fake-exo", "0.1.0"),), results, digest(results))  # fmt: skip
    return replace(found, **more)


def case(id_: str, grade: Grade, why: str = "why", *lines: str, beyond: bool = False) -> Result:
    return Result(id_, "a title", grade, why, transcript=lines, beyond=beyond)


def said(found: Comparison) -> list[tuple[str, str]]:
    return [(change.id, change.kind.value) for change in found.changes]


@pytest.mark.parametrize(
    ("was", "now", "kind", "sound"),
    [
        (PASSED, FAILED, "worse", False),
        (PASSED, NOTED, "worse", False),
        (PASSED, NOT_RUN, "worse", False),
        (NOTED, NOT_RUN, "worse", False),
        (FAILED, NOTED, "better", True),
        (NOT_RUN, PASSED, "better", True),
        (FAILED, NOT_RUN, "otherwise", True),  # what was not reached is no better
        (NOT_RUN, FAILED, "otherwise", True),
    ],
)
def test_a_case_is_better_or_worse(was: Grade, now: Grade, kind: str, sound: bool) -> None:
    found = compare(evidence(case("A1", was)), evidence(case("A1", now)))
    assert (said(found), found.sound) == ([("A1", kind)], sound)


def test_what_is_as_it_was_is_not_told() -> None:
    found = compare(evidence(case("A1", FAILED)), evidence(case("A1", FAILED)))
    assert (said(found), found.sound) == ([], True)
    assert list(as_changes(found))[-1] == "NOTHING WORSE: all as before"


def test_what_only_one_of_them_asked_is_no_change_for_the_worse_unless_it_fails() -> None:
    before = evidence(case("A1", PASSED), case("B1", PASSED))
    found = compare(before, evidence(case("B1", PASSED), case("C1", PASSED)))
    assert (said(found), found.sound) == (
        [("A1", "not asked again"), ("C1", "asked for the first time")],
        True,
    )
    assert not compare(before, evidence(case("C1", FAILED))).sound
    none = compare(evidence(case("K6", NOT_RUN, beyond=True)), evidence(case("A1", PASSED)))
    assert said(none) == [("A1", "asked for the first time")]  # it could not be asked of the first


OLD = (
    "--- job 1: device, send; device: sent",
    "<-  220 AM0PR04CA0133.outlook.office365.com at Sun, 1 Nov [08DF]    [connect.banner]",
    " -> EHLO scanner",
    "<-  250-AM0PR04CA0133.outlook.office365.com Hello [203.0.113.7]",
    "<-  250 SMTPUTF8    [hello.ehlo]",
    "*** skipped: 5 s",
    "*** panel: OK",
)


def test_hosts_times_and_panels_are_no_change_on_the_wire() -> None:
    new = (
        "--- job 2: device, send; device: sent",
        "<-  220 VI1PR04CA0001.outlook.office365.com at Mon, 2 Nov [09AB]    [connect.banner]",
        " -> EHLO scanner",
        "<-  250-VI1PR04CA0001.outlook.office365.com Hello [203.0.113.7]",
        "<-  250 SMTPUTF8    [hello.ehlo]",
        "*** skipped: 4.9 s",
        "*** panel: Sent",
    )
    found = compare(
        evidence(case("A1", PASSED, "x", *OLD)), evidence(case("A1", PASSED, "x", *new))
    )
    assert said(found) == []


@pytest.mark.parametrize(
    ("number", "line"),
    [
        (2, " -> EHLO scanner.acme.example"),
        (3, "<-  250-STARTTLS"),
        (4, "<-* 501 5.5.4 Invalid domain name    [hello.ehlo]"),
        (4, "<-  250 SMTPUTF8    [hello.helo]"),
    ],
)
def test_another_line_is_a_change_on_the_wire(number: int, line: str) -> None:
    new = (*OLD[:number], line, *OLD[number + 1 :])
    before = evidence(case("A1", PASSED, "x", *OLD), case("A2", PASSED, "x", *OLD))
    after = evidence(case("A1", PASSED, "x", *new), case("A2", PASSED, "x", *new))
    found = compare(before, after)
    assert said(found) == [("A1", "changed on the wire"), ("A2", "changed on the wire")]
    assert found.changes[0].wire == (f"- {OLD[number]}", f"+ {line}")
    assert list(as_changes(found))[1:] == [
        "changed on the wire: A1 a title",
        f"    - {OLD[number]}",
        f"    + {line}",
        "changed on the wire as A1: A2",
        "NOTHING WORSE: 2 changed on the wire",
    ]


def test_what_is_not_alike_is_told() -> None:
    old = evidence(case("A1", PASSED), commands={"relay": "send --old"})
    new = evidence(
        case("A1", PASSED), commands={"relay": "send"}, made="2027-02-01", driver="socket"
    )
    assert compare(old, new).unlike == (
        "day of the service: 2026-11-01 before, 2027-02-01 now",
        "driver: memory before, socket now",
        "command (relay): send --old before, send now",
    )


def test_devices_by_level() -> None:
    many = [
        evidence(case("A1", PASSED), case("B1", FAILED), case("C1", NOTED)),
        evidence(case("A1", NOT_RUN), subject="fax"),
    ]
    assert list(as_matrix(many))[:3] == [
        "         A B C D E F G H I J K",
        "scanner  + F n                ",
        "fax      -                    ",
    ]


# ---- files ---------------------------------------------------------------------------------------


def test_evidence_is_read_as_it_was_written(tmp_path: Path) -> None:
    made = evidence(
        case("A1", FAILED, "nothing arrived", "<-* 550 no", "łódź \u2028 \x00"),
        occasion=Occasion("2026-11-25T10:00:00Z", "bench", "Linux 6", "fake-exo certify scanner"),
        commands={"relay": "send"},
    )
    path = tmp_path / "e.json"
    path.write_text(dumped(as_json(made)), "utf-8")
    assert read_evidence(path) == made


BAD: list[tuple[list[str | int], object, str]] = [
    (["version"], 1, "version: this fake-exo reads 2; certify again"),
    (["seed"], "0", "seed: a number is wanted here; certify again"),
    (["seed"], True, "seed: a number is wanted here; certify again"),
    (["cases", 0, "grade"], "pased", "cases[0].grade: 'pased' is no grade (did you mean \"pass"),
    (["cases", 0, "why"], None, "cases[0].why: a text is wanted here; certify again"),
    (["cases", 0, "transcript"], ["x", 1], "cases[0].transcript: a list of texts is wanted here"),
    (["cases", 0, "id"], "Z1", "cases[0].id: 'Z1' is of no level; certify again"),
    (["cases", 0], [], "cases[0]: a mapping is wanted here"),
    (["cases"], {}, "cases: a list is wanted here"),
    (["made"], None, "made: a mapping is wanted here"),
    (["cases", 0, "why"], "other", "digest: is not that of the cases: the file was changed"),
    (["cases", 0, "id"], "A2", "cases: an id stands twice"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "value", "told"), BAD)
def test_evidence_that_is_none_is_told_with_its_place(
    where: list[str | int], value: object, told: str, tmp_path: Path
) -> None:
    document = json.loads(dumped(as_json(evidence(case("A1", PASSED), case("A2", PASSED)))))
    part = document
    for step in where[:-1]:
        part = part[step]
    part[where[-1]] = value
    path = tmp_path / "e.json"
    path.write_text(json.dumps(document))
    with pytest.raises(EvidenceError) as failed:
        read_evidence(path)
    assert str(failed.value).startswith(f"{path}: {told}")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", ":1:2: no JSON: Expecting property name"),
        (b"\xff", ": no JSON in UTF-8; give what"),
        (b"[" * 100_000, ": no JSON in UTF-8; give what"),
        (b"[]", ": this is no evidence; give what"),
        (b"{}", ": this is no evidence; give what"),
    ],
)
def test_a_file_of_anything_else_is_no_evidence(text: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "e.json"
    path.write_bytes(text)
    with pytest.raises(EvidenceError) as failed:
        read_evidence(path)
    assert str(failed.value).startswith(f"{path}{told}")


# ---- pages ---------------------------------------------------------------------------------------

HOSTILE = "<script>alert(1)</script>"


def test_whatever_a_device_says_is_text_on_every_page() -> None:
    bad = replace(case("A1", FAILED, HOSTILE, HOSTILE), title=HOSTILE, fix=HOSTILE)
    found = evidence(bad, subject=HOSTILE, described=HOSTILE, commands={"relay": HOSTILE})
    before = evidence(case("A1", PASSED, HOSTILE), described=HOSTILE)
    for page in (as_html(found, compare(before, found)), as_one_page([found, before])):
        assert "<script" not in page
        assert page.count("&lt;script&gt;") >= 6


def test_a_page_says_fake_where_it_would_be_believed() -> None:
    page = as_html(evidence(case("A1", PASSED)))
    assert "<h1>scanner against a FAKE Exchange Online</h1>" in page
    assert "(FAKE Exchange Online)</title>" in page
    assert "Certified\nagainst a FAKE service: A</p>" in page


def test_a_page_shows_the_fix_beside_what_failed() -> None:
    page = as_html(evidence(replace(case("B4", FAILED), fix="Set its clock.")))
    assert '<span class="fix"><b>Fix:</b> Set its clock.</span>' in page
    assert "<details open>" in page


def test_every_case_that_can_fail_has_a_fix() -> None:
    asked = [case for case in CASES if not case.beyond]
    assert [c.id for c in asked if c.id not in fixes() and c.level not in fixes()] == []
    assert [key for key in fixes() if key not in {x for c in asked for x in (c.id, c.level)}] == []
