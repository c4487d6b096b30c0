"""What is wrong with a file: every problem with place, cause and remedy, all at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fake_exo import nearest as nearest  # what is written here is told with it
from fake_exo_harness.forms.location import Location

MOST_TOLD = 200  # nobody reads more, and each is looked up in its file


@dataclass(frozen=True, slots=True)
class Problem:
    place: Location
    cause: str
    remedy: str = ""

    def render(self) -> str:
        """`path:line:column: cause; remedy`, the line itself, and a caret below it."""
        head = f"{self.place}: {self.cause}" + (f"; {self.remedy}" if self.remedy else "")
        line, caret = clipped(_line(self.place), self.place.column)
        if not line.strip():
            return head
        return f"{head}\n    {line}\n    {' ' * (caret - 1)}^"


class ScenarioError(Exception):
    """The author's file cannot be used. `problems` holds every reason, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        told = [problem.render() for problem in self.problems[:MOST_TOLD]]
        if more := len(self.problems) - len(told):
            told.append(f"... and {more} more")
        super().__init__("\n".join(told))


def clipped(line: str, column: int, width: int = 160) -> tuple[str, int]:
    """So much of a line as a terminal shows, around a column, and where that is then."""
    if len(line) <= width:
        return line, column
    start = max(0, min(column - 1 - width // 2, len(line) - width))
    shown = line[start : start + width]
    before, after = "..." if start else "", "..." if start + width < len(line) else ""
    return f"{before}{shown}{after}", column - start + len(before)


def _line(place: Location) -> str:
    lines = _lines(place.path)
    return lines[place.line - 1] if 0 < place.line <= len(lines) else ""


def _lines(path: Path) -> tuple[str, ...]:
    """The lines of a file, which is read once for all of its problems as long as it stays."""
    try:
        seen = path.stat()
        return _read(path, seen.st_mtime_ns, seen.st_size)
    except (OSError, ValueError):
        return ()


@lru_cache(maxsize=4)
def _read(path: Path, changed: int, size: int) -> tuple[str, ...]:
    return tuple(path.read_text("utf-8").splitlines())
