"""The mutation command: what it changes, and what it leaves alone."""

import itertools

import pytest
from cosmic_ray.mutating import mutate_code

from tests.mutation.bearing import Bearing, function_around
from tests.mutation.mutants import MODULES, Mutant, drawn, path_of, places, source_of
from tests.mutation.operators import RemoveRow, SwapRows
from tests.mutation.trial import PAGE, SCENARIO, Ran, in_child

TABLE = """\
RULES = (
    Rule("a", when, why="prose", after=CLOSE),
    Rule("b", when),
    Rule("c", when),
)
NAMES = {"x": 1, "y": 2}
"""


def made(operator: object, source: str) -> list[str]:
    """Every mutant that an operator makes of a source."""
    found = (mutate_code(source, operator, n) for n in itertools.count())
    return list(itertools.takewhile(lambda text: text is not None, found))


def test_rows_of_tables_and_their_keywords_are_taken_away() -> None:
    texts = made(RemoveRow(), TABLE)
    assert len(texts) == 6  # three rules, a keyword that decides, two names
    assert len([text for text in texts if "after=CLOSE" not in text]) == 2
    assert len([text for text in texts if 'why="prose"' not in text]) == 1  # with its rule
    assert len([text for text in texts if '"x": 1' not in text]) == 1


def test_neighbouring_rules_change_places_and_mappings_do_not() -> None:
    orders = [[text.index(f'"{n}"') for n in "abc"] for text in made(SwapRows(), TABLE)]
    assert [sorted(range(3), key=lambda n: at[n]) for at in orders] == [[1, 0, 2], [0, 2, 1]]


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return (1, 2)\n",
        "@wraps(a=1)\ndef f(): ...\n",
        "from a import (b, c)\n",
        "f(a=1, b=2)\n",
        "ONE = (1,)\n",
        "X = Rule(why=('a', 'b'), evidence=('c', 'd'))\n",
    ],
)
def test_what_is_no_table_has_no_rows(source: str) -> None:
    assert made(RemoveRow(), source) == []


def test_the_seed_decides_what_is_drawn() -> None:
    first = list(itertools.islice(drawn(1), 5))
    assert first == list(itertools.islice(drawn(1), 5))
    assert first != list(itertools.islice(drawn(2), 5))
    assert all(mutant.was != mutant.became for mutant in first)


def test_annotations_and_what_has_no_behaviour_are_left_alone() -> None:
    lines = {m.was for m in itertools.islice(drawn(5), 60)}
    assert [line for line in lines if "frozen=" in line or "lru_cache" in line] == []
    assert {name for name, _, _ in places(MODULES[0])} == {MODULES[0]}
    assert path_of("fake_exo_harness.checks").name == "__init__.py"


def test_the_function_around_a_line_is_found_and_tables_have_none() -> None:
    module = "fake_exo.exchange.attribution"
    lines = source_of(module).splitlines()
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("def _longest_prefix"))
    assert function_around(module, at + 1)[0] == at
    assert function_around(module, 1) == (0, 0)


def test_tests_bear_on_a_mutant_by_what_they_call() -> None:
    module = "fake_exo.exchange.attribution"
    path, lines = str(path_of(module)), source_of(module).splitlines()
    at = next(n for n, line in enumerate(lines, 1) if line.startswith("def _longest_prefix"))
    callers = [Ran(f"test {n}", 1.0, frozenset({(path, at)})) for n in range(12)]
    other = Ran(f"{SCENARIO}other", 0.5, frozenset({(path, at + 40)}))
    page = Ran(f"{PAGE}::test", 0.1, frozenset())
    bearing = Bearing([*callers, other, page])
    inside = Mutant(module, "AddNot", 0, at + 1, "", "")
    assert bearing.on(inside) == [ran.test for ran in callers]
    table = inside._replace(line=1)
    assert bearing.on(table)[0] == page.test
    assert set(bearing.on(table)) == {page.test, other.test, *(r.test for r in callers)}


def test_what_goes_in_circles_is_ended_and_counts_as_noticed() -> None:
    assert in_child(lambda: "done", 10) == "done"

    def circles() -> str:
        while True:
            pass

    assert in_child(circles, 1) is None
