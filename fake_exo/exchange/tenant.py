"""A tenant as its administrator sees it: domains, recipients, connectors, switches.

Field names follow the Exchange Online cmdlets in snake case, so that an administrator finds
them again. Addresses are compared folded. What a text or number means beside its type stands in
its annotation, where readers of files look. A new kind of object is its class, its list in
`Tenant` and its row in `OBJECTS`; users import whatever `__all__` names.
"""

from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import Enum
from operator import attrgetter
from typing import Annotated, NamedTuple

__all__ = [
    "OBJECTS",
    "AcceptedDomain",
    "AccessToken",
    "AuthenticationPolicy",
    "BillingStatus",
    "ConnectorType",
    "Contact",
    "DomainType",
    "Group",
    "HveAccount",
    "InboundConnector",
    "Mailbox",
    "ObjectKind",
    "Organization",
    "SignIn",
    "Tenant",
    "ThresholdAction",
]

MB = 1024 * 1024

Address = Annotated[str, "address"]
Domain = Annotated[str, "domain"]
Size = Annotated[int, "size"]  # bytes on the wire
Recipients = Annotated[int, "recipients"]  # of one message
RecipientsInTime = Annotated[int, "recipients in time"]  # of an hour or a day
SenderIp = Annotated[str, "connector ip"]  # IPv4, single or /24 to /32
IpEntry = Annotated[str, "ip entry"]  # one address, CIDR, or a.b.c.d-a.b.c.e
Forest = Annotated[str, "forest"]


class DomainType(Enum):
    AUTHORITATIVE = "Authoritative"
    INTERNAL_RELAY = "InternalRelay"


class ConnectorType(Enum):
    ON_PREMISES = "OnPremises"
    PARTNER = "Partner"


class SignIn(Enum):
    """What Entra says to a sign-in whose password is right."""

    ALLOWED = "allowed"
    BLOCKED_BY_CRITERIA = "blocked-by-criteria"  # Conditional Access, MFA, risky sign-in
    LOCKED = "locked"
    PASSWORD_EXPIRED = "password-expired"
    STS_UNREACHABLE = "sts-unreachable"
    STS_WITHOUT_HTTPS = "sts-without-https"


class BillingStatus(Enum):
    """BillingPolicyStatus of a High Volume Email account; all but the first stop it."""

    VALID = "BillingPolicyValid"
    NOTHING_STORED = "NoProperBillingPolicyStored"
    NOT_FOUND = "BillingPolicyNotFound"
    MISMATCHED = "BillingPolicyMismatched"
    NOT_CONNECTED = "NoConnectedBillingPolicyFound"
    SUBSCRIPTION_INACTIVE = "SubscriptionIsNotActive"
    NO_SHAREPOINT_LICENSE = "NoSPOLicenseFound"


class ThresholdAction(Enum):
    """What the outbound spam policy does with a mailbox that sends more than it says."""

    ALERT = "Alert"
    BLOCK_USER_FOR_TODAY = "BlockUserForToday"
    BLOCK_USER = "BlockUser"


@dataclass(frozen=True, slots=True)
class AcceptedDomain:
    name: Domain
    type: DomainType = DomainType.AUTHORITATIVE
    verified: bool = True  # "setup complete" of 2015, "Healthy" today
    default: bool = False
    initial: bool = False
    match_subdomains: bool = False
    sending_from_domain_disabled: bool = False
    sending_to_domain_disabled: bool = False


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A user mailbox, or a shared one (no password of its own, so no Basic sign-in)."""

    address: Address
    aliases: tuple[Address, ...] = ()
    password: str | None = None
    user_principal_name: str | None = None  # None: the primary address
    access_tokens: tuple[str, ...] = ()  # bearer tokens that XOAUTH2 accepts for this mailbox
    enabled: bool = True
    licensed: bool = True
    shared: bool = False
    smtp_client_authentication_disabled: bool | None = None  # None: follow the organisation
    authentication_policy: str | None = None  # None: the organisation's default
    sign_in: SignIn = SignIn.ALLOWED
    send_as: tuple[Address, ...] = ()  # addresses this mailbox may send as
    send_on_behalf_of: tuple[Address, ...] = ()
    full_access_to: tuple[Address, ...] = ()  # does not include Send As
    recipient_limit: Recipients | None = None  # None: the service's default
    max_send_size: Size | None = None
    max_receive_size: Size | None = None
    restricted: bool = False  # on the Restricted entities list: 5.1.8
    full: bool = False
    accepts_external: bool = True
    forward_to: Address | None = None
    message_copy_for_submission: bool = True  # Sent Items copy

    @property
    def provisioned(self) -> bool:
        """Whether there is a mailbox at all: a user's needs a licence, a shared one none."""
        return self.licensed or self.shared

    def __reduce__(self) -> tuple[type["Mailbox"], tuple[object, ...]]:
        return Mailbox, _values_of(self)  # half the time of what the dataclass would do


