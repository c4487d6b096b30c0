"""What is wrong with a file: every problem with place, cause and remedy, all at once."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fake_exo_harness.forms.location import Location


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
        super().__init__("\n".join(problem.render() for problem in self.problems))


def clipped(line: str, column: int, width: int = 160) -> tuple[str, int]:
    """So much of a line as a terminal shows, around a column, and where that is then."""
    if len(line) <= width:
        return line, column
    start = max(0, min(column - 1 - width // 2, len(line) - width))
    shown = line[start : start + width]
    before, after = "..." if start else "", "..." if start + width < len(line) else ""
    return f"{before}{shown}{after}", column - start + len(before)


def nearest(word: str, valid: Sequence[str]) -> str:
    """A hint at what may have been meant, or the whole list."""
    close = difflib.get_close_matches(word.lower(), [v.lower() for v in valid], 1, 0.6)
    if close:
        meant = next(v for v in valid if v.lower() == close[0])
        return f'did you mean "{meant}"?'
    return f"valid are: {', '.join(valid)}"


def _line(place: Location) -> str:
    try:
        lines = Path(place.path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[place.line - 1] if 0 < place.line <= len(lines) else ""
