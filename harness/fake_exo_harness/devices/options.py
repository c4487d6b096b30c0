"""The settings of one device as somebody entered them, checked as its own pages would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from fake_exo_harness.devices.profiles import DeviceError, Profile

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


def options(profile: Profile, entered: Mapping[str, object]) -> Options:
    """Check and complete settings. Raises DeviceError with every problem."""
    problems: list[tuple[str, str]] = []  # setting, and what is wrong with it
    values: dict[str, Any] = {}
    for key, spec in profile.settings.items():
        value = entered.get(key, spec.get("default"))
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
    close = get_close_matches(key, profile.settings, 1, 0.5)
    hint = f'did you mean "{close[0]}"?' if close else f"it has: {', '.join(profile.settings)}"
    return f'{profile.id} has no setting "{key}"; {hint}'


def _value(
    profile: Profile,
    key: str,
    spec: Mapping[str, Any],
    value: object,
    problems: list[tuple[str, str]],
) -> Any:  # noqa: ANN401 - a setting is a text, number or switch
    kind = spec["type"]
    shown = str(value)
    try:
        return _READERS[kind](spec, shown)
    except ValueError as error:
        label = spec.get("label", key)
        text = f'{profile.id}: {key} ("{label}") does not take "{shown}": {error}'
        problems.append((key, text))
        return None


def _text(spec: Mapping[str, Any], shown: str) -> str:
    limit = spec.get("limit")
    if limit is None or len(shown) <= limit:
        return shown
    if spec.get("too_long", "refuse") == "cut":
        return shown[:limit]  # the device stores what fits and says nothing
    raise ValueError(f"the field holds {limit} characters")


def _number(spec: Mapping[str, Any], shown: str) -> float:
    if not shown.replace(".", "", 1).isdigit():
        raise ValueError("a number is wanted")
    value = float(shown)
    low, high = spec.get("minimum", 0), spec.get("maximum", float("inf"))
    if not low <= value <= high:
        raise ValueError(f"{low} to {high} is possible")
    return value


def _port(spec: Mapping[str, Any], shown: str) -> int:
    if not shown.isdigit() or not 1 <= int(shown) <= 65_535:
        raise ValueError("a port is 1 to 65535")
    return int(shown)


def _switch(spec: Mapping[str, Any], shown: str) -> bool:
    if shown.lower() not in (*_ON, *_OFF):
        raise ValueError("on or off is wanted")
    return shown.lower() in _ON


def _tls(spec: Mapping[str, Any], shown: str) -> str:
    word = _TLS_WORDS.get(shown.lower(), shown.lower())
    valid: Sequence[str] = spec.get("options", ("off", "starttls", "ssl"))
    if word not in valid:
        raise ValueError(f"it offers: {', '.join(valid)}")
    return word


_READERS = {
    "text": _text,
    "seconds": _number,
    "bytes": _number,
    "port": _port,
    "switch": _switch,
    "tls": _tls,
}
