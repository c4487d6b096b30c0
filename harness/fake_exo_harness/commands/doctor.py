"""`fake-exo doctor`: what real drivers need of this machine, and what to do where it is missing."""

import json
from dataclasses import asdict

from fake_exo_harness import exits
from fake_exo_harness.namespaces import prerequisites
from fake_exo_harness.terminal import say


def doctor(use: str, as_json: bool) -> int:
    """Look at everything, or at what one use needs. Returns an exit code: 4 when something is
    missing."""
    found = list(prerequisites(use))
    if not found and not as_json:
        say(f"{use} needs nothing but Python")
    if as_json:
        say(json.dumps({"version": 1, "found": [asdict(one) for one in found]}, indent=2))
    else:
        for one in found:
            say(f"{'ok     ' if one.met else 'missing'} {one.name} ({one.needed_by}): {one.found}")
            if not one.met:
                say(f"        {one.remedy}")
    return exits.PASSED if all(one.met for one in found) else exits.ENVIRONMENT
