"""Some hundred inputs for each reader of other people's text; `sh run fuzz` tries a million."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.cost import blown_up, check_growth, tried
from tests.fuzz.targets import TARGETS, Target

_TOKENS = [
    b'"', b"\\", b" ", b"\t", b"(", b"<", b">", b"@", b",", b":", b";", b".", b"=", b"=?x?q?",
    b"?=", b"\r\n", b"\n", b"\r", b"\r\n ", b"\r\n--b", b"%{", b"\xff", b"\xed\xa0\x80",
    b"\xe2\x80\xa8", b"\xc2\x85", b"\xc2\xb2", b"9" * 400, b"-1", b"[", b"{", b"&a ", b"*a ", b"!",
    b"\0", b"\x1b[2J", b"null", b"1e999", b"a" * 300, b"\r\n.\r\n", b"STARTTLS\r\n", b"RSET\r\n",
    b"../", b"\\256",
]  # fmt: skip
places, lengths = st.floats(0, 1), st.integers(0, 12)
put = st.sampled_from(_TOKENS) | st.binary(max_size=3)
edits = st.lists(st.tuples(places, lengths, put), min_size=1, max_size=6)


def edited(data: bytes, changes: list[tuple[float, int, bytes]]) -> bytes:
    """An example with something taken out, and something put in, here and there."""
    for place, gone, new in changes:
        at = int(place * len(data))
        data = data[:at] + new + data[at + gone :]
    return data


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_any_input_is_read_or_refused(target: Target) -> None:
    examples = st.sampled_from(target.seeds())

    @settings(max_examples=40, deadline=None, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(examples, edits)
    def check(data: bytes, changes: list[tuple[float, int, bytes]]) -> None:
        tried(target.act, edited(data, changes))

    check()


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_the_cost_of_an_input_grows_with_its_size(target: Target) -> None:
    chance = random.Random(1)
    for _ in range(4):
        example = chance.choice(target.seeds())
        check_growth(target.act, blown_up(example, chance, size=4_000))
