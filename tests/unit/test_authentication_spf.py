"""SPF beyond the published suite: what the result says besides its word."""

import pytest

from fake_exo.mail.authentication.resolver import LiteralResolver
from fake_exo.mail.authentication.spf import Spf, SpfLimits, SpfResult, check_host

OUTLOOK = "v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip6:2a01:111:f400::/48 -all"
ZONE: dict[str, dict[str, list[str]]] = {
    "contoso.com": {"TXT": ["v=spf1 ip4:203.0.113.7 include:spf.protection.outlook.com -all"]},
    "spf.protection.outlook.com": {"TXT": [OUTLOOK]},
    "weak.example.com": {"TXT": ["MS=ms123", "v=spf1 include:spf.protection.outlook.com ~all"]},
    "two.example.com": {"TXT": ["v=spf1 -all", "v=spf1 ~all"]},
    "typo.example.com": {"TXT": ["v=spf1 ip4:203.0.113 -all"]},
    "gone.example.com": {"TXT": ["v=spf1 include:nothing.example.com -all"]},
    "slow.example.com": {"TIMEOUT": []},
    "part.example.com": {"TXT": ["v=spf1 a:slow.example.com -all"]},
    "void.example.com": {
        "TXT": ["v=spf1 a:n1.example.com a:n2.example.com mx:n3.example.com -all"]
    },
    "told.example.com": {"TXT": ["v=spf1 -all exp=why.example.com"]},
    "why.example.com": {"TXT": ["%{i} is not ours, says %{r} at %{t}; see %{L}"]},
    "many.example.com": {"TXT": ["v=spf1 " + "include:contoso.com " * 11 + "-all"]},
    "alias.example.com": {"CNAME": ["contoso.com"]},
}


def judged(domain: str, ip: str = "198.51.100.9", helo: str = "scanner") -> SpfResult:
    return check_host(ip, domain, f"scan er@{domain}", helo, LiteralResolver(ZONE), now=1762000000)


@pytest.mark.parametrize(
    ("domain", "ip", "result", "mechanism"),
    [
        ("contoso.com", "203.0.113.7", Spf.PASS, "ip4:203.0.113.7"),
        ("contoso.com", "40.93.1.1", Spf.PASS, "include:spf.protection.outlook.com"),
        ("contoso.com", "::ffff:203.0.113.7", Spf.PASS, "ip4:203.0.113.7"),
        ("contoso.com", "198.51.100.9", Spf.FAIL, "-all"),
        ("CONTOSO.com.", "203.0.113.7", Spf.PASS, "ip4:203.0.113.7"),
        ("alias.example.com", "203.0.113.7", Spf.PASS, "ip4:203.0.113.7"),
        ("weak.example.com", "198.51.100.9", Spf.SOFTFAIL, "~all"),
        ("weak.example.com", "2a01:111:f400::5", Spf.PASS, "include:spf.protection.outlook.com"),
    ],
)
def test_the_mechanism_that_decided_is_named(
    domain: str, ip: str, result: Spf, mechanism: str
) -> None:
    verdict = judged(domain, ip)
    assert (verdict.result, verdict.mechanism, verdict.problem) == (result, mechanism, "")


@pytest.mark.parametrize(
    ("domain", "result", "problem"),
    [
        ("scanner", Spf.NONE, "malformed-domain"),
        ("a..example.com", Spf.NONE, "malformed-domain"),
        ("", Spf.NONE, "malformed-domain"),
        ("nothing.example.com", Spf.NONE, "no-record"),
        ("two.example.com", Spf.PERMERROR, "multiple-records"),
        ("typo.example.com", Spf.PERMERROR, "syntax"),
        ("gone.example.com", Spf.PERMERROR, "no-record-at-target"),
        ("many.example.com", Spf.PERMERROR, "too-many-lookups"),
        ("void.example.com", Spf.PERMERROR, "void-lookups"),
        ("slow.example.com", Spf.TEMPERROR, "dns"),
        ("part.example.com", Spf.TEMPERROR, "dns"),
    ],
)
def test_what_went_wrong_is_named(domain: str, result: Spf, problem: str) -> None:
    verdict = judged(domain)
    assert (verdict.result, verdict.problem) == (result, problem)
    assert verdict.reason


def test_the_reason_of_a_syntax_error_shows_the_term() -> None:
    assert "ip4:203.0.113" in judged("typo.example.com").reason


def test_look_ups_are_counted() -> None:
    assert judged("contoso.com").lookups == 1
    void = judged("void.example.com")
    assert (void.lookups, void.void_lookups) == (3, 3)


def test_the_limits_are_arguments() -> None:
    resolver = LiteralResolver(ZONE)
    limits = SpfLimits(void_lookups=3)
    verdict = check_host("198.51.100.9", "void.example.com", "", "h", resolver, limits=limits)
    assert (verdict.result, verdict.void_lookups) == (Spf.FAIL, 3)


def test_the_explanation_is_expanded_with_what_it_was_given() -> None:
    wanted = "198.51.100.9 is not ours, says protection.outlook.com at 1762000000; see scan%20er"
    assert judged("told.example.com").explanation == wanted


def test_an_empty_local_part_means_postmaster() -> None:
    zone = {
        "example.com": {"TXT": ["v=spf1 -all exp=why.example.com"]},
        "why.example.com": {"TXT": ["%{s}"]},
    }
    for sender in ("", "@example.com"):
        verdict = check_host("192.0.2.1", "example.com", sender, "h", LiteralResolver(zone))
        assert verdict.explanation == "postmaster@example.com"


def test_an_address_that_is_none_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="not-an-address"):
        judged("contoso.com", "not-an-address")


def test_a_name_too_long_for_dns_loses_labels_on_the_left() -> None:
    zone = {"example.com": {"TXT": ["v=spf1 exists:" + "%{o}." * 30 + "x.example.com -all"]}}
    resolver = LiteralResolver(zone)
    check_host("192.0.2.1", "example.com", "a@example.com", "h", resolver)
    name, type = resolver.asked[-1]
    assert type == "A"
    assert name.endswith("x.example.com") and 240 < len(name) <= 253
    assert name.startswith(("example.", "com."))
