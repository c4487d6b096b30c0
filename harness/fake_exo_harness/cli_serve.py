"""The command `fake-exo serve` with its options."""

import sys

import click

from fake_exo_harness.cli_device import devices_of_user
from fake_exo_harness.cli_options import (
    ALLOW,
    CA,
    CLIENT_CERT,
    FAULTS,
    FOREIGN_NAMES,
    KEEP_SECRETS,
    NAMES,
    OUT,
    PATHS,
    TRUST_CLIENT_CA,
    written,
)
from fake_exo_harness.commands.http_option import DEFAULT, http_asked, port_range


@click.command()
@click.argument("tenants", nargs=-1, type=PATHS, envvar="EXO_TENANTS")
@click.option(
    "--bind",
    default="127.0.0.1",
    show_default=True,
    envvar="EXO_BIND",
    help="Address to listen on. Anything but loopback lets others reach the fake.",
)
@click.option(
    "--ports",
    type=click.Choice(["fixed", "any"]),
    default="fixed",
    show_default=True,
    envvar="EXO_PORTS",
    help="fixed: 1587, 1025, 1053 and so on, 1000 and the service's own; any: free ones.",
)
@click.option("--real-ports", is_flag=True, help="Listen on 587, 25 and 53 (needs the right to).")
@click.option(
    "--world-ports",
    default="",
    envvar="EXO_WORLD_PORTS",
    metavar="FIRST-LAST",
    callback=port_range,
    help="Where further worlds listen, 8 ports each; without it free ones.",
)
@click.option(
    "--allow",
    "allowed",
    multiple=True,
    metavar="NET",
    help="Who may come beside addresses that the internet does not route; 0.0.0.0/0: everybody.",
)
@click.option(
    "--advertise",
    default="",
    metavar="ADDRESS",
    help="What the DNS says in place of the addresses that are listened on.",
)
@NAMES
@FOREIGN_NAMES
@click.option(
    "--as",
    "public_ip",
    default="192.0.2.1",
    show_default=True,
    envvar="EXO_AS",
    help="The public address that clients are taken to come from.",
)
@click.option(
    "--map",
    "mappings",
    multiple=True,
    metavar="LOCAL=PUBLIC",
    help="Take clients from LOCAL (127.0.0.2) for PUBLIC (90.12.23.34).",
)
@click.option(
    "--as-of", "as_of", type=click.DateTime(["%Y-%m-%d"]), help="The service of this day."
)
@click.option("--no-tarpit", is_flag=True, help="Refuse at once; the real service waits 5 seconds.")
@click.option("--zone", "zones", multiple=True, type=PATHS, help="A zone file to publish.")
@click.option("--blocked", multiple=True, metavar="ADDRESS", help="An address on the block list.")
@FAULTS
@TRUST_CLIENT_CA
@CLIENT_CERT
@CA
@click.option(
    "--record",
    type=OUT,
    callback=written,
    metavar="FILE",
    help="Write every session as a recording at the end.",
)
@KEEP_SECRETS
@click.option(
    "--http",
    default=DEFAULT,
    show_default=True,
    envvar="EXO_HTTP",
    metavar="ADDRESS:PORT",
    callback=http_asked,
    help="Where the HTTP API listens, or off. Beyond loopback it wants a token.",
)
@click.option(
    "--http-token",
    default="",
    envvar="EXO_HTTP_TOKEN",
    metavar="TOKEN",
    help="What requests to it must bear; beyond loopback one is made up without this.",
)
@click.option(
    "--ready-file",
    type=OUT,
    callback=written,
    metavar="FILE",
    help="Write there as JSON where things listen, once they do; it goes at the end.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Lines of JSON: first where things listen, then each session as it ends.",
)
@click.option("-q", "--quiet", is_flag=True, help="No transcripts.")
@devices_of_user
@ALLOW
def serve(**options: object) -> None:
    """Open real ports for real clients, until interrupted. TENANTS are tenant files, or folders of
    them, which are read again when they change; without any, a bundled example.

    Every option may be given as a variable of the environment too, TENANTS as EXO_TENANTS."""
    from fake_exo_harness.commands.serve import serve as serve_

    if code := serve_(**options):  # type: ignore[arg-type]
        sys.exit(code)


def _variable(option: click.Option) -> str:
    return f"EXO_{option.opts[-1].strip('-').upper().replace('-', '_')}"


for _option in serve.params:
    if isinstance(_option, click.Option):
        _option.envvar = _option.envvar or _variable(_option)
        _option.show_envvar = True
