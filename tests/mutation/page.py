"""The result of a run as a page: how many were noticed, and why the others were not."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.mutation.mutants import Mutant
from tests.mutation.trial import Outcome

WANTED = 0.85
HERE = Path(__file__).parent
RESULT = HERE / "result.json"


@dataclass(frozen=True, slots=True)
class Found:
    """One run."""

    seed: int
    killed: dict[str, int]
    tried: dict[str, int]
    survivors: tuple[Mutant, ...]

    @classmethod
    def of(cls, seed: int, results: Iterable[tuple[Mutant, Outcome]]) -> "Found":
        rows = list(results)
        names = sorted({mutant.module for mutant, _ in rows})
        tried = {name: sum(m.module == name for m, _ in rows) for name in names}
        survivors = tuple(m for m, outcome in rows if outcome.how == "survived")
        lost = {name: sum(m.module == name for m in survivors) for name in names}
        killed = {name: tried[name] - lost[name] for name in names}
        return cls(seed, killed, tried, survivors)

    @property
    def rate(self) -> float:
        return sum(self.killed.values()) / max(sum(self.tried.values()), 1)

    def document(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "killed": self.killed,
            "tried": self.tried,
            "survivors": [list(mutant) for mutant in sorted(self.survivors)],
        }


def read(path: Path = RESULT) -> Found:
    """The result of the last run."""
    found = json.loads(path.read_text("utf-8"))
    survivors = tuple(Mutant(*row) for row in found["survivors"])
    return Found(found["seed"], found["killed"], found["tried"], survivors)


def summary(found: Found) -> str:
    killed, tried = sum(found.killed.values()), sum(found.tried.values())
    return f"{killed} of {tried} mutants killed ({found.rate:.0%}), seed {found.seed}"
