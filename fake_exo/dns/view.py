"""The names as a served world shows them: with the addresses that it listens on.

A device with production settings and our name server must never reach the real service: of the
service's own zones only what is served has an address, and nothing has one of IPv6.
"""

from collections.abc import Callable, Collection, Mapping

from fake_exo.dns.foreign import Foreign
from fake_exo.dns.names import Names, ZoneSource
from fake_exo.dns.records import Address, Record, Zone

_SHORT = 10  # seconds: a bench may move


def served(
    names: Names,
    *,
    seen_as: Mapping[str, str],
    hidden: Collection[str],
    own: Collection[str],
    foreign: Foreign,
) -> Names:
    """The names with local addresses in place of the service's.

    `seen_as`: the local address for each that is served; `hidden`: the service's addresses, of
    which those that are not served vanish; `own`: origins of zones in which no other address may
    stay; `foreign`: what becomes of names in no zone.
    """

    def shown(zone: Zone) -> Zone:
        records = _seen(zone, seen_as, hidden, zone.origin in own)
        return Zone(zone.origin, tuple(dict.fromkeys(records)))

    source = None if names.source is None else _Shown(names.source, shown)
    return Names(tuple(map(shown, names.zones)), foreign, source)


def host_zone(name: str, address: str) -> Zone:
    """A machine of its own zone: nothing but its address."""
    type_ = "AAAA" if ":" in address else "A"
    return Zone(name, (Record(name, type_, _SHORT, Address(address)),))


class _Shown(ZoneSource):
    def __init__(self, source: ZoneSource, shown: Callable[[Zone], Zone]) -> None:
        self._source, self._shown = source, shown

    def zone(self, origin: str, name: str) -> Zone | None:
        found = self._source.zone(origin, name)
        return None if found is None else self._shown(found)


def _seen(
    zone: Zone, seen_as: Mapping[str, str], hidden: Collection[str], own: bool
) -> list[Record]:
    found = []
    for record in zone.records:
        if not isinstance(record.data, Address):
            found.append(record)
        elif (local := seen_as.get(record.data.address)) is not None:
            type_ = "AAAA" if ":" in local else "A"
            found.append(Record(record.name, type_, record.ttl, Address(local)))
        elif not own and record.data.address not in hidden:
            found.append(record)
    return found
