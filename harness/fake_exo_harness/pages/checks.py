"""`docs/checks.md`: each key of each check with a run in which it holds and one where it fails."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Protocol

_HEAD = """# Every check can fail

Each key of each check in `then:`, tried on two runs: one in which it holds, and one in which the
same words fail. The runs are those of `tests/checks/situations.yaml`; a test tries every row, and
finds a check, a key or a word that has none. `job` is tried for each check that takes it. This page
is made from `tests/checks/checks.yaml`. What the checks mean: [the language](scenarios.md).
"""


class Tried(Protocol):
    """A check with the run that passes it and the one that does not."""

    @property
    def of(self) -> str: ...  # check and key

    @property
    def check(self) -> str: ...

    @property
    def holds(self) -> str: ...

    @property
    def fails(self) -> str: ...


def checks_page(rows: Iterable[Tried]) -> str:
    return "\n".join(_lines(rows)) + "\n"


def _lines(rows: Iterable[Tried]) -> Iterator[str]:
    yield _HEAD
    yield "| key | words | holds in the run | fails in the run |"
    yield "|---|---|---|---|"
    for of, tried in groupby(rows, key=lambda row: row.of):
        for row in tried:
            yield f"| `{of}` | `{row.check}` | {row.holds} | {row.fails} |"
