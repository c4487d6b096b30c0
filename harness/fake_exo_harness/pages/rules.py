"""`docs/rules.md`: every rule, what fires it, and what nearly does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from fake_exo_harness.coverage import Covered

_HEAD = """# The rule matrix

Every answer of the service is a row of a table; rows of a stage are tried from top to bottom and
the first that matches answers. **Fired by** is a scenario of the bundled library (or a test) that
gets the answer; **near miss** one in which the row was asked and did not match. `fake-exo explain
RULE` tells why and what to change. This page is made from the tables and a run of the library.
"""


def rules_page(rows: Iterable[Covered], tests: Mapping[str, str], before: str = "") -> str:
    """The page. `tests`: rule to the test that fires it where no scenario can; `before`: the page
    as it was, whose examples stay where they still are some."""
    return "\n".join(_lines(rows, tests, standing(before))) + "\n"


def standing(page: str) -> dict[str, list[str]]:
    """The cells of a page's rows, by the first."""
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line[:3] == "| `"]
    return {cells[0].strip("`"): cells for cells in rows}


def example(names: Sequence[str], known: Sequence[str]) -> str:
    """One of several: that which stands there, else the first."""
    return next((name for name in names if name in known), names[0] if names else "")


def _lines(
    rows: Iterable[Covered], tests: Mapping[str, str], known: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    yield _HEAD
    for stage, members in groupby(rows, key=lambda row: row.rule.stage):
        yield f"## {stage}\n"
        yield "| rule | at | says | holds | confidence | fired by | near miss |"
        yield "|---|---|---|---|---|---|---|"
        for row in members:
            yield _row(row, tests.get(row.rule.rule, ""), known.get(row.rule.rule, ())[-2:])
        yield ""


def _row(row: Covered, test: str, known: Sequence[str]) -> str:
    rule = row.rule
    holds = f"{rule.period}, switch `{rule.switch}`" if rule.switch else rule.period
    text = rule.text.splitlines()[0].replace("|", "\\|")
    fired = f"`{test}`" if test else example(row.fired, known[:1]) or "**nothing**"
    missed = example(row.missed, known[1:]) or "**nothing**"
    cells = (f"`{rule.rule}`", ", ".join(rule.endpoints), f"`{text}`", holds, rule.confidence,
             fired, "nothing else is said" if row.alone else missed)  # fmt: skip
    return f"| {' | '.join(cells)} |"
