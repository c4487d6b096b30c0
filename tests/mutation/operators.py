"""What is changed: cosmic-ray's operators, and two of our own for rows of tables.

Policy is tables here, so a row that is gone or stands elsewhere is the likeliest mistake.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import cosmic_ray.plugins
from cosmic_ray.operators.operator import Operator
from parso.python.tree import PythonNode

_CORE = (
    "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue", "ReplaceAndWithOr",
    "ReplaceOrWithAnd", "ReplaceBreakWithContinue", "ReplaceContinueWithBreak",
    "ExceptionReplacer", "NumberReplacer", "RemoveDecorator", "ZeroIterationForLoop",
    "ReplaceUnaryOperator_Delete_Not", "ReplaceUnaryOperator_USub_UAdd",
)  # fmt: skip
# One turned round and one off by one of each; `is` for `==` changes nothing with enums.
_COMPARISONS = (
    "Eq_NotEq", "NotEq_Eq", "Lt_LtE", "Lt_GtE", "LtE_Lt", "LtE_Gt", "Gt_GtE", "Gt_LtE",
    "GtE_Gt", "GtE_Lt", "Is_IsNot", "IsNot_Is",
)  # fmt: skip
_ARITHMETIC = (
    "Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "Mod_Mul", "Pow_Mul", "BitOr_BitAnd",
    "BitAnd_BitOr",
)  # fmt: skip

# What pages show and no decision hangs on; a row is no surer than its text, whatever it says.
_PROSE = {"why", "fix", "evidence", "confidence"}
_ROWS = ("testlist_comp", "testlist_star_expr", "arglist", "dictorsetmaker")
_FUNCTIONS = {"funcdef", "lambdef", "classdef", "async_funcdef", "decorator"}


class RemoveRow(Operator):  # type: ignore[misc]
    """A row of a table of the module, or a keyword of a row, is not there."""

    def mutation_positions(self, node: PythonNode) -> Iterator[Any]:
        yield from (_place(row[0], row[-1]) for row in _rows(node))

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        gone = {id(part) for part in _rows(node)[index]}
        at = [n for n, child in enumerate(node.children) if id(child) in gone]
        comma = {at[-1] + 1} if at[-1] + 1 < len(node.children) else {at[0] - 1}
        node.children = [child for n, child in enumerate(node.children) if n not in {*at, *comma}]
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


class SwapRows(Operator):  # type: ignore[misc]
    """Two rules that are neighbours have changed places: the first match answers."""

    def mutation_positions(self, node: PythonNode) -> Iterator[Any]:
        if node.type == "testlist_comp":
            yield from (_place(a, b) for a, b in pairwise(_calls(node)))

    def mutate(self, node: PythonNode, index: int) -> PythonNode:
        first, second = _calls(node)[index : index + 2]
        one, other = node.children.index(first), node.children.index(second)
        first.get_first_leaf().prefix, second.get_first_leaf().prefix = (
            second.get_first_leaf().prefix,
            first.get_first_leaf().prefix,
        )
        node.children[one], node.children[other] = second, first
        return node

    @classmethod
    def examples(cls) -> tuple[()]:
        return ()


def _rows(node: PythonNode) -> list[list[Any]]:
    """The rows of a literal at module level, or the keywords of a call in one; else none."""
    if node.type not in _ROWS or not _of_module(node):
        return []
    rows: list[list[Any]] = [[]]
    for child in node.children:
        if child == ",":
            rows.append([])
        else:
            rows[-1].append(child)
    found = [row for row in rows if row]
    if node.type == "arglist":
        return [row for row in found if row[0].type == "argument" and not _prose(row[0])]
    if any(child.type == "sync_comp_for" for child in node.children):
        return []
    return found if len(found) > 1 else []


def _calls(node: PythonNode) -> list[Any]:
    """The rows that are calls, as rules are."""
    return [row[0] for row in _rows(node) if row[0].type == "atom_expr"]


def _prose(node: Any) -> bool:  # noqa: ANN401 - parso has no types
    """Whether it is a keyword of a call that only pages show."""
    return node.type == "argument" and getattr(node.children[0], "value", "") in _PROSE


def _of_module(node: PythonNode) -> bool:
    """Whether it stands in a table: an assignment of the module, in no function or class."""
    up, assigned = node.parent, False
    while up is not None:
        if up.type in _FUNCTIONS or up.type.startswith("import") or _prose(up):
            return False
        assigned = assigned or up.type in ("expr_stmt", "annassign")
        up = up.parent
    return assigned


def _place(first: Any, last: Any) -> tuple[Any, Any]:  # noqa: ANN401
    return first.start_pos, last.end_pos


@lru_cache(maxsize=1)
def operators() -> Mapping[str, Operator]:
    """All operators, by name."""
    names = [
        *_CORE,
        *(f"ReplaceComparisonOperator_{pair}" for pair in _COMPARISONS),
        *(f"ReplaceBinaryOperator_{pair}" for pair in _ARITHMETIC),
    ]
    core = {name: cosmic_ray.plugins.get_operator(f"core/{name}")() for name in names}
    return {**core, "RemoveRow": RemoveRow(), "SwapRows": SwapRows()}
