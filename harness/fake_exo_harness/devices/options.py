"""The settings of one device as somebody entered them, checked as its own pages would."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeVar

from fake_exo_harness.devices.profile import DeviceError, Profile, Setting
from fake_exo_harness.forms.problems import nearest

T = TypeVar("T")
_ON, _OFF = ("on", "true", "yes", "1"), ("off", "false", "no", "0")
_TLS_WORDS = {"on": "starttls", "true": "starttls", "false": "off", "tls": "starttls"}


@dataclass(frozen=True, slots=True)
class Options:
    """Canonical settings: what was entered, else the device's default."""

    values: Mapping[str, Any]

    def text(self, key: str) -> str:
        value = self.values.get(key)
        return "" if value is None else str(value)

    def number(self, key: str, otherwise: float) -> float:
        value = self.values.get(key)
        return otherwise if value is None else float(value)

    def on(self, key: str) -> bool:
        return bool(self.values.get(key))

    def texts(self) -> dict[str, str]:
        """All of them as pages and conditions have them: switches are on and off."""
        return {key: _plain(value) for key, value in self.values.items()}


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


def fitting(profile: Profile, wanted: Mapping[str, T]) -> dict[str, T | str]:
    """So many of these settings as this device has; where it has no STARTTLS that is required, one
    that is used where it is offered."""
    found: dict[str, T | str] = {key: wanted[key] for key in wanted if key in profile.settings}
    offered = [choice.value for choice in profile.settings["tls"].options] if "tls" in found else []
    if found.get("tls") == "starttls" and "starttls" not in offered and "opportunistic" in offered:
        found["tls"] = "opportunistic"
    return found


def options(profile: Profile, entered: Mapping[str, object]) -> Options:
    """Check and complete settings. Raises DeviceError with every problem."""
    problems: list[tuple[str, str]] = []  # setting, and what is wrong with it
    values: dict[str, Any] = {}
    for key, spec in profile.settings.items():
        value = spec.default if entered.get(key) is None else entered[key]
        if value is not None:
            values[key] = _value(profile, key, spec, value, problems)
    unknown = [key for key in entered if key not in profile.settings]
    problems += [(key, _unknown(profile, key)) for key in unknown]
    if problems:
        raise DeviceError("\n".join(text for _, text in problems), problems)
    if "authentication" not in values:
        values["authentication"] = bool(values.get("user_name"))
    if values.get("tls") == "ssl" and "ssl_port" in values and "port" not in entered:
        values["port"] = values["ssl_port"]  # the choice moves the device to its SSL port
    return Options(values)


def _unknown(profile: Profile, key: str) -> str:
    return f'{profile.id} has no setting "{key}"; {nearest(key, list(profile.settings))}'


def _value(
    profile: Profile,
    key: str,
    spec: Setting,
    value: object,
    problems: list[tuple[str, str]],
) -> Any:  # noqa: ANN401 - a setting is a text, number or switch
    shown = str(value)
    try:
        return _READERS[spec.type](spec, shown)
    except ValueError as error:
        text = f'{profile.id}: {key} ("{spec.label or key}") does not take "{shown}": {error}'
        problems.append((key, text))
        return None


def _text(spec: Setting, shown: str) -> str:
    if spec.limit is None or len(shown) <= spec.limit:
        return shown
    if spec.too_long == "cut":
        return shown[: spec.limit]  # the device stores what fits and says nothing
    raise ValueError(f"the field holds {spec.limit} characters")


def _number(spec: Setting, shown: str) -> float:
    if not shown.replace(".", "", 1).isdigit():
        raise ValueError("a number is wanted")
    value = float(shown)
    if not spec.minimum <= value <= spec.maximum:
        raise ValueError(f"{spec.minimum:g} to {spec.maximum:g} is possible")
    return value


def _port(spec: Setting, shown: str) -> int:
    if not shown.isdigit() or not 1 <= int(shown) <= 65_535:
        raise ValueError("a port is 1 to 65535")
    return int(shown)


def _switch(spec: Setting, shown: str) -> bool:
    if shown.lower() not in (*_ON, *_OFF):
        raise ValueError("on or off is wanted")
    return shown.lower() in _ON


def _choice(spec: Setting, shown: str) -> str:
    """What is meant, by that or by what stands on the device's page."""
    word = _TLS_WORDS.get(shown.lower(), shown.lower()) if spec.type == "tls" else shown
    offered = {choice.value: choice.shown for choice in spec.options}
    own = {choice.shown.lower(): choice.value for choice in spec.options}
    word = own.get(shown.lower(), word)
    if offered and word not in offered:
        words = (value if value == text else f"{text} ({value})" for value, text in offered.items())
        raise ValueError(f"it offers: {', '.join(words)}")
    return word


def _ip(spec: Setting, shown: str) -> str:
    """An address: a name cannot be entered here."""
    try:
        ip_address(shown)
    except ValueError:
        raise ValueError("an IP address is wanted, no name") from None
    return shown


_READERS = {
    "text": _text,
    "seconds": _number,
    "bytes": _number,
    "port": _port,
    "switch": _switch,
    "tls": _choice,
    "ip": _ip,
    "mechanism": _choice,
}
