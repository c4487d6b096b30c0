"""fake-exo: Exchange Online and its DNS, offline. The public face of the simulated service."""

from fake_exo import admin
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
    write_zone,
)
from fake_exo.estate import Estate
from fake_exo.events import (
    Accepted,
    Bent,
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
    messages,
    outcomes,
)
from fake_exo.exchange import tenant as _tenant
from fake_exo.exchange.changes import Change, every_change
from fake_exo.exchange.endpoint import endpoint_host, endpoint_ids
from fake_exo.exchange.explain import explain, service_facts
from fake_exo.exchange.explanation import (
    Explanation,
    every_reply,
    every_rule,
    explained,
    reply_periods,
)
from fake_exo.exchange.filtering import spf as check_spf
from fake_exo.exchange.labels import mx_host, mx_label
from fake_exo.exchange.lists import BlockedAddress, BlockList
from fake_exo.exchange.quotas import Gauge
from fake_exo.exchange.service import Switch, check_words, default_day, every_switch
from fake_exo.exchange.stamps import delivered_header, stamped
from fake_exo.exchange.tenant import *  # noqa: F403 - of what a tenant is made, the table says
from fake_exo.exchange.texts import every_limit
from fake_exo.exchange.zones import recommended_zone
from fake_exo.fake import FakeClock, FakeExo, FakeOptions, example_tenant
from fake_exo.kernel.endpoint import Endpoint
from fake_exo.kernel.errors import ServiceError, nearest
from fake_exo.kernel.feed import Feed
from fake_exo.kernel.ledger import Excerpt, Gap, Ledger, Subscription
from fake_exo.mail.message import Attribution, Fate, Message, Outcome, Report
from fake_exo.mail.structure import structure
from fake_exo.parsed import AttachedFile, Content, MailPart, Mails, ParsedMail, parsed_report
from fake_exo.rules.limits import Limit
from fake_exo.rules.period import Confidence, Period
from fake_exo.settings import Settings
from fake_exo.smtp.elsewhere.behaviours import BEHAVIOURS, MailHost
from fake_exo.smtp.server.fault import Fault
from fake_exo.smtp.transcript import Line, transcript, transcripts
from fake_exo.sought import SOUGHT, MailKeys, Seeking, seeking
from fake_exo.tls.choice import CERTIFICATES, TLS_VERSIONS, TlsChoice
from fake_exo.world import World

__all__ = [
    "BEHAVIOURS",
    "CERTIFICATES",
    "FOREIGN",
    "SOUGHT",
    "TLS_VERSIONS",
    "UNANSWERED",
    "Accepted",
    "Answer",
    "AttachedFile",
    "Attribution",
    "Bent",
    "BlockList",
    "BlockedAddress",
    "Body",
    "Change",
    "Closed",
    "Confidence",
    "Content",
    "DnsFault",
    "DnsQueried",
    "Endpoint",
    "Estate",
    "Event",
    "Excerpt",
    "Explanation",
    "FakeClock",
    "FakeExo",
    "FakeOptions",
    "Fate",
    "Fault",
    "Feed",
    "Filed",
    "Gap",
    "Gauge",
    "Ledger",
    "Limit",
    "Line",
    "MailHost",
    "MailKeys",
    "MailPart",
    "Mails",
    "Message",
    "Names",
    "NotConnected",
    "Noted",
    "Opened",
    "Outcome",
    "ParsedMail",
    "Period",
    "Received",
    "Record",
    "RecordError",
    "Replied",
    "Report",
    "Reported",
    "Seeking",
    "ServiceError",
    "Settings",
    "Settled",
    "Subscription",
    "Switch",
    "TlsChoice",
    "TlsFailed",
    "TlsStarted",
    "World",
    "Zone",
    "ZoneFileError",
    "admin",
    "check_spf",
    "check_words",
    "default_day",
    "delivered_header",
    "endpoint_host",
    "endpoint_ids",
    "every_change",
    "every_limit",
    "every_reply",
    "every_rule",
    "every_switch",
    "example_tenant",
    "explain",
    "explained",
    "messages",
    "mx_host",
    "mx_label",
    "nearest",
    "outcomes",
    "parse_zone",
    "parsed_report",
    "present",
    "read_zone",
    "recommended_zone",
    "record",
    "reply_periods",
    "seeking",
    "service_facts",
    "stamped",
    "structure",
    "transcript",
    "transcripts",
    "write_zone",
]
__all__ += _tenant.__all__
