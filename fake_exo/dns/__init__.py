"""The fake name service: zones as values, answers as a pure function of them.

`Names(zones).answer(name, type)` answers; `record`, `read_zone` and `parse_zone` make records and
zones of text; `recommended_zone` is what a customer should publish and `service_names` what
Microsoft does; `mx_host` is a domain's MX host. Sockets are in `fake_exo.dns.wire`. TTLs are in
seconds, names without the last dot. Wrong text raises RecordError or ZoneFileError, both
ValueErrors that say cause and remedy.
"""

from fake_exo.dns.domain import RecordError
from fake_exo.dns.foreign import FOREIGN, Foreign
from fake_exo.dns.names import Names, ZoneSource
from fake_exo.dns.presentation import present, record
from fake_exo.dns.records import (
    Address,
    Answer,
    Caa,
    HostData,
    Mx,
    Opaque,
    Rdata,
    Record,
    Soa,
    Srv,
    Text,
    Tlsa,
    Zone,
)
from fake_exo.dns.respond import Asked, respond
from fake_exo.dns.spoiling import KINDS as FAULT_KINDS
from fake_exo.dns.spoiling import UNANSWERED, DnsFault, DnsFaults, faulty
from fake_exo.dns.zone_reader import ZoneProblem
from fake_exo.dns.zonefile import ZoneFileError, parse_zone, read_zone, write_zone

__all__ = [
    "FAULT_KINDS",
    "FOREIGN",
    "UNANSWERED",
    "Address",
    "Answer",
    "Asked",
    "Caa",
    "DnsFault",
    "DnsFaults",
    "Foreign",
    "HostData",
    "Mx",
    "Names",
    "Opaque",
    "Rdata",
    "Record",
    "RecordError",
    "Soa",
    "Srv",
    "Text",
    "Tlsa",
    "Zone",
    "ZoneFileError",
    "ZoneProblem",
    "ZoneSource",
    "faulty",
    "parse_zone",
    "present",
    "read_zone",
    "record",
    "respond",
    "write_zone",
]
