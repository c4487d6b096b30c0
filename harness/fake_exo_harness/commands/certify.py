"""`fake-exo certify`: levels A to J for a device profile or a program, and the evidence."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.certify import (
    LEVELS,
    Case,
    SubjectError,
    as_html,
    as_junit,
    as_table,
    certify,
    subject,
)
from fake_exo_harness.certify.page import dumped


def certify_(
    name: str,
    driver: str | None,
    levels: str,
    seed: int,
    json_file: Path | None,
    junit: Path | None,
    html: Path | None,
    as_json: bool,
) -> int:
    """Certify, print the table, write what was asked for. Returns an exit code."""
    try:
        found = subject(name)
    except SubjectError as error:
        raise click.UsageError(str(error)) from None
    way = driver or ("memory" if found.simulated else "namespace")
    if found.simulated != (way in ("memory", "socket")):
        valid = "memory or socket" if found.simulated else "namespace or command"
        raise click.UsageError(f"{name} needs --driver {valid}")
    done = certify(found, way, _levels(levels), seed=seed, progress=_progress)
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    texts = ((json_file, dumped), (junit, as_junit), (html, as_html))
    for path, make in texts:
        if path is not None:
            path.write_text(make(done), "utf-8")
    if as_json:
        click.echo(dumped(done), nl=False)
    else:
        for line in as_table(done):
            click.echo(line)
    return exits.PASSED if done.passed else exits.FAILED


def _levels(text: str) -> Sequence[str]:
    wanted = [letter for letter in text.upper() if letter not in ", "]
    if bad := [letter for letter in wanted if letter not in LEVELS]:
        raise click.UsageError(f"no level {bad[0]}; there are A to J")
    return wanted or tuple(LEVELS)


def _progress(case: Case) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{case.id} {case.title} ...", nl=False, err=True)
