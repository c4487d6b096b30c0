"""Master files (RFC 1035 5): read with all errors at once, and written.

`$INCLUDE` is relative to the file that includes, and stays below the folder of the file read
first. `$GENERATE` is not read. Reading opens files; nothing else in `fake_exo.dns` touches them.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from fake_exo.dns.domain import RecordError, domain, fold, suffixes
from fake_exo.dns.presentation import present
from fake_exo.dns.records import Record, Zone
from fake_exo.dns.zone_reader import Found, Source, ZoneProblem, ZoneReader


class ZoneFileError(ValueError):
    """A zone file that cannot be served; `problems` every fault: of lines, then of the whole."""

    def __init__(self, problems: Iterable[ZoneProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def read_zone(path: Path | str, origin: str | None = None, *, strict: bool = True) -> Zone:
    """The zone in a master file (UTF-8).

    `origin`: the zone's name; without it the owner of the SOA, else the first $ORIGIN. With
    `strict` off a file is taken as servers in the field hold it: an alias may stand beside other
    data, there may be two SOAs, and records of registered types whose data we do not understand
    are left out. Raises ZoneFileError with all problems; OSError when the file cannot be opened.
    """
    path = Path(path)
    start = _start(origin, str(path))
    text = path.read_text("utf-8", "replace")
    reader = ZoneReader(path.resolve().parent, start, tolerant=not strict)
    reader.read(text, Source(str(path), path))
    return _zone(reader, start, str(path), strict)


def parse_zone(
    text: str, origin: str | None = None, *, path: str = "<zone>", strict: bool = True
) -> Zone:
    """The zone in a master file's text, as `read_zone`; `path` only names it in problems.

    $INCLUDE is refused: text has no folder. Raises ZoneFileError.
    """
    start = _start(origin, path)
    reader = ZoneReader(None, start, tolerant=not strict)
    reader.read(text, Source(path, None))
    return _zone(reader, start, path, strict)


def write_zone(zone: Zone) -> str:
    """A master file that `parse_zone` reads back as the same zone."""
    lines = [f"$ORIGIN {zone.origin}."]
    lines += [f"{r.name}. {r.ttl} IN {r.type} {present(r.data)}" for r in zone.records]
    return "\n".join(lines) + "\n"


def _start(origin: str | None, path: str) -> str | None:
    try:
        return None if origin is None else domain(origin or ".")
    except RecordError as error:
        raise ZoneFileError([ZoneProblem(path, 1, 1, error.cause, error.remedy)]) from None


def _zone(reader: ZoneReader, origin: str | None, path: str, strict: bool) -> Zone:
    name = origin if origin is not None else _own_origin(reader)
    problems = [*reader.problems]
    if name is not None:
        problems += _check(reader.found, name, strict)
    elif not problems:
        cause, remedy = "the zone has no name", "write $ORIGIN or an SOA record"
        problems = [ZoneProblem(path, 1, 1, cause, remedy)]
    if problems or name is None:
        raise ZoneFileError(problems)
    return Zone(name, tuple(found.record for found in reader.found))


def _own_origin(reader: ZoneReader) -> str | None:
    owners = (found.record.name for found in reader.found if found.record.type == "SOA")
    return next(owners, reader.first_origin)


def _check(records: Sequence[Found], origin: str, strict: bool) -> Iterator[ZoneProblem]:
    """What only the whole zone shows."""
    types: dict[str, set[str]] = {}
    for found in records:
        held = types.setdefault(fold(found.record.name), set())
        error = _outside(found.record, origin)
        if error is None and strict:
            error = _alias_clash(found.record, held) or _soa_clash(found.record, held, origin)
        if error is not None:
            yield found.source.problem(found.token, error)
        held.add(found.record.type)


def _outside(record: Record, origin: str) -> RecordError | None:
    if fold(origin) in suffixes(fold(record.name)):
        return None
    return RecordError(
        f"{record.name or '.'} is outside the zone {origin or '.'}",
        "check for a trailing dot, or move the record into its own zone",
    )


def _alias_clash(record: Record, held: set[str]) -> RecordError | None:
    """RFC 1034 3.6.2: an alias stands alone."""
    if not held or "CNAME" not in {record.type, *held}:
        return None
    other = record.type if record.type != "CNAME" else sorted(held)[0]
    return RecordError(
        f"{record.name} has a CNAME record and beside it {other}",
        "remove one of them, or read the zone with strict off",
    )


def _soa_clash(record: Record, held: set[str], origin: str) -> RecordError | None:
    if record.type != "SOA":
        return None
    if fold(record.name) != fold(origin):
        return RecordError("an SOA record below the zone's name", "move it into its own zone")
    return RecordError("a second SOA record", "keep one") if "SOA" in held else None
