"""Somebody at a device: is told what to do, and says what the device shows. Scripts may do it too:
one line for each question."""

import sys
from collections.abc import Mapping
from typing import NamedTuple, TextIO

from fake_exo_harness.scenario.model import Scalar
from fake_exo_harness.terminal import say

_WORDS = ("ok", "error", "skip", "again", "quit")
_ASKED = "ok TEXT, error TEXT (what the device shows), skip REASON, again, or quit"


class PanelAnswer(NamedTuple):
    """`word`: ok and error say whether the device shows success, skip that it cannot be tried here,
    again that it went wrong at the panel, quit that the rest comes another day."""

    word: str
    text: str = ""


class Person:
    """Reads answers, and remembers what was entered last, so that only changes are told."""

    def __init__(self, lines: TextIO | None = None) -> None:
        self._lines = lines
        self.entered: Mapping[str, Scalar] | None = None
        self.told: tuple[str, ...] = ()  # where the bench listens

    def answer(self) -> PanelAnswer:
        """What they say; the end of the input is quit."""
        while True:
            say(f"  when it has finished: {_ASKED}", err=True)
            sys.stderr.flush()
            line = (self._lines or sys.stdin).readline()
            if not line:
                return PanelAnswer("quit")
            word, _, text = line.strip().partition(" ")
            if problem := _problem(word.lower(), text.strip()):
                say(f"  {problem}", err=True)
            else:
                return PanelAnswer(word.lower(), text.strip())


def _problem(word: str, text: str) -> str:
    if word not in _WORDS:
        return f"{word!r} is not understood"
    if word == "skip" and not text:
        return "skip wants the reason, which stands in the evidence"
    return ""
