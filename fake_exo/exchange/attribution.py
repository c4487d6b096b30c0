"""Whose mail is it? The attribution of a session at the MX endpoint, over all tenants.

Order of the service: certificate before address; relay only for an OnPremises connector plus an
accepted domain, of the certificate or of MAIL FROM; what fails that is anonymous mail for whoever
hosts the recipient. The name in the device's settings plays no part: SMTP does not transmit it.
Sources: Exchange team blog on message attribution (2021) and connector keys (2017), Microsoft
support notice on relay requirements (2024-01).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from fake_exo.exchange.directory import ConnectorMatch, Directory, Hosted, domain_of, matches_name
from fake_exo.exchange.tenant import ConnectorType, InboundConnector, Tenant
from fake_exo.smtp.session import Session


@dataclass(frozen=True, slots=True)
class Attributed:
    """`origin`: the connector that makes the mail Originating, else None: Incoming.

    `matched`: some OnPremises connector matched, whether or not its conditions were met.
    `hosted`: who hosts the recipient. `partner`: the partner connector of that tenant which
    covers the sender, and `partner_ok` whether the client meets it.
    """

    origin: ConnectorMatch | None
    by: str  # "certificate", "address", or ""
    matched: ConnectorMatch | None
    hosted: Hosted | None
    partner: InboundConnector | None = None
    partner_ok: bool = False

    @property
    def originating(self) -> bool:
        return self.origin is not None

    @property
    def tenant(self) -> Tenant | None:
        """The tenant whose mail it is: the connector's, else the recipient's."""
        if self.origin is not None:
            return self.origin.tenant
        return self.hosted.tenant if self.hosted is not None else None


NOBODY = Attributed(None, "", None, None)  # where no mail is attributed to anybody


class Origin(NamedTuple):
    """What the session and its envelope sender decide, whoever the recipient is."""

    match: ConnectorMatch | None  # the connector that makes the mail Originating
    by: str
    matched: ConnectorMatch | None


def origin(directory: Directory, session: Session, *, sender_condition: bool = True) -> Origin:
    """Whose mail a session brings. `sender_condition` off is the service before 2017-07-05: a
    matching connector was enough."""
    sender = domain_of(session.mail_from.address if session.mail_from else "")
    names = session.tls.certificate_names if session.tls else ()
    by_certificate = directory.connectors_for_certificate(names) if names else []
    for match in by_certificate:
        if _certificate_domain_accepted(directory, match, names):
            return Origin(match, "certificate", match)
    by_address = list(directory.connectors_for_address(session.client_ip))
    matched = [*by_certificate, *sorted(by_address, key=_longest_prefix)]
    for match in matched:
        if not sender_condition or _sender_accepted(directory, match, sender):
            return Origin(match, "address", match)
    return Origin(None, "", matched[0] if matched else None)


def attribute(directory: Directory, session: Session, domain: str, found: Origin) -> Attributed:
    """The attribution of a recipient's domain, in a session of this origin."""
    hosted = directory.hosted(domain)
    if found.match is not None:
        return Attributed(found.match, found.by, found.matched, hosted)
    sender = domain_of(session.mail_from.address if session.mail_from else "")
    partner, fulfilled = _partner(hosted, session, sender)
    return Attributed(None, "", found.matched, hosted, partner, fulfilled)


def _longest_prefix(match: ConnectorMatch) -> tuple[int, str]:
    # Which of two connectors with one address wins is not documented: longest prefix, then name.
    return -match.exactness, match.connector.name


def _certificate_domain_accepted(
    directory: Directory, match: ConnectorMatch, names: Iterable[str]
) -> bool:
    """The certificate's domain must be accepted in the connector's tenant: the domain itself, the
    domain above a host name, or any accepted domain that `*.domain` covers."""
    pattern = (match.connector.tls_sender_certificate_name or "").lower()
    covered = [name.lower() for name in names if matches_name(pattern, name)]
    return any(_name_accepted(directory, match.tenant, name) for name in covered)


def _name_accepted(directory: Directory, tenant: Tenant, name: str) -> bool:
    if name.startswith("*."):
        own = (d.name.lower() for d in tenant.accepted_domains if d.verified)
        return any(domain == name[2:] or domain.endswith(name[1:]) for domain in own)
    above = name.partition(".")[2]
    return _accepted(directory, tenant, name) or _accepted(directory, tenant, above)


def _accepted(directory: Directory, tenant: Tenant, domain: str) -> bool:
    hosted = directory.hosted(domain)
    return hosted is not None and hosted.tenant.name == tenant.name


def _sender_accepted(directory: Directory, match: ConnectorMatch, sender: str) -> bool:
    """MAIL FROM is in an accepted domain of the connector's tenant that may use the connector."""
    hosted = directory.hosted(sender) if sender else None
    if hosted is None or hosted.tenant.name != match.tenant.name:
        return False
    if hosted.domain.sending_from_domain_disabled:
        return False
    wanted = match.connector.associated_accepted_domains
    return not wanted or any(d.lower() in (sender, hosted.domain.name.lower()) for d in wanted)


def _partner(
    hosted: Hosted | None, session: Session, sender: str
) -> tuple[InboundConnector | None, bool]:
    """The partner connector of the recipient's tenant that covers the sender's domain.

    Precedence among several is not documented: one whose certificate or address fits first, then
    the exact domain before a wildcard.
    """
    if hosted is None:
        return None, False
    candidates = [c for c in hosted.tenant.connectors if _covers(c, sender)]
    ranked = sorted(candidates, key=lambda c: (not _fulfils(c, session), _vagueness(c, sender)))
    if not ranked:
        return None, False
    return ranked[0], _fulfils(ranked[0], session)


def _covers(connector: InboundConnector, sender: str) -> bool:
    partner = connector.enabled and connector.connector_type is ConnectorType.PARTNER
    return partner and any(matches_name(p, sender) for p in _scopes(connector))


def _scopes(connector: InboundConnector) -> Iterable[str]:
    """Sender domains without the `smtp:` and `;1` that the cmdlet returns."""
    return (d.removeprefix("smtp:").partition(";")[0].strip() for d in connector.sender_domains)


def _vagueness(connector: InboundConnector, sender: str) -> int:
    return 0 if sender in _scopes(connector) else 1


def _fulfils(connector: InboundConnector, session: Session) -> bool:
    """Whether the client shows the certificate or address the partner connector identifies."""
    return _by_certificate(connector, session) or _by_address(connector, session)


def _by_certificate(connector: InboundConnector, session: Session) -> bool:
    pattern = connector.tls_sender_certificate_name
    names = session.tls.certificate_names if session.tls else ()
    return pattern is not None and any(matches_name(pattern, name) for name in names)


def _by_address(connector: InboundConnector, session: Session) -> bool:
    if not connector.restrict_domains_to_ip_addresses:
        return False  # SenderIPAddresses of a Partner connector count only with this switch
    client = ip_address(session.client_ip)
    return any(client in ip_network(n, strict=False) for n in connector.sender_ip_addresses)
