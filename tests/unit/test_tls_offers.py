"""What a ClientHello offers, read from bytes that OpenSSL made; and bytes that are none."""

import ssl
import warnings
from contextlib import suppress

import pytest
from fake_exo_harness.tls_failures import told
from hypothesis import given
from hypothesis import strategies as st

from fake_exo import TlsFailed
from fake_exo.tls.offers import client_hello, span

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}


def hello(oldest: str, newest: str, ciphers: str = "ALL:@SECLEVEL=0") -> bytes:
    """A real one."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.maximum_version = VERSIONS[newest]
        context.minimum_version = VERSIONS[oldest]
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname="smtp.office365.com")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize(
    ("oldest", "newest", "said"),
    [
        ("1.0", "1.0", "TLS 1.0 at most"),
        ("1.0", "1.1", "TLS 1.1 at most"),
        ("1.2", "1.2", "TLS 1.2 at most"),
        ("1.2", "1.3", "TLS 1.2 to 1.3"),
        ("1.3", "1.3", "TLS 1.3"),
    ],
)
def test_versions_are_those_that_the_client_offers(oldest: str, newest: str, said: str) -> None:
    found = client_hello(hello(oldest, newest))
    assert found is not None
    assert span(found.oldest, found.newest) == said


def test_the_suites_are_those_that_the_client_offers() -> None:
    found = client_hello(hello("1.2", "1.2", "AES128-SHA"))
    assert found is not None
    assert found.suites == (0x002F, 0x00FF)  # and renegotiation's own (RFC 5746 3.3)


def test_a_hello_in_several_records_is_whole() -> None:
    body = hello("1.2", "1.3")[5:]
    records = [b"\x16\x03\x01" + len(p).to_bytes(2) + p for p in (body[:50], body[50:])]
    assert client_hello(b"".join(records)) == client_hello(hello("1.2", "1.3"))


@pytest.mark.parametrize("data", [b"", b"EHLO x\r\n", b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"])
def test_what_is_no_hello_offers_nothing(data: bytes) -> None:
    assert client_hello(data) is None


@given(st.integers(0, 400), st.binary(max_size=20))
def test_no_bytes_make_it_raise(cut: int, more: bytes) -> None:
    client_hello(hello("1.2", "1.3")[:cut] + more)
    client_hello(b"\x16\x03\x01\x01\x00\x01\x00\x00\x10" + more)


@pytest.mark.parametrize(
    ("detail", "fix"),
    [
        ("UNSUPPORTED_PROTOCOL", "TLS 1.2 or later"),
        ("NO_SHARED_CIPHER", "ECDHE suites"),
        ("TLSV1_ALERT_UNKNOWN_CA", "$SSL_CERT_FILE"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "clock"),
        ("SSLV3_ALERT_BAD_CERTIFICATE", "not to an address"),
        ("WRONG_VERSION_NUMBER", "firewall"),
        ("TLS at once, where STARTTLS comes first", "Choose STARTTLS"),
        ("the client hung up", "the client's own log"),
        ("SOMETHING_NEW", "the client's own log"),
    ],
)
def test_each_failure_has_its_fix(detail: str, fix: str) -> None:
    found = told(TlsFailed(0.0, 1, 1, detail, "TLS 1.1 at most", "TLS 1.2 to 1.3"))
    assert fix in found.fix
    compared = fix in ("TLS 1.2 or later", "ECDHE suites")
    assert ("the client offers TLS 1.1" in found.what) is compared
