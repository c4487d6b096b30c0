"""What `serve` says when it has begun: where it listens, for people and for programs."""

from collections.abc import Iterator, Mapping

from fake_exo import Endpoint, World, endpoint_host, mx_host
from fake_exo.drive import Binding, Missed
from fake_exo_harness.bench import Bench
from fake_exo_harness.commands import client_certificates

_COLUMN = 50  # where addresses begin
_HTTP = {"open": "what came and why", "http": "HTTP API", "token": "its token"}


def places(world: World, bench: Bench, files: Mapping[str, str]) -> dict[str, object]:
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
        "event": "listening",
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


def announcement(world: World, served: dict[str, object]) -> str:
    network, mx = world.network, str(served["mx_host"])
    submission = next(at for at in network.bindings if at.listen.port == 587)
    lines = [
        "FAKE Exchange Online is listening (Ctrl-C ends it)",
        *(_row(at, mx) for at in network.bindings),
        "  DNS, UDP and TCP".ljust(_COLUMN) + str(served["dns"]),
        *(_absent(gone, mx) for gone in network.missed),
        "  465: nothing listens, as at the real service",
        *_told(_HTTP, served),
        "  CA certificate for clients' trust stores".ljust(_COLUMN) + str(served["ca"]),
        *_told(client_certificates.PLACED, served),
        "",
        "Try it:",
        f"  swaks --server {submission.address} --port {submission.port} --tls --tls-ca-path "
        f"{served['ca']} --auth LOGIN --auth-user {served['user']} "
        f"--auth-password '{served['password']}' "
        f"--from {served['user']} --to someone@customer.example",
        "What to enter at a device: fake-exo panel PROFILE "
        f"--bind {served['advertised'] or network.host}",
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


def _told(rows: Mapping[str, str], served: Mapping[str, object]) -> Iterator[str]:
    """A line for each of these that there is."""
    for key, what in rows.items():
        if served.get(key):
            yield f"  {what}".ljust(_COLUMN) + str(served[key])
