"""DMARC: is the domain that people see the one that SPF or DKIM proved? RFC 7489.

Finds the policy, compares domains, says what the policy asks for. What the service then does
with the message is decided in `composite`. Sections of the RFC in the margin.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList

from fake_exo.mail.authentication.resolver import Resolver, ResolverAnswer, is_queryable


class Dmarc(StrEnum):
    """What is stamped after `dmarc=`.

    Microsoft's page lists permerror and temperror among the actions; every capture of 2019-2025
    has them as the result, with action=none. Captures win.
    """

    PASS = "pass"
    FAIL = "fail"
    BESTGUESSPASS = "bestguesspass"  # no record, but a record would have passed
    NONE = "none"
    PERMERROR = "permerror"
    TEMPERROR = "temperror"


class DmarcAction(StrEnum):
    """What is stamped after `action=`. oreject: "override reject", marked and not refused."""

    NONE = "none"
    QUARANTINE = "quarantine"
    OREJECT = "oreject"
    PCT_QUARANTINE = "pct.quarantine"  # spared by pct
    PCT_REJECT = "pct.reject"


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """A published policy. `domain` is where it was found, without the _dmarc label."""

    domain: str
    policy: str  # none, quarantine, reject
    subdomain_policy: str
    percent: int = 100
    strict_spf: bool = False
    strict_dkim: bool = False


@dataclass(frozen=True, slots=True)
class DmarcResult:
    result: Dmarc
    action: DmarcAction = DmarcAction.NONE
    domain: str = ""  # of header From
    policy: str = ""  # the one that applies; empty without record
    record: DmarcRecord | None = None
    spf_aligned: bool = False
    dkim_aligned: bool = False
    detail: str = ""

    @property
    def enforced(self) -> bool:
        """Whether the domain's owner asks that this very message be quarantined or refused."""
        return self.action in (DmarcAction.QUARANTINE, DmarcAction.OREJECT)


@dataclass(frozen=True, slots=True)
class _Broken:
    """No usable record: `result` says whether there is none, or why it cannot be used."""

    result: Dmarc
    detail: str = ""


OrganizationalDomain = Callable[[str], str]

_ACTIONS = {
    ("none", True): DmarcAction.NONE,
    ("none", False): DmarcAction.NONE,
    ("quarantine", True): DmarcAction.QUARANTINE,
    ("quarantine", False): DmarcAction.PCT_QUARANTINE,
    ("reject", True): DmarcAction.OREJECT,
    ("reject", False): DmarcAction.PCT_REJECT,
}
_POLICIES = ("none", "quarantine", "reject")


@cache
def _public_suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # reads the list that the package carries; a constant, in effect


@lru_cache(maxsize=65_536)
def organizational_domain(name: str) -> str:
    """3.2: the public suffix and one label more; the name itself if it is a suffix."""
    name = name.rstrip(".").lower()
    if not is_queryable(name):
        return name
    return _public_suffixes().privatesuffix(name) or name


def sample(header: bytes) -> float:
    """A number in [0, 1) that the same header always gets: which side of pct= it is on.

    The service draws lots; a fake must not.
    """
    return int.from_bytes(hashlib.sha256(header).digest()[:4], "big") / 2**32


