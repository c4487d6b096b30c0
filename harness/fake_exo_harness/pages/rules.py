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


def rules_page(rows: Iterable[Covered], tests: Mapping[str, str]) -> str:
    """The page. `tests`: rule to the test that fires it where no scenario can."""
    return "\n".join(_lines(rows, tests)) + "\n"


def _lines(rows: Iterable[Covered], tests: Mapping[str, str]) -> Iterator[str]:
    yield _HEAD
    for stage, members in groupby(rows, key=lambda row: row.rule.stage):
        yield f"## {stage}\n"
        yield "| rule | at | says | holds | confidence | fired by | near miss |"
        yield "|---|---|---|---|---|---|---|"
        for row in members:
            yield _row(row, tests.get(row.rule.rule, ""))
        yield ""


def _row(row: Covered, test: str) -> str:
    rule = row.rule
    holds = f"{rule.period}, switch `{rule.switch}`" if rule.switch else rule.period
    text = rule.text.splitlines()[0].replace("|", "\\|")
    fired = f"`{test}`" if test else _some(row.fired)
    cells = (f"`{rule.rule}`", ", ".join(rule.endpoints), f"`{text}`", holds, rule.confidence,
             fired, "nothing else is said" if row.alone else _some(row.missed))  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _some(names: Sequence[str]) -> str:
    """The first name, and how many more."""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]}{more}" if names else "**nothing**"
