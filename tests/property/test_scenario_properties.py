"""Whatever is saved as a scenario file: it is read, or its errors are told with their place."""

import string
import tempfile
from collections.abc import Iterable
from pathlib import Path

from fake_exo_harness.library import library
from fake_exo_harness.scenario import ScenarioError, load_file
from hypothesis import given, settings
from hypothesis import strategies as st

GOOD = (library() / "relay" / "connector.exo.yaml").read_text().replace("../tenants", "tenants")
WORDS = sorted({word for word in GOOD.split() if len(word) < 30})
SIGNS = [*"{}[]:,#&*!|>'\"%@`-", "\t", "\n", "\n  ", ": ", "- ", "---\n", "*a", "&a ", "!!binary "]


def told(text: str) -> Iterable[str]:
    """The errors of a file; nothing but ScenarioError may come out."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.exo.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            load_file(path)
        except ScenarioError as error:
            assert error.problems
            for problem in error.problems:
                assert problem.place.line >= 1
                assert problem.place.column >= 1
                assert problem.cause
            return [problem.render() for problem in error.problems]
    return []


@given(st.text(max_size=80))
def test_any_text_is_read_or_its_errors_are_told(text: str) -> None:
    told(text)


@given(st.text(alphabet=string.printable, max_size=60))
def test_any_printable_text_is_read_or_its_errors_are_told(text: str) -> None:
    told("scenario: a\n" + text)


@settings(max_examples=150)
@given(st.data())
def test_any_slip_in_a_good_file_is_read_or_told(data: st.DataObject) -> None:
    text = GOOD
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        gone = data.draw(st.integers(0, 12))
        new = data.draw(st.one_of(st.sampled_from(SIGNS), st.sampled_from(WORDS), st.just("")))
        text = text[:at] + new + text[at + gone :]
    told(text)
