"""The result of a run as a page: how many inputs, and what was found and mended."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULT = HERE / "result.json"


@dataclass(frozen=True, slots=True)
class Row:
    """One reader: how many inputs in how many seconds, by the clock and of a core."""

    name: str
    of: str
    inputs: int
    seconds: float
    cpu: float
    faults: Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Found:
    """One run."""

    seed: int
    rows: tuple[Row, ...]

    @property
    def inputs(self) -> int:
        return sum(row.inputs for row in self.rows)

    @property
    def faults(self) -> int:
        return sum(len(row.faults) for row in self.rows)

    def document(self) -> dict[str, Any]:
        return {"seed": self.seed, "targets": [asdict(row) for row in self.rows]}


def read(path: Path = RESULT) -> Found:
    """The result of the last run."""
    found = json.loads(path.read_text("utf-8"))
    return Found(found["seed"], tuple(Row(**row) for row in found["targets"]))


def line(row: Row) -> str:
    faults = f"{len(row.faults)} faults" if row.faults else "no fault"
    return f"{row.name:<10} {row.inputs:>9,} inputs in {row.seconds:>5.0f} s: {faults}"


def summary(found: Found) -> str:
    minutes = sum(row.seconds for row in found.rows) / 60
    told = f"{found.inputs:,} inputs, seed {found.seed}, {minutes:.0f} minutes"
    return f"{told}: {found.faults or 'no'} fault{'' if found.faults == 1 else 's'}"


_HEAD = """# Any input

`sh run fuzz` gives a million inputs to whatever reads what others wrote, and asks of each:

- nothing is raised but what the reader declares for a user's mistake,
- what is answered has its form: replies have a code, end with CRLF, hold nothing that cannot be
  printed and quote no more than the client said; packets can be read by another reader; XML is XML;
- a session keeps its order: no recipient without a sender, no message without a recipient, nothing
  that was said before TLS counts after it, nothing is said after the end, and what was taken is on
  record once;
- it costs what its size allows. One input in 500 is blown up to 20,000 octets, by a part of it
  again and again; where that is dear, four times as much may not be eight times as dear.

[atheris](https://github.com/google/atheris) makes the inputs from examples, in search of code that
no input has reached, each reader in a process of its own at the lowest priority. `--seed` decides
which, `--inputs` how many, `--target` for whom. `tests/property/test_any_input.py` tries some
hundred more, by Hypothesis, in every run of the tests.

"""


def markdown(found: Found, mended: Iterable[Mapping[str, str]]) -> str:
    """The page. `mended`: `by` reader, the `input`, what it `did`, and what is right `now`."""
    lines = [_HEAD + f"**{summary(found)}.**", "", "| reader | of | inputs | seconds of a core |"]
    lines += ["|---|---|---|---|"]
    lines += [f"| `{r.name}` | {r.of} | {r.inputs:,} | {r.cpu:.0f} |" for r in found.rows]
    lines += ["", "## Found and mended", ""]
    lines += ["Each is a test in `tests/unit/test_hostile_input.py` or `test_hostile_text.py`.", ""]
    lines += ["| by | input | did | now |", "|---|---|---|---|"]
    for row in mended:
        lines.append(f"| `{row['by']}` | {row['input']} | {row['did']} | {row['now']} |")
    return "\n".join(lines) + "\n"
