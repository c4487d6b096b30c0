"""`fake-exo evidence`: what certifications left, as devices by level, one page, or a comparison."""

from collections.abc import Sequence
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.certify import (
    Certified,
    Comparison,
    EvidenceError,
    as_changes,
    as_html,
    as_matrix,
    as_one_page,
    as_table,
    changes_as_json,
    compare,
    dumped,
    read_evidence,
)
from fake_exo_harness.certify import as_json as document
from fake_exo_harness.commands import kinds
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.terminal import say


def show(files: Sequence[Path], against: Path | None, html: Path | None, as_json: bool) -> int:
    """Print it, and write the page. Returns an exit code: with `against` whether anything is worse,
    else 0, whatever the evidence says."""
    if against is not None and len(files) > 1:
        raise click.UsageError("--against compares one file with one; give one FILE")
    many = [evidence_in(path) for path in files]
    changes = compare(evidence_in(against), many[0]) if against is not None else None
    if html is not None:
        write_whole(html, _page(many, changes).encode("utf-8", "replace"))
    if as_json:
        say(_documents(many, changes).rstrip("\n"))
    else:
        for line in _lines(many, changes):
            say(line)
    return exits.PASSED if changes is None or changes.sound else exits.FAILED


def evidence_in(path: Path) -> Certified:
    """The evidence in a file; one that is none ends the command, with its place told."""
    kinds.refuse_others([path], kinds.EVIDENCE)
    try:
        return read_evidence(path)
    except EvidenceError as error:
        say(str(error), err=True)
        raise click.exceptions.Exit(exits.FAILED) from None


def _page(many: Sequence[Certified], changes: Comparison | None) -> str:
    return as_one_page(many) if len(many) > 1 else as_html(many[0], changes)


def _documents(many: Sequence[Certified], changes: Comparison | None) -> str:
    against = {} if changes is None else {"against": changes_as_json(changes)}
    return dumped({"version": 1, "evidence": [document(found) for found in many], **against})


def _lines(many: Sequence[Certified], changes: Comparison | None) -> list[str]:
    if len(many) > 1:
        return list(as_matrix(many))
    return list(as_table(many[0]) if changes is None else as_changes(changes))
