"""Mutants: each is one change of one module, in its functions or in its tables."""

import ast
import random
import re
from collections.abc import Iterator
from difflib import unified_diff
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import Visitor, get_ast
from cosmic_ray.mutating import mutate_code

from tests.mutation.operators import operators

ROOT = Path(__file__).parents[2]
_WHERE = {"fake_exo": ROOT / "fake_exo", "fake_exo_harness": ROOT / "harness" / "fake_exo_harness"}

# What is judged: who a session belongs to, what becomes of mail, and what is said of both.
MODULES = (
    "fake_exo.exchange.attribution",
    "fake_exo.exchange.directory",
    "fake_exo.exchange.delivery",
    "fake_exo.exchange.quotas",
    "fake_exo.exchange.dsn",
    "fake_exo.exchange.rules.hello",
    "fake_exo.exchange.rules.auth",
    "fake_exo.exchange.rules.mail",
    "fake_exo.exchange.rules.rcpt",
    "fake_exo.exchange.rules.data",
    "fake_exo.exchange.rules.hve",
    "fake_exo.exchange.rules.granted",
    "fake_exo.exchange.rules.other",
    "fake_exo.rules.catalogue",
    "fake_exo.rules.limits",
    "fake_exo.rules.period",
    "fake_exo.rules.rule",
    "fake_exo.rules.table",
    "fake_exo_harness.reports.console",
    "fake_exo_harness.reports.documents",
    "fake_exo_harness.reports.text",
    "fake_exo_harness.checks",
    "fake_exo_harness.checks.base",
    "fake_exo_harness.checks.outcomes",
    "fake_exo_harness.checks.replies",
    "fake_exo_harness.checks.session",
)

# Changes that no behaviour can show: how much is kept, what a value refuses to have done to it,
# what only the type checker reads, and what says that a case cannot be.
_NO_BEHAVIOUR = re.compile(
    r"frozen=|slots=|lru_cache|strict=|TypeVar\(|NewType\(|Protocol|raise AssertionError|__all__"
    r"|@dataclass|@abstractmethod|@staticmethod|import |= Callable\[|= tuple\["
)


class Mutant(NamedTuple):
    """One change. `was` and `became` are the first line that differs."""

    module: str
    operator: str
    occurrence: int
    line: int
    was: str
    became: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {self.was} -> {self.became}"


def path_of(module: str) -> Path:
    """The file of a module."""
    top, _, rest = module.partition(".")
    base = _WHERE[top].joinpath(*rest.split("."))
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")


@cache
def source_of(module: str) -> str:
    return path_of(module).read_text("utf-8")


def mutated(mutant: Mutant) -> str:
    """The module's source with the change made."""
    made = mutate_code(source_of(mutant.module), operators()[mutant.operator], mutant.occurrence)
    return made or ""


def drawn(seed: int) -> Iterator[Mutant]:
    """All mutants, in an order that the seed chooses."""
    every = [place for module in MODULES for place in places(module)]
    random.Random(seed).shuffle(every)
    for module, operator, occurrence in every:
        mutant = _described(module, operator, occurrence)
        if mutant is not None:
            yield mutant


@cache
def places(module: str) -> list[tuple[str, str, int]]:
    """Where a module can be changed, outside of annotations and of what has no behaviour."""
    source = source_of(module)
    lines = source.splitlines()
    annotated = list(_annotations(source))
    visitor = _Positions()
    visitor.walk(get_ast(source))
    return [
        (module, name, occurrence)
        for name, found in visitor.found.items()
        for occurrence, (start, _) in enumerate(found)
        if not any(a <= start < b for a, b in annotated)
        and not _NO_BEHAVIOUR.search(lines[start[0] - 1])
    ]


class _Positions(Visitor):  # type: ignore[misc]
    """Where each operator finds something to change."""

    def __init__(self) -> None:
        self.found: dict[str, list[Any]] = {name: [] for name in operators()}

    def visit(self, node: Any) -> Any:  # noqa: ANN401 - parso has no types
        for name, operator in operators().items():
            self.found[name] += operator.mutation_positions(node)
        return node


def _annotations(source: str) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    for node in ast.walk(ast.parse(source)):
        for child in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            if child is not None:
                yield (
                    (child.lineno, child.col_offset),
                    (child.end_lineno or 0, child.end_col_offset or 0),
                )


def _described(module: str, operator: str, occurrence: int) -> Mutant | None:
    before = source_of(module).splitlines()
    bare = Mutant(module, operator, occurrence, 0, "", "")
    after = mutated(bare).splitlines()
    changes = list(unified_diff(before, after, n=0, lineterm=""))[2:]
    if not changes:
        return None
    match = re.match(r"@@ -(\d+)", changes[0])
    gone = [line[1:].strip() for line in changes[1:] if line.startswith("-")]
    come = [line[1:].strip() for line in changes[1:] if line.startswith("+")]
    line = int(match[1]) if match else 0
    pairs = zip_longest(gone, come, fillvalue="")
    was, became = next(((old, new) for old, new in pairs if old != new), ("", ""))
    return bare._replace(line=line, was=was, became=became) if was != became else None
