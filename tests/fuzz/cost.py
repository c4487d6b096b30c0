"""What an input costs: seconds of a thread, which grow with its size and not with its square."""

import random
import time
from collections.abc import Callable

_ALWAYS = 0.5  # seconds that anything may take: caches are filled, data are read
_OCTET = 100e-6  # seconds for each octet
_LARGE = 20_000  # octets of an input that is blown up
_MUCH = 0.1  # seconds from which on a larger one is tried
_TIMES = 4  # by which that is larger
_LINEAR = 2 * _TIMES  # more than this many times the seconds are too many

Act = Callable[[bytes], None]


class TooDear(AssertionError):
    """It took too long for what it was."""


def tried(act: Act, data: bytes) -> float:
    """Try an input; returns its seconds. Raises whatever it raises, and TooDear."""
    spent = _seconds(act, data)
    if spent > _ALWAYS + _OCTET * len(data):
        raise TooDear(f"{spent:.2f} s for {len(data)} octets")
    return spent


def blown_up(data: bytes, chance: random.Random, size: int = _LARGE) -> Callable[[int], bytes]:
    """The input with a part of it, or an octet that readers stumble over, again and again: a
    function of how many octets there shall be."""
    at = chance.randrange(len(data) + 1)
    part = data[at : at + chance.randrange(1, 20)] if chance.random() < 0.5 else b""
    part = part or bytes([chance.choice(b" \t\r\n\"\\()<>@,;:=.%-[]{}*&'?a1\xff")])
    behind = data[at:] if chance.random() < 0.5 else b"x"
    return lambda times: data[:at] + part * (size * times // len(part)) + behind


def check_growth(act: Act, made: Callable[[int], bytes]) -> None:
    """Where an input that was blown up is dear, one that is larger must not be much dearer."""
    spent = tried(act, made(1))
    if spent <= _MUCH or _seconds(act, made(_TIMES)) <= _LINEAR * spent:
        return
    # Again, at their best: another's load can make one of two slow.
    less, more = (min(_seconds(act, made(n)) for _ in range(3)) for n in (1, _TIMES))
    if more > _LINEAR * less:
        raise TooDear(f"{less:.2f} s, and {more:.2f} s for {_TIMES} times the size")


def _seconds(act: Act, data: bytes) -> float:
    began = time.thread_time()
    act(data)
    return time.thread_time() - began
