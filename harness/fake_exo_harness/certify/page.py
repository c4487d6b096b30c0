"""The evidence as a table, as JSON, as JUnit XML, and as one page that needs nothing else."""

import json
from collections.abc import Iterator
from html import escape as markup
from typing import Any
from xml.etree.ElementTree import Element

from fake_exo_harness.certify.cases import CASES, LEVELS
from fake_exo_harness.certify.evidence import Certified, Result
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.reports.xml import document, element


def as_table(found: Certified) -> Iterator[str]:
    yield f"{found.described}, driver {found.driver}"
    for level, title in LEVELS.items():
        results = found.of_level(level)
        if results:
            yield f"{level}  {found.grade(level).value:<7}  {title}"
            yield from (
                f"    {r.grade.value:<7} {r.case.id:<3} {r.case.title}: {r.why}" for r in results
            )
    word = "CERTIFIED" if found.passed else "NOT CERTIFIED"
    against = f"FAKE Exchange Online as of {found.made}, digest {found.digest[:16]}"
    yield f"{word}: {sentence(found)} ({against})"


def sentence(found: Certified) -> str:
    """Which levels it has, and which not, in one line: "A B D to J, 9 notes; not C"."""
    levels = [level for level in LEVELS if found.of_level(level)]
    good = [level for level in levels if found.grade(level) in (Grade.PASSED, Grade.NOTED)]
    failed = [level for level in levels if found.grade(level) is Grade.FAILED]
    notes = len(found.of_grade(Grade.NOTED))
    parts = [_ranges(good, tuple(LEVELS)) or "no level"]
    if notes:
        parts[0] += f", {notes} note{'s' if notes > 1 else ''}"
    if failed:
        parts.append(f"not {_ranges(failed, tuple(LEVELS))}")
    if missing := _not_run(found, failed):
        parts.append(f"not run {missing}")
    return "; ".join(parts)


def _not_run(found: Certified, failed: list[str]) -> str:
    """Levels of which nothing was run, and cases of the others; those of a level that failed are
    told with it."""
    names: list[str] = []
    for level in LEVELS:
        results = found.of_level(level)
        missing = [r.case.id for r in results if r.grade is Grade.NOT_RUN]
        if level not in failed and missing:
            names += [level] if len(missing) == len(results) else missing
    return _ranges(names, (*LEVELS, "", *(case.id for case in CASES)))


def _ranges(names: list[str], order: tuple[str, ...]) -> str:
    """Names as they come, three neighbours and more as "D to J"."""
    runs: list[list[str]] = []
    for name in names:
        if runs and order.index(name) == order.index(runs[-1][-1]) + 1:
            runs[-1].append(name)
        else:
            runs.append([name])
    return " ".join(f"{r[0]} to {r[-1]}" if len(r) > 2 else " ".join(r) for r in runs)


def as_json(found: Certified) -> dict[str, Any]:
    return {
        "version": 1,
        "subject": found.subject,
        "described": found.described,
        "driver": found.driver,
        "seed": found.seed,
        "as_of": found.made,
        "versions": dict(found.versions),
        "passed": found.passed,
        "spotless": found.spotless,
        "said": sentence(found),
        "digest": found.digest,
        "levels": {level: found.grade(level).value for level in LEVELS if found.of_level(level)},
        "cases": [
            {
                "id": r.case.id,
                "title": r.case.title,
                "grade": r.grade.value,
                "why": r.why,
                "beyond": r.beyond,
                "connections": r.attempts,
                "duplicates": r.duplicates,
                "clear_text": r.clear_text,
                "transcript": list(r.transcript),
            }
            for r in found.results
        ],
    }


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
    name = f"{result.case.id} {result.case.title}"
    case = element(suite, "testcase", classname=f"{found.subject}.{result.case.level}", name=name)
    noted, kind = result.grade is Grade.NOTED, _junit_kind(result)
    if noted:
        properties = element(case, "properties")
        element(properties, "property", name="noted", value=result.why)
    elif kind:
        element(case, kind, message=result.why)
    said = (*([f"noted: {result.why}"] if noted else []), *result.transcript)
    element(case, "system-out", "\n".join(said))


