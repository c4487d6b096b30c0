"""The composite verdict: every row of both tables fires, and messages end where they should."""

import pytest

from fake_exo.mail.authentication import (
    Authentication,
    DeliveryLocation,
    LiteralResolver,
    authenticate,
    reverse_name,
)
from fake_exo.mail.authentication.composite import COMPOSITE, VERDICTS

OURS = frozenset({"contoso.com", "contoso.onmicrosoft.com"})
ZONE = {
    "contoso.com": {"TXT": ["v=spf1 ip4:203.0.113.7 -all"]},
    "_dmarc.contoso.com": {"TXT": ["v=DMARC1; p=reject"]},
    "contoso.onmicrosoft.com": {"TXT": ["v=spf1 -all"]},
    "reject.example": {"TXT": ["v=spf1 ip4:203.0.113.7 ip6:2001:db8::7 -all"]},
    "_dmarc.reject.example": {"TXT": ["v=DMARC1; p=reject"]},
    "_dmarc.quarantine.example": {"TXT": ["v=DMARC1; p=quarantine"]},
    "_dmarc.broken.example": {"TXT": ["v=DMARC1; p=maybe"]},
    "broken.example": {"TXT": ["v=spf1 ip4:203.0.113.7 -all"]},
    "plain.example": {"TXT": ["v=spf1 ip4:203.0.113.7 ~all"]},
    "9.100.51.198.in-addr.arpa": {"PTR": ["mail.reverse.example."]},
}
GOOD, BAD, BAD6 = "203.0.113.7", "198.51.100.9", "2001:db8::9"


def judged(header_from: str, ip: str, mail_from: str | None = None, **more: bool) -> Authentication:
    message = f"From: <scanner@{header_from}>\r\nSubject: Scan\r\n\r\nPage\r\n".encode()
    return authenticate(
        message,
        client_ip=ip,
        helo="scanner.local.example",
        mail_from=f"scanner@{header_from}" if mail_from is None else mail_from,
        resolver=LiteralResolver(ZONE),
        accepted_domains=OURS,
        honor_dmarc=more.pop("honor_dmarc", True),
        now=1_793_000_000,
        connector=more.get("connector", False),
        arc_trusted=more.get("arc_trusted", False),
        spoof_forbidden=more.get("spoof_forbidden", False),
    )


