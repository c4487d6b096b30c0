"""The run as JUnit XML, for the pages of build servers."""

from itertools import groupby
from pathlib import Path
from typing import TextIO
from xml.etree import ElementTree

from fake_exo_harness.reports.port import Reporter
from fake_exo_harness.reports.text import not_rehearsed, summary, verdict
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
        root = ElementTree.Element("testsuites", name="fake-exo")
        for path, done in groupby(self._done, key=lambda event: event.scenario.source.path):
            _suite(root, path, list(done))
        ElementTree.indent(root)
        self.out.write(ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n")


def _suite(root: ElementTree.Element, path: Path, done: list[Finished]) -> None:
    elements = [_ELEMENTS.get(event.verdict, "") for event in done]
    suite = ElementTree.SubElement(
        root,
        "testsuite",
        name=str(path),
        tests=str(len(done)),
        failures=str(elements.count("failure")),
        errors=str(elements.count("error")),
        time=f"{sum(event.seconds for event in done):.3f}",
    )
    for event, element in zip(done, elements, strict=True):
        _case(suite, event, element)


def _case(suite: ElementTree.Element, event: Finished, element: str) -> None:
    scenario = event.scenario
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=f"{scenario.source.path.name}.{event.driver}",
        name=scenario.id,
        time=f"{event.seconds:.3f}",
        file=str(scenario.source.path),
        line=str(scenario.source.line),
    )
    if told := [*not_rehearsed(event), *([event.doubt] if event.doubt else [])]:
        properties = ElementTree.SubElement(case, "properties")
        for text in told:
            ElementTree.SubElement(properties, "property", name="note", value=_printable(text))
    if element:
        problem = ElementTree.SubElement(case, element, message=_printable(summary(event)))
        problem.text = _printable("\n".join(verdict(event)))


def _printable(text: str) -> str:
    """XML has no place for control characters."""
    return "".join(c if c.isprintable() or c in "\n\t" else "?" for c in text)
