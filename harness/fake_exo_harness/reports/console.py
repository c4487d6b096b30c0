"""The run on a terminal: one line a scenario, everything about those that failed, a summary."""

from collections.abc import Iterable
from typing import TextIO

import click

from fake_exo import Confidence
from fake_exo_harness.reports.port import Reporter
from fake_exo_harness.reports.text import dialogue, not_rehearsed, refusals, verdict
from fake_exo_harness.runner import Finished, RunEvent, Started, Verdict

_COLOURS = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "red",
    Verdict.NOT_RUN: "yellow",
    Verdict.ERROR: "magenta",
}


class Console(Reporter):
    """`verbosity`: 0 only failures and the summary, 1 a line a run, 2 transcripts and fixes too.

    `total`: how many runs will come, for the progress line that a terminal shows.
    """

    name = "console"

    def __init__(
        self, out: TextIO, *, verbosity: int = 1, total: int = 0, colour: bool = False
    ) -> None:
        super().__init__(out)
        self._verbosity = verbosity
        self._total = total
        self._colour = colour
        self._progress = out.isatty() and verbosity < 2
        self._done: list[Finished] = []

    def take(self, event: RunEvent) -> None:
        match event:
            case Started() if self._progress:
                count = f"[{len(self._done) + 1}/{self._total}]"
                self.out.write(f"\r\x1b[K{count} {event.scenario.id} ({event.driver})")
                self.out.flush()
            case Finished():
                self._finished(event)

    def _finished(self, event: Finished) -> None:
        self._done.append(event)
        if self._progress:
            self.out.write("\r\x1b[K")
        if self._verbosity >= 1 or event.verdict is not Verdict.PASSED:
            self._line(self._headline(event))
            self._lines(not_rehearsed(event))
        if event.verdict is not Verdict.PASSED:
            self._lines(verdict(event))
        elif self._verbosity >= 2:
            for job in event.record.jobs:
                self._lines(dialogue(job))
                self._lines(refusals(job))
            self._line("")

    def _headline(self, event: Finished) -> str:
        word = self._styled(f"{event.verdict.value:<6}", _COLOURS[event.verdict])
        note = f"  ({event.doubt})" if event.doubt else ""
        story = f"  [{event.scenario.story}]" if event.scenario.story else ""
        name = f"{event.scenario.id} ({event.driver})"
        return f"{word} {name}: {event.scenario.title}{story}{note}"

    def end(self) -> None:
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
        self._line(self._styled(summary, "green" if good else "red"))

    def _styled(self, text: str, colour: str) -> str:
        return click.style(text, fg=colour) if self._colour else text

    def _lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._line(line)

    def _line(self, line: str) -> None:
        self.out.write(f"{line}\n")