CASES = {
    "own domain, address in SPF": (
        judged("contoso.com", GOOD),
        ("pass", "100", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
    "own domain, address not in SPF, own policy reject": (
        judged("contoso.com", BAD),
        ("fail", "010", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "own initial domain without DMARC": (
        judged("contoso.onmicrosoft.com", BAD),
        ("fail", "601", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "own sender beside a foreign From, address not in SPF": (
        judged("nowhere.example", BAD, "scanner@contoso.com"),
        ("fail", "601", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "own sender beside a foreign From, address in SPF": (
        judged("nowhere.example", GOOD, "scanner@contoso.com"),
        ("fail", "001", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "own domain, null sender": (
        judged("contoso.com", GOOD, ""),
        ("fail", "010", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "own domain through a connector": (
        judged("contoso.com", BAD, connector=True),
        ("none", "300", DeliveryLocation.INBOX, -1, "SKN", "NONE", ""),
    ),
    "their domain, policy reject, honored": (
        judged("reject.example", BAD),
        ("fail", "000", DeliveryLocation.REJECT, 5, "SPM", "SPOOF", "5.7.509"),
    ),
    "their domain, policy reject, not honored": (
        judged("reject.example", BAD, honor_dmarc=False),
        ("fail", "000", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "their domain, policy quarantine, honored": (
        judged("quarantine.example", BAD),
        ("fail", "000", DeliveryLocation.QUARANTINE, 5, "SPM", "SPOOF", ""),
    ),
    "their domain, policy reject, trusted ARC sealer": (
        judged("reject.example", BAD, arc_trusted=True),
        ("pass", "130", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
    "their domain, forbidden by the administrator": (
        judged("reject.example", GOOD, spoof_forbidden=True),
        ("fail", "002", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "their domain, SPF, no DMARC": (
        judged("plain.example", GOOD),
        ("pass", "109", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
    "their domain, SPF soft fail, no DMARC": (
        judged("plain.example", BAD),
        ("fail", "001", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "their domain, broken DMARC record, SPF aligned": (
        judged("broken.example", GOOD),
        ("pass", "111", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
    "no records, but the reverse name fits": (
        judged("reverse.example", BAD),
        ("softpass", "201", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
    "IPv6 without SPF or DKIM": (
        judged("plain.example", BAD6),
        ("fail", "001", DeliveryLocation.REJECT, 5, "SPM", "SPOOF", "4.7.26"),
    ),
    "IPv4 written as IPv6": (
        judged("plain.example", f"::ffff:{BAD}"),
        ("fail", "001", DeliveryLocation.JUNK, 5, "SPM", "SPOOF", ""),
    ),
    "IPv6 with SPF": (
        judged("reject.example", "2001:db8::7"),
        ("pass", "100", DeliveryLocation.INBOX, 1, "NSPM", "NONE", ""),
    ),
}


@pytest.mark.parametrize(("judged", "wanted"), CASES.values(), ids=CASES.keys())
def test_a_message_ends_where_it_should(
    judged: Authentication, wanted: tuple[str, str, DeliveryLocation, int, str, str, str]
) -> None:
    composite, verdict = judged.composite, judged.verdict
    assert wanted == (
        composite.result,
        composite.reason,
        verdict.place,
        verdict.scl,
        verdict.sfv,
        verdict.category,
        verdict.enhanced,
    )


def test_every_row_of_both_tables_decided_one_of_these_cases() -> None:
    fired = {c.composite.row for c, _ in CASES.values()}
    assert fired == {row.id for row in COMPOSITE}
    assert {c.verdict.row for c, _ in CASES.values()} == {row.verdict.row for row in VERDICTS}


@pytest.mark.parametrize(
    ("types", "stamp", "missing"),
    [
        ({"A": ["192.0.2.1"]}, "InfoNoRecords", True),
        (None, "InfoDomainNonexistent", True),
        ({"SERVFAIL": []}, "ErrorRetry", False),
    ],
)
def test_the_absence_of_a_reverse_name_has_a_word(
    types: dict[str, list[str]] | None, stamp: str, missing: bool
) -> None:
    zone = {} if types is None else {"9.100.51.198.in-addr.arpa": types}
    reverse = reverse_name(BAD, LiteralResolver(zone))
    assert (reverse.name, reverse.stamp, reverse.missing) == ("", stamp, missing)


def test_every_row_says_why_and_on_what_evidence() -> None:
    assert all(row.why and row.evidence and len(row.reason) == 3 for row in COMPOSITE)
    assert all(row.verdict.why and row.evidence for row in VERDICTS)


def test_the_fields_of_a_spoofed_message() -> None:
    fields = "".join(judged("contoso.com", BAD).fields()).replace("\r\n", "\n")
    assert fields == (
        "Authentication-Results: spf=fail (sender IP is 198.51.100.9)\n"
        " smtp.mailfrom=contoso.com; dkim=none (message not signed)\n"
        " header.d=none;dmarc=fail action=oreject header.from=contoso.com;compauth=fail\n"
        " reason=010\n"
        "Received-SPF: Fail (protection.outlook.com: domain of contoso.com does not\n"
        " designate 198.51.100.9 as permitted sender) receiver=protection.outlook.com;\n"
        " client-ip=198.51.100.9; helo=scanner.local.example;\n"
        "X-Forefront-Antispam-Report:\n"
        " CIP:198.51.100.9;CTRY:;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:scanner.local.example;"
        "PTR:mail.reverse.example;CAT:SPOOF;SFS:(13230040);DIR:INB;\n"
        "X-Microsoft-Antispam: BCL:0;ARA:13230040;\n"
    )


@pytest.mark.parametrize(
    ("value", "domain"),
    [
        ("scanner@contoso.com", "contoso.com"),
        ('"boss@evil.example" <scanner@Contoso.COM>', "contoso.com"),
        ("Scanner (third floor, not a@b.example) <scanner@contoso.com>", "contoso.com"),
        ("a@contoso.com, b@other.example", "contoso.com"),
        ("=?utf-8?q?x?= <a@b@contoso.com>", "contoso.com"),
        ("x <a@bücher.example>", "xn--bcher-kva.example"),
        ("<>", ""),
        ("scanner", ""),
        ("", ""),
    ],
)
def test_the_domain_of_header_from(value: str, domain: str) -> None:
    message = f"Subject: x\r\nFrom: {value}\r\n\r\nFrom: <body@other.example>\r\n".encode()
    result = authenticate(
        message,
        client_ip=BAD,
        helo="h",
        mail_from="",
        resolver=LiteralResolver({}),
        accepted_domains=OURS,
        honor_dmarc=True,
        now=0,
    )
    assert result.from_domain == domain
