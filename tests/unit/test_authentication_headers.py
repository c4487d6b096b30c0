"""The stamped fields, letter by letter.

The folding of each text is that of a real header of 2021-2026; names were replaced by documentation
names of the same length, so that the lines break where they did.
"""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fake_exo.mail.authentication import headers
from fake_exo.mail.authentication.headers import (
    authentication_results,
    dkim_part,
    fold,
    received_spf,
)


def lines(text: str) -> str:
    """CRLF made readable; fails if a bare line feed was there."""
    assert text.endswith("\r\n") and "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n", "\n")


def results(**changed: str) -> str:
    """A message that passes nothing, with some words changed."""
    words = {
        "spf": "none",
        "client_ip": "203.0.113.7",
        "mail_from": "contoso.com",
        "dmarc": "none",
        "action": "none",
        "header_from": "contoso.com",
        "compauth": "fail",
        "reason": "001",
    } | changed
    part = dkim_part("none", "message not signed", "")
    return authentication_results(**words, dkim=[words.pop("dkim", part)])


UNALIGNED = """\
Authentication-Results: spf=softfail (sender IP is 198.51.100.22)
 smtp.mailfrom=mail1.fabrikam.com; dkim=fail (body hash did not verify)
 header.d=mail1.fabrikam.com;dmarc=fail action=none
 header.from=newsletters1.fabrikam.com;compauth=softpass reason=201
"""
BEST_GUESS = """\
Authentication-Results: spf=pass (sender IP is 198.51.100.98)
 smtp.mailfrom=an-example-school.org; dkim=none (message not signed)
 header.d=none;dmarc=bestguesspass action=none
 header.from=an-example-school.org;compauth=pass reason=109
"""
DIRECT_SEND = (
    "Authentication-Results: spf=fail (sender IP is 203.0.113.7)"
    " smtp.mailfrom=contoso.com; dkim=none (message not signed)"
    " header.d=none;dmarc=fail action=oreject"
    " header.from=contoso.com;compauth=fail reason=000\n"
)


def test_authentication_results_of_an_unaligned_message() -> None:
    text = authentication_results(
        spf="softfail",
        client_ip="198.51.100.22",
        mail_from="mail1.fabrikam.com",
        dkim=[dkim_part("fail", "body hash did not verify", "mail1.fabrikam.com")],
        dmarc="fail",
        action="none",
        header_from="newsletters1.fabrikam.com",
        compauth="softpass",
        reason="201",
    )
    assert lines(text) == UNALIGNED


def test_authentication_results_of_a_domain_without_dmarc_record() -> None:
    text = results(
        spf="pass",
        client_ip="198.51.100.98",
        mail_from="an-example-school.org",
        header_from="an-example-school.org",
        dmarc="bestguesspass",
        compauth="pass",
        reason="109",
    )
    assert lines(text) == BEST_GUESS


def test_authentication_results_of_direct_send() -> None:
    """The example of Microsoft's page, whose line breaks are the page's own."""
    text = results(spf="fail", dmarc="fail", action="oreject", reason="000")
    assert lines(text).replace("\n ", " ") == DIRECT_SEND


def test_several_signatures_are_joined_without_space() -> None:
    text = authentication_results(
        spf="pass",
        client_ip="203.0.113.7",
        mail_from="contoso.com",
        dkim=[dkim_part("pass", "signature was verified", d) for d in ("a.example", "b.example")],
        dmarc="pass",
        action="none",
        header_from="contoso.com",
        compauth="pass",
        reason="100",
    )
    assert " header.d=a.example;dkim=pass (signature was verified)" in lines(text).replace("\n", "")


def test_the_null_sender_is_stamped_with_its_hello_name() -> None:
    text = results(mail_from="", helo="scanner.contoso.com")
    assert " smtp.helo=scanner.contoso.com; dkim=none" in lines(text).replace("\n", "")


def test_the_server_id_of_2026_comes_first() -> None:
    text = results(authserv=headers.AUTHSERV_2026)
    assert lines(text).startswith("Authentication-Results: mx.microsoft.com 1; spf=none (sender")


