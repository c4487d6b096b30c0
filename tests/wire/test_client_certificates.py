"""Client certificates at port 25: each is taken, and counts when an authority that is trusted
issued it. Those of clients are made here by `cryptography`, and shown by Python's own `ssl`."""

import smtplib
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    InboundConnector,
    Mailbox,
    ServiceError,
    Settings,
    Tenant,
    TlsChoice,
    TlsFailed,
    TlsStarted,
    World,
)

NAME = "relay.contoso.com"
NOW = datetime.now(UTC)
YEAR = timedelta(days=365)
PEM = serialization.Encoding.PEM
Key = (
    rsa.RSAPrivateKey
    | ec.EllipticCurvePrivateKey
    | ed25519.Ed25519PrivateKey
    | ed448.Ed448PrivateKey
    | dsa.DSAPrivateKey
)
TENANT = Tenant(
    "contoso",
    (AcceptedDomain("contoso.com"),),
    (Mailbox("ann@contoso.com"),),
    connectors=(
        InboundConnector(
            "By certificate",
            connector_type=ConnectorType.ON_PREMISES,
            tls_sender_certificate_name=NAME,
        ),
    ),
)
BY_ADDRESS = InboundConnector(
    "By address", connector_type=ConnectorType.ON_PREMISES, sender_ip_addresses=("192.0.2.1",)
)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def signed(
    subject: str,
    key: Key,
    issuer: str,
    signer: Key,
    *,
    begins: datetime = NOW - YEAR,
    ends: datetime = NOW + YEAR,
    authority: bool = False,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(authority, None), critical=True)
    )
    if not authority:
        alternative = x509.SubjectAlternativeName([x509.DNSName(NAME)])
        builder = builder.add_extension(alternative, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    edwards = isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(signer, None if edwards else hashes.SHA256())


def file(folder: Path, key: Key, *certificates: x509.Certificate) -> Path:
    form = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(PEM, form, serialization.NoEncryption())
    path = folder / "client.pem"
    path.write_bytes(pem + b"".join(c.public_bytes(PEM) for c in certificates))
    return path


ROOT_KEY, KEY = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
ROOT = signed("Contoso CA", ROOT_KEY, "Contoso CA", ROOT_KEY, authority=True)


def issued(**how: object) -> x509.Certificate:
    return signed(NAME, KEY, "Contoso CA", ROOT_KEY, **how)  # type: ignore[arg-type]


@pytest.fixture
def world() -> Iterator[World]:
    with World([TENANT]) as made:
        made.start()
        yield made


def context(shown: Path | None, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode = False, ssl.CERT_NONE
    made.set_ciphers("DEFAULT:@SECLEVEL=0")
    made.maximum_version = newest
    if shown is not None:
        made.load_cert_chain(shown)
    return made


def relayed(world: World, tls: ssl.SSLContext) -> str:
    """What the service says to a recipient elsewhere, of a sender of the tenant."""
    with smtplib.SMTP(world.network.host, world.network.mx_port, timeout=20) as client:
        client.starttls(context=tls)
        client.ehlo()
        client.mail("ann@contoso.com")
        code, text = client.rcpt("anna@customer.example")
        return f"{code} {text.decode()}"


def started(world: World) -> TlsStarted:
    (found,) = (event for event in world.ledger if isinstance(event, TlsStarted))
    return found


KINDS = {
    "of an authority that nobody knows": (issued(), "unable to get local issuer certificate"),
    "signed with its own key": (signed(NAME, KEY, NAME, KEY), "self-signed certificate"),
    "expired": (
        issued(begins=NOW - 2 * YEAR, ends=NOW - YEAR),
        "unable to get local issuer certificate",
    ),
    "of tomorrow": (issued(begins=NOW + YEAR / 2), "unable to get local issuer certificate"),
    "for servers": (
        issued(purpose=ExtendedKeyUsageOID.SERVER_AUTH),
        "unable to get local issuer certificate",
    ),
}


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("kind", KINDS)
def test_a_certificate_that_nobody_vouches_for_is_taken_and_matches_nothing(
    kind: str, version: ssl.TLSVersion, world: World, tmp_path: Path
) -> None:
    certificate, problem = KINDS[kind]
    said = relayed(world, context(file(tmp_path, KEY, certificate), version))
    assert said.startswith("550 5.7.64 TenantAttribution; Relay Access Denied")
    assert (started(world).certificate, started(world).problem) == ((NAME,), problem)


@pytest.mark.parametrize("kind", KINDS)
def test_the_address_still_matches(kind: str, tmp_path: Path) -> None:
    connectors = (*TENANT.connectors, BY_ADDRESS)
    with World([replace(TENANT, connectors=connectors)]) as world:
        world.start()
        said = relayed(world, context(file(tmp_path, KEY, KINDS[kind][0])))
    assert said.startswith("250 2.1.5 ")


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({}, ""),
        ({"begins": NOW - 2 * YEAR, "ends": NOW - YEAR}, "certificate has expired"),
        ({"begins": NOW + YEAR / 2}, "certificate is not yet valid"),
        ({"purpose": ExtendedKeyUsageOID.SERVER_AUTH}, "unsuitable certificate purpose"),
    ],
    ids=["good", "expired", "of tomorrow", "for servers"],
)
def test_of_an_authority_that_is_trusted_one_that_is_good_counts(
    how: dict[str, object], problem: str, tmp_path: Path
) -> None:
    settings = Settings(client_authorities=[ROOT.public_bytes(PEM).decode()])
    with World([TENANT], settings=settings) as world:
        world.start()
        said = relayed(world, context(file(tmp_path, KEY, issued(**how))))
        assert (said[:3], started(world).problem) == ("550" if problem else "250", problem)


