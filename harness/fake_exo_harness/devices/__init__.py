"""Simulated devices: profiles are data, what they say next is a generator of actions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from fake_exo_harness.devices.engine import Device
from fake_exo_harness.devices.options import options
from fake_exo_harness.devices.profiles import DeviceError, Profile, profile, profiles
from fake_exo_harness.devices.quirks import QUIRKS, apply_quirks

__all__ = ["QUIRKS", "Device", "DeviceError", "Profile", "configure", "profile", "profiles"]


def configure(
    profile_id: str,
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
    chosen = apply_quirks(profile(profile_id), quirks)
    if name := settings.get("hello_name"):
        chosen = _named(chosen, str(name))
    elif "hello_name" in settings:
        chosen = _named(chosen, "")
    return Device(chosen, options(chosen, settings), tls_version, certificate, seed)


def _named(profile: Profile, name: str) -> Profile:

    return replace(profile, hello={**profile.hello, "name": name})