@pytest.mark.parametrize(
    ("result", "domain", "ip", "helo", "text"),
    [
        (
            "pass",
            "an-example-school.org",
            "198.51.100.98",
            "APC01-SG2-obe.outbound.protection.outlook.com",
            "Received-SPF: Pass (protection.outlook.com: domain of an-example-school.org\n"
            " designates 198.51.100.98 as permitted sender)\n"
            " receiver=protection.outlook.com; client-ip=198.51.100.98;\n"
            " helo=APC01-SG2-obe.outbound.protection.outlook.com; pr=C\n",
        ),
        (
            "fail",
            "fabrm.test",
            "198.51.100.5",
            "edirelay1.ad.fabrm.test",
            "Received-SPF: Fail (protection.outlook.com: domain of fabrm.test does not\n"
            " designate 198.51.100.5 as permitted sender) receiver=protection.outlook.com;\n"
            " client-ip=198.51.100.5; helo=edirelay1.ad.fabrm.test;\n",
        ),
        (
            "softfail",
            "a.test",
            "198.51.100.27",
            "h",
            "Received-SPF: SoftFail (protection.outlook.com: domain of transitioning a.test\n"
            " discourages use of 198.51.100.27 as permitted sender)\n",
        ),
        (
            "neutral",
            "some.test",
            "2001:db8:d0:65::100:ac",
            "h",
            "Received-SPF: Neutral (protection.outlook.com: 2001:db8:d0:65::100:ac is\n"
            " neither permitted nor denied by domain of some.test)\n",
        ),
        (
            "none",
            "abc.test",
            "192.0.2.1",
            "h",
            "Received-SPF: None (protection.outlook.com: abc.test does not designate\n"
            " permitted sender hosts)\n",
        ),
        (
            "permerror",
            "ab.test",
            "192.0.2.1",
            "h",
            "Received-SPF: PermError (protection.outlook.com: domain of ab.test used an\n"
            " invalid SPF mechanism)\n",
        ),
        (
            "temperror",
            "ab.test",
            "192.0.2.1",
            "h",
            "Received-SPF: TempError (protection.outlook.com: error in processing during\n"
            " lookup of ab.test: DNS Timeout)\n",
        ),
    ],
    ids=lambda value: value if value.isalpha() else "",
)
def test_received_spf(result: str, domain: str, ip: str, helo: str, text: str) -> None:
    assert lines(received_spf(result, domain, ip, helo)) == text


def test_the_antispam_report_is_one_word_on_its_own_line() -> None:
    text = headers.forefront_antispam_report(
        client_ip="203.0.113.7",
        helo="scanner.contoso.local",
        scl=1,
        sfv="NSPM",
        category="NONE",
        country="DE",
        language="de",
        safety="",
    )
    assert lines(text) == (
        "X-Forefront-Antispam-Report:\n"
        " CIP:203.0.113.7;CTRY:DE;LANG:de;SCL:1;SRV:;IPV:NLI;SFV:NSPM;H:scanner.contoso.local;"
        "PTR:;CAT:NONE;SFTY:;SFS:(13230040);DIR:INB;\n"
    )


def test_the_bulk_level() -> None:
    assert lines(headers.microsoft_antispam()) == "X-Microsoft-Antispam: BCL:0;ARA:13230040;\n"
    assert lines(headers.microsoft_antispam(7, ())) == "X-Microsoft-Antispam: BCL:7;\n"


def test_received_with_tls() -> None:
    text = headers.received(
        helo="Postix.contoso.de",
        client_ip="198.51.100.1",
        host="DB1PEPF000509F8.mail.protection.outlook.com",
        host_ip="10.167.242.154",
        version="15.21.181.6",
        when=datetime(2026, 6, 26, 18, 10, 29, tzinfo=timezone(timedelta(hours=2))),
        tls=("TLS1_2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"),
    )
    assert lines(text) == (
        "Received: from Postix.contoso.de (198.51.100.1) by\n"
        " DB1PEPF000509F8.mail.protection.outlook.com (10.167.242.154) with Microsoft\n"
        " SMTP Server (version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\n"
        " 15.21.181.6 via Frontend Transport; Fri, 26 Jun 2026 16:10:29 +0000\n"
    )


def test_received_without_tls() -> None:
    text = headers.received(
        helo="abc-s7.abc",
        client_ip="198.51.100.27",
        host="DB5PEPF00014B93.mail.protection.outlook.com",
        host_ip="10.167.8.231",
        version="15.20.8314.11",
        when=datetime(2025, 1, 2, 18, 58, 21, tzinfo=UTC),
    )
    assert lines(text) == (
        "Received: from abc-s7.abc (198.51.100.27) by\n"
        " DB5PEPF00014B93.mail.protection.outlook.com (10.167.8.231) with Microsoft\n"
        " SMTP Server id 15.20.8314.11 via Frontend Transport; Thu, 2 Jan 2025 18:58:21\n"
        " +0000\n"
    )


def test_a_line_may_have_78_characters_and_no_more() -> None:
    assert lines(fold("X", f"{'a' * 37} {'b' * 37}")) == f"X: {'a' * 37} {'b' * 37}\n"
    assert lines(fold("X", f"{'a' * 37} {'b' * 38}")) == f"X: {'a' * 37}\n {'b' * 38}\n"


def test_a_client_cannot_start_a_field_of_its_own() -> None:
    text = received_spf("pass", "contoso.com", "192.0.2.1", "x\r\nX-Forged: yes")
    assert "X-Forged" in text
    assert "\nX-Forged" not in text
