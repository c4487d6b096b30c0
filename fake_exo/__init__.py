"""fake-exo: Exchange Online and its DNS, offline. The public face of the simulated service."""

from fake_exo.model.network import BlockedAddress, BlockList
from fake_exo.model.tenant import (
    AcceptedDomain,
    AuthenticationPolicy,
    ConnectorType,
    Contact,
    DomainType,
    Group,
    InboundConnector,
    Mailbox,
    Organization,
    SignIn,
    Tenant,
)

__all__ = [
    "AcceptedDomain",
    "AuthenticationPolicy",
    "BlockList",
    "BlockedAddress",
    "ConnectorType",
    "Contact",
    "DomainType",
    "Group",
    "InboundConnector",
    "Mailbox",
    "Organization",
    "SignIn",
    "Tenant",
]