def test_one_that_is_trusted_by_itself_counts(tmp_path: Path) -> None:
    own = signed(NAME, KEY, NAME, KEY)
    settings = Settings(client_authorities=[own.public_bytes(PEM).decode()])
    with World([TENANT], settings=settings) as world:
        world.start()
        assert relayed(world, context(file(tmp_path, KEY, own))).startswith("250 2.1.5 ")


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nx"])
def test_an_authority_that_is_none_is_told_at_once(text: str) -> None:
    with pytest.raises(ServiceError, match=r"client_authorities\[0\]: there is no certificate"):
        Settings(client_authorities=[text])


def test_one_of_ours_counts_and_none_at_all_is_no_matter(world: World) -> None:
    assert relayed(world, context(world.network.client_certificate(NAME)))[:3] == "250"
    assert relayed(world, context(None))[:10] == "550 5.7.64"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        rsa.generate_private_key(65537, 4096),
        ec.generate_private_key(ec.SECP521R1()),
        ed25519.Ed25519PrivateKey.generate(),
        ed448.Ed448PrivateKey.generate(),
    ],
    ids=["rsa-1024", "rsa-4096", "p-521", "ed25519", "ed448"],
)
def test_keys_of_every_kind_are_taken(
    key: Key, version: ssl.TLSVersion, world: World, tmp_path: Path
) -> None:
    shown = file(tmp_path, key, signed(NAME, key, NAME, key))
    assert relayed(world, context(shown, version))[:10] == "550 5.7.64"
    assert started(world).problem == "self-signed certificate"


@pytest.mark.parametrize("kind", KINDS)
def test_no_certificate_is_asked_for_at_submission(kind: str, world: World, tmp_path: Path) -> None:
    network = world.network
    with smtplib.SMTP(network.host, network.submission_port, timeout=20) as client:
        client.starttls(context=context(file(tmp_path, KEY, KINDS[kind][0])))
        assert client.ehlo()[0] == 250
    assert (started(world).certificate, started(world).problem) == ((), "")


def test_where_one_is_required_any_will_do_and_none_ends_the_handshake(tmp_path: Path) -> None:
    settings = Settings(tls=TlsChoice(maximum="1.2", client_certificate="required"))
    with World([TENANT], settings=settings) as world:
        world.start()
        assert relayed(world, context(file(tmp_path, KEY, issued())))[:10] == "550 5.7.64"
        with pytest.raises(ssl.SSLError, match=r"handshake failure|HANDSHAKE_FAILURE"):
            relayed(world, context(None))