# What was not run looks no better than what failed.
_CLASS = {grade: grade.value for grade in Grade} | {Grade.NOT_RUN: Grade.FAILED.value}
_OPEN = (Grade.FAILED, Grade.NOT_RUN)
_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1e21; --soft: #5f6670; --line: #dfe3e8;
  --passed: #1a7f37; --failed: #c62828; --noted: #9a6700; --code: #f5f7f9; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171a; --ink: #e7eaee; --soft: #a2abb6;
  --line: #2c333b; --passed: #4ac26b; --failed: #ff7b72; --noted: #d9a53f; --code: #1c2126; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .4rem; display: flex; gap: .6rem; align-items: baseline; }
p.lead { color: var(--soft); margin: 0 0 1.2rem; }
.verdict { font-weight: 650; font-size: 1.15rem; }
.passed { color: var(--passed); } .failed { color: var(--failed); } .noted { color: var(--noted); }
nav { display: flex; flex-wrap: wrap; gap: .4rem; margin: 1.2rem 0; padding: 0; }
nav a { border: 1px solid var(--line); border-radius: .4rem; padding: .25rem .6rem; color: inherit;
  text-decoration: none; font-size: .9rem; }
nav b { margin-right: .35rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; margin: 0;
  font-size: .9rem; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding: .5rem 0; }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; display: grid; grid-template-columns: 2.4rem 4.2rem 1fr; gap: .5rem;
  list-style: none; } summary::-webkit-details-marker { display: none; }
summary .why { color: var(--soft); display: block; font-size: .9rem; overflow-wrap: anywhere; }
summary .word { font-weight: 600; font-size: .9rem; padding-top: .08rem; }
pre { background: var(--code); border-radius: .4rem; padding: .8rem; overflow-x: auto;
  font: .8rem/1.45 ui-monospace, monospace; margin: .6rem 0 .3rem; }
@media (max-width: 34rem) { summary { grid-template-columns: 2.2rem 1fr; }
  summary .text { grid-column: 1 / -1; } dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; } body { padding-top: 1.2rem; } }
@media print { details { break-inside: avoid; } nav { display: none; } }
"""


def _html_text(text: str) -> str:
    return markup("".join(c if c in "\n\t" or c.isprintable() else "?" for c in text))


def as_html(found: Certified) -> str:
    return "\n".join(_html(found)) + "\n"


def _html(found: Certified) -> Iterator[str]:
    title = f"{_html_text(found.subject)} and Microsoft 365"
    word = "Certified" if found.passed else "Not certified"
    kind = "passed" if found.passed else "failed"
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body>"
    yield f"<h1>{title}</h1>"
    yield f'<p class="lead">{_html_text(found.described)}</p>'
    yield (
        f'<p class="verdict {kind}">{word}: {sentence(found)}</p><p class="lead">'
        + ", ".join(f"{len(found.of_grade(grade))} {grade.value}" for grade in Grade)
        + "</p>"
    )
    yield '<nav aria-label="Levels">'
    for level, name in LEVELS.items():
        if found.of_level(level):
            grade = _CLASS[found.grade(level)]
            yield f'<a href="#{level}"><b class="{grade}">{level}</b>{_html_text(name)}</a>'
    yield "</nav>"
    yield from _facts(found)
    for level, name in LEVELS.items():
        if found.of_level(level):
            yield from _level(found, level, name)
    yield "</body></html>"


def _facts(found: Certified) -> Iterator[str]:
    rows = [
        ("Against", f"a FAKE Exchange Online, as of {found.made}"),
        ("Driver", found.driver),
        ("Seed", str(found.seed)),
        *found.versions,
        ("Digest", found.digest),
    ]
    yield "<dl>"
    yield from (f"<dt>{_html_text(name)}</dt><dd>{_html_text(value)}</dd>" for name, value in rows)
    yield "</dl>"


def _level(found: Certified, level: str, name: str) -> Iterator[str]:
    grade = _CLASS[found.grade(level)]
    yield f'<h2 id="{level}"><span class="{grade}">{level}</span> {_html_text(name)}</h2>'
    for r in found.of_level(level):
        opened = " open" if r.grade in _OPEN and not r.beyond else ""
        yield (
            f"<details{opened}><summary><span>{r.case.id}</span>"
            f'<span class="word {_CLASS[r.grade]}">{r.grade.value}</span>'
            f'<span class="text">{_html_text(r.case.title)}'
            f'<span class="why">{_html_text(r.why)}</span></span></summary>'
        )
        yield f"<pre>{_html_text(chr(10).join(r.transcript)) or 'no dialogue'}</pre></details>"


def dumped(found: Certified) -> str:
    return json.dumps(as_json(found), indent=1) + "\n"
