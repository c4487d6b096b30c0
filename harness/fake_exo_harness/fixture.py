"""A fake from the words of scenarios: what `@pytest.mark.exo(...)` and `exo_options` say, each as a
scenario says it or as the value that `FakeExo` takes."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from pathlib import PurePath
from typing import Any, NoReturn

from yaml.nodes import MappingNode, Node, SequenceNode
from yaml.representer import RepresenterError, SafeRepresenter

from fake_exo import (
    BlockedAddress,
    DnsFault,
    FakeExo,
    Fault,
    MailHost,
    ServiceError,
    Tenant,
    TlsChoice,
    Zone,
)
from fake_exo_harness.fault_catalogue import FaultError, parse
from fake_exo_harness.forms.kinds import BOOL, IP, TEXTS
from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.nodes import BAD, Kind, Reading, word
from fake_exo_harness.forms.problems import Problem, ScenarioError, nearest
from fake_exo_harness.reports.text import episode
from fake_exo_harness.scenario.elsewhere import mail_host
from fake_exo_harness.scenario.language import blocked
from fake_exo_harness.scenario.load import SCENARIO
from fake_exo_harness.scenario.services import SERVICE, dns_fault, fault, tls
from fake_exo_harness.scenario.tenants import load_tenants, tenant
from fake_exo_harness.scenario.zones import zone
from fake_exo_harness.seen import seen_job, situation, tenants_of
from fake_exo_harness.terminal import say
from fake_exo_harness.words import Days, of_faults, of_limits, of_tenant

# Lists, by what each of them holds.
_LISTS: Mapping[str, tuple[type, Kind]] = {
    "tenants": (Tenant, tenant),
    "faults": (Fault, fault),
    "dns_faults": (DnsFault, dns_fault),
    "dns": (Zone, zone),
    "blocked_addresses": (BlockedAddress, blocked),
    "elsewhere": (MailHost, mail_host),
}
_SINGLE: Mapping[str, tuple[type, Kind]] = {
    "tenant": (Tenant, tenant),
    "tls": (TlsChoice, tls),
    "as_of": (date, SCENARIO.kinds["as_of"]),
}
_PLAIN: Mapping[str, Kind] = {
    **{k: kind for k, kind in SERVICE.kinds.items() if k not in {**_LISTS, **_SINGLE}},
    "seed": SCENARIO.kinds["seed"],
    "public_ip": IP,
    "client_authorities": TEXTS,
    "skip_delays": BOOL,
    "clock": word("still", "real"),
    "host": IP,
}
WORDS = (*_SINGLE, *_LISTS, *_PLAIN)


def fake_of(place: Location, tenants: Sequence[object], words: Mapping[str, object]) -> FakeExo:
    """The fake of tenants (values, or files beside the place) and of words said there. Raises
    ScenarioError for what cannot be, OSError when it cannot listen."""
    said = _Said(place)
    for name in words:
        if name not in WORDS:
            said.fail(f'"{name}" is not a key here', nearest(name, WORDS))
    every = [*tenants, *_listed(words.get("tenants", ())), *_listed(words.get("tenant", ()))]
    found = [made for each in every for made in said.tenants(each)]
    options = said.options(words)
    try:
        fake = FakeExo(*found, **options)
        _tell(fake)
        return fake
    except ServiceError as error:
        cause = str(error)
    said.fail(cause)


def told(fake: FakeExo, mark: int = 0) -> str:
    """What happened at a fake since a mark of its record, as scenarios tell it: the dialogues, why
    something was refused, what to change. Empty where nothing happened."""
    events = fake.since(mark)
    if not events:
        return ""
    known = situation(events, tenants_of(fake.world))
    return "\n".join(episode(seen_job(events), known)).rstrip()


def _tell(fake: FakeExo) -> None:
    """What has no effect here, to where a test's output goes."""
    world = fake.world
    for made in world.tenants.values():
        for name, why in of_tenant(made, world.day):
            say(f"not rehearsed: {name} of {made.name}: {why}", err=True)
    days = Days(world.day, world.day)
    for name, why in (*of_faults(world.settings.faults, days), *of_limits(world.estate.limits)):
        say(f"not rehearsed: {name}: {why}", err=True)


class _Said:
    """Words said at one place."""

    def __init__(self, place: Location) -> None:
        self._place = place

    def fail(self, cause: str, remedy: str = "") -> NoReturn:
        raise ScenarioError([Problem(self._place, cause, remedy)])

    def tenants(self, given: object) -> Iterable[Tenant]:
        """Of a value, of words, or of a file."""
        if not isinstance(given, str | PurePath):
            return (self._value(given, *_SINGLE["tenant"]),)
        path = self._place.path.parent / given
        if not path.is_file():
            self.fail(f"there is no file {given}", "a tenant's file is named from this one")
        return load_tenants(path)

    def options(self, words: Mapping[str, object]) -> dict[str, Any]:
        """What `FakeExo` takes beside tenants."""
        found: dict[str, Any] = {}
        for name, value in words.items():
            if name in _PLAIN:
                found[name] = self._read(value, _PLAIN[name])
            elif name in _LISTS and name not in ("tenants", "faults"):
                found[name] = [self._value(each, *_LISTS[name]) for each in _listed(value)]
            elif name in _SINGLE and name != "tenant":
                found[name] = self._value(value, *_SINGLE[name])
        for each in _listed(words.get("faults", ())):
            self._inject(found, self._fault(each))
        return found

    def _fault(self, given: object) -> Fault | DnsFault | TlsChoice:
        """As a scenario says it, or as the command line does: `mail:451:2`, `F36`."""
        if not isinstance(given, str):
            made: Fault = self._value(given, *_LISTS["faults"])
            return made
        try:
            return parse(given)
        except FaultError as error:
            cause = str(error)
        self.fail(cause)

    def _inject(self, found: dict[str, Any], made: Fault | DnsFault | TlsChoice) -> None:
        if isinstance(made, TlsChoice):
            if "tls" in found:
                self.fail("TLS is chosen twice", "say all of it under tls")
            found["tls"] = made
        else:
            key = "faults" if isinstance(made, Fault) else "dns_faults"
            found[key] = [*found.get(key, ()), made]

    def _value(self, given: object, kind_of: type, kind: Kind) -> Any:  # noqa: ANN401
        return given if isinstance(given, kind_of) else self._read(given, kind)

    def _read(self, given: object, kind: Kind) -> Any:  # noqa: ANN401
        reading = Reading(self._place.path)
        found = kind(reading, self._node(reading, given))
        reading.fail_if_bad()
        assert found is not BAD
        return found

    def _node(self, reading: Reading, given: object) -> Node:
        """As if it stood in a file, at the place."""
        node: Node | None = None
        with suppress(RepresenterError):
            node = SafeRepresenter().represent_data(given)
        if node is None:
            self.fail(f"{given!r} cannot be said here", "use the words of a scenario")
        waiting = [node]
        while waiting:
            reading.mark(each := waiting.pop(), self._place)
            waiting += _inside(each)
        return node


def _inside(node: Node) -> Iterable[Node]:
    match node:
        case MappingNode(value=pairs):
            return [part for pair in pairs for part in pair]
        case SequenceNode(value=items):
            return list(items)
    return ()


def _listed(value: object) -> Sequence[object]:
    """A single one stands for a list of one."""
    return value if isinstance(value, list | tuple) else (value,)
