"""`fake-exo certify`: levels A to K for a device profile or a program, and the evidence."""

import platform
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from fake_exo import ServiceError, World, service_facts
from fake_exo_harness import exits
from fake_exo_harness.certify import (
    LEVELS,
    CannotCertify,
    Case,
    Certified,
    Comparison,
    Occasion,
    Subject,
    SubjectError,
    Terms,
    as_changes,
    as_html,
    as_json,
    as_junit,
    as_table,
    certify,
    changes_as_json,
    compare,
    dumped,
)
from fake_exo_harness.certify import (
    subject as subject_of,
)
from fake_exo_harness.commands import kinds
from fake_exo_harness.commands.certify_bench import BenchOptions, BenchSession
from fake_exo_harness.commands.certify_init import write_template
from fake_exo_harness.commands.evidence import evidence_in
from fake_exo_harness.drivers import PhysicalDriver
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.scenario import ScenarioError
from fake_exo_harness.terminal import say


def certify_(
    *,
    subject: str | None,
    init: bool,
    driver: str | None,
    levels: str,
    seed: int,
    as_of: datetime | None,
    strict: bool,
    against: Path | None,
    json_file: Path | None,
    junit: Path | None,
    html: Path | None,
    as_json: bool,
    no_authority: bool,
    **bench: Any,  # noqa: ANN401 - what only a bench takes, see `BenchOptions`
) -> int:
    """Certify, print the table, write what was asked for. Returns an exit code."""
    if subject is None:
        raise click.UsageError("missing SUBJECT: a profile, a program, or a file of yours")
    if init:
        return write_template(Path(subject))
    found = _subject(subject)
    way = driver or ("memory" if found.simulated else "namespace")
    _check_driver(found, way)
    day = None if as_of is None else as_of.date()
    chosen, session = _levels(levels), BenchSession(way == "physical", BenchOptions(**bench))
    before = evidence_in(against) if against is not None else None
    terms = Terms(found, way, seed, day or service_facts()["default_day"], not no_authority)
    done = session.carried_out(terms, lambda terms: _certified(terms, chosen, session.keep))
    if done is None:
        return exits.FAILED
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    changes = compare(before, done) if before is not None else None
    _write(done, changes, json_file, junit, html)
    if as_json:
        say(_document(done, changes).rstrip("\n"))
    else:
        _print(done, changes)
    return exits.PASSED if _good(done, changes, strict) else exits.FAILED


def _check_driver(found: Subject, way: str) -> None:
    valid = ("memory", "socket", "physical") if found.simulated else ("namespace", "command")
    if way not in valid:
        choices = f"{', '.join(valid[:-1])} or {valid[-1]}"
        raise click.UsageError(f"{found.name} needs --driver {choices}")


def _good(done: Certified, changes: Comparison | None, strict: bool) -> bool:
    """Beside older evidence what was wrong before is no failure, unless --strict."""
    if strict:
        return done.spotless and (changes is None or changes.sound)
    return done.passed if changes is None else changes.sound


def _write(
    done: Certified,
    changes: Comparison | None,
    json_file: Path | None,
    junit: Path | None,
    html: Path | None,
) -> None:
    if json_file is not None:
        write_whole(json_file, _document(done, changes).encode())
    if junit is not None:
        write_whole(junit, as_junit(done).encode("utf-8", "replace"))
    if html is not None:
        write_whole(html, as_html(done, changes).encode("utf-8", "replace"))


def _document(done: Certified, changes: Comparison | None) -> str:
    against = {} if changes is None else {"against": changes_as_json(changes)}
    return dumped({**as_json(done), **against})


def _print(done: Certified, changes: Comparison | None) -> None:
    for line in as_table(done):
        say(line)
    for line in as_changes(changes) if changes is not None else ():
        say(line)


def _subject(name: str) -> Subject:
    """What has this name; a file of another kind, or a name of nothing, ends the command."""
    kinds.refuse_others(filter(Path.is_file, [Path(name)]), kinds.PROGRAM, kinds.DEVICE)
    try:
        return subject_of(name)
    except SubjectError as error:
        raise click.UsageError(str(error)) from None
    except ScenarioError as error:
        say(str(error), err=True)
        raise click.exceptions.Exit(exits.FAILED) from None


def _certified(terms: Terms, levels: Sequence[str], keep: Callable[[Certified], None]) -> Certified:
    """Ends the command where the environment is not fit: a program that is not there."""
    try:
        for program in terms.subject.programs():
            if shutil.which(program) is None:
                raise CannotCertify(f"{program}: no such program on this machine")
        World(as_of=terms.day)
        return certify(terms, levels, progress=_progress, keep=keep, occasion=_here())
    except ServiceError as error:
        raise click.UsageError(str(error)) from None
    except CannotCertify as error:
        say(f"fake-exo: {error}", err=True)
        raise click.exceptions.Exit(exits.ENVIRONMENT) from None


def _levels(text: str) -> Sequence[str]:
    wanted = [letter for letter in text.upper() if letter not in ", "]
    if bad := [letter for letter in wanted if letter not in LEVELS]:
        raise click.UsageError(f"no level {bad[0]}; there are A to K")
    return wanted or tuple(LEVELS)


def _progress(case: Case) -> None:
    if PhysicalDriver.person is not None:
        say(f"\n{case.id}  {case.title}", err=True)
    elif sys.stderr.isatty():
        click.echo(f"\r\x1b[K{case.id} {case.title} ...", nl=False, err=True)


def _here() -> Occasion:
    """This moment, this machine, and this command line."""
    words = ["fake-exo", *sys.argv[1:]]
    return Occasion(
        at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        host=platform.node(),
        system=f"{platform.system()} {platform.release()}",
        command=shlex.join(words),
    )
