"""`sh run fuzz`: a million inputs for whatever reads what others wrote.

Each reader has a process of its own, at the lowest priority; what raises, answers in no form or
costs more than its size is told with the input that did it.
"""

import argparse
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tests.fuzz import page


def main() -> int:
    given = _arguments()
    if importlib.util.find_spec("atheris") is None:
        click.echo("fuzz: atheris is not here; pip install '.[fuzz]' (not on Windows)", err=True)
        return 4
    os.nice(19)
    rows = []
    for row in _rows(given):
        rows.append(row)
        click.echo(page.line(row))
    found = page.Found(given.seed, tuple(rows))
    given.out.write_text(json.dumps(found.document(), indent=1) + "\n")
    click.echo(page.summary(found))
    return 1 if found.faults else 0


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="sh run fuzz", description=__doc__)
    reader.add_argument("--inputs", type=int, default=1_000_000, help="how many (1,000,000)")
    reader.add_argument("--seed", type=int, default=1, help="which ones (1)")
    reader.add_argument("--target", action="append", help="only this reader (repeatable)")
    reader.add_argument("--out", type=Path, default=page.RESULT, help="where the result goes")
    return reader.parse_args()


def _rows(given: argparse.Namespace) -> Iterator[page.Row]:
    # What is fuzzed is instrumented as it is imported, once, and never for --help.
    from tests.fuzz.hunt import hunted
    from tests.fuzz.targets import TARGETS

    names = [target.name for target in TARGETS]
    if unknown := set(given.target or ()) - set(names):
        raise SystemExit(f"fuzz: no reader is named {unknown.pop()}; there are {', '.join(names)}")
    chosen = [target for target in TARGETS if not given.target or target.name in given.target]
    shares = sum(target.share for target in chosen)
    for target in chosen:
        inputs = max(1, given.inputs * target.share // shares)
        yield page.Row(target.name, target.of, **hunted(target, inputs, given.seed))


if __name__ == "__main__":
    sys.exit(main())
