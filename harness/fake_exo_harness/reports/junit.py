"""The run as JUnit XML, for the pages of build servers."""

from itertools import groupby
from pathlib import Path
from typing import TextIO
from xml.etree.ElementTree import Element

from fake_exo_harness.reports.port import Reporter
from fake_exo_harness.reports.text import not_rehearsed, summary, verdict
from fake_exo_harness.reports.xml import document, element
from fake_exo_harness.runner import Finished, RunEvent, Verdict

# What is not passed, by the element that says so: what was not run has failed as well.
_ELEMENTS = {Verdict.FAILED: "failure", Verdict.NOT_RUN: "error", Verdict.ERROR: "error"}


class JunitReport(Reporter):
    name = "junit"

    def __init__(self, out: TextIO) -> None:
        super().__init__(out)
        self._done: list[Finished] = []

    def take(self, event: RunEvent) -> None:
        if isinstance(event, Finished):
            self._done.append(event)

    def end(self) -> None:
        root = element(None, "testsuites", name="fake-exo")
        for path, done in groupby(self._done, key=lambda event: event.scenario.source.path):
            _suite(root, path, list(done))
        self.out.write(document(root))


def _suite(root: Element, path: Path, done: list[Finished]) -> None:
    kinds = [_ELEMENTS.get(event.verdict, "") for event in done]
    suite = element(
        root,
        "testsuite",
        name=str(path),
        tests=str(len(done)),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error")),
        time=f"{sum(event.seconds for event in done):.3f}",
    )
    for event, kind in zip(done, kinds, strict=True):
        _case(suite, event, kind)


def _case(suite: Element, event: Finished, kind: str) -> None:
    scenario = event.scenario
    case = element(
        suite,
        "testcase",
        classname=f"{scenario.source.path.name}.{event.driver}",
        name=scenario.id,
        time=f"{event.seconds:.3f}",
        file=str(scenario.source.path),
        line=str(scenario.source.line),
    )
    if told := [*not_rehearsed(event), *([event.doubt] if event.doubt else [])]:
        properties = element(case, "properties")
        for text in told:
            element(properties, "property", name="note", value=text)
    if kind:
        element(case, kind, "\n".join(verdict(event)), message=summary(event))
