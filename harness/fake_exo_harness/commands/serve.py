"""`fake-exo serve`: real ports for real clients, and their transcripts as they come."""

import json
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from fake_exo import (
    Closed,
    Event,
    Opened,
    Settings,
    Spot,
    World,
    mx_host,
)
from fake_exo_harness import exits
from fake_exo_harness.commands.given import check_addresses, world_of
from fake_exo_harness.faults import parse_all
from fake_exo_harness.reports.text import transcript_line

_RECENT = 2_000  # events among which a connection that closes is looked for first
_KEEP_BYTES = 256 << 20  # of message contents
_KEEP = 200_000  # events that a long-running server remembers


def serve(
    *,
    tenants: Sequence[Path],
    bind: str,
    real_ports: bool,
    public_ip: str,
    mappings: Sequence[str],
    as_of: datetime | None,
    no_tarpit: bool,
    zones: Sequence[Path],
    blocked: Sequence[str],
    faults: Sequence[str],
    ca_file: Path | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """Serve until SIGINT or SIGTERM. Returns an exit code."""
    check_addresses([bind, public_ip, *blocked])
    settings = Settings(
        tarpit=not no_tarpit,
        real_time=True,
        keep=_KEEP,
        keep_bytes=_KEEP_BYTES,
        faults=parse_all(faults),
    )
    mapped = {"*": public_ip, **_mappings(mappings)}
    world = world_of(tenants, zones, as_of=as_of, blocked=blocked, settings=settings)
    world.public_addresses.update(mapped)
    try:
        network = world.start(bind, real_ports=real_ports)
    except OSError as error:
        click.echo(f"fake-exo: cannot listen on {bind}: {error}; {_remedy(real_ports)}", err=True)
        return exits.ENVIRONMENT
    if not quiet:
        world.ledger.watch = _Printer(world).saw
    try:
        ca = _write_ca(ca_file, network.ca_pem)
    except OSError as error:
        world.stop()
        click.echo(f"fake-exo: cannot write {error.filename}: {error.strerror}; see --ca", err=True)
        return exits.ENVIRONMENT
    places = _places(world, network.spots, network.dns_port, str(ca), bind)
    click.echo(json.dumps(places) if as_json else _announcement(places))
    sys.stdout.flush()
    _wait()
    world.stop()
    return exits.PASSED


def _mappings(texts: Sequence[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    if bad := [text for text, (_, sign, public) in zip(texts, pairs, strict=True) if not public]:
        raise click.UsageError(f"--map wants LOCAL=PUBLIC, not {bad[0]!r}")
    check_addresses([address for local, _, public in pairs for address in (local, public)])
    return {local: public for local, _, public in pairs}


def _remedy(real_ports: bool) -> str:
    if real_ports:
        return "ports below 1024 need root or CAP_NET_BIND_SERVICE, and must be free"
    return "choose another address with --bind"


def _write_ca(wanted: Path | None, pem: bytes) -> Path:
    path = wanted or Path(tempfile.gettempdir()) / "fake-exo-ca.pem"
    path.write_bytes(pem)
    return path


def _places(
    world: World, spots: Sequence[tuple[Spot, int]], dns_port: int, ca: str, bind: str
) -> dict[str, object]:
    first = next(iter(world.tenants.values()))
    mailbox = next((m for m in first.mailboxes if m.password), None)
    domain = next((d.name for d in first.accepted_domains), first.initial_domain)
    listeners = [
        {
            "endpoint": spot.endpoint,
            "port": spot.port,
            "forest": spot.forest,
            "listens_on": f"{bind}:{local}",
        }
        for spot, local in spots
    ]
    return {
        "fake": True,
        "listeners": listeners,
        "dns": f"{bind}:{dns_port}",
        "ca": ca,
        "mx_host": mx_host(domain),
        "user": mailbox.address if mailbox else "",
        "password": mailbox.password if mailbox else "",
        "domain": domain,
    }


def _announcement(places: dict[str, object]) -> str:
    listeners = places["listeners"]
    assert isinstance(listeners, list)
    rows = [_row(listener, str(places["mx_host"])) for listener in listeners]
    submission = next(x["listens_on"] for x in listeners if x["port"] == 587)
    host, _, port = submission.rpartition(":")
    lines = [
        "FAKE Exchange Online is listening (Ctrl-C ends it)",
        *rows,
        f"  DNS, UDP and TCP                            {places['dns']}",
        "  465: nothing listens, as at the real service",
        f"  CA certificate for clients' trust stores    {places['ca']}",
        "",
        "Try it:",
        f"  swaks --server {host} --port {port} --tls --tls-ca-path {places['ca']} "
        f"--auth LOGIN --auth-user {places['user']} --auth-password '{places['password']}' "
        f"--from {places['user']} --to someone@customer.example",
    ]
    return "\n".join(lines)


def _row(listener: dict[str, object], mx: str) -> str:
    name = "smtp.office365.com" if listener["endpoint"] == "submission" else mx
    return f"  {name}:{listener['port']:<6}".ljust(46) + str(listener["listens_on"])


class _Printer:
    """Prints each transcript when its connection closes."""

    def __init__(self, world: World) -> None:
        self._world = world

    def saw(self, event: Event) -> None:
        if isinstance(event, Closed):
            for line in self._world.transcript(event.connection, self._newest(event.connection)):
                click.echo(transcript_line(line))
            click.echo("")
            sys.stdout.flush()

    def _newest(self, connection: int) -> Sequence[Event] | None:
        """The newest events, if they hold the whole connection; a full ledger is long to read."""
        newest = self._world.ledger.last(_RECENT)
        whole = any(isinstance(e, Opened) and e.connection == connection for e in newest)
        return newest if whole else None


def _wait() -> None:
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: over.set())
    while not over.wait(0.5):
        pass
