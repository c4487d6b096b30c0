"""What can be said of the world in which a session happened: by a recording, or by a reply.

A recording may state it (`circumstances:`); else it is presumed from what was answered, by the
rows of `data/circumstances.yaml`. A row is a guess where the reply does not name its cause.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from yaml.nodes import Node

from fake_exo import BlockList, endpoint_ids
from fake_exo_harness.forms.kinds import BOOL, IP, LIMIT, TEXT
from fake_exo_harness.forms.nodes import (
    BAD,
    Form,
    Kind,
    Reading,
    Shape,
    choice,
    compose,
    formed,
    pairs_of,
    table,
    word,
)
from fake_exo_harness.forms.problems import nearest
from fake_exo_harness.scenario.objects import CHANGES


@formed(Form("union", tuple((name, Form("shape", shape)) for name, (shape, _) in CHANGES.items())))
def _changes(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """What is changed, in the words of `change:`; whose it is, the session tells."""
    found = {}
    for name, (key, value) in (pairs_of(reading, node) or {}).items():
        if name not in CHANGES:
            return reading.bad(key, f'"{name}" cannot be changed', nearest(name, list(CHANGES)))
        found[name] = replace(CHANGES[name][0], required=()).read(reading, value) or {}
    return found


_WORLD: Mapping[str, Kind] = {
    "change": _changes,
    "blocked": choice(BlockList),
    "without": word("hello", "tls", "auth", "mail", "rcpt"),
    "auth": word("wrong"),
    "tls": word("1.0"),
    "connector": BOOL,
    "recipient": word("unknown", "outside", "nobody"),
    "message": word("foreign-from", "own-sender", "long-header", "huge-value", "no-from",
                    "two-from", "loop", "concurrent"),
    "limits": table(LIMIT),
    "switches": table(BOOL),
}  # fmt: skip
_STATED = Shape({**_WORLD, "client_ip": IP})
_ROW = Shape(
    {
        "says": TEXT,
        "unless": TEXT,
        "to": TEXT,
        "at": word(*endpoint_ids()),
        "guess": BOOL,
        **_WORLD,
    },
    ("says",),
)


def stated(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """The circumstances that a recording states."""
    found = _STATED.read(reading, node)
    return BAD if found is None else found


@lru_cache(maxsize=1)
def rows() -> tuple[Mapping[str, Any], ...]:
    """What each reply presupposes."""
    (document,), reading = compose(
        Path(str(resources.files("fake_exo_harness.data") / "circumstances.yaml"))
    )
    found = [_ROW.read(reading, node) or {} for node in document.value]
    reading.fail_if_bad()
    return tuple(found)
