"""The evidence as JUnit XML, for whoever collects results of tests."""

from xml.etree.ElementTree import Element

from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import Certified, Result
from fake_exo_harness.certify.sentence import sentence
from fake_exo_harness.reports.xml import document, element


def as_junit(found: Certified) -> str:
    """What was not reached is an error, what fake-exo cannot ask is skipped; a note is a property,
    and the first line of what was said."""
    kinds = [_junit_kind(result) for result in found.results]
    names = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    suite = element(
        None,
        "testsuite",
        name=f"fake-exo certify {found.subject}",
        tests=str(len(kinds)),
        **{name: str(kinds.count(kind)) for name, kind in names},
    )
    properties = element(suite, "properties")
    for name, value in (("said", sentence(found)), ("as_of", found.made)):
        element(properties, "property", name=name, value=value)
    for result in found.results:
        _junit(suite, found, result)
    return document(suite)


def _junit_kind(result: Result) -> str:
    if result.grade is Grade.NOT_RUN:
        return "skipped" if result.beyond else "error"
    return "failure" if result.grade is Grade.FAILED else ""


def _junit(suite: Element, found: Certified, result: Result) -> None:
    name = f"{result.id} {result.title}"
    case = element(suite, "testcase", classname=f"{found.subject}.{result.level}", name=name)
    noted, kind = result.grade is Grade.NOTED, _junit_kind(result)
    if noted:
        properties = element(case, "properties")
        element(properties, "property", name="noted", value=result.why)
    elif kind:
        element(case, kind, message=result.why)
    said = (*([f"noted: {result.why}"] if noted else []), *result.transcript)
    element(case, "system-out", "\n".join(said))
