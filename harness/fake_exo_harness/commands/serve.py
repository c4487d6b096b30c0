"""`fake-exo serve`: real ports for real clients, and their transcripts as they come."""

import json
import signal
import sys
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

import click

from fake_exo import (
    Settings,
    World,
)
from fake_exo.drive import private_file
from fake_exo_harness import exits
from fake_exo_harness.bench import Bench
from fake_exo_harness.bench.holders import port_problem
from fake_exo_harness.commands import client_certificates
from fake_exo_harness.commands.admitting import admitted
from fake_exo_harness.commands.announcing import announcement, places
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority, world_of
from fake_exo_harness.commands.http_option import HttpAsked
from fake_exo_harness.commands.printing import SessionPrinter
from fake_exo_harness.commands.record import no_loss, write_recordings
from fake_exo_harness.commands.tenant_files import TenantFiles
from fake_exo_harness.conformance import Recorder
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.terminal import say

if TYPE_CHECKING:
    from fake_exo_harness.api.server import ApiServer

_KEEP_BYTES = 256 << 20  # of lines, replies and mail
_MOST_CONNECTIONS = 1_000  # of SMTP at a time
_KEEP = 200_000  # events that a long-running server remembers

_OTHERS = "choose another address with --bind, or free ports with --ports any"
_OTHER_HTTP = "choose another place with --http, or --http off"
_LOOK_AT_FILES = 1.0  # seconds between looks at tenant files
_LOOK = 0.1  # seconds between looks for an interrupt


