"""How a question is answered from zones: RFC 1034 4.3.2 with RFC 4592 wildcards. Pure."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_exo.dns.domain import RecordError, domain, fold, suffixes
from fake_exo.dns.foreign import REFUSES, Foreign
from fake_exo.dns.records import Answer, HostData, Node, Record, Zone, negative

MAX_CHAIN = 16  # aliases followed for one question; as BIND

_IMPOSSIBLE = Answer("NXDOMAIN", authoritative=False)


class ZoneSource(ABC):
    """Zones that are made when somebody asks for them."""

    @abstractmethod
    def zone(self, origin: str, name: str) -> Zone | None:
        """The zone that begins at `origin`, with at least all that answers for `name`; None when
        there is none. Both names are folded."""


@dataclass(frozen=True, slots=True)
class Names:
    """All zones that the fake name service holds; immutable. Zones of one origin are joined.
    `source`: further ones, of other origins."""

    zones: tuple[Zone, ...] = ()
    foreign: Foreign = REFUSES
    source: ZoneSource | None = None
    _by_origin: Mapping[str, Zone] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_origin: dict[str, Zone] = {}
        for zone in self.zones:
            held = by_origin.get(zone.origin)
            by_origin[zone.origin] = held.with_records(*zone.records) if held else zone
        object.__setattr__(self, "_by_origin", by_origin)

    def with_zones(self, *zones: Zone) -> "Names":
        """These zones in place of those of the same origin, or added."""
        new = {zone.origin for zone in zones}
        kept = (zone for zone in self.zones if zone.origin not in new)
        return Names((*kept, *zones), self.foreign, self.source)

    def zone_of(self, name: str) -> Zone | None:
        """The zone with the longest origin that `name` is in."""
        name = fold(name)
        for suffix in suffixes(name):
            zone = self._by_origin.get(suffix)
            if zone is None and self.source is not None:
                zone = self.source.zone(suffix, name)
            if zone is not None:
                return zone
        return None

    def answer(self, name: str, type: str) -> Answer:
        """The answer to one question; `type` a mnemonic in capitals, `name` with or without dot.

        - A name in no zone of ours is `foreign`.
        - Aliases are followed through all zones, at most 16 and never twice to the same name; the
          chain so far is then the answer, with NOERROR. The last name decides the rcode (RFC 6604).
        - An alias beside other data answers where the data does not.
        - ANY gets every record of the name (RFC 8482 allows less); its alias is not followed.
        - Answers carry the spelling of the question.
        - What is no domain name is NXDOMAIN, with no authority (RFC 7208 4.8 wants it so).
        """
        try:
            return self._follow(domain(name or "."), type)
        except RecordError:
            return _IMPOSSIBLE

    def _follow(self, name: str, type_: str) -> Answer:
        chain: tuple[Record, ...] = ()
        visited: set[str] = set()
        while True:
            visited.add(fold(name))
            answer, target = self._step(name, type_)
            if chain:
                answer = _behind(chain, answer)
            if target is None or fold(target) in visited or len(visited) > MAX_CHAIN:
                return answer
            chain, name = answer.answers, target

    def _step(self, name: str, type_: str) -> tuple[Answer, str | None]:
        """The answer for one name, and the name that it is an alias of."""
        zone = self._asked_of(name, type_)
        if zone is None:
            return self.foreign.answer(name, type_), None
        referral = _referral(zone, name, type_)
        if referral is not None:
            return referral, None
        node = _node(zone, name)
        if node is None:
            return negative(zone.soa, "NXDOMAIN"), None
        return _from_node(zone, node, name, type_)

    def _asked_of(self, name: str, type_: str) -> Zone | None:
        """The zone that answers. DS of a zone is its parent's to say, and its own only where we
        know no parent (RFC 4035 3.1.4.1)."""
        zone = self.zone_of(name)
        if type_ != "DS" or zone is None or not zone.origin or zone.origin != fold(name):
            return zone
        parent = self.zone_of(_parent(zone.origin))
        return parent if parent is not None or self.foreign.mode == "internet" else zone


def _behind(chain: tuple[Record, ...], answer: Answer) -> Answer:
    """The answer for an alias's target, with the aliases before it; theirs is the authority."""
    rcode = "NOERROR" if answer.rcode == "REFUSED" else answer.rcode
    answers = (*chain, *answer.answers)
    return Answer(rcode, True, answers, answer.authority, answer.additional)


def _parent(name: str) -> str:
    _, above, *_ = suffixes(name)
    return above


def _referral(zone: Zone, name: str, type_: str) -> Answer | None:
    """The highest cut between the apex and the name, if there is one. DS is on this side of it."""
    cut: tuple[Record, ...] | None = None
    for suffix in suffixes(fold(name)):
        if suffix == zone.origin:
            break
        if suffix == fold(name) and type_ == "DS":
            continue
        cut = zone.nodes.get(suffix, {}).get("NS") or cut
    if cut is None:
        return None
    return Answer("NOERROR", authoritative=False, authority=cut, additional=_glue(zone, cut))


def _glue(zone: Zone, servers: tuple[Record, ...]) -> tuple[Record, ...]:
    hosts = [server.data.host for server in servers if isinstance(server.data, HostData)]
    nodes = [zone.nodes.get(fold(host), {}) for host in hosts]
    return tuple(r for node in nodes for type_ in ("A", "AAAA") for r in node.get(type_, ()))


def _node(zone: Zone, name: str) -> Node | None:
    """The name's own node, else the wildcard of its closest encloser (RFC 4592 3.3.1)."""
    key = fold(name)
    node = zone.nodes.get(key)
    if node is not None:
        return node
    encloser = next(suffix for suffix in suffixes(key) if suffix in zone.nodes)
    return zone.nodes.get(f"*.{encloser}" if encloser else "*")


def _from_node(zone: Zone, node: Node, name: str, type_: str) -> tuple[Answer, str | None]:
    alias: tuple[Record, ...] = ()
    if type_ == "ANY":
        found = tuple(record for rrset in node.values() for record in rrset)
    else:
        found = node.get(type_, ())
        alias = () if found else node.get("CNAME", ())
    if not found and not alias:
        return negative(zone.soa, "NOERROR"), None
    return Answer("NOERROR", True, _spelled(found or alias, name)), _target(alias)


def _target(alias: tuple[Record, ...]) -> str | None:
    """Where the alias leads; of several, which no zone should hold, the first."""
    hosts = [record.data.host for record in alias if isinstance(record.data, HostData)]
    return hosts[0] if hosts else None


def _spelled(records: tuple[Record, ...], name: str) -> tuple[Record, ...]:
    return tuple(r if r.name == name else Record(name, r.type, r.ttl, r.data) for r in records)
