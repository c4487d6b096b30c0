"""What an inbound connector makes of a message that comes by it: whether it counts as internal,
which address it is judged by, and which of the service's own header fields it may bring.

Source: the reference of Set-InboundConnector (2026-05). Fields that the reference reserves for
Microsoft do nothing here.
"""

import re
from collections.abc import Iterator

from fake_exo.exchange.attribution import Attributed
from fake_exo.exchange.directory import Directory, domain_of, ipv4_number
from fake_exo.exchange.lists import listed
from fake_exo.exchange.tenant import InboundConnector
from fake_exo.mail.fields import header_fields, header_section

Replaced = tuple[tuple[str, str], ...]  # name and value; an empty one is taken away

_BRACKETED = re.compile(r"[\[(](\d{1,3}(?:\.\d{1,3}){3})[\])]")
_CROSS, _OWN = "x-ms-exchange-crosspremises-", "X-MS-Exchange-Organization-"


def internal(
    directory: Directory, attributed: Attributed, sender: str, content: bytes | bytearray
) -> bool:
    """Whether mail of a connector is as good as a signed-in user's: it is neither judged nor
    external. By TreatMessagesAsInternal when the sender's domain is the tenant's, or, between the
    halves of a hybrid organization, because the other half says so."""
    match = attributed.origin
    if match is None:
        return False
    if match.connector.cloud_services_mail_enabled:
        return dict(_cross_premises(content)).get("authas", "").lower() == "internal"
    hosted = directory.hosted(domain_of(sender))
    own = hosted is not None and hosted.tenant.name == match.tenant.name
    return own and match.connector.treat_messages_as_internal


def crossed(attributed: Attributed, content: bytes | bytearray) -> Replaced:
    """Fields X-MS-Exchange-CrossPremises-* go; a connector for hybrid mail flow turns them into
    those that the organization itself sets."""
    found = tuple(_cross_premises(content))
    match = attributed.origin
    promoted = match is not None and match.connector.cloud_services_mail_enabled
    gone = tuple((_CROSS + name, "") for name, _ in found)
    return (*gone, *((_OWN + name, value) for name, value in found if promoted))


def _cross_premises(content: bytes | bytearray) -> Iterator[tuple[str, str]]:
    if _CROSS.encode() not in header_section(content).lower():
        return
    for name, value in header_fields(content):
        if name.lower().startswith(_CROSS):
            yield name.lower().removeprefix(_CROSS), value


# ---- enhanced filtering for connectors -----------------------------------------------------------


def judged_address(
    attributed: Attributed, client_ip: str, recipient: str, content: bytes | bytearray
) -> str:
    """The address by which SPF judges: the client's, or behind a connector with enhanced
    filtering the last one that it does not skip."""
    connector = _connector(attributed)
    if connector is None or not _filters(connector, recipient):
        return client_ip
    before = list(_hops(content))
    if connector.ef_skip_last_ip:
        return before[0] if before else client_ip
    hops = [client_ip, *before]
    return next((ip for ip in hops if not listed(ip, connector.ef_skip_ips)), client_ip)


def _connector(attributed: Attributed) -> InboundConnector | None:
    if attributed.origin is not None:
        return attributed.origin.connector
    return attributed.partner if attributed.partner_ok else None


def _filters(connector: InboundConnector, recipient: str) -> bool:
    on = connector.ef_skip_last_ip or bool(connector.ef_skip_ips)
    users = connector.ef_users
    return on and (not users or recipient.lower() in map(str.lower, users))


def _hops(content: bytes | bytearray) -> Iterator[str]:
    """The addresses that servers noted in Received, the last hop first."""
    for name, value in header_fields(content):
        if name.lower() == "received":
            found = _BRACKETED.search(value.partition(" by ")[0])
            if found is not None and ipv4_number(found[1]) is not None:
                yield found[1]
