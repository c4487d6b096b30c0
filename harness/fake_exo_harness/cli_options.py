"""Options that several commands have, and how the list of commands is shown."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from fake_exo import FOREIGN
from fake_exo_harness import exits
from fake_exo_harness.driver_names import DRIVER_NAMES, SIMULATED

Command = TypeVar("Command", bound=Callable[..., Any])
PATHS = click.Path(exists=True, path_type=Path)
OUT = click.Path(dir_okay=False, writable=True, path_type=Path)
JSON = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")


FAULTS = click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="FAULT",
    help="Inject a fault: PLACE:WHAT[:COUNT], as mail:451:2 or banner:delay=30, or F36.",
)


_SIMULATED = (*SIMULATED, "both")
ALL_DRIVERS = (*DRIVER_NAMES, "both", "any")


def driver_option(
    default: str, explained: str, choices: Sequence[str] = _SIMULATED
) -> Callable[[Command], Command]:
    return click.option(
        "--driver",
        type=click.Choice(choices),
        default=default,
        envvar="EXO_DRIVER",
        show_default=True,
        help=explained,
    )


def written(ctx: click.Context, parameter: click.Parameter, value: Path | None) -> Path | None:
    """A file that can be written at the end, which is looked at in the beginning."""
    if value is not None and not value.absolute().parent.is_dir():
        raise click.BadParameter(f"there is no folder {value.parent}; make it first")
    return value


TRUST_CLIENT_CA = click.option(
    "--trust-client-ca",
    "client_authorities",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Client certificates of this authority count at port 25, as those of public ones do.",
)
CLIENT_CERT = click.option(
    "--client-cert",
    "client_names",
    multiple=True,
    metavar="NAME",
    help="Make a client certificate that counts, for this name (repeatable: one for all).",
)
CA = click.option(
    "--ca",
    "ca_folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep one authority there, made when there is none; import FOLDER/ca.pem once.",
)
PATIENCE = click.option(
    "--patience",
    type=float,
    default=300.0,
    show_default=True,
    help="Seconds that the driver physical waits for a device.",
)
KEEP_SECRETS = click.option(
    "--keep-secrets", is_flag=True, help="Passwords and tokens stay in the recordings as they are."
)
RECORDED_DRIVERS = (*DRIVER_NAMES, "any")
BIND = click.option(
    "--bind",
    default="127.0.0.1",
    envvar="EXO_BIND",
    show_default=True,
    help="Where the driver physical listens.",
)
REAL_PORTS = click.option(
    "--real-ports", is_flag=True, help="587, 25 and 53, for the driver physical."
)
REACH = click.option(
    "--reach",
    type=click.Choice(["dns", "address", "name"]),
    default="dns",
    show_default=True,
    help="How a device finds the bench: by its DNS server, or where that stays by address or name.",
)
NAMES = click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="What this machine is called, in its DNS and certificates too (repeatable).",
)


def _allowed(ctx: click.Context, option: click.Parameter, folders: tuple[Path, ...]) -> None:
    from fake_exo_harness.forms.paths import allowing

    ctx.with_resource(allowing(folders))


ALLOW = click.option(
    "--allow-path",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    envvar="EXO_ALLOW_PATH",
    expose_value=False,
    callback=_allowed,
    help="Let files name what is below FOLDER too; else only below their own folder.",
)


FOREIGN_NAMES = click.option(
    "--foreign",
    type=click.Choice(FOREIGN),
    default="internet",
    show_default=True,
    help="What the DNS says of names in no zone: refused, nxdomain, or an MX on the internet.",
)


class CommandList(click.Group):
    """Summaries of commands are whole first sentences, over as many lines as they need."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, _summary(self.commands[name])) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write("\n" + exits.HELP.replace("\b\n", ""))


def _summary(command: click.Command) -> str:
    """The first sentence of a command's help, without the full stop."""
    text = " ".join((command.help or "").split())
    return re.split(r"[.:;](?=\s|$)", text, maxsplit=1)[0]
