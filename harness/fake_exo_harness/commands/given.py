"""What `serve` and `exec` are given on the command line, made into a world."""

import re
from collections.abc import Sequence
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

import click

from fake_exo import (
    BlockedAddress,
    Estate,
    ServiceError,
    Settings,
    World,
    ZoneFileError,
    read_zone,
)
from fake_exo.drive import keep_authority
from fake_exo_harness import exits
from fake_exo_harness.bench import Bench
from fake_exo_harness.commands import kinds
from fake_exo_harness.commands.tenant_files import TenantFiles
from fake_exo_harness.scenario import ScenarioError
from fake_exo_harness.terminal import say
from fake_exo_harness.words import Days, of_faults, of_tenant

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{4,253}}$){_LABEL}(\.{_LABEL})+")
_THEIRS = ("outlook.com", "office365.com", "office.com", "mx.microsoft", "microsoftonline.com")


def world_of(
    tenants: TenantFiles,
    zones: Sequence[Path],
    *,
    as_of: datetime | None,
    settings: Settings,
    blocked: Sequence[str] = (),
) -> World:
    """The world of these files; one with an error ends the command, with its place told. Keys that
    nothing here depends on are told."""
    kinds.refuse_others(tenants.files(), kinds.TENANT)
    kinds.refuse_others(zones, kinds.ZONE)
    try:
        estate = Estate.of(
            tenants.read(),
            zones=[read_zone(path, path.stem) for path in zones],
            blocked=[BlockedAddress(address) for address in blocked],
        )
        world = World(estate, as_of=as_of, settings=settings)
    except (ScenarioError, ServiceError, ZoneFileError) as error:
        say(str(error), err=True)
        raise click.exceptions.Exit(exits.FAILED) from None
    _tell(world, settings)
    return world


def _tell(world: World, settings: Settings) -> None:
    """Whatever has no effect here, or is not of the day on which the world begins."""
    for tenant in world.tenants.values():
        for word, why in of_tenant(tenant, world.day):
            say(f"not rehearsed: {word} of {tenant.name}: {why}", err=True)
    for word, why in of_faults(settings.faults, Days(world.day, world.day)):
        say(f"not rehearsed: {word}: {why}", err=True)


def check_addresses(texts: Sequence[str]) -> None:
    for text in texts:
        try:
            ip_address(text)
        except ValueError:
            raise click.UsageError(f"{text!r} is no IP address, like 90.12.23.34") from None


def checked_names(texts: Sequence[str]) -> tuple[str, ...]:
    """Names of this machine, for the DNS and certificates; one of the service's own, or one that
    is no host name, ends the command."""
    for text in texts:
        if not _HOST.fullmatch(text):
            raise click.UsageError(f"--name: {text!r} is no host name, like bench.office.example")
        if text.lower().endswith(_THEIRS):
            raise click.UsageError(f"--name: {text} is the service's own, which is served anyway")
    return tuple(dict.fromkeys(text.lower() for text in texts))


def kept_authority(folder: Path | None, bench: Bench) -> Path | None:
    """The file of the authority that is kept in a folder, for this bench too; None without a
    folder. One that cannot be used ends the command."""
    if folder is None:
        return None
    try:
        return keep_authority(folder, *bench.own_names)
    except ServiceError as error:
        say(f"fake-exo: {error}", err=True)
        raise click.exceptions.Exit(exits.ENVIRONMENT) from None
