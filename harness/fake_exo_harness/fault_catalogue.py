"""The catalogue of faults by number (`FAULTS`), and the terse form of the command line.

`mail:451:2` is a place, a code or an action, and a count; `F36` or `F36.2` a numbered one.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from importlib import resources
from typing import Any, NamedTuple, TypeVar

import click
import yaml

from fake_exo import CERTIFICATES, TLS_VERSIONS, DnsFault, Fault, TlsChoice, service_facts
from fake_exo_harness.forms.problems import nearest

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
AnyFault = Fault | DnsFault | TlsChoice
F = TypeVar("F", Fault, DnsFault)
_TLS_VALUES: Mapping[str, tuple[str, ...]] = {
    "minimum": TLS_VERSIONS,
    "maximum": TLS_VERSIONS,
    "certificate": tuple(CERTIFICATES),
    "client_certificate": ("none", "optional", "required"),
    "ciphers": (),
}
_NUMBER = re.compile(r"(F\d\d)(?:\.(\d+))?", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,9}(?:\.\d{0,9})?", re.ASCII)
_COUNT = re.compile(r"0*[1-9]\d{0,8}", re.ASCII)


class FaultError(ValueError):
    """A fault that is not one; the text says what would be."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One fault of the catalogue with its variants: of the dialogue, of TLS, of the DNS."""

    id: str
    what: str
    tries: tuple[AnyFault, ...] = ()
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


def _variant(id_: str, given: Mapping[str, Any]) -> AnyFault:
    if "tls" in given:
        return TlsChoice(**given["tls"])
    if "dns" in given:
        return DnsFault(**given["dns"])
    return Fault(**given["fault"], name=id_)


class AskedFaults(NamedTuple):
    """The faults of a command line, by whose they are."""

    faults: tuple[Fault, ...] = ()
    dns_faults: tuple[DnsFault, ...] = ()
    tls: TlsChoice = TlsChoice()


def parse_all(texts: Sequence[str]) -> AskedFaults:
    """Faults of a command line. Raises click.UsageError for one that is none."""
    try:
        found = [_over_sockets(text, parse(text)) for text in texts]
        tls = _together(texts, [choice for choice in found if isinstance(choice, TlsChoice)])
    except FaultError as error:
        raise click.UsageError(f"--fault {error}") from None
    return AskedFaults(
        tuple(fault for fault in found if isinstance(fault, Fault)),
        tuple(fault for fault in found if isinstance(fault, DnsFault)),
        tls,
    )


def _together(texts: Sequence[str], choices: Sequence[TlsChoice]) -> TlsChoice:
    """One choice of TLS, of all that were asked for; of two that contradict the later counts."""
    plain = TlsChoice()
    every = [(f.name, getattr(c, f.name)) for c in choices for f in fields(TlsChoice)]
    told = {name: value for name, value in every if value != getattr(plain, name)}
    return _chosen(" with ".join(texts), told)


def _chosen(text: str, choice: Mapping[str, str]) -> TlsChoice:
    try:
        return TlsChoice(**choice)
    except ValueError as error:
        raise FaultError(f"{text}: {error}") from None


def _over_sockets(text: str, fault: AnyFault) -> AnyFault:
    if isinstance(fault, Fault) and fault.does == "unreachable":
        raise FaultError(f"{text}: real programs cannot be kept from connecting; try banner:close")
    return fault


def parse(text: str) -> AnyFault:
    """A terse fault. Raises FaultError with what is valid.

    PLACE:WHAT[:COUNT], where WHAT is a reply code, a reply's id, or an action, maybe with a value
    (`delay=30`, `hide=STARTTLS`); COUNT a number or `always`. `dns:WHAT[:COUNT]` (`dns:nxdomain`,
    `dns:slow=2`), `tls:CERTIFICATE` or `tls:SETTING=VALUE` (`tls:expired`, `tls:maximum=1.2`). Or a
    number of the catalogue, F36.
    """
    if found := _NUMBER.fullmatch(text):
        return _by_number(found[1].upper(), int(found[2] or 1))
    place, _, rest = text.partition(":")
    what, _, count = rest.partition(":")
    if place == "tls":
        return _tls(text, rest)
    if place == "dns":
        return _times(text, _dns(text, what), count)
    valid = service_facts()["fault_places"]
    if place not in valid:
        known = [*valid, "dns", "tls"]
        raise FaultError(f"{text}: {place!r} is no place; {nearest(place, known)}")
    return _times(text, replace(_what(text, what), at=place), count)


def _times(text: str, fault: F, count: str) -> F:
    if count == "always":
        return replace(fault, times=None)
    if count and not _COUNT.fullmatch(count):
        raise FaultError(f"{text}: {count!r} is no count; write a number from 1, or always")
    return replace(fault, times=int(count)) if count else fault


def _dns(text: str, what: str) -> DnsFault:
    action, _, value = what.partition("=")
    kinds = service_facts()["dns_faults"]
    if action not in kinds:
        raise FaultError(f"{text}: {what!r} is no fault of the DNS; {nearest(action, list(kinds))}")
    if (action == "slow") != bool(value) or (value and not _number(value)):
        raise FaultError(f"{text}: `slow` wants seconds, as dns:slow=2, and no other has any")
    return DnsFault("*", action, seconds=float(value or 0))


def _tls(text: str, what: str) -> TlsChoice:
    name, sign, value = what.partition("=")
    if not sign and name in CERTIFICATES:
        return TlsChoice(certificate=name)
    valid = _TLS_VALUES.get(name)
    if valid is None:
        known = [*CERTIFICATES, *(f"{setting}=" for setting in _TLS_VALUES)]
        raise FaultError(f"{text}: {what!r} is no fault of TLS; {nearest(name, known)}")
    if not value:
        raise FaultError(f"{text}: {name} wants a value")
    if valid and value not in valid:
        raise FaultError(f"{text}: {value!r} is no {name}; {nearest(value, list(valid))}")
    return _chosen(text, {name: value})


def _by_number(id_: str, variant: int) -> AnyFault:
    found = catalogue().get(id_)
    if found is None:
        raise FaultError(f"{id_} is not in the catalogue; it has F01 to F94")
    if found.left or not found.tries:
        raise FaultError(f"{id_}: {found.left or 'rehearsed as scenario ' + found.scenario}")
    return found.tries[min(variant, len(found.tries)) - 1]


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
    return _SECONDS.fullmatch(value) is not None


def variants() -> Iterator[tuple[str, Numbered, AnyFault]]:
    """Every variant of every fault, by a name of its own: F36-2."""
    for fault in catalogue().values():
        for number, tried in enumerate(fault.tries, 1):
            yield f"{fault.id}-{number}", fault, tried
