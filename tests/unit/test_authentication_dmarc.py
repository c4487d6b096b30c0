"""DMARC: finding the record, comparing domains, and what the policy then asks for."""

import pytest

from fake_exo.mail.authentication.dmarc import (
    Dmarc,
    DmarcAction,
    DmarcResult,
    aligned,
    evaluate,
    organizational_domain,
    sample,
)
from fake_exo.mail.authentication.resolver import LiteralResolver

RECORDS = {
    "none.example": "v=DMARC1; p=none",
    "quarantine.example": "v=DMARC1; p=quarantine; pct=100",
    "reject.example": "v=DMARC1; p=reject",
    "sub.example": "v=DMARC1; p=none; sp=reject",
    "part.example": "v=DMARC1; p=reject; pct=30",
    "never.example": "v=DMARC1; p=quarantine; pct=0",
    "strict.example": "v=DMARC1; p=reject; aspf=s; adkim=s",
    "broken.example": "v=DMARC1; p=rejcet",
    "report.example": "v=DMARC1; rua=mailto:dmarc@report.example",
    "other.example": "v=DMARC2; p=reject",
    "spaced.example": "v=DMARC1 ; P=Reject ;; junk ; pct=abc",
}
ZONE = {f"_dmarc.{domain}": {"TXT": ["MS=ms1", text]} for domain, text in RECORDS.items()} | {
    "_dmarc.slow.example": {"SERVFAIL": []},
    "_dmarc.two.example": {"TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]},
}


def judged(
    domain: str, spf: str = "", dkim: tuple[str, ...] = (), fraction: float = 0.5
) -> DmarcResult:
    resolver = LiteralResolver(ZONE)
    return evaluate(domain, resolver, spf_domain=spf, dkim_domains=dkim, fraction=fraction)


@pytest.mark.parametrize(
    ("domain", "result", "action"),
    [
        ("none.example", Dmarc.FAIL, DmarcAction.NONE),
        ("quarantine.example", Dmarc.FAIL, DmarcAction.QUARANTINE),
        ("reject.example", Dmarc.FAIL, DmarcAction.OREJECT),
        ("a.b.reject.example", Dmarc.FAIL, DmarcAction.OREJECT),
        ("sub.example", Dmarc.FAIL, DmarcAction.NONE),
        ("a.sub.example", Dmarc.FAIL, DmarcAction.OREJECT),
        ("part.example", Dmarc.FAIL, DmarcAction.PCT_REJECT),
        ("never.example", Dmarc.FAIL, DmarcAction.PCT_QUARANTINE),
        ("broken.example", Dmarc.PERMERROR, DmarcAction.NONE),
        ("two.example", Dmarc.PERMERROR, DmarcAction.NONE),
        ("report.example", Dmarc.FAIL, DmarcAction.NONE),
        ("other.example", Dmarc.NONE, DmarcAction.NONE),
        ("spaced.example", Dmarc.FAIL, DmarcAction.OREJECT),
        ("slow.example", Dmarc.TEMPERROR, DmarcAction.NONE),
        ("nothing.example", Dmarc.NONE, DmarcAction.NONE),
        ("", Dmarc.NONE, DmarcAction.NONE),
    ],
)
def test_unproven_mail_gets_the_action_of_the_policy(
    domain: str, result: Dmarc, action: DmarcAction
) -> None:
    verdict = judged(domain)
    assert (verdict.result, verdict.action) == (result, action)


@pytest.mark.parametrize(
    ("domain", "spf", "dkim", "result"),
    [
        ("reject.example", "reject.example", (), Dmarc.PASS),
        ("reject.example", "bounce.reject.example", (), Dmarc.PASS),
        ("reject.example", "", ("mail.reject.example",), Dmarc.PASS),
        ("a.reject.example", "b.reject.example", (), Dmarc.PASS),
        ("reject.example", "reject.test", ("relay.test",), Dmarc.FAIL),
        ("strict.example", "strict.example", (), Dmarc.PASS),
        ("strict.example", "a.strict.example", ("a.strict.example",), Dmarc.FAIL),
        ("strict.example", "", ("strict.example",), Dmarc.PASS),
        ("nothing.example", "a.nothing.example", (), Dmarc.BESTGUESSPASS),
        ("nothing.example", "relay.test", (), Dmarc.NONE),
        ("slow.example", "slow.example", (), Dmarc.TEMPERROR),
    ],
)
def test_alignment_decides(domain: str, spf: str, dkim: tuple[str, ...], result: Dmarc) -> None:
    verdict = judged(domain, spf, dkim)
    assert verdict.result is result
    assert result is Dmarc.FAIL or verdict.action is DmarcAction.NONE


@pytest.mark.parametrize(
    ("fraction", "action"),
    [(0.0, DmarcAction.OREJECT), (0.299, DmarcAction.OREJECT), (0.3, DmarcAction.PCT_REJECT)],
)
def test_pct_is_decided_by_the_fraction_given(fraction: float, action: DmarcAction) -> None:
    assert judged("part.example", fraction=fraction).action is action


def test_the_same_header_is_always_on_the_same_side_of_pct() -> None:
    assert sample(b"From: a") == sample(b"From: a") != sample(b"From: b")
    assert all(0 <= sample(bytes([n])) < 1 for n in range(50))


@pytest.mark.parametrize(
    ("name", "organization"),
    [
        ("scanner.xyz.com.pl", "xyz.com.pl"),
        ("mail.contoso.com", "contoso.com"),
        ("a.b.contoso.co.uk", "contoso.co.uk"),
        ("co.uk", "co.uk"),
        ("Contoso.COM.", "contoso.com"),
        ("a.corp.local", "corp.local"),
        ("", ""),
        ("a..b", "a..b"),
    ],
)
def test_the_organizational_domain_is_one_label_below_the_public_suffix(
    name: str, organization: str
) -> None:
    assert organizational_domain(name) == organization


def test_two_companies_under_one_public_suffix_are_not_aligned() -> None:
    assert not aligned("xyz.com.pl", "abc.com.pl", strict=False)
