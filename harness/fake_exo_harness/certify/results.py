"""What a certification leaves behind, as values: cases as they came out, and all of them together.

Nothing here runs anything; evidence that is read from a file is the same values.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fake_exo_harness.certify.judges import Grade

GOOD = (Grade.PASSED, Grade.NOTED)


@dataclass(frozen=True, slots=True)
class Result:
    """One case as it came out, with its dialogue. `beyond`: it was not run, and the subject is not
    to blame. `fix`: what to change where something is wrong."""

    id: str
    title: str
    grade: Grade
    why: str
    attempts: int = 0
    duplicates: int = 0
    clear_text: str = "nothing"
    transcript: tuple[str, ...] = ()
    beyond: bool = False
    cause: str = ""  # what stopped it, where it failed
    fix: str = ""

    @property
    def level(self) -> str:
        return self.id[0]


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where evidence was made: moment (ISO 8601, UTC), machine, system, and the command line."""

    at: str = ""
    host: str = ""
    system: str = ""
    command: str = ""


@dataclass(frozen=True, slots=True)
class Certified:
    """The evidence. `digest` is that of everything that the cases said; where it was made is no
    part of it. `commands`: those of a program, by way of sending."""

    subject: str
    described: str
    driver: str
    seed: int
    made: str  # the day of the service, not of the machine
    versions: tuple[tuple[str, str], ...]
    results: tuple[Result, ...]
    digest: str
    occasion: Occasion = field(default_factory=Occasion)
    commands: Mapping[str, str] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Nothing failed, and all was run that can be."""
        return all(result.grade in GOOD or result.beyond for result in self.results)

    @property
    def spotless(self) -> bool:
        """All was run, and there is nothing to note."""
        return all(result.grade is Grade.PASSED for result in self.results)

    @property
    def levels(self) -> tuple[str, ...]:
        """Those of which something was asked, in their order."""
        return tuple(sorted({result.level for result in self.results}))

    def of_level(self, level: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.level == level)

    def of_grade(self, grade: Grade) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.grade is grade)

    def grade(self, level: str) -> Grade:
        grades = {result.grade for result in self.of_level(level)}
        worst = (Grade.FAILED, Grade.NOT_RUN, Grade.NOTED)
        return next((grade for grade in worst if grade in grades), Grade.PASSED)


def digest(results: Sequence[Result]) -> str:
    """SHA-256 over ids, grades and dialogues. Simulated subjects give the same every time."""
    told = [[r.id, r.grade.value, r.why, *r.transcript] for r in results]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
