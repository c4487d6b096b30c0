"""Zones of a scenario, made into zones of the fake DNS."""

from fake_exo import Record, RecordError, Zone, ZoneFileError, parse_zone, read_zone, record
from harness.drivers import HarnessError
from harness.scenario.model import RecordSpec, ZoneSpec


def zone_of(spec: ZoneSpec) -> Zone:
    """The zone of a spec. Raises HarnessError with place, cause and remedy."""
    try:
        if spec.file is not None:
            return read_zone(spec.file, spec.zone, strict=False)
        if spec.text is not None:
            return parse_zone(spec.text, spec.zone, path=str(spec.place), strict=False)
    except ZoneFileError as error:
        raise HarnessError(str(error)) from error
    return Zone(spec.zone, tuple(_record(row, spec.zone) for row in spec.records))


def _record(row: RecordSpec, origin: str) -> Record:
    try:
        return record(row.name, row.type, row.data, row.ttl, origin)
    except RecordError as error:
        raise HarnessError(f"{row.place}: {error}") from error
