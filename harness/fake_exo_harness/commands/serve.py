"""`fake-exo serve`: real ports for real clients, and their transcripts as they come."""

import json
import signal
import sys
import time
from collections.abc import Collection, Mapping, Sequence
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
from fake_exo_harness.commands.announcing import announcement, places
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority, world_of
from fake_exo_harness.commands.http_option import HttpAsked
from fake_exo_harness.commands.printing import SessionPrinter
from fake_exo_harness.commands.record import no_loss, write_recordings
from fake_exo_harness.conformance import Recorder
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.terminal import say

if TYPE_CHECKING:
    from fake_exo_harness.api.server import ApiServer

_KEEP_BYTES = 256 << 20  # of lines, replies and mail
_KEEP = 200_000  # events that a long-running server remembers

_OTHERS = "choose another address with --bind, or free ports with --ports any"
_OTHER_HTTP = "choose another place with --http, or --http off"
_LOOK = 0.1  # seconds between looks for an interrupt


def serve(
    *,
    tenants: Sequence[Path],
    bind: str,
    ports: Literal["fixed", "any"],
    world_ports: tuple[int, ...],
    real_ports: bool,
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
    as_json: bool,
    quiet: bool,
) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP. Returns an exit code."""
    check_addresses([bind, public_ip, *blocked, *filter(None, [advertise])])
    injected, shown = parse_all(faults), client_certificates.handed_out(client_names)
    settings = Settings(
        tarpit=not no_tarpit,
        real_time=True,
        keep=_KEEP,
        keep_bytes=_KEEP_BYTES,
        faults=injected.faults,
        dns_faults=injected.dns_faults,
        tls=injected.tls,
        client_authorities=client_certificates.vouching(client_authorities),
    )
    mapped = {"*": public_ip, **_mappings(mappings)}
    world = world_of(tenants, zones, as_of=as_of, blocked=blocked, settings=settings)
    world.public_addresses.update(mapped)
    bench = Bench(bind, "real" if real_ports else ports, advertise, checked_names(names))
    other = _Other(replace(bench, ports="any"), foreign, world_ports)
    kept = kept_authority(ca_folder, bench)
    try:
        bench.open(world, foreign)
    except OSError as error:
        return _cannot(f"listen: {port_problem(error, _OTHERS)}")
    try:
        api = http and _interface(world, http.settled(ports), http_token, other)
    except OSError as error:
        world.stop()
        return _cannot(f"listen: {port_problem(error, _OTHER_HTTP)}")
    printer = None if quiet else SessionPrinter(world)
    recorder = None if record is None else Recorder(world)
    ca = kept or private_file("ca.pem", world.network.ca_pem)
    files = {"ca": str(ca), **(client_certificates.placed(shown) if shown else {})}
    told = {"http": api.url, "open": api.link, "token": api.keys.token} if api else {}
    _serve_until_interrupted(world, bench, {**files, **told}, as_json)
    if api:
        api.stop()
    world.stop()
    if printer is not None:
        printer.end()
    return _recorded(recorder, record, keep_secrets=keep_secrets)


def _recorded(recorder: Recorder | None, out: Path | None, *, keep_secrets: bool) -> int:
    if recorder is None or out is None:
        return exits.PASSED
    found = recorder.recordings("served", keep_secrets=keep_secrets)
    no_loss(recorder)
    if not found:
        say("fake-exo: nobody connected, and nothing is recorded", err=True)
        return exits.PASSED
    return write_recordings(found, out, keep_secrets=keep_secrets, err=True)


class _Other(NamedTuple):
    """How further worlds are opened: like the first one, on free ports, or out of these."""

    bench: Bench
    foreign: str
    ports: tuple[int, ...]

    def open(self, world: World, beside: World, taken: Collection[int]) -> None:
        left = tuple(port for port in self.ports if port not in taken)
        bench = replace(self.bench, ports=left if self.ports else "any")
        bench.open(world, self.foreign, beside)


def _interface(world: World, http: HttpAsked, token: str, other: _Other) -> "ApiServer":
    """The HTTP interface; nothing of it is imported where nobody wants it."""
    from fake_exo_harness.api.server import ApiServer, HttpPlace

    names = [*other.bench.names, other.bench.advertise]
    place = HttpPlace(http.address, http.port, token)
    return ApiServer(world, place, other.open, filter(None, names))


def _cannot(what: str) -> int:
    say(f"fake-exo: cannot {what}", err=True)
    return exits.ENVIRONMENT


def _serve_until_interrupted(
    world: World, bench: Bench, files: Mapping[str, str], as_json: bool
) -> None:
    over = _interrupted()
    found = places(world, bench, files)
    say(json.dumps(found) if as_json else announcement(world, found))
    sys.stdout.flush()
    while not over:
        time.sleep(_LOOK)


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
