"""`fake-exo serve`: real ports for real clients, and their transcripts as they come."""

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import click

from fake_exo import (
    Closed,
    Endpoint,
    Event,
    Feed,
    Gap,
    Settings,
    World,
    endpoint_host,
    mx_host,
    transcript,
)
from fake_exo.drive import Binding, Missed, private_file
from fake_exo_harness import exits
from fake_exo_harness.bench import Bench
from fake_exo_harness.bench.holders import port_problem
from fake_exo_harness.commands import client_certificates
from fake_exo_harness.commands.given import check_addresses, checked_names, kept_authority, world_of
from fake_exo_harness.commands.record import no_loss, write_recordings
from fake_exo_harness.conformance import Recorder
from fake_exo_harness.fault_catalogue import parse_all
from fake_exo_harness.reports.text import transcript_line
from fake_exo_harness.terminal import say

_BACKLOG = 1_000  # connections that wait for a slow terminal
_KEEP_BYTES = 256 << 20  # of lines, replies and mail
_KEEP = 200_000  # events that a long-running server remembers

_LOOK = 0.1  # seconds between looks for an interrupt
_COLUMN = 50  # where addresses begin


def serve(
    *,
    tenants: Sequence[Path],
    bind: str,
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
    bench = Bench(bind, real_ports, advertise, checked_names(names))
    kept = kept_authority(ca_folder, bench)
    try:
        bench.open(world, foreign)
    except OSError as error:
        return _cannot(f"listen: {port_problem(error)}")
    printer = None if quiet else _Printer(world)
    recorder = None if record is None else Recorder(world)
    ca = kept or private_file("ca.pem", world.network.ca_pem)
    files = {"ca": str(ca), **(client_certificates.placed(shown) if shown else {})}
    _serve_until_interrupted(world, bench, files, as_json)
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


def _cannot(what: str) -> int:
    say(f"fake-exo: cannot {what}", err=True)
    return exits.ENVIRONMENT


def _serve_until_interrupted(
    world: World, bench: Bench, files: Mapping[str, str], as_json: bool
) -> None:
    over = _interrupted()
    places = _places(world, bench, files)
    say(json.dumps(places) if as_json else _announcement(world, places))
    sys.stdout.flush()
    while not over:
        time.sleep(_LOOK)


def _mappings(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if bad := [text for text, (_, sign, public) in zip(texts, pairs, strict=True) if not public]:
        raise click.UsageError(f"--map wants LOCAL=PUBLIC, not {bad[0]!r}")
    check_addresses([address for local, _, public in pairs for address in (local, public)])
    return {local: public for local, _, public in pairs}


def _places(world: World, bench: Bench, files: Mapping[str, str]) -> dict[str, object]:
    network = world.network
    first = next(iter(world.tenants.values()))
    mailbox = next((m for m in first.mailboxes if m.password), None)
    domain = next((d.name for d in first.accepted_domains), first.initial_domain)
    listeners = [
        {
            "endpoint": at.endpoint.id,
            "port": at.listen.port,
            "forest": at.endpoint.site,
            "listens_on": f"{at.address}:{at.port}",
        }
        for at in network.bindings
    ]
    return {
        "fake": True,
        "listeners": listeners,
        "not_served": [
            {
                "endpoint": gone.endpoint.id,
                "port": gone.listen.port,
                "forest": gone.endpoint.site,
                "taken_by": gone.taken_by.id,
            }
            for gone in network.missed
        ],
        "dns": f"{network.host}:{network.dns_port}",
        "advertised": bench.advertise,
        "names": list(bench.names),
        **files,
        "mx_host": mx_host(domain),
        "user": mailbox.address if mailbox else "",
        "password": mailbox.password if mailbox else "",
        "domain": domain,
    }


def _announcement(world: World, places: dict[str, object]) -> str:
    network, mx = world.network, str(places["mx_host"])
    submission = next(at for at in network.bindings if at.listen.port == 587)
    lines = [
        "FAKE Exchange Online is listening (Ctrl-C ends it)",
        *(_row(at, mx) for at in network.bindings),
        "  DNS, UDP and TCP".ljust(_COLUMN) + str(places["dns"]),
        *(_absent(gone, mx) for gone in network.missed),
        "  465: nothing listens, as at the real service",
        "  CA certificate for clients' trust stores".ljust(_COLUMN) + str(places["ca"]),
        *(
            f"  {what}".ljust(_COLUMN) + str(places[key])
            for key, what in client_certificates.PLACED.items()
            if key in places
        ),
        "",
        "Try it:",
        f"  swaks --server {submission.address} --port {submission.port} --tls --tls-ca-path "
        f"{places['ca']} --auth LOGIN --auth-user {places['user']} "
        f"--auth-password '{places['password']}' "
        f"--from {places['user']} --to someone@customer.example",
        "What to enter at a device: fake-exo panel PROFILE "
        f"--bind {places['advertised'] or network.host}",
    ]
    return "\n".join(lines)


def _called(endpoint: Endpoint, mx: str) -> str:
    """What clients call an endpoint."""
    if endpoint.id == "mx":
        return mx
    return endpoint_host(endpoint.id) or endpoint.listens[0].names[0]


def _row(at: Binding, mx: str) -> str:
    name = f"{_called(at.endpoint, mx)}:{at.listen.port}"
    return f"  {name}".ljust(_COLUMN) + f"{at.address}:{at.port}"


def _absent(gone: Missed, mx: str) -> str:
    """What this address has no room for, and what that means for clients."""
    name = f"{_called(gone.endpoint, mx)}:{gone.listen.port}"
    return f"  {name} is not served: port {gone.listen.port} here is {_called(gone.taken_by, mx)}"


class _Printer:
    """Prints each transcript when its connection has closed, on a thread of its own: a terminal
    that stands still holds up nobody."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._closed: Feed[Event] = Feed(_BACKLOG)
        self._subscription = world.subscribe(self._saw)
        self._thread = threading.Thread(target=self._print_all, daemon=True)
        self._thread.start()

    def _saw(self, event: Event | Gap) -> None:
        if isinstance(event, Closed | Gap):
            self._closed.put(event)

    def _print_all(self) -> None:
        with suppress(OSError):  # nobody reads any more
            while (event := self._closed.take()) is not None:
                for line in self._told(event):
                    say(line)
                say("")
                sys.stdout.flush()

    def _told(self, event: Event | Gap) -> Iterator[str]:
        if isinstance(event, Gap):
            yield f"*** {event.missed} connections are not shown: too many at once"
        elif isinstance(event, Closed):
            mine = self._world.ledger.caused(event.cause)
            yield from map(transcript_line, transcript(mine, event.connection))

    def end(self) -> None:
        """Print what is left, for a while."""
        self._subscription.end()
        self._closed.end()
        self._thread.join(5)


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
