"""`fake-exo explain`."""

import json
from dataclasses import asdict

import click

from fake_exo import Explanation, explain
from fake_exo_harness import exits


def explain_(what: str, as_json: bool) -> int:
    """Print all that is known of a code, rule, reply or text."""
    found = explain(what)
    if as_json:
        click.echo(json.dumps([asdict(entry) for entry in found], indent=2))
    elif not found:
        click.echo(f"fake-exo: nothing is known of {what!r}; try a code like 5.7.64", err=True)
    for entry in found if not as_json else ():
        click.echo("\n".join(_lines(entry)) + "\n")
    return exits.PASSED if found else exits.NOTHING


def _lines(entry: Explanation) -> list[str]:
    rows = [
        ("rule", entry.rule or "(no rule says this yet)"),
        ("reply", entry.reply),
        ("where", f"{'/'.join(entry.endpoints)}, at {entry.stage}"),
        ("when", entry.period),
        ("why", entry.why),
        ("fix", entry.fix),
        ("confidence", entry.confidence),
        ("switch", entry.switch),
        ("evidence", "; ".join(entry.evidence)),
    ]
    return [entry.text, *(f"  {name + ':':<12}{value}" for name, value in rows if value)]
