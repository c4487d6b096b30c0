"""Simulated devices: profiles are data, what they say next is a generator of actions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fake_exo_harness.devices.engine import Device
from fake_exo_harness.devices.options import fitting, options
from fake_exo_harness.devices.panel import FilledField, FilledPage, filled_pages
from fake_exo_harness.devices.profile import DeviceError, PanelField, PanelPage, Profile, Setting
from fake_exo_harness.devices.quirks import QUIRKS, Quirk, known_quirks, rewritten, use_quirks
from fake_exo_harness.devices.quirks import chosen as quirks_of
from fake_exo_harness.devices.shelf import (
    names,
    profile,
    profiles,
    read_profile,
    use_folder,
)

__all__ = [
    "QUIRKS",
    "Device",
    "DeviceError",
    "FilledField",
    "FilledPage",
    "PanelField",
    "PanelPage",
    "Profile",
    "Quirk",
    "Setting",
    "configure",
    "filled_pages",
    "fitting",
    "known_quirks",
    "names",
    "profile",
    "profiles",
    "read_profile",
    "rewritten",
    "use_folder",
    "use_quirks",
]


def configure(
    profile: Profile,
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
    added = quirks_of((*profile.quirks, *quirks))
    for quirk in added:
        profile = quirk.apply(profile)
    if settings.get("hello_name") is not None:
        name = str(settings["hello_name"])
        profile = replace(profile, hello=replace(profile.hello, name=name))
    wraps = tuple(quirk.wrap for quirk in added if quirk.wrap is not None)
    entered = options(profile, settings)
    return Device(profile, entered, tls_version, certificate, seed, wraps)
