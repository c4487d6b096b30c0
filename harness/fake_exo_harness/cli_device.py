"""The commands `fake-exo device ...`, and how users bring devices of their own to any command."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from fake_exo_harness.cli_options import JSON, OUT, PATHS, Command, written


def _folders(ctx: click.Context, option: click.Parameter, folders: tuple[Path, ...]) -> None:
    from fake_exo_harness.devices import use_folder

    _used(use_folder, folders, ctx, option)


def _quirk_files(ctx: click.Context, option: click.Parameter, files: tuple[Path, ...]) -> None:
    from fake_exo_harness.devices import use_quirks

    _used(use_quirks, files, ctx, option)


def _used(
    use: Callable[[Path], None],
    paths: Sequence[Path],
    ctx: click.Context,
    option: click.Parameter,
) -> None:
    from fake_exo_harness.devices import DeviceError

    for path in paths:
        try:
            use(path)
        except DeviceError as error:
            raise click.BadParameter(str(error), ctx, option) from None


_PROFILES = click.option(
    "--profiles",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar="FAKE_EXO_PROFILES",
    callback=_folders,
    expose_value=False,
    metavar="FOLDER",
    help="Device profiles of yours, known by the names of their files (repeatable).",
)
_QUIRKS = click.option(
    "--quirks",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    callback=_quirk_files,
    expose_value=False,
    metavar="FILE",
    help="A Python file with quirks of yours (repeatable). It is run as it is.",
)


def devices_of_user(command: Command) -> Command:
    """The options by which users bring profiles and quirks of their own."""
    return _PROFILES(_QUIRKS(command))


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def device() -> None:
    """Profiles of devices: list them, show one, check files of yours, begin a new one."""


@device.command(name="list")
@devices_of_user
@JSON
def list_(as_json: bool) -> None:
    """List the profiles that are known, with how sure we are of each."""
    from fake_exo_harness.commands.device import list_devices

    _leave(list_devices(as_json))


@device.command()
@click.argument("name")
@devices_of_user
@JSON
def show(name: str, as_json: bool) -> None:
    """Show NAME, a known profile or a file, with every key: a file to begin with."""
    from fake_exo_harness.commands.device import show_device

    _leave(show_device(name, as_json))


@device.command()
@click.argument("paths", nargs=-1, required=True, type=PATHS)
@devices_of_user
def check(paths: tuple[Path, ...]) -> None:
    """Look for errors in profile files, or folders of them."""
    from fake_exo_harness.commands.device import check_devices

    _leave(check_devices(paths))


@device.command()
@click.argument("name")
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A log of its dialogue, as text or as a recording: what it shows need not be asked.",
)
@click.option("--output", type=OUT, callback=written, help="Where to write it.  [NAME.yaml]")
@click.option("--vendor", help="Who makes it.")
@click.option("--model", help="Which model and firmware.")
@click.option("--kind", help="What it is: mfp, scanner, camera, app, ...")
@click.option("--greets", type=click.Choice(["EHLO", "HELO"]))
@click.option("--hello-name", help="The name in its greeting.")
@click.option(
    "--encryption",
    type=click.Choice(["starttls", "ssl", "opportunistic", "never"]),
    help="What can be set.",
)
@click.option("--signs-in", help="Mechanisms in their order (LOGIN,PLAIN), or none.")
@click.option(
    "--sender",
    type=click.Choice(["address", "login", "host"]),
    help="Its sender: an address of its own, its login, or host@domain.",
)
@click.option("--no-input", is_flag=True, help="Ask nothing: what is not given is as is usual.")
def new(
    name: str, source: Path | None, output: Path | None, no_input: bool, **answers: str | None
) -> None:
    """Begin the profile of a device: asks what it is like, or takes a log with --from."""
    from fake_exo_harness.commands.device_new import asked, new_device

    silent = no_input or source is not None
    _leave(new_device(name, source, output, asked(answers, silent=silent)))


def _leave(code: int) -> None:
    if code:
        sys.exit(code)
