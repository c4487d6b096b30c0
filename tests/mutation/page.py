"""The result of a run as a page: how many were noticed, and why the others were not."""

import json
from collections.abc import Iterable, Mapping
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


_HEAD = """# What no test notices

`sh run mutants` changes the policy in one place at a time and asks whether a test notices:
conditions turned round, figures off by one, rows of tables gone, rules in each other's place, loops
that do nothing. cosmic-ray makes the changes, of whole modules, so that tables are changed as
functions are; those of rows are our own. Left out is what has no behaviour: annotations, prose,
what values refuse, how much a cache keeps. A change after which the module cannot even be loaded
does not count.

Each mutant meets only the tests that call the function it is in (of a table: its module's), in
memory, in a process forked for it, with a limit of a core's time, at the lowest priority; rows of
rules also meet the page of rules as it stands. The seed decides which are drawn. With `--again`
`sh run mutants` tries what survived, with `--module` some modules.

"""


def markdown(found: Found, reasons: Iterable[Mapping[str, str]]) -> str:
    """The page. `reasons`: `of` module, `was`, `became`, and `why` no test can or does notice."""
    lines = [_HEAD + f"**{summary(found)}.**", ""]
    lines += ["| module | tried | killed |", "|---|---|---|"]
    lines += [f"| `{m}` | {found.tried[m]} | {found.killed[m]} |" for m in sorted(found.tried)]
    lines += ["", "## Survivors", "", "| where | was | became | why |", "|---|---|---|---|"]
    known = {(r["of"], r["was"], r["became"]): r["why"] for r in reasons}
    for mutant in sorted(found.survivors):
        why = known.get((mutant.module, mutant.was, mutant.became), "**no reason is given**")
        cells = (f"`{mutant.module}`", _code(mutant.was), _code(mutant.became), why)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _code(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if text else "(gone)"


def summary(found: Found) -> str:
    killed, tried = sum(found.killed.values()), sum(found.tried.values())
    return f"{killed} of {tried} mutants killed ({found.rate:.0%}), seed {found.seed}"
