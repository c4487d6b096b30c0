"""Composite authentication: `compauth=... reason=nnn`, and where the message should go.

Two tables, read from the top; the first row that applies decides, and the last always does.
The meaning of the reason codes is Microsoft's; which code a case gets is documented only in
part, so every row carries its evidence and how far to trust it. The service also weighs
reputation and history, which a fake cannot have: a sender is judged by this message alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from fake_exo.mail.authentication.dkim import DkimResult
from fake_exo.mail.authentication.dmarc import Dmarc, DmarcAction, DmarcResult, aligned
from fake_exo.mail.authentication.reverse import client_address
from fake_exo.mail.authentication.spf import Spf, SpfResult
from fake_exo.rules.period import Confidence

HEADERS_PAGE = "learn.microsoft.com/defender-office-365/message-headers-eop-mdo (2025-07-07)"
SPOOF_PAGE = "learn.microsoft.com/defender-office-365/anti-phishing-protection-spoofing-about"
ARC_PAGE = "learn.microsoft.com/defender-office-365/email-authentication-arc-configure"
NDR_PAGE = (
    "learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/"
    "non-delivery-reports-in-exchange-online (2024-10)"
)
POLICY_PAGE = "learn.microsoft.com/defender-office-365/anti-phishing-policies-about"
CAPTURES = "headers seen in public captures, 2019-2026"


class CompAuth(StrEnum):
    PASS = "pass"
    SOFTPASS = "softpass"
    FAIL = "fail"
    NONE = "none"


class DeliveryLocation(Enum):
    """Where the filter would put the message."""

    INBOX = "inbox"
    JUNK = "junk"
    QUARANTINE = "quarantine"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that the two tables look at."""

    client_ip: str
    spf: SpfResult
    dkim: DkimResult
    dmarc: DmarcResult
    own_domain: bool = False  # header From is in an accepted domain of the recipient's tenant
    own_sender: bool = False  # MAIL FROM is
    connector: bool = False  # attributed to a tenant by an OnPremises connector, or signed in
    arc_trusted: bool = False  # a trusted ARC sealer vouches for it
    spoof_forbidden: bool = False  # the Tenant Allow/Block List forbids this pair
    honor_dmarc: bool = True  # anti-phishing policy, "Honor DMARC record policy"
    reverse_name: str = ""

    @property
    def enforced(self) -> bool:
        return self.dmarc.result is Dmarc.FAIL and self.dmarc.enforced

    @property
    def reverse_aligned(self) -> bool:
        names = self.reverse_name, self.dmarc.domain
        return all(names) and aligned(*names, strict=False)

    @property
    def unauthenticated_ipv6(self) -> bool:
        version = client_address(self.client_ip).version
        return version == 6 and self.spf.result is not Spf.PASS and not self.dkim.passing_domains


@dataclass(frozen=True, slots=True)
class CompositeResult:
    result: CompAuth
    reason: str  # three digits
    row: str  # id of the row that decided
    why: str


@dataclass(frozen=True, slots=True)
class CompositeRow:
    id: str
    when: Callable[[Evidence], bool]
    result: CompAuth
    reason: str
    why: str
    evidence: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class FilterVerdict:
    """What filtering suggests. Delivery decides, with what tenant and mailbox say besides."""

    place: DeliveryLocation
    scl: int
    sfv: str
    category: str
    row: str
    why: str
    enhanced: str = ""  # with REJECT: the enhanced status code of the reply


@dataclass(frozen=True, slots=True)
class VerdictRow:
    when: Callable[[Evidence, CompositeResult], bool]
    verdict: FilterVerdict
    evidence: str
    confidence: Confidence


_ERRORS = (Dmarc.TEMPERROR, Dmarc.PERMERROR)

