"""`fake-exo explain` of limits and switches, and its `--list`."""

import json

from fake_exo_harness import exits
from fake_exo_harness.terminal import say
from fake_exo_harness.words import every, told


def explain_word(what: str, as_json: bool) -> bool:
    """Print what is known of a limit or switch; False when `what` is neither."""
    rows = told(what)
    if rows and as_json:
        say(json.dumps([dict(rows)], indent=2))
    elif rows:
        (_, name), *rest = rows
        lines = [f"  {title + ':':<15}{text}" for title, text in rest]
        say("\n".join([name, *lines]))
    return bool(rows)


def list_words() -> int:
    """Print all limits and switches."""
    for line in every():
        say(line)
    return exits.PASSED
