"""High Volume Email for real clients: a port of its own, found by the name that devices use."""

import smtplib
import ssl
from collections.abc import Iterator

import pytest

from fake_exo import (
    AcceptedDomain,
    AuthenticationPolicy,
    BillingStatus,
    HveAccount,
    Mailbox,
    Settings,
    Tenant,
    World,
    present,
)

ACCOUNT, PASSWORD, INSIDE = "devices@contoso.com", "Devices-2026", "ann@contoso.com"
TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com"),),
    mailboxes=(Mailbox(INSIDE, password="Ann-2026"),),
    authentication_policies=(AuthenticationPolicy("Devices", allow_basic_auth_smtp=True),),
    hve_accounts=(
        HveAccount(
            ACCOUNT,
            password=PASSWORD,
            authentication_policy="Devices",
            billing_status=BillingStatus.VALID,
        ),
    ),
)


@pytest.fixture
def world() -> Iterator[World]:
    with World([TENANT], settings=Settings(real_time=True, tarpit=False)) as world:
        world.start()
        yield world


def signed_in(world: World) -> smtplib.SMTP:
    address = present(world.lookup("smtp.hve.mx.microsoft", "A").answers[-1].data)
    place = world.network.local(address, 587)
    assert place is not None
    client = smtplib.SMTP(*place, timeout=10)
    context = ssl.create_default_context(cadata=world.network.ca_pem.decode())
    context.check_hostname = False
    client.starttls(context=context)
    client.login(ACCOUNT, PASSWORD)
    return client


def test_an_account_sends_inside_and_leaves_no_copy(world: World) -> None:
    with signed_in(world) as client:
        client.sendmail(ACCOUNT, INSIDE, f"From: {ACCOUNT}\r\n\r\nA scan.\r\n")
    (message,) = world.wait_for(1)
    assert (message.tenant, message.user) == ("contoso", ACCOUNT)
    assert [(o.recipient, o.fate.value) for o in world.outbox] == [(INSIDE, "delivered")]


def test_its_certificate_is_for_the_name_that_devices_use(world: World) -> None:
    with signed_in(world) as client:
        assert isinstance(client.sock, ssl.SSLSocket)
        shown = client.sock.getpeercert() or {}
    assert ("DNS", "smtp.hve.mx.microsoft") in shown["subjectAltName"]


def test_a_recipient_outside_is_refused_alone(world: World) -> None:
    with signed_in(world) as client:
        text = f"From: {ACCOUNT}\r\n\r\nA scan.\r\n"
        refused = client.sendmail(ACCOUNT, [INSIDE, "ben@customer.example"], text)
    assert {who: code for who, (code, _) in refused.items()} == {"ben@customer.example": 550}
    assert [o.recipient for o in world.outbox] == [INSIDE]


def test_on_one_address_with_real_ports_it_gives_way_to_client_submission() -> None:
    from fake_exo.kernel.bindings import plan

    world = World([TENANT])
    bound, missed = plan(world.index.endpoints, "192.0.2.9", "real")
    assert [b.endpoint.id for b in bound if b.port == 587] == ["submission"]
    assert ("hve", "submission") in {(m.endpoint.id, m.taken_by.id) for m in missed}