_values_of = attrgetter(*(field.name for field in fields(Mailbox)))


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A bearer token of an application, as High Volume Email looks at it.

    `application` is its id, `service_principal` the object id of the enterprise application.
    """

    token: str
    application: str
    service_principal: str = ""
    expires: datetime | None = None  # None: not while the world lasts
    permissions: tuple[str, ...] = ("Mail.Send",)  # consented, of Office 365 Exchange Online


@dataclass(frozen=True, slots=True)
class HveAccount:
    """A High Volume Email account: a mail user that signs in at an endpoint of its own.

    It has no mailbox and no licence. A new one has no billing policy yet.
    """

    address: Address
    aliases: tuple[Address, ...] = ()
    password: str | None = None
    user_principal_name: str | None = None  # None: the address
    enabled: bool = True
    authentication_policy: str | None = None  # None: the organisation's default
    sign_in: SignIn = SignIn.ALLOWED
    billing_status: BillingStatus = BillingStatus.NOTHING_STORED
    allowed_applications: tuple[str, ...] = ()  # application ids or object ids
    access_tokens: tuple[AccessToken, ...] = ()
    reply_to: Address | None = None  # of all of its mail; None: as the client says

    def token(self, secret: str) -> AccessToken | None:
        return next((t for t in self.access_tokens if t.token == secret), None)


Account = Mailbox | HveAccount  # what signs in


@dataclass(frozen=True, slots=True)
class Group:
    address: Address
    members: tuple[Address, ...] = ()
    aliases: tuple[Address, ...] = ()
    member_count: int | None = None  # for large groups nobody wants to list; None: len(members)
    accepts_external: bool = False
    allowed_senders: tuple[str, ...] = ()  # delivery management; empty: everybody
    unified: bool = False  # a Microsoft 365 group

    @property
    def size(self) -> int:
        return len(self.members) if self.member_count is None else self.member_count


@dataclass(frozen=True, slots=True)
class Contact:
    """A mail contact or mail user: in the directory, delivered elsewhere."""

    address: Address
    external_address: Address


@dataclass(frozen=True, slots=True)
class InboundConnector:
    name: str
    enabled: bool = True
    connector_type: ConnectorType = ConnectorType.PARTNER
    connector_source: str = "Default"
    comment: str = ""
    sender_domains: tuple[str, ...] = ("*",)
    sender_ip_addresses: tuple[SenderIp, ...] = ()
    associated_accepted_domains: tuple[str, ...] = ()
    require_tls: bool = True  # looked at for Partner connectors only
    tls_sender_certificate_name: str | None = None
    restrict_domains_to_certificate: bool = False
    restrict_domains_to_ip_addresses: bool = False
    treat_messages_as_internal: bool = False
    cloud_services_mail_enabled: bool = False
    ef_skip_last_ip: bool = False
    ef_skip_ips: tuple[IpEntry, ...] = ()
    ef_skip_mail_gateway: tuple[str, ...] = ()
    ef_users: tuple[Address, ...] = ()
    ef_test_mode: bool = False
    scan_and_drop_recipients: tuple[str, ...] = ()
    trusted_organizations: tuple[str, ...] = ()
    client_host_names: tuple[str, ...] = ()
    blocked: bool = False  # Restricted entities: 5.7.711


@dataclass(frozen=True, slots=True)
class AuthenticationPolicy:
    """A policy blocks every protocol that it does not allow, as New-AuthenticationPolicy does."""

    name: str
    allow_basic_auth_smtp: bool = False


@dataclass(frozen=True, slots=True)
class Organization:
    smtp_client_authentication_disabled: bool | None = None  # None: by the tenant's age
    security_defaults: bool = False
    default_authentication_policy: str | None = None
    basic_authentication_reenabled: bool = False  # the administrator's opt-back-in of 2026-12-31
    reject_direct_send: bool = False
    max_recipient_envelope_limit: Recipients | None = None  # None: Unlimited, which means 1000
    send_from_alias_enabled: bool = False
    honor_dmarc_policy: bool = True
    external_forwarding: bool = True  # AutoForwardingMode On; false: Off
    # Of the outbound policy; 0: the service's default.
    recipient_limit_external_per_hour: RecipientsInTime = 0
    recipient_limit_internal_per_hour: RecipientsInTime = 0
    recipient_limit_per_day: RecipientsInTime = 0
    action_when_threshold_reached: ThresholdAction = ThresholdAction.BLOCK_USER_FOR_TODAY
    allow_legacy_tls_clients: bool = False
    ip_allow_list: tuple[IpEntry, ...] = ()
    ip_block_list: tuple[IpEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer's organisation. Tenants share nothing but the world's addresses."""

    name: str
    accepted_domains: tuple[AcceptedDomain, ...] = ()
    mailboxes: tuple[Mailbox, ...] = ()
    groups: tuple[Group, ...] = ()
    contacts: tuple[Contact, ...] = ()
    hve_accounts: tuple[HveAccount, ...] = ()
    connectors: tuple[InboundConnector, ...] = ()
    authentication_policies: tuple[AuthenticationPolicy, ...] = ()
    organization: Organization = field(default_factory=Organization)
    forest: Forest = "eurprd04"
    created: date = date(2014, 1, 1)
    licenses: int = 25  # purchased, not trial; the L of the external recipient limit
    trial: bool = False

    @property
    def initial_domain(self) -> str:
        """The domain flagged initial, else `<name>.onmicrosoft.com`, which is always accepted."""
        flagged = (domain.name for domain in self.accepted_domains if domain.initial)
        return next(flagged, f"{self.name}.onmicrosoft.com".lower())


class ObjectKind(NamedTuple):
    """A kind of object that a tenant has any number of. Reading of files, `change:`, the directory
    and the checks go by these rows.

    `key`: its list on the tenant, and in files. `identity`: the field that tells one from another.
    `verb`: its name in `change:`. `short`: in files a plain word stands for one of that identity.
    """

    model: type
    key: str
    identity: str
    verb: str
    short: bool = False


OBJECTS = (
    ObjectKind(AcceptedDomain, "accepted_domains", "name", "accepted_domain", short=True),
    ObjectKind(Mailbox, "mailboxes", "address", "mailbox", short=True),
    ObjectKind(Group, "groups", "address", "group"),
    ObjectKind(Contact, "contacts", "address", "contact"),
    ObjectKind(HveAccount, "hve_accounts", "address", "hve_account"),
    ObjectKind(InboundConnector, "connectors", "name", "connector"),
    ObjectKind(
        AuthenticationPolicy, "authentication_policies", "name", "authentication_policy", short=True
    ),
)
