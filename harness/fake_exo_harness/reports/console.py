"""The run on a terminal: one line a file, everything about what failed, sums, and a summary."""

import os
import shlex
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import click

from fake_exo import Confidence
from fake_exo_harness.reports.port import Reporter
from fake_exo_harness.reports.text import dialogue, not_rehearsed, refusals, verdict
from fake_exo_harness.runner import Finished, RunEvent, Started, Verdict
from fake_exo_harness.terminal import shown

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.NOT_RUN: "yellow",
    Verdict.ERROR: "magenta",
}


class Console(Reporter):
    """`verbosity`: 0 only failures and the summary, 1 a line a file (of a single `files` a line a
    run), 2 a line a run, transcripts and fixes too.

    `total`: how many runs will come, for the progress line that a terminal shows.
    """

    name = "console"

    def __init__(
        self,
        out: TextIO,
        *,
        verbosity: int = 1,
        total: int = 0,
        files: int = 1,
        colour: bool = False,
    ) -> None:
        super().__init__(out)
        self._verbosity = verbosity
        self._total = total
        self._colour = colour
        self._progress = out.isatty() and verbosity < 2
        self._done: list[Finished] = []
        self._by_file = verbosity == 1 and files > 1
        self._file: list[Finished] = []  # of the file that is being run

    def take(self, event: RunEvent) -> None:
        match event:
            case Started() if self._progress:
                count = f"[{len(self._done) + 1}/{self._total}]"
                self.out.write(f"\r\x1b[K{count} {shown(event.scenario.id)} ({event.driver})")
                self.out.flush()
            case Finished():
                self._finished(event)

    def _finished(self, event: Finished) -> None:
        self._done.append(event)
        if self._progress:
            self.out.write("\r\x1b[K")
        if self._by_file:
            self._next_in_file(event)
        if event.verdict is not Verdict.PASSED or (self._verbosity >= 1 and not self._by_file):
            self._line(self._headline(event), event.verdict.value.ljust(6), _COLOURS[event.verdict])
            self._lines(not_rehearsed(event))
        if event.verdict is not Verdict.PASSED:
            self._lines(verdict(event))
            self._line(f"again: {again(event)}\n")
        elif self._verbosity >= 2:
            for job in event.record.jobs:
                self._lines(dialogue(job))
                self._lines(refusals(job))
            self._line("")

    def _next_in_file(self, event: Finished) -> None:
        if self._file and self._file[-1].scenario.source.path != event.scenario.source.path:
            self._end_of_file()
        self._file.append(event)

    def _end_of_file(self) -> None:
        """One line for all scenarios of a file, and what they do not rehearse."""
        if not self._file:
            return
        bad = [done for done in self._file if done.verdict is not Verdict.PASSED]
        told = f"{len(bad)} of {len(self._file)}" if bad else str(len(self._file))
        low = sum(bool(done.doubt) for done in self._file)
        note = f"  ({low} of low confidence)" if low else ""
        text = f" {_shown(self._file[0].scenario.source.path)}: {told}{note}"
        self._line(text, "failed" if bad else "passed", "red" if bad else "green")
        self._lines(dict.fromkeys(line for done in self._file for line in not_rehearsed(done)))
        self._file = []

    def _chapters(self) -> Iterator[str]:
        """How each chapter of the story stands."""
        told = [(done.scenario.story.partition(",")[0], done) for done in self._done]
        passed = Counter(chapter for chapter, d in told if d.verdict is Verdict.PASSED)
        for chapter, count in sorted(Counter(c for c, _ in told if c).items()):
            yield f"  {chapter}: {passed[chapter]} of {count} passed"

    def _headline(self, event: Finished) -> str:
        note = f"  ({event.doubt})" if event.doubt else ""
        story = f"  [{event.scenario.story}]" if event.scenario.story else ""
        name = f"{event.scenario.id} ({event.driver})"
        return f" {name}: {event.scenario.title}{story}{note}"

    def end(self) -> None:
        self._end_of_file()
        if self._by_file and (chapters := list(self._chapters())):
            self._lines(["", "the story:", *chapters, ""])
        counts = {kind: sum(d.verdict is kind for d in self._done) for kind in Verdict}
        low = sum(done.confidence is Confidence.LOW for done in self._done)
        marked = sum(done.marked_low for done in self._done)
        seconds = sum(done.seconds for done in self._done)
        parts = [f"{count} {kind.value}" for kind, count in counts.items() if count]
        summary = f"{', '.join(parts) or 'nothing run'} in {seconds:.2f} s"
        if low:
            summary += f"; {low} rest on replies of low confidence"
        if marked:
            summary += f"; {marked} marked low"
        if blind := sum(bool(done.not_rehearsed) for done in self._done):
            summary += f"; {blind} with words that are not rehearsed"
        good = counts[Verdict.PASSED] == len(self._done)
        self._line("", summary, "green" if good else "red")

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, line: str, word: str = "", colour: str = "") -> None:
        """A line, which may begin with a word in a colour."""
        styled = click.style(word, fg=colour) if word and self._colour else word
        self.out.write(f"{styled}{shown(line)}\n")


def again(event: Finished) -> str:
    """The command that runs one scenario again, with its dialogue."""
    scenario = event.scenario
    words = ["fake-exo", "run", _shown(scenario.source.path), "-k", scenario.id, "-v"]
    if event.driver != "memory":
        words += ["--driver", event.driver]
    return shlex.join(words)


def _shown(path: Path) -> str:
    """A path from here, when that is shorter."""
    try:
        return min(os.path.relpath(path), str(path), key=len)
    except ValueError:  # another drive of Windows
        return str(path)
