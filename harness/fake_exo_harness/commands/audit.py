"""`fake-exo audit`: what a tenant's connectors, records and lists say about one another."""

import json
from collections.abc import Callable, Sequence
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path

import click

from fake_exo import (
    BlockedAddress,
    Estate,
    ServiceError,
    Tenant,
    World,
    Zone,
    ZoneFileError,
    read_zone,
)
from fake_exo_harness import exits
from fake_exo_harness.audit import (
    AuditSubject,
    Finding,
    Severity,
    as_json,
    as_sarif,
    as_text,
    audit,
)
from fake_exo_harness.commands import kinds
from fake_exo_harness.scenario import Location, ScenarioError, load_zones
from fake_exo_harness.scenario.tenants import load_placed_tenants
from fake_exo_harness.terminal import say


def audit_(
    path: Path,
    zones: Sequence[Path],
    egress: Sequence[str],
    blocked: Sequence[str],
    form: str,
) -> int:
    """Audit every tenant of a file. Returns an exit code: 1 when something would lose mail."""
    for text in (*egress, *blocked):
        _check_address(text)
    kinds.refuse_others([path], kinds.TENANT)
    kinds.refuse_others(zones, kinds.ZONES, kinds.ZONE)
    try:
        tenants, place_of = load_placed_tenants(path)
        published = [pair for zone in zones for pair in _read(zone)]
        findings = _audit(tenants, place_of, published, egress, blocked)
    except (ScenarioError, ZoneFileError, ServiceError) as error:
        say(str(error), err=True)
        return exits.FAILED
    _show(findings, form)
    return exits.FAILED if any(f.severity is Severity.ERROR for f in findings) else exits.PASSED


def _check_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no IP address, like 90.12.23.34") from None


def _read(path: Path) -> list[tuple[Zone, Location]]:
    """The zones of a file: YAML, or a zone file whose name is the domain's."""
    if path.suffix in (".yaml", ".yml"):
        return list(load_zones(path))
    zone = read_zone(path, path.stem, strict=False)
    return [(zone, Location(path))]


def _audit(
    tenants: Sequence[Tenant],
    place_of: Callable[[object], Location | None],
    published: Sequence[tuple[Zone, Location]],
    egress: Sequence[str],
    blocked: Sequence[str],
) -> list[Finding]:
    world = World(Estate.of(tenants, zones=[zone for zone, _ in published]))
    found: list[Finding] = []
    for tenant in tenants:
        subject = AuditSubject(
            tenant,
            world,
            zones={zone.origin: zone for zone, _ in published},
            egress=egress,
            blocked=[BlockedAddress(address) for address in blocked],
            zone_places={zone.origin: place for zone, place in published},
            place_of=place_of,
        )
        found += audit(subject)
    return found


def _show(findings: Sequence[Finding], form: str) -> None:
    if form == "text":
        for line in as_text(findings):
            say(line)
    else:
        document = as_json(findings) if form == "json" else as_sarif(findings, version("fake-exo"))
        say(json.dumps(document, indent=2))
