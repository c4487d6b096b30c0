"""Recorded sessions from YAML, with all errors of a file at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date as Date
from importlib import resources
from pathlib import Path
from typing import Any

from yaml.nodes import Node, SequenceNode

from fake_exo import endpoint_ids
from fake_exo_harness.conformance import words
from fake_exo_harness.conformance.presumed import stated
from fake_exo_harness.conformance.stated import StatedWorld, stated_world
from fake_exo_harness.forms import values
from fake_exo_harness.forms.location import NOWHERE, Location
from fake_exo_harness.forms.nodes import BAD, Reading, Shape, compose, many, one, word


@dataclass(frozen=True, slots=True)
class Step:
    """What the client said, or in parentheses did, and the server's lines, as they were written
    down; `replies` and `events` are those lines as sent, and what else happened."""

    client: str
    server: tuple[str, ...]

    @property
    def replies(self) -> tuple[str, ...]:
        return tuple(words.reply(line) for line in self.server if not line.startswith("("))

    @property
    def events(self) -> tuple[str, ...]:
        return tuple(line.strip("()") for line in self.server if line.startswith("("))


@dataclass(frozen=True, slots=True)
class Recording:
    """One session. `differs`: why the fake cannot say the same; empty when it must. `whole`: all
    that the client said is there, and nothing is filled in.

    Server lines are verbatim but for `{placeholders}` and `...` where the source was cut;
    lines in parentheses are events.
    """

    id: str
    endpoint: str
    year: int
    steps: tuple[Step, ...]
    client: str = ""
    source: str = ""
    outcome: str = ""
    note: str = ""
    differs: str = ""
    partial: bool = False
    whole: bool = False
    date: Date | None = None
    circumstances: Mapping[str, Any] | None = None  # as its author states them
    world: StatedWorld | None = None  # the same in the words of scenarios
    place: Location = NOWHERE

    @property
    def lines(self) -> Iterable[str]:
        return (line for step in self.steps for line in step.server)


_TEXT = one(values.text)
_STEP = Shape({"c": _TEXT, "s": many(_TEXT)}, ("c",))


def _step(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _STEP.read(reading, node)
    if found is None or not _STEP.complete(found):
        return BAD
    return Step(found["c"], found.get("s", ()))


_RECORDING = Shape(
    {
        "id": _TEXT,
        "endpoint": word(*endpoint_ids()),
        "client": _TEXT,
        "source": _TEXT,
        "year": one(values.integer),
        "steps": many(_step),
        "outcome": _TEXT,
        "note": _TEXT,
        "partial": one(values.boolean),
        "whole": one(values.boolean),
        "date": one(values.day),
        "circumstances": stated,
        "world": stated_world,
        "differs": _TEXT,
    },
    ("id", "endpoint", "year", "steps"),
)


# Circumstances that set up a world.
_OF_WORLDS = {"change", "blocked", "connector", "recipient", "limits", "switches", "client_ip"}
RECORDING_KEYS = tuple(_RECORDING.kinds)


def load_recordings(path: Path) -> tuple[Recording, ...]:
    """The sessions of a file: a list of mappings. Raises ScenarioError with all problems."""
    documents, reading = compose(path)
    found: dict[str, Recording] = {}
    for document in documents:
        items = document.value if isinstance(document, SequenceNode) else [document]
        for node in items:
            made = _recording(reading, node)
            if made is not None and made.id in found:
                reading.bad(node, f'the id "{made.id}" stands here twice', "give it another")
            elif made is not None:
                found[made.id] = made
    reading.fail_if_bad()
    return tuple(found.values())


def _recording(reading: Reading, node: Node) -> Recording | None:
    values_ = _RECORDING.read(reading, node)
    if values_ is None or not _RECORDING.complete(values_):
        return None
    rivals = sorted(_OF_WORLDS & set(values_.get("circumstances") or ()))
    if values_.get("world") and rivals:
        cause = f"circumstances: {rivals[0]}: this belongs into world: where there is one"
        reading.bad(node, cause, "say it in the words of scenarios")
        return None
    return Recording(**values_, place=reading.place(node))


def shipped() -> Path:
    """The recordings that come with the package."""
    return Path(str(resources.files("fake_exo_harness.data").joinpath("sessions.yaml")))
