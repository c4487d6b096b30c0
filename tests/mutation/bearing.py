"""Which tests bear on a mutant: those that call the function it is in; of a table, all of its
module's."""

import ast
from collections.abc import Iterable
from functools import cache

from tests.mutation.mutants import Mutant, path_of, source_of
from tests.mutation.trial import PAGE, SCENARIO, Ran

_FEW = 10  # a function that so few call may be called once and its answer kept


class Bearing:
    """Looks up tests by the code that they called."""

    def __init__(self, ran: Iterable[Ran]) -> None:
        self._ran = sorted(ran, key=lambda each: (not each.test.startswith(SCENARIO), each.seconds))

    def on(self, mutant: Mutant) -> list[str]:
        """Names of tests, the likeliest to fail soon first."""
        path = str(path_of(mutant.module))
        of_module = [r for r in self._ran if any(file == path for file, _ in r.called)]
        first, last = function_around(mutant.module, mutant.line)
        if not last:
            pages = [r.test for r in self._ran if r.test.startswith(PAGE)]
            return list(dict.fromkeys([*pages, *(r.test for r in of_module)]))
        here = [r.test for r in of_module if _calls(r, path, first, last)]
        if len(here) >= _FEW:
            return here
        return list(dict.fromkeys([*here, *(r.test for r in of_module)]))


def _calls(ran: Ran, path: str, first: int, last: int) -> bool:
    return any(file == path and first <= line <= last for file, line in ran.called)


@cache
def function_around(module: str, line: int) -> tuple[int, int]:
    """First and last line of the outermost function around a line; 0, 0 for tables."""
    for node in ast.walk(ast.parse(source_of(module))):
        if isinstance(node, ast.FunctionDef):
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            if first <= line <= (node.end_lineno or 0):
                return first, node.end_lineno or 0
    return 0, 0
