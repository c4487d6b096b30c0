"""Findings as text, as JSON, and as SARIF 2.1.0 for code hosts and editors."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from fake_exo_harness.audit.findings import Finding
from fake_exo_harness.audit.rules import AUDITS

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_text(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings:
        where = f"{finding.place}: " if finding.place is not None else ""
        yield f"{where}{finding.severity.value}: {finding.about}: {finding.message}"
        yield f"    fix:  {finding.fix}"
        yield f"    rule: {finding.rule}"
    counts = Counter(finding.severity.value for finding in findings)
    yield ", ".join(f"{n} {word}s" for word, n in counts.items()) or "nothing found: they agree"


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    return {"version": 1, "findings": [_plain(finding) for finding in findings]}


def _plain(finding: Finding) -> dict[str, Any]:
    place = finding.place
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "about": finding.about,
        "message": finding.message,
        "fix": finding.fix,
        "file": str(place.path) if place else "",
        "line": place.line if place else 0,
        "column": place.column if place else 0,
    }


def as_sarif(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    rules = [
        {
            "id": row.id,
            "shortDescription": {"text": row.id.replace(".", ": ").replace("-", " ")},
            "help": {"text": row.fix},
            "defaultConfiguration": {"level": row.severity.value},
        }
        for row in AUDITS
    ]
    driver = {"name": "fake-exo audit", "version": version, "rules": rules}
    results = [_result(finding) for finding in findings]
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": finding.severity.value,
        "message": {"text": f"{finding.about}: {finding.message}. {finding.fix}"},
    }
    place = finding.place
    if place is not None:
        region = {"startLine": place.line, "startColumn": place.column}
        artifact = {"uri": place.path.as_posix()}
        found["locations"] = [
            {"physicalLocation": {"artifactLocation": artifact, "region": region}}
        ]
    return found