def test_a_session_that_is_resumed_brings_no_certificate_that_nobody_looked_at(
    world: World, tmp_path: Path
) -> None:
    tls = context(file(tmp_path, KEY, issued()), ssl.TLSVersion.TLSv1_2)
    network = world.network
    session: ssl.SSLSession | None = None
    for _ in range(2):
        with smtplib.SMTP(network.host, network.mx_port, timeout=20) as client:
            client.ehlo()
            client.docmd("STARTTLS")
            assert client.sock is not None
            with tls.wrap_socket(client.sock, session=session) as sock:
                session = sock.session
                sock.sendall(b"NOOP\r\n")
                assert sock.recv(100)[:3] == b"250"
                client.sock = None
    problems = [event.problem for event in world.ledger if isinstance(event, TlsStarted)]
    assert problems == ["unable to get local issuer certificate"] * 2


def test_names_that_would_speak_to_a_terminal_are_escaped(world: World, tmp_path: Path) -> None:
    evil = "a\x1b[31mb"
    shown = file(tmp_path, KEY, signed(evil, KEY, evil, KEY))
    relayed(world, context(shown))
    lines = [line.text for line in world.transcript(1)]
    assert (
        "TLS started: TLSv1.3 TLS_AES_256_GCM_SHA384, client certificate a\\x1b[31mb, "
        f"{NAME}, which counts for nothing: self-signed certificate"
    ) in lines


def lost(world: World, port: int, how: ssl.SSLContext | bytes) -> TlsFailed:
    """How a handshake that comes to nothing is on record."""
    with socket.create_connection((world.network.host, port), 20) as sock:
        reader = sock.makefile("rb")
        for command in (b"", b"EHLO h.example\r\n", b"STARTTLS\r\n"):
            sock.sendall(command)
            while reader.readline()[3:4] == b"-":
                pass
        if isinstance(how, bytes):
            sock.sendall(how)
            reader.read()
        else:
            with pytest.raises(ssl.SSLError):
                how.wrap_socket(sock)
        reader.close()
    world.network.settle(20)
    return next(event for event in reversed(tuple(world.ledger)) if isinstance(event, TlsFailed))


def too_old() -> ssl.SSLContext:
    tls = context(None, ssl.TLSVersion.TLSv1_2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    return tls


def other_suites() -> ssl.SSLContext:
    tls = context(None, ssl.TLSVersion.TLSv1_2)
    tls.set_ciphers("AES128-SHA:@SECLEVEL=0")
    return tls


def trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.mark.parametrize(
    ("how", "detail"),
    [
        (too_old, "UNSUPPORTED_PROTOCOL"),
        (other_suites, "NO_SHARED_CIPHER"),
        (lambda: b"MAIL FROM:<ann@contoso.com>\r\n", "WRONG_VERSION_NUMBER"),
        (lambda: b"GET / HTTP/1.1\r\n\r\n", "HTTP_REQUEST"),
    ],
)
def test_what_comes_to_nothing_is_told_alike_at_both_ports(
    how: Callable[[], ssl.SSLContext | bytes], detail: str, world: World
) -> None:
    network = world.network
    told = [lost(world, port, how()) for port in (network.mx_port, network.submission_port)]
    assert [event.detail for event in told] == [detail, detail]
    assert (told[0].client, told[0].service) == (told[1].client, told[1].service)


@pytest.mark.parametrize(
    ("clients", "detail"),
    [("self-signed", "TLSV1_ALERT_UNKNOWN_CA"), ("expired", "SSLV3_ALERT_CERTIFICATE_EXPIRED")],
)
def test_a_client_that_refuses_the_services_certificate_is_told(clients: str, detail: str) -> None:
    with World([TENANT], settings=Settings(tls=TlsChoice(certificate=clients))) as world:
        network = world.start()
        tls = trusting_nobody()
        tls.check_hostname = False
        tls.load_verify_locations(cadata=network.ca_pem.decode())
        assert lost(world, network.mx_port, tls).detail == detail


def test_port_25_speaks_the_tls_of_its_day(tmp_path: Path) -> None:
    with World([TENANT], as_of=date(2015, 2, 19), settings=Settings(tarpit=False)) as world:
        world.start()
        tls = too_old()
        tls.load_cert_chain(file(tmp_path, KEY, issued()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            tls.maximum_version = ssl.TLSVersion.TLSv1
        relayed(world, tls)
        assert (started(world).version, started(world).certificate) == ("TLSv1", (NAME,))