def serve(
    *,
    tenants: Sequence[Path],
    bind: str,
    ports: Literal["fixed", "any"],
    world_ports: tuple[int, ...],
    real_ports: bool,
    allowed: Sequence[str],
    advertise: str,
    names: Sequence[str],
    foreign: str,
    public_ip: str,
    mappings: Sequence[str],
    as_of: datetime | None,
    no_tarpit: bool,
    zones: Sequence[Path],
    blocked: Sequence[str],
    faults: Sequence[str],
    client_authorities: Sequence[Path],
    client_names: Sequence[str],
    ca_folder: Path | None,
    record: Path | None,
    keep_secrets: bool,
    http: HttpAsked | None,
    http_token: str,
    ready_file: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP. Returns an exit code."""
    check_addresses([bind, public_ip, *blocked, *filter(None, [advertise])])
    shown = client_certificates.handed_out(client_names)
    settings = _settings(faults, client_authorities, tarpit=not no_tarpit)
    mapped, files = {"*": public_ip, **_mappings(mappings)}, TenantFiles(tenants)
    world = world_of(files, zones, as_of=as_of, blocked=blocked, settings=settings)
    world.public_addresses.update(mapped)
    bench = Bench(bind, "real" if real_ports else ports, advertise, checked_names(names))
    opening = _Opening(bench, foreign, admitted(allowed), world_ports)
    kept = kept_authority(ca_folder, bench)
    try:
        api = opening.all(world, http and http.settled(ports), http_token)
    except _NotOpened as problem:
        return _cannot(f"listen: {problem}")
    printer = None if quiet else SessionPrinter(world, as_json=as_json)
    recorder = None if record is None else Recorder(world)
    ca = kept or private_file("ca.pem", world.network.ca_pem)
    told = {"ca": str(ca), **(client_certificates.placed(shown) if shown else {}), **_told(api)}
    _Serving(world, files, as_json, ready_file).until_interrupted(places(world, bench, told))
    if api:
        api.stop()
    world.stop()
    if printer is not None:
        printer.end()
    return _recorded(recorder, record, keep_secrets=keep_secrets)


def _settings(faults: Sequence[str], authorities: Sequence[Path], *, tarpit: bool) -> Settings:
    injected = parse_all(faults)
    return Settings(
        tarpit=tarpit,
        real_time=True,
        keep=_KEEP,
        keep_bytes=_KEEP_BYTES,
        most_connections=_MOST_CONNECTIONS,
        faults=injected.faults,
        dns_faults=injected.dns_faults,
        tls=injected.tls,
        client_authorities=client_certificates.vouching(authorities),
    )


def _recorded(recorder: Recorder | None, out: Path | None, *, keep_secrets: bool) -> int:
    if recorder is None or out is None:
        return exits.PASSED
    found = recorder.recordings("served", keep_secrets=keep_secrets)
    no_loss(recorder)
    if not found:
        say("fake-exo: nobody connected, and nothing is recorded", err=True)
        return exits.PASSED
    return write_recordings(found, out, keep_secrets=keep_secrets, err=True)


class _NotOpened(Exception):
    """A port cannot be had; the text says why, and what to do."""


class _Opening(NamedTuple):
    """How worlds are opened: the first one as it is asked for, further ones like it, on free ports
    or out of these."""

    bench: Bench
    foreign: str
    admits: Callable[[str], bool]
    ports: tuple[int, ...]

    def all(self, world: World, http: HttpAsked | None, token: str) -> "ApiServer | None":
        """Open the first world, and the HTTP interface. Raises _NotOpened."""
        try:
            self.bench.open(world, self.foreign, admits=self.admits)
        except OSError as error:
            raise _NotOpened(port_problem(error, _OTHERS)) from None
        try:
            return None if http is None else self._interface(world, http, token)
        except OSError as error:
            world.stop()
            raise _NotOpened(port_problem(error, _OTHER_HTTP)) from None

    def _interface(self, world: World, http: HttpAsked, token: str) -> "ApiServer":
        """Nothing of it is imported where nobody wants it."""
        from fake_exo_harness.api.server import ApiServer, HttpPlace

        names = filter(None, [*self.bench.names, self.bench.advertise])
        place = HttpPlace(http.address, http.port, token)
        return ApiServer(world, place, self._another, names, self.admits)

    def _another(self, world: World, beside: World, taken: Collection[int]) -> None:
        left = tuple(port for port in self.ports if port not in taken)
        bench = replace(self.bench, ports=left if self.ports else "any")
        bench.open(world, self.foreign, beside, self.admits)


def _told(api: "ApiServer | None") -> dict[str, str]:
    if api is None:
        return {}
    return {"http": api.url, "open": api.link, "token": api.keys.token}


def _cannot(what: str) -> int:
    say(f"fake-exo: cannot {what}", err=True)
    return exits.ENVIRONMENT


class _Serving(NamedTuple):
    """A world that is open: who is told, and which files are looked at."""

    world: World
    files: TenantFiles
    as_json: bool
    ready_file: Path | None

    def until_interrupted(self, found: dict[str, object]) -> None:
        over = _interrupted()
        if self.ready_file is not None:
            write_whole(self.ready_file, json.dumps(found).encode())
        say(json.dumps(found) if self.as_json else announcement(self.world, found))
        sys.stdout.flush()
        look = time.monotonic() + _LOOK_AT_FILES
        while not over:
            time.sleep(_LOOK)
            if time.monotonic() > look:
                self._renew()
                look = time.monotonic() + _LOOK_AT_FILES
        if self.ready_file is not None:
            self.ready_file.unlink(missing_ok=True)

    def _renew(self) -> None:
        for line in self.files.renew(self.world):
            say(json.dumps({"event": "tenants", "text": line}) if self.as_json else line)
            sys.stdout.flush()


def _mappings(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if bad := [text for text, (_, sign, public) in zip(texts, pairs, strict=True) if not public]:
        raise click.UsageError(f"--map wants LOCAL=PUBLIC, not {bad[0]!r}")
    check_addresses([address for local, _, public in pairs for address in (local, public)])
    return {local: public for local, _, public in pairs}


def _interrupted() -> list[int]:
    """SIGINT, SIGTERM and SIGHUP (not after nohup), as they come from now on: who reads the
    announcement may send one at once. A list and no Event, whose lock the interrupted thread may
    be holding."""
    came: list[int] = []
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and (name != "SIGHUP" or signal.getsignal(number) != signal.SIG_IGN):
            signal.signal(number, lambda signal_, _: came.append(signal_))
    return came
