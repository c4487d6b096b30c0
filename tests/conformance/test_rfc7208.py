"""The published test suite of RFC 7208, every case.

`data/rfc7208-tests.yml` is the openspf.org suite (release 2014.04, additions of 2019.08) as
shipped with pyspf 2.0.14, unchanged; its BSD-style licence is beside it. The zone format is
explained in the suite's own comments; `_zone` is our reading of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from fake_exo.mail.authentication.resolver import LiteralResolver, Resolver, ResolverAnswer
from fake_exo.mail.authentication.spf import SpfResult, check_host

SUITE = Path(__file__).parent / "data" / "rfc7208-tests.yml"
CASES_IN_SUITE = 203  # so that a case which is no longer found is noticed


@dataclass(frozen=True)
class Case:
    section: str
    name: str
    data: dict[str, Any]
    zone: dict[str, Any]

    @property
    def results(self) -> list[str]:
        result = self.data["result"]
        return result if isinstance(result, list) else [result]


def _cases() -> Iterator[Case]:
    with SUITE.open(encoding="utf-8") as file:
        for document in yaml.safe_load_all(file):
            for name, data in document["tests"].items():
                yield Case(document["description"], name, data, document["zonedata"])


CASES = tuple(_cases())


def _zone(zonedata: dict[str, Any]) -> Resolver:
    """The suite's records; a name that starts with "error." does not answer."""
    return _Suite({name: _types(records or []) for name, records in zonedata.items()})


def _types(records: list[Any]) -> dict[str, list[str]]:
    types: dict[str, list[str]] = {}
    for record in records:
        for type, value in {record: []}.items() if isinstance(record, str) else record.items():
            types.setdefault(type, []).append(_presentation(type, value))
    if "TXT" not in types and "SPF" in types:
        types["TXT"] = types["SPF"]  # the suite writes SPF for "TXT unless TXT is given"
    for type in [type for type, values in types.items() if "TIMEOUT" in values]:
        del types[type]
        types["TIMEOUT"] = []
    types["TXT"] = [text for text in types.get("TXT", []) if text != "NONE"]
    if not types["TXT"]:
        del types["TXT"]
    return types


def _presentation(type: str, value: str | list[Any]) -> str:
    if type == "MX" and isinstance(value, list):
        return f"{value[0]} {value[1]}"
    return "".join(value) if isinstance(value, list) else str(value)


class _Suite(LiteralResolver):
    def answer(self, name: str, type: str) -> ResolverAnswer:
        if name.lower().startswith("error."):
            return ResolverAnswer("TIMEOUT")
        return super().answer(name, type)


def _run(case: Case) -> SpfResult:
    helo = case.data.get("helo", "")
    sender = case.data.get("mailfrom", "")
    domain = sender.rpartition("@")[2] if sender else helo
    return check_host(
        case.data["host"], domain, sender or f"postmaster@{helo}", helo, _zone(case.zone)
    )


def _agrees(case: Case, verdict: SpfResult) -> bool:
    wanted = case.data.get("explanation")
    if verdict.result not in case.results:
        return False
    return wanted is None or verdict.explanation == ("" if wanted == "DEFAULT" else wanted)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_suite_and_our_evaluator_agree(case: Case) -> None:
    verdict = _run(case)
    assert _agrees(case, verdict), (case.section, case.data, verdict)


def test_every_case_of_the_suite_is_here_and_agrees(
    capsys: pytest.CaptureFixture[str],
) -> None:
    agreed = sum(_agrees(case, _run(case)) for case in CASES)
    with capsys.disabled():
        print(f"\nRFC 7208 suite: {agreed} of {len(CASES)} cases agree")  # noqa: T201
    assert agreed == len(CASES) == CASES_IN_SUITE
