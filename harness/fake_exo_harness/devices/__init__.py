"""Simulated devices: profiles are data, what they say next is a generator of actions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fake_exo_harness.devices.engine import Device
from fake_exo_harness.devices.options import options
from fake_exo_harness.devices.panel import FilledField, FilledPage, filled_pages
from fake_exo_harness.devices.profile import PanelField, PanelPage, Profile, Setting
from fake_exo_harness.devices.profiles import (
    DeviceError,
    names,
    profile,
    profiles,
    read_profile,
    use_folder,
)
from fake_exo_harness.devices.quirks import QUIRKS, apply_quirks

__all__ = [
    "QUIRKS",
    "Device",
    "DeviceError",
    "FilledField",
    "FilledPage",
    "PanelField",
    "PanelPage",
    "Profile",
    "Setting",
    "configure",
    "filled_pages",
    "names",
    "profile",
    "profiles",
    "read_profile",
    "use_folder",
]


def configure(
    chosen: Profile,
    settings: Mapping[str, object],
    quirks: Sequence[str] = (),
    *,
    tls_version: str | None = None,
    certificate: str | None = None,
    seed: int = 0,
) -> Device:
    """A device with its settings entered. Raises DeviceError with every problem.

    `tls_version`: the newest that it can ("1.0" to "1.3"), where that differs from the profile.
    `certificate`: the name on the client certificate that it shows.
    """
    chosen = apply_quirks(chosen, quirks)
    if "hello_name" in settings:
        name = str(settings["hello_name"] or "")
        chosen = replace(chosen, hello=replace(chosen.hello, name=name))
    return Device(chosen, options(chosen, settings), tls_version, certificate, seed)
