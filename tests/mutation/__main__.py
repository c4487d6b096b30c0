"""`sh run mutants`: which mistakes in the policy would nobody notice?

Draws mutants with a seed, tries the tests that bear on each, and says what survived. One process
at a time, at the lowest priority.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from tests.mutation import page, trial
from tests.mutation.bearing import Bearing
from tests.mutation.mutants import MODULES, ROOT, Mutant, drawn, mutated, path_of

LIMIT = 60.0  # seconds of a core a mutant; one that wants more goes in circles


def main() -> int:
    given = _arguments()
    os.nice(19)
    os.chdir(ROOT)
    _preload()
    bearing = Bearing(_census())
    results: list[tuple[Mutant, trial.Outcome]] = []
    for mutant in _chosen(given):
        if len(results) == given.count:
            break
        outcome = _try(mutant, bearing)
        if outcome.how != "stillborn":
            results.append((mutant, outcome))
            _tell(mutant, outcome, results)
            found = page.Found.of(given.seed, results)
            given.out.write_text(json.dumps(found.document(), indent=1) + "\n")
    found = page.Found.of(given.seed, results)
    click.echo(page.summary(found))
    return 0 if found.rate >= page.WANTED else 1


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(prog="sh run mutants", description=__doc__)
    reader.add_argument("--count", type=int, default=400, help="how many mutants (400)")
    reader.add_argument("--seed", type=int, default=1, help="which ones (1)")
    reader.add_argument("--module", default="", help="only of modules with this in their name")
    reader.add_argument("--again", action="store_true", help="only what survived the last time")
    reader.add_argument("--out", type=Path, default=page.RESULT, help="where the result goes")
    return reader.parse_args()


def _chosen(given: argparse.Namespace) -> Iterator[Mutant]:
    """Those drawn, or those that survived the last time, as far as their lines still stand."""
    again = {(m.module, m.operator, m.was, m.became) for m in _survivors(given)}
    for mutant in drawn(given.seed):
        known = (mutant.module, mutant.operator, mutant.was, mutant.became) in again
        if given.module in mutant.module and (known or not given.again):
            yield mutant


def _survivors(given: argparse.Namespace) -> tuple[Mutant, ...]:
    return page.read().survivors if given.again else ()


def _preload() -> None:
    """All that is not the project, once."""
    import cryptography.x509
    import dkim
    import dnslib
    import hypothesis
    import jsonschema
    import publicsuffixlist
    import trustme
    import yaml

    known = (cryptography.x509, dkim, dnslib, hypothesis, jsonschema, publicsuffixlist, trustme)
    assert all((*known, yaml))
    loaded = [name for name in sys.modules if name.partition(".")[0].startswith("fake_exo")]
    assert not loaded, f"a mutant would come too late: {loaded}"


def _census() -> list[trial.Ran]:
    began = time.perf_counter()
    files = {str(path_of(module)) for module in MODULES}

    def work() -> str:
        return json.dumps([(r.test, r.seconds, sorted(r.called)) for r in trial.census(files)])

    told = trial.in_child(work, 1200)
    assert told is not None, "the unchanged project fails: see `sh run test`"
    ran = [
        trial.Ran(test, seconds, frozenset((file, line) for file, line in called))
        for test, seconds, called in json.loads(told)
    ]
    click.echo(f"{len(ran)} tests watched in {time.perf_counter() - began:.0f} s")
    return ran


def _try(mutant: Mutant, bearing: Bearing) -> trial.Outcome:
    tests, source, path = bearing.on(mutant), mutated(mutant), str(path_of(mutant.module))
    began = time.perf_counter()
    told = trial.in_child(lambda: trial.tried(mutant.module, source, path, tests), LIMIT)
    how, _, by = (told or "killed by the time limit").partition(" ")
    return trial.Outcome(how, by, time.perf_counter() - began)


def _tell(
    mutant: Mutant, outcome: trial.Outcome, results: list[tuple[Mutant, trial.Outcome]]
) -> None:
    if outcome.how == "survived":
        killed = sum(each.how == "killed" for _, each in results)
        click.echo(f"[{killed} of {len(results)} killed] survived: {mutant}")


if __name__ == "__main__":
    sys.exit(main())