def evaluate(
    domain: str,
    resolver: Resolver,
    *,
    spf_domain: str,
    dkim_domains: Iterable[str],
    fraction: float,
    organization: OrganizationalDomain = organizational_domain,
) -> DmarcResult:
    """The verdict for a message whose From is in `domain` (6.6.2).

    `spf_domain`: the domain that passed SPF, empty if none did; `dkim_domains`: those of good
    signatures; `fraction`: in [0, 1), compared with pct.
    """
    if not domain:
        return DmarcResult(Dmarc.NONE, detail="no domain in header From")  # 6.6.1
    found = _find(domain, resolver, organization)
    # Without a record the best guess uses the defaults: both relaxed.
    relaxed = DmarcRecord(domain, "none", "none")
    record = found if isinstance(found, DmarcRecord) else relaxed
    by_spf = bool(spf_domain) and aligned(spf_domain, domain, record.strict_spf, organization)
    by_dkim = any(aligned(d, domain, record.strict_dkim, organization) for d in dkim_domains)
    if isinstance(found, _Broken):
        guess = found.result is Dmarc.NONE and (by_spf or by_dkim)
        result = Dmarc.BESTGUESSPASS if guess else found.result
        return DmarcResult(
            result, domain=domain, spf_aligned=by_spf, dkim_aligned=by_dkim, detail=found.detail
        )
    policy = found.policy if found.domain == domain else found.subdomain_policy  # 6.3, sp
    passed = by_spf or by_dkim
    action = _ACTIONS[policy, fraction * 100 < found.percent]
    return DmarcResult(
        result=Dmarc.PASS if passed else Dmarc.FAIL,
        action=DmarcAction.NONE if passed else action,
        domain=domain,
        policy=policy,
        record=found,
        spf_aligned=by_spf,
        dkim_aligned=by_dkim,
    )


def aligned(
    proven: str,
    domain: str,
    strict: bool,
    organization: OrganizationalDomain = organizational_domain,
) -> bool:
    """3.1: the same name, or (relaxed) the same organizational domain."""
    proven, domain = proven.rstrip(".").lower(), domain.rstrip(".").lower()
    return proven == domain or (not strict and organization(proven) == organization(domain))


def parse(domain: str, text: str) -> DmarcRecord | None:
    """The record of a text that starts with v=DMARC1; None if its policy cannot be read.

    6.6.3, 6: without a policy, but with somewhere to report to, the policy is none.
    """
    tags = _tags(text)
    policy = tags.get("p", "").lower()
    subdomain = tags.get("sp", policy).lower()
    if policy not in _POLICIES or subdomain not in _POLICIES:
        if not tags.get("rua", "").lower().startswith("mailto:"):
            return None
        policy = subdomain = "none"
    return DmarcRecord(
        domain=domain,
        policy=policy,
        subdomain_policy=subdomain,
        percent=_percent(tags.get("pct", "")),
        strict_spf=tags.get("aspf", "").lower() == "s",
        strict_dkim=tags.get("adkim", "").lower() == "s",
    )


def _tags(text: str) -> dict[str, str]:
    """6.3: unknown tags and broken ones are ignored; the first of two counts."""
    tags: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def _percent(text: str) -> int:
    valid = text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100
    return int(text) if valid else 100


def _find(
    domain: str, resolver: Resolver, organization: OrganizationalDomain
) -> DmarcRecord | _Broken:
    """6.6.3: the From domain, then its organizational domain."""
    for name in dict.fromkeys((domain, organization(domain))):
        asked = f"_dmarc.{name}"
        nothing = ResolverAnswer("NXDOMAIN")
        answer = resolver.answer(asked, "TXT") if is_queryable(asked) else nothing
        if answer.failed:
            return _Broken(Dmarc.TEMPERROR, f"TXT of {asked}: {answer.rcode}")
        texts = [text for text in answer.values if _is_dmarc(text)]
        if len(texts) > 1:
            # 6.6.3, 5: DMARC is not applied. The service's wording for this was not seen.
            return _Broken(Dmarc.PERMERROR, f"{asked} has {len(texts)} records")
        if texts:
            broken = _Broken(Dmarc.PERMERROR, f"{asked}: no valid policy in {texts[0]!r}")
            return parse(name, texts[0]) or broken
    return _Broken(Dmarc.NONE)


def _is_dmarc(text: str) -> bool:
    """6.3: v=DMARC1 comes first, and its value is compared with case."""
    name, _, value = text.partition(";")[0].partition("=")
    return name.strip().lower() == "v" and value.strip() == "DMARC1"
