"""`fake-exo explain`."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from fake_exo import Explanation, explain
from fake_exo_harness import exits
from fake_exo_harness.commands.words import explain_word
from fake_exo_harness.cures import verbs
from fake_exo_harness.terminal import say

_SHOWN = 5  # causes, before --all is asked for


def explain_(what: Sequence[str], as_json: bool, every: bool) -> int:
    """Print all that is known of a code, rule, reply, text, limit or switch, or of what was pasted;
    without words, or with -, it is read from standard input."""
    asked = _asked(what)
    if explain_word(asked, as_json):
        return exits.PASSED
    found = explain(asked)
    if as_json:
        say(json.dumps([_document(entry) for entry in found], indent=2))
    elif not found:
        beginning = " ".join(asked.split())[:60]
        say(f"fake-exo: nothing is known of {beginning!r}; try a code like 5.7.64", err=True)
    else:
        _show(found, len(found) if every else _SHOWN)
    return exits.PASSED if found else exits.NOTHING


def _document(entry: Explanation) -> dict[str, object]:
    return {**asdict(entry), "verbs": list(verbs(entry.rule))}


def _asked(what: Sequence[str]) -> str:
    if tuple(what) not in ((), ("-",)):
        return " ".join(what)
    if not what and sys.stdin.isatty():
        raise click.UsageError("explain wants a code, a rule, or what the log says (- reads it)")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _show(found: Sequence[Explanation], most: int) -> None:
    for entry in found[:most]:
        say("\n".join(_lines(entry)) + "\n")
    if len(found) > most:
        say(f"{len(found) - most} more, less likely: --all")


def _lines(entry: Explanation) -> list[str]:
    rows = [
        ("quoted", entry.quoted),
        ("rule", entry.rule or "(no rule says this yet)"),
        ("reply", entry.reply),
        ("where", f"{'/'.join(entry.endpoints)}, at {entry.stage}"),
        ("when", entry.period),
        ("why", entry.why),
        ("fix", entry.fix),
        *(("verb", verb) for verb in verbs(entry.rule)),
        ("cause", f"{entry.sure} confidence, by {entry.match}" if entry.match else ""),
        ("confidence", entry.confidence),
        ("switch", entry.switch),
        ("evidence", "; ".join(entry.evidence)),
    ]
    return [entry.text, *(f"  {name + ':':<12}{value}" for name, value in rows if value)]
