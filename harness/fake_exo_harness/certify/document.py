"""Evidence as a JSON document, and back: what is kept today is compared with next year."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fake_exo_harness.certify.cases import LEVELS
from fake_exo_harness.certify.comparison import ChangeKind, Comparison
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import Certified, Occasion, Result, digest
from fake_exo_harness.certify.sentence import sentence
from fake_exo_harness.forms.problems import nearest

VERSION = 2  # of the document
_GRADES = {grade.value: grade for grade in Grade}


class EvidenceError(ValueError):
    """A file is no evidence, or not what was written; the text says where and what to do."""


def as_json(found: Certified) -> dict[str, Any]:
    return {
        "version": VERSION,
        "subject": found.subject,
        "described": found.described,
        "driver": found.driver,
        "seed": found.seed,
        "as_of": found.made,
        "versions": dict(found.versions),
        "made": {
            "at": found.occasion.at,
            "host": found.occasion.host,
            "system": found.occasion.system,
            "command": found.occasion.command,
        },
        "commands": dict(found.commands),
        "passed": found.passed,
        "spotless": found.spotless,
        "said": sentence(found),
        "digest": found.digest,
        "levels": {level: found.grade(level).value for level in found.levels},
        "cases": [_case(result) for result in found.results],
    }


def _case(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "title": result.title,
        "grade": result.grade.value,
        "why": result.why,
        "fix": result.fix,
        "beyond": result.beyond,
        "connections": result.attempts,
        "duplicates": result.duplicates,
        "clear_text": result.clear_text,
        "transcript": list(result.transcript),
    }


def changes_as_json(found: Comparison) -> dict[str, Any]:
    """What changed since older evidence."""
    return {
        "subject": found.before.subject,
        "described": found.before.described,
        "as_of": found.before.made,
        "digest": found.before.digest,
        "sound": found.sound,
        "unlike": list(found.unlike),
        "counts": {kind.value: len(found.of_kind(kind)) for kind in ChangeKind},
        "changes": [
            {
                "id": change.id,
                "title": change.title,
                "change": change.kind.value,
                "was": _judged(change.was),
                "now": _judged(change.now),
                "wire": list(change.wire),
            }
            for change in found.changes
        ],
    }


def _judged(result: Result | None) -> dict[str, str] | None:
    return None if result is None else {"grade": result.grade.value, "why": result.why}


def dumped(document: object) -> str:
    return json.dumps(document, indent=1) + "\n"


# ---- back --------------------------------------------------------------------------------------


class _Part(NamedTuple):
    """A mapping of the document, and where it stands: `place` ends in a dot, or is empty."""

    path: Path
    place: str
    of: dict[str, Any]

    def error(self, key: str, wanted: str) -> EvidenceError:
        return EvidenceError(f"{self.path}: {self.place}{key}: {wanted}; certify again")

    def _get(self, key: str, kind: type, wanted: str) -> Any:  # noqa: ANN401
        if key not in self.of:
            raise self.error(key, "is missing")
        value = self.of[key]
        if type(value) is not kind:
            raise self.error(key, f"{wanted} is wanted here")
        return value

    def text(self, key: str) -> str:
        return str(self._get(key, str, "a text"))

    def number(self, key: str) -> int:
        return int(self._get(key, int, "a number"))

    def flag(self, key: str) -> bool:
        return bool(self._get(key, bool, "true or false"))

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._get(key, list, "a list of texts")
        if not all(isinstance(text, str) for text in found):
            raise self.error(key, "a list of texts is wanted here")
        return tuple(found)

    def part(self, key: str) -> "_Part":
        return _Part(self.path, f"{self.place}{key}.", self._get(key, dict, "a mapping"))

    def table(self, key: str) -> dict[str, str]:
        part = self.part(key)
        return {name: part.text(name) for name in part.of}

    def parts(self, key: str) -> Iterator["_Part"]:
        for number, one in enumerate(self._get(key, list, "a list")):
            place = f"{self.place}{key}[{number}]"
            if not isinstance(one, dict):
                raise EvidenceError(f"{self.path}: {place}: a mapping is wanted here")
            yield _Part(self.path, f"{place}.", one)


def read_evidence(path: Path) -> Certified:
    """The evidence in a file that `--json-file` wrote. Raises EvidenceError."""
    part = _Part(path, "", _loaded(path))
    if part.number("version") != VERSION:
        raise part.error("version", f"this fake-exo reads {VERSION}")
    results = tuple(map(_result, part.parts("cases")))
    if len({result.id for result in results}) < len(results):
        raise part.error("cases", "an id stands twice")
    if part.text("digest") != digest(results):
        raise part.error("digest", "is not that of the cases: the file was changed")
    made = part.part("made")
    return Certified(
        subject=part.text("subject"),
        described=part.text("described"),
        driver=part.text("driver"),
        seed=part.number("seed"),
        made=part.text("as_of"),
        versions=tuple(part.table("versions").items()),
        results=results,
        digest=part.text("digest"),
        occasion=Occasion(*(made.text(key) for key in ("at", "host", "system", "command"))),
        commands=part.table("commands"),
    )


def _loaded(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror}") from None
    except json.JSONDecodeError as error:
        place = f"{path}:{error.lineno}:{error.colno}"
        raise EvidenceError(f"{place}: no JSON: {error.msg}; {_WANTED}") from None
    except (ValueError, RecursionError):
        raise EvidenceError(f"{path}: no JSON in UTF-8; {_WANTED}") from None
    if not isinstance(document, dict) or "cases" not in document:
        raise EvidenceError(f"{path}: this is no evidence; {_WANTED}")
    return document


_WANTED = "give what `fake-exo certify SUBJECT --json-file FILE` wrote"


def _result(part: _Part) -> Result:
    grade = part.text("grade")
    if grade not in _GRADES:
        raise part.error("grade", f"{grade!r} is no grade ({nearest(grade, list(_GRADES))})")
    if part.text("id")[:1] not in LEVELS:
        raise part.error("id", f"{part.text('id')!r} is of no level")
    return Result(
        id=part.text("id"),
        title=part.text("title"),
        grade=_GRADES[grade],
        why=part.text("why"),
        attempts=part.number("connections"),
        duplicates=part.number("duplicates"),
        clear_text=part.text("clear_text"),
        transcript=part.texts("transcript"),
        beyond=part.flag("beyond"),
        fix=part.text("fix"),
    )
