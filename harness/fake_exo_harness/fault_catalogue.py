"""The catalogue of faults by number (`FAULTS`), and the terse form of the command line.

`mail:451:2` is a place, a code or an action, and a count; `F36` or `F36.2` a numbered one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any

import click
import yaml

from fake_exo import DnsFault, Fault, TlsChoice, service_facts
from fake_exo_harness.scenario.problems import nearest

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NUMBER = re.compile(r"(F\d\d)(?:\.(\d+))?", re.IGNORECASE)


class FaultError(ValueError):
    """A fault that is not one; the text says what would be."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One fault of the catalogue with its variants: of the dialogue, of TLS, of the DNS."""

    id: str
    what: str
    tries: tuple[Fault | DnsFault | TlsChoice, ...] = ()
    scenario: str = ""
    left: str = ""  # why it is not offered
    note: str = ""
    drivers: tuple[str, ...] = ("memory", "socket")


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, Numbered]:
    """All of them by id, F01 to F94."""
    text = resources.files("fake_exo_harness.data").joinpath("faults.yaml").read_text("utf-8")
    return {row["id"]: _numbered(row) for row in yaml.load(text, Loader=_LOADER)}


def _numbered(row: Mapping[str, Any]) -> Numbered:
    tries = tuple(_variant(row["id"], given) for given in row.get("tries", ()))
    rest = {key: value for key, value in row.items() if key != "tries"}
    if "drivers" in rest:
        rest["drivers"] = tuple(rest["drivers"])
    return Numbered(tries=tries, **rest)


def _variant(id_: str, given: Mapping[str, Any]) -> Fault | DnsFault | TlsChoice:
    if "tls" in given:
        return TlsChoice(**given["tls"])
    if "dns" in given:
        return DnsFault(**given["dns"])
    return Fault(**given["fault"], name=id_)


def parse_all(texts: Sequence[str]) -> tuple[Fault, ...]:
    """Faults of a command line. Raises click.UsageError for one that is none."""
    try:
        return tuple(_over_sockets(text, parse(text)) for text in texts)
    except FaultError as error:
        raise click.UsageError(f"--fault {error}") from None


def _over_sockets(text: str, fault: Fault) -> Fault:
    if fault.does == "unreachable":
        raise FaultError(f"{text}: real programs cannot be kept from connecting; try banner:close")
    return fault


def parse(text: str) -> Fault:
    """A terse fault of the dialogue. Raises FaultError with what is valid.

    PLACE:WHAT[:COUNT], where WHAT is a reply code, a reply's id, or an action, maybe with a value
    (`delay=30`, `hide=STARTTLS`); COUNT a number or `always`. Or a number of the catalogue, F36.
    """
    if found := _NUMBER.fullmatch(text):
        return _by_number(found[1].upper(), int(found[2] or 1))
    place, _, rest = text.partition(":")
    what, _, count = rest.partition(":")
    valid = service_facts()["fault_places"]
    if place not in valid:
        raise FaultError(f"{text}: {place!r} is no place; {nearest(place, valid)}")
    fault = replace(_what(text, what), at=place)
    if count == "always":
        return replace(fault, times=None)
    if count and not (count.isdigit() and int(count)):
        raise FaultError(f"{text}: {count!r} is no count; write a number from 1, or always")
    return replace(fault, times=int(count)) if count else fault


def _by_number(id_: str, variant: int) -> Fault:
    found = catalogue().get(id_)
    if found is None:
        raise FaultError(f"{id_} is not in the catalogue; it has F01 to F94")
    if found.left or not found.tries:
        raise FaultError(f"{id_}: {found.left or 'rehearsed as scenario ' + found.scenario}")
    chosen = found.tries[min(variant, len(found.tries)) - 1]
    if not isinstance(chosen, Fault):
        raise FaultError(f"{id_} is of TLS or the DNS; put it into a scenario's service:")
    return chosen


def _what(text: str, what: str) -> Fault:
    action, _, value = what.partition("=")
    if re.fullmatch(r"[245]\d\d", what):
        return Fault(text=f"{what} {what[0]}.0.0 Injected by fake-exo")
    if action in service_facts()["faults"] and action != "reply":
        seconds = float(value) if action in ("delay", "late-last-line") and _number(value) else 0.0
        return Fault(does=action, value=value, seconds=seconds)
    if what in service_facts()["replies"]:
        return Fault(reply=what)
    valid = [*service_facts()["faults"], *service_facts()["replies"]]
    raise FaultError(f"{text}: {what!r} is no code, action or reply; {nearest(what, valid)}")


def _number(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def variants() -> Iterator[tuple[str, Numbered, Fault | DnsFault | TlsChoice]]:
    """Every variant of every fault, by a name of its own: F36-2."""
    for fault in catalogue().values():
        for number, tried in enumerate(fault.tries, 1):
            yield f"{fault.id}-{number}", fault, tried
