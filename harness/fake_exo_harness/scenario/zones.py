"""Zones from YAML: records one by one, a zone file, or zone file text."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yaml.nodes import Node, SequenceNode

from fake_exo import RecordError, Zone, ZoneFileError, parse_zone, read_zone, record
from fake_exo_harness.forms import values
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import BAD, Form, Reading, Shape, compose, formed, many, one
from fake_exo_harness.forms.paths import file_named

_TEXT = one(values.text)
_RECORD = Shape(
    {"name": _TEXT, "type": _TEXT, "data": _TEXT, "ttl": one(values.integer)},
    ("name", "type", "data"),
)


@formed(Form("shape", _RECORD))
def _row(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A record's fields with its node; the record itself needs the zone's name."""
    found = _RECORD.read(reading, node)
    return (found, node) if found is not None and _RECORD.complete(found) else BAD


_ZONE = Shape(
    {"zone": one(values.domain), "records": many(_row), "file": _TEXT, "text": _TEXT}, ("zone",)
)


@formed(Form("shape", _ZONE))
def zone(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """A zone of the fake DNS. Faults that the field knows are kept: they are what is rehearsed."""
    found = _ZONE.read(reading, node)
    if found is None or not _ZONE.complete(found):
        return BAD
    try:
        return _zone(reading, node, found)
    except ZoneFileError as error:
        return reading.bad(node, str(error))


def _zone(reading: Reading, node: Node, found: dict[str, Any]) -> Any:  # noqa: ANN401
    origin = found["zone"]
    if "file" in found:
        path = file_named(reading, node, found["file"])
        return BAD if path is None else read_zone(path, origin, strict=False)
    if "text" in found:
        return parse_zone(found["text"], origin, path="text", strict=False)
    rows = [_record(reading, origin, *row) for row in found.get("records", ())]
    return Zone(origin, tuple(row for row in rows if row is not BAD))


def _record(reading: Reading, origin: str, row: dict[str, Any], node: Node) -> Any:  # noqa: ANN401
    try:
        return record(row["name"], row["type"], row["data"], row.get("ttl", 3600), origin)
    except RecordError as error:
        return reading.bad(node, error.cause, error.remedy)


def load_zones(path: Path) -> Iterator[tuple[Zone, Location]]:
    """The zones of a YAML file, one mapping or a list, with their places. Raises ScenarioError
    with all problems."""
    documents, reading = compose(path)
    found: list[tuple[Zone, Location]] = []
    for document in documents:
        items = document.value if isinstance(document, SequenceNode) else [document]
        for item in items:
            if (made := zone(reading, item)) is not BAD:
                found.append((made, reading.place(item)))
    reading.fail_if_bad()
    yield from found
