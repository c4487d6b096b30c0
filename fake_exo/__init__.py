"""fake-exo: Exchange Online and its DNS, offline. The public face of the simulated service."""

from fake_exo.dns import (
    FOREIGN,
    UNANSWERED,
    Answer,
    DnsFault,
    Names,
    Record,
    RecordError,
    Zone,
    ZoneFileError,
    parse_zone,
    present,
    read_zone,
    record,
)
from fake_exo.events import (
    Accepted,
    Body,
    Closed,
    DnsQueried,
    Event,
    Filed,
    NotConnected,
    Noted,
    Opened,
    Received,
    Replied,
    Reported,
    Settled,
    TlsFailed,
    TlsStarted,
)
from fake_exo.exchange.endpoint import endpoint_host, endpoint_ids
from fake_exo.exchange.explain import (
    Explanation,
    every_reply,
    every_rule,
    explain,
    explained,
    service_facts,
)
from fake_exo.exchange.labels import mx_host, mx_label
from fake_exo.exchange.lists import BlockedAddress, BlockList
from fake_exo.exchange.quotas import Gauge
from fake_exo.exchange.service import ServiceError
from fake_exo.exchange.stamps import stamped
from fake_exo.exchange.tenant import (
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
    ThresholdAction,
)
from fake_exo.exchange.zones import recommended_zone
from fake_exo.kernel.endpoint import Endpoint
from fake_exo.mail.message import Attribution, Fate, Message, Outcome, Report
from fake_exo.rules.period import Confidence
from fake_exo.settings import Settings
from fake_exo.smtp.server.faults import Fault
from fake_exo.smtp.transcript import Line, transcript
from fake_exo.tls.choice import CERTIFICATES, TlsChoice
from fake_exo.world import World

__all__ = [
    "CERTIFICATES",
    "FOREIGN",
    "UNANSWERED",
    "Accepted",
    "AcceptedDomain",
    "Answer",
    "Attribution",
    "AuthenticationPolicy",
    "BlockList",
    "BlockedAddress",
    "Body",
    "Closed",
    "Confidence",
    "ConnectorType",
    "Contact",
    "DnsFault",
    "DnsQueried",
    "DomainType",
    "Endpoint",
    "Event",
    "Explanation",
    "Fate",
    "Fault",
    "Filed",
    "Gauge",
    "Group",
    "InboundConnector",
    "Line",
    "Mailbox",
    "Message",
    "Names",
    "NotConnected",
    "Noted",
    "Opened",
    "Organization",
    "Outcome",
    "Received",
    "Record",
    "RecordError",
    "Replied",
    "Report",
    "Reported",
    "ServiceError",
    "Settings",
    "Settled",
    "SignIn",
    "Tenant",
    "ThresholdAction",
    "TlsChoice",
    "TlsFailed",
    "TlsStarted",
    "World",
    "Zone",
    "ZoneFileError",
    "endpoint_host",
    "endpoint_ids",
    "every_reply",
    "every_rule",
    "explain",
    "explained",
    "mx_host",
    "mx_label",
    "parse_zone",
    "present",
    "read_zone",
    "recommended_zone",
    "record",
    "service_facts",
    "stamped",
    "transcript",
]
