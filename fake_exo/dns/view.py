"""The names as a served world shows them: with the addresses that it listens on.

A device with production settings and our name server must never reach the real service: of the
service's own zones only what is served has an address, and nothing has one of IPv6.
"""

from collections.abc import Collection, Mapping

from fake_exo.dns.names import Foreign, Names
from fake_exo.dns.records import Address, Record, Zone


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
    zones = (
        Zone(zone.origin, tuple(dict.fromkeys(_seen(zone, seen_as, hidden, zone.origin in own))))
        for zone in names.zones
    )
    return Names(tuple(zones), foreign)


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