COMPOSITE: tuple[CompositeRow, ...] = (
    CompositeRow(
        "composite.connector",
        lambda e: e.connector,
        CompAuth.NONE,
        "300",
        "Mail of an authenticated connector or user is not checked.",
        f"{HEADERS_PAGE}: 3xx not checked; the last two digits are ours",
        Confidence.LOW,
    ),
    CompositeRow(
        "composite.forbidden",
        lambda e: e.spoof_forbidden,
        CompAuth.FAIL,
        "002",
        "An administrator has forbidden this sender and infrastructure to spoof.",
        HEADERS_PAGE,
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.dmarc-pass",
        lambda e: e.dmarc.result is Dmarc.PASS,
        CompAuth.PASS,
        "100",
        "SPF or DKIM passed for a domain that is aligned with header From.",
        CAPTURES,
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.best-guess",
        lambda e: e.dmarc.result is Dmarc.BESTGUESSPASS,
        CompAuth.PASS,
        "109",
        "The domain has no DMARC record, and the message would pass one.",
        f"{SPOOF_PAGE}: its example; {CAPTURES}",
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.aligned-despite-error",
        lambda e: e.dmarc.result in _ERRORS and (e.dmarc.spf_aligned or e.dmarc.dkim_aligned),
        CompAuth.PASS,
        "111",
        "The DMARC record cannot be used, but SPF or DKIM passed for the domain of header From.",
        "lists of reason codes by practitioners",
        Confidence.MEDIUM,
    ),
    CompositeRow(
        "composite.trusted-arc",
        lambda e: e.dmarc.result is Dmarc.FAIL and e.arc_trusted,
        CompAuth.PASS,
        "130",
        "DMARC fails, but a trusted ARC sealer saw the message pass.",
        f"{HEADERS_PAGE}; {ARC_PAGE}",
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.own-domain-policy",
        lambda e: e.enforced and e.own_domain,
        CompAuth.FAIL,
        "010",
        "Your own domain in header From, DMARC fails, and your policy is quarantine or reject.",
        HEADERS_PAGE,
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.policy",
        lambda e: e.enforced,
        CompAuth.FAIL,
        "000",
        "DMARC fails, and the domain's policy is quarantine or reject.",
        f"{HEADERS_PAGE}; {NDR_PAGE}",
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.own-domain",
        lambda e: e.own_domain,
        CompAuth.FAIL,
        "601",
        "Your own domain in header From, and nothing proves that the message is yours.",
        f"{HEADERS_PAGE}: 6xx; 601 in {CAPTURES}",
        Confidence.HIGH,
    ),
    CompositeRow(
        "composite.own-sender",
        lambda e: e.own_sender and e.spf.result is not Spf.PASS,
        CompAuth.FAIL,
        "601",
        "Your own domain in MAIL FROM, which is direct send, and nothing proves that it is yours.",
        f"{HEADERS_PAGE}: 6xx; that MAIL FROM is enough beside a foreign From is a guess",
        Confidence.LOW,
    ),
    CompositeRow(
        "composite.reverse-name",
        lambda e: e.dmarc.result is Dmarc.NONE and e.reverse_aligned,
        CompAuth.SOFTPASS,
        "201",
        "No records prove the domain, but the reverse name of the address is in it.",
        f"{HEADERS_PAGE}: 2xx; 201 and 202 in {CAPTURES}; the cause from practitioners",
        Confidence.LOW,
    ),
    CompositeRow(
        "composite.implicit",
        lambda e: True,
        CompAuth.FAIL,
        "001",
        "No records, or weak ones, and nothing proves the domain in header From.",
        f"{HEADERS_PAGE}; {SPOOF_PAGE}",
        Confidence.HIGH,
    ),
)

VERDICTS: tuple[VerdictRow, ...] = (
    VerdictRow(
        lambda e, c: e.connector,
        FilterVerdict(
            DeliveryLocation.INBOX,
            -1,
            "SKN",
            "NONE",
            "verdict.connector",
            "Mail of your own connector or user is not filtered.",
        ),
        f"SCL -1 in {CAPTURES}; SFV of the relay case not seen",
        Confidence.MEDIUM,
    ),
    VerdictRow(
        lambda e, c: e.unauthenticated_ipv6,
        FilterVerdict(
            DeliveryLocation.REJECT,
            5,
            "SPM",
            "SPOOF",
            "verdict.ipv6",
            "Over IPv6 a message must pass SPF or DKIM.",
            "4.7.26",
        ),
        NDR_PAGE,
        Confidence.MEDIUM,
    ),
    VerdictRow(
        lambda e, c: c.reason == "000" and e.honor_dmarc and e.dmarc.action is DmarcAction.OREJECT,
        FilterVerdict(
            DeliveryLocation.REJECT,
            5,
            "SPM",
            "SPOOF",
            "verdict.dmarc-reject",
            "The domain asks that mail which fails DMARC be refused, and the tenant honors it.",
            "5.7.509",
        ),
        f"{POLICY_PAGE}; {NDR_PAGE}",
        Confidence.HIGH,
    ),
    VerdictRow(
        lambda e, c: (
            c.reason == "000" and e.honor_dmarc and e.dmarc.action is DmarcAction.QUARANTINE
        ),
        FilterVerdict(
            DeliveryLocation.QUARANTINE,
            5,
            "SPM",
            "SPOOF",
            "verdict.dmarc-quarantine",
            "The domain asks that mail which fails DMARC be set aside, and the tenant honors it.",
        ),
        POLICY_PAGE,
        Confidence.MEDIUM,
    ),
    VerdictRow(
        lambda e, c: c.result is CompAuth.FAIL,
        FilterVerdict(
            DeliveryLocation.JUNK,
            5,
            "SPM",
            "SPOOF",
            "verdict.spoof",
            "Composite authentication failed: taken for spoofed mail.",
        ),
        # Own domain with oreject comes here as well: it "tends to Junk or quarantine".
        f"default action MoveToJmf: {POLICY_PAGE}; SCL:5 SFV:SPM CAT:SPOOF in {CAPTURES}",
        Confidence.MEDIUM,
    ),
    VerdictRow(
        lambda e, c: True,
        FilterVerdict(
            DeliveryLocation.INBOX, 1, "NSPM", "NONE", "verdict.inbox", "Nothing speaks against it."
        ),
        f"{HEADERS_PAGE}; SCL:1 in {CAPTURES}",
        Confidence.HIGH,
    ),
)


def judge(evidence: Evidence) -> CompositeResult:
    """The first row of COMPOSITE that applies."""
    row = next(row for row in COMPOSITE if row.when(evidence))
    return CompositeResult(row.result, row.reason, row.id, row.why)


def suggest(evidence: Evidence, composite: CompositeResult) -> FilterVerdict:
    """The first row of VERDICTS that applies."""
    return next(row.verdict for row in VERDICTS if row.when(evidence, composite))
