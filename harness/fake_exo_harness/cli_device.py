"""The commands `fake-exo device ...`, and how users bring devices of their own to any command."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from fake_exo_harness.cli_options import JSON, PATHS, Command


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


def _leave(code: int) -> None:
    if code:
        sys.exit(code)
