"""Certificates and suites as the real service has them: RSA, by an intermediate, for a year."""

import smtplib
import ssl
import warnings
from datetime import UTC, date, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from fake_exo import AcceptedDomain, Mailbox, Settings, Tenant, TlsChoice, World

TENANT = Tenant("contoso", (AcceptedDomain("contoso.com"),), (Mailbox("ann@contoso.com"),))


def trusting(world: World) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=world.network.ca_pem.decode())


def shaken(world: World, context: ssl.SSLContext) -> ssl.SSLSocket:
    """The socket of a client behind STARTTLS. Raises SSLError."""
    network = world.network
    client = smtplib.SMTP(network.host, network.submission_port, timeout=20)
    client.starttls(context=context)
    assert isinstance(client.sock, ssl.SSLSocket)
    return client.sock


def certificate(world: World) -> x509.Certificate:
    with shaken(world, trusting(world)) as sock:
        shown = sock.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def test_the_certificate_is_rsa_and_an_intermediate_signed_it() -> None:
    with World([TENANT]) as world:
        world.start()
        shown = certificate(world)
        root = x509.load_pem_x509_certificate(world.network.ca_pem)
    assert isinstance(shown.public_key(), RSAPublicKey)
    assert shown.issuer != root.subject
    assert root.issuer == root.subject


@pytest.mark.parametrize("day", [date(2015, 6, 1), date(2026, 11, 1)])
def test_it_is_valid_for_a_year_around_the_clock_of_the_client(day: date) -> None:
    with World([TENANT], as_of=day) as world:
        world.start()
        shown = certificate(world)
    begins, ends = shown.not_valid_before_utc, shown.not_valid_after_utc
    assert (ends - begins).days == 366
    assert begins < datetime.now(UTC) < ends


def test_a_client_that_can_rsa_certificates_only_gets_through() -> None:
    with World([TENANT]) as world:
        world.start()
        context = trusting(world)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-RSA-AES256-GCM-SHA384")
        with shaken(world, context) as sock:
            assert sock.cipher() == ("ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2", 256)


def only_rsa_key_exchange(world: World) -> ssl.SSLContext:
    """As devices of many makers have it: no Diffie-Hellman."""
    context = trusting(world)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES256-SHA:@SECLEVEL=0")
    return context


def test_the_key_exchange_of_old_devices_worked_until_february_2025() -> None:
    with World([TENANT], as_of=date(2025, 2, 1)) as world:
        world.start()
        with shaken(world, only_rsa_key_exchange(world)) as sock:
            assert sock.cipher() == ("AES256-SHA", "SSLv3", 256)


def test_the_key_exchange_of_old_devices_is_refused_since_february_2025() -> None:
    with World([TENANT], as_of=date(2025, 2, 2)) as world:
        world.start()
        with pytest.raises(ssl.SSLError, match=r"HANDSHAKE_FAILURE|handshake failure"):
            shaken(world, only_rsa_key_exchange(world))


@pytest.mark.parametrize("day", [date(2019, 6, 1), date(2026, 11, 1)])
def test_suites_that_are_chosen_are_those_of_every_day(day: date) -> None:
    chosen = Settings(tls=TlsChoice(ciphers="ECDHE-RSA-AES128-GCM-SHA256"))
    with World([TENANT], as_of=day, settings=chosen) as world:
        world.start()
        context = trusting(world)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with shaken(world, context) as sock:
            assert sock.cipher() == ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2", 128)


def test_a_client_of_the_time_shakes_hands_in_tls_1_0() -> None:
    with World([TENANT], as_of=date(2015, 2, 19)) as world:
        world.start()
        context = trusting(world)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
        with shaken(world, context) as sock:
            assert sock.version() == "TLSv1"
