"""DKIM: each way in which a signature can be good or bad, with the words of the service."""

import base64
from functools import cache

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from fake_exo.mail.authentication.dkim import Dkim, DkimResult, sign, verify
from fake_exo.mail.authentication.resolver import LiteralResolver

NOW = 1_793_000_000  # 2026-10; a number, not the machine's clock
MESSAGE = (
    b"From: Scanner <scanner@contoso.com>\r\nTo: jan@contoso.com\r\nSubject: Scan\r\n\r\nPage\r\n"
)
KEY_NAME = "selector1._domainkey.contoso.com"


@cache
def keys(bits: int = 1024) -> tuple[bytes, str]:
    """A private key as PEM, and the record that publishes its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


def signed(message: bytes = MESSAGE, *, now: int = NOW, expires: int | None = None) -> bytes:
    return sign(message, "contoso.com", "selector1", keys()[0], now=now, expires=expires)


def judged(message: bytes, record: str | None = None, now: float = NOW) -> DkimResult:
    zone = {KEY_NAME: {"TXT": [keys()[1] if record is None else record]}}
    return verify(message, LiteralResolver(zone), now)


def test_a_message_without_signature_is_none() -> None:
    result = judged(MESSAGE)
    assert (result.result, result.reason) == (Dkim.NONE, "message not signed")
    assert result.signatures == ()


@pytest.mark.parametrize("canonical", ["relaxed/relaxed", "simple/simple", "relaxed/simple"])
def test_an_untouched_message_passes(canonical: str) -> None:
    message = sign(MESSAGE, "contoso.com", "selector1", keys()[0], now=NOW, canonical=canonical)
    result = judged(message)
    assert (result.result, result.reason) == (Dkim.PASS, "signature was verified")
    assert result.passing_domains == ("contoso.com",)


@pytest.mark.parametrize(
    ("message", "record", "result", "reason"),
    [
        pytest.param(
            signed() + b"Virus scanned.\r\n",
            None,
            Dkim.FAIL,
            "body hash did not verify",
            id="body-changed",
        ),
        pytest.param(
            signed().replace(b"Subject: Scan", b"Subject: [EXT] Scan"),
            None,
            Dkim.FAIL,
            "signature did not verify",
            id="subject-changed",
        ),
        pytest.param(signed(), "v=DKIM1; p=", Dkim.FAIL, "no key for signature", id="revoked"),
        pytest.param(signed(), "hello", Dkim.FAIL, "no key for signature", id="not-a-key"),
        pytest.param(
            signed(), keys(2048)[1], Dkim.FAIL, "signature did not verify", id="other-key"
        ),
        pytest.param(
            signed(expires=NOW - 86_400),
            None,
            Dkim.FAIL,
            "signature did not verify",
            id="expired",
        ),
        pytest.param(
            signed(now=NOW + 86_400), None, Dkim.FAIL, "signature did not verify", id="future"
        ),
        pytest.param(
            signed().replace(b"v=1;", b"v=2;"),
            None,
            Dkim.FAIL,
            "signature did not verify",
            id="version",
        ),
        pytest.param(
            b"DKIM-Signature: nonsense\r\n" + MESSAGE,
            None,
            Dkim.FAIL,
            "signature did not verify",
            id="nonsense",
        ),
        pytest.param(
            b"no header\r\nDKIM-Signature: v=1\r\n\r\n",
            None,
            Dkim.FAIL,
            "signature did not verify",
            id="unreadable-header",
        ),
    ],
)
def test_a_bad_signature_is_a_fail_with_its_reason(
    message: bytes, record: str | None, result: Dkim, reason: str
) -> None:
    verdict = judged(message, record)
    assert (verdict.result, verdict.reason) == (result, reason)
    assert verdict.signatures[0].detail


def test_a_key_that_is_not_there_and_one_that_dns_could_not_give_differ() -> None:
    absent = verify(signed(), LiteralResolver({}), NOW)
    assert (absent.result, absent.reason) == (Dkim.FAIL, "no key for signature")
    slow = verify(signed(), LiteralResolver({KEY_NAME: {"TIMEOUT": []}}), NOW)
    assert (slow.result, slow.reason) == (Dkim.TIMEOUT, "key query timeout")


def test_the_key_may_stand_behind_a_cname() -> None:
    target = "selector1-contoso-com._domainkey.contoso.onmicrosoft.com"
    zone = {KEY_NAME: {"CNAME": [target]}, target: {"TXT": [keys()[1]]}}
    assert verify(signed(), LiteralResolver(zone), NOW).result is Dkim.PASS


def test_the_verdict_depends_on_the_time_given_and_not_on_the_machines() -> None:
    message = signed(now=4_000_000_000, expires=4_000_003_600)  # the year 2096
    assert judged(message, now=4_000_000_000).result is Dkim.PASS
    assert judged(message, now=4_000_100_000).result is Dkim.FAIL
    assert judged(message, now=NOW).result is Dkim.FAIL


def test_one_good_signature_among_several_is_enough() -> None:
    outer = sign(signed(), "relay.example", "s1", keys()[0], now=NOW)
    result = judged(outer)
    assert [s.reason for s in result.signatures] == [
        "no key for signature",
        "signature was verified",
    ]
    assert (result.result, result.passing_domains) == (Dkim.PASS, ("contoso.com",))


def test_a_signature_that_leaves_out_from_proves_nothing() -> None:
    message = signed()
    start = message.index(b"h=from")
    assert judged(message[:start] + b"h=date" + message[start + 6 :]).result is Dkim.FAIL
