"""Whose mail it is, at the MX host: certificates before addresses, several connectors, subdomains.

Oracles: the attribution order of the Exchange team's blog of 2021, the two relay conditions of
2023-11-01, New-InboundConnector and Set-AcceptedDomain.
"""

from collections.abc import Iterable, Sequence

import pytest

from fake_exo import (
    Accepted,
    AcceptedDomain,
    ConnectorType,
    DomainType,
    InboundConnector,
    Mailbox,
    Tenant,
    World,
)
from fake_exo.drive import Offer
from fake_exo.exchange.directory import matches_name

OURS = "203.0.113.7"
EDGE = "52.101.68.36"
ATTR36 = (
    "550 5.7.64 Relay Access Denied ATTR36. For more details please refer to: "
    "https://support.microsoft.com/kb/3169958"
)
ON_PREMISES, PARTNER = ConnectorType.ON_PREMISES, ConnectorType.PARTNER


def connector(name: str, *addresses: str, **more: object) -> InboundConnector:
    fields = {"connector_type": ON_PREMISES, "sender_ip_addresses": addresses, **more}
    return InboundConnector(name, **fields)  # type: ignore[arg-type]


def partner(name: str, *addresses: str, **more: object) -> InboundConnector:
    fields = {"require_tls": False, "restrict_domains_to_ip_addresses": bool(addresses), **more}
    return connector(name, *addresses, **{"connector_type": PARTNER, **fields})


def contoso(*connectors: InboundConnector, domains: Sequence[AcceptedDomain] = ()) -> Tenant:
    return Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com", default=True), *domains),
        mailboxes=(Mailbox("ann@contoso.com"),),
        connectors=connectors,
    )


def said(
    tenants: Iterable[Tenant],
    sender: str = "scan@contoso.com",
    to: str = "anna@customer.example",
    *,
    ip: str = OURS,
    certificate: Sequence[str] = (),
    tls: bool = False,
) -> tuple[str, str | None]:
    """The reply to RCPT, and by which connector a mail then came in."""
    world = World(list(tenants))
    pipe = world.connect(EDGE, 25, ip)
    assert pipe is not None
    pipe.send(b"EHLO relay.contoso.com\r\n")
    if certificate or tls:
        pipe.send(b"STARTTLS\r\n")
        pipe.start_tls(Offer(certificate_names=certificate))
        pipe.send(b"EHLO relay.contoso.com\r\n")
    pipe.send(f"MAIL FROM:<{sender}>\r\n".encode())
    pipe.take()
    pipe.send(f"RCPT TO:<{to}>\r\n".encode())
    reply = pipe.take().decode().rstrip()
    pipe.send(b"DATA\r\nFrom: <ann@contoso.com>\r\n\r\nhello\r\n.\r\n")
    taken = [event.message for event in world.ledger if isinstance(event, Accepted)]
    return reply.partition(" [")[0], taken[0].connector if taken else None


OK = "250 2.1.5 Recipient OK"
NOBODYS = "550 5.7.64 TenantAttribution; Relay Access Denied"


# ---- addresses ---------------------------------------------------------------------------------


def test_of_two_connectors_with_the_address_the_longest_prefix_is_meant() -> None:
    wide, narrow = connector("A wide", "203.0.113.0/24"), connector("B narrow", "203.0.113.7/32")
    assert said([contoso(wide, narrow)]) == (OK, "B narrow")
    assert said([contoso(narrow, wide)]) == (OK, "B narrow")


def test_of_two_connectors_with_the_same_address_the_name_decides() -> None:
    assert said([contoso(connector("Zebra", OURS), connector("Ape", OURS))]) == (OK, "Ape")


def test_a_connector_whose_domains_leave_the_sender_out_gives_way_to_one_that_has_it() -> None:
    first = connector("A", OURS, associated_accepted_domains=("other.example",))
    assert said([contoso(first, connector("B", OURS))]) == (OK, "B")
    named = connector("A", OURS, associated_accepted_domains=("contoso.com",))
    assert said([contoso(named, connector("B", OURS))]) == (OK, "A")


def test_of_two_tenants_with_one_address_the_senders_is_meant() -> None:
    other = Tenant(
        "fabrikam",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        connectors=(connector("Theirs", OURS),),
    )
    ours = contoso(connector("Ours", OURS))
    assert said([other, ours]) == (OK, "Ours")
    assert said([other, ours], "x@fabrikam.com") == (OK, "Theirs")
    assert said([other, ours], "x@else.example") == (ATTR36, None)


@pytest.mark.parametrize("sender", ["", "x@else.example"])
def test_by_address_only_senders_of_the_tenant_relay(sender: str) -> None:
    reply, by = said([contoso(connector("Devices", OURS))], sender)
    assert (reply, by) == (ATTR36, None)


def test_mail_for_a_hosted_domain_comes_in_although_the_relay_conditions_fail() -> None:
    tenants = [contoso(connector("Devices", OURS))]
    assert said(tenants, "x@else.example", "ann@contoso.com") == (OK, None)
    assert said(tenants, "x@else.example", "bob@contoso.com")[0].startswith("550 5.4.1")


# ---- accepted domains --------------------------------------------------------------------------


def test_a_domain_from_which_sending_is_disabled_relays_nothing() -> None:
    off = AcceptedDomain("sub.example", sending_from_domain_disabled=True)
    on = AcceptedDomain("sub.example")
    devices = connector("Devices", OURS)
    assert said([contoso(devices, domains=[on])], "x@sub.example") == (OK, "Devices")
    assert said([contoso(devices, domains=[off])], "x@sub.example") == (ATTR36, None)


def test_a_domain_that_is_not_verified_relays_nothing() -> None:
    bare = AcceptedDomain("sub.example", verified=False)
    reply, _ = said([contoso(connector("Devices", OURS), domains=[bare])], "x@sub.example")
    assert reply == ATTR36


RELAY = DomainType.INTERNAL_RELAY


@pytest.mark.parametrize(
    ("subdomains", "sender", "relayed"),
    [
        (True, "x@mail.lab.example", True),
        (True, "x@a.b.lab.example", True),
        (True, "x@lab.example", True),
        (False, "x@lab.example", True),
        (False, "x@mail.lab.example", False),
        (True, "x@notlab.example", False),
        (True, "x@example", False),
    ],
)
def test_senders_in_a_subdomain_relay_where_subdomains_match(
    subdomains: bool, sender: str, relayed: bool
) -> None:
    lab = AcceptedDomain("lab.example", type=RELAY, match_subdomains=subdomains)
    reply, by = said([contoso(connector("Devices", OURS), domains=[lab])], sender)
    assert (reply, by) == ((OK, "Devices") if relayed else (ATTR36, None))


def test_recipients_in_a_subdomain_are_hosted_where_subdomains_match() -> None:
    lab = AcceptedDomain("lab.example", type=RELAY, match_subdomains=True)
    bare = AcceptedDomain("lab.example", type=RELAY)
    reply, _ = said([contoso(domains=[lab])], "x@else.example", "kim@mail.lab.example")
    assert reply == OK  # no edge blocking: an internal relay domain knows not all its people
    reply, _ = said([contoso(domains=[bare])], "x@else.example", "kim@mail.lab.example")
    assert reply.startswith(NOBODYS)


def test_the_nearest_domain_above_hosts_a_subdomain() -> None:
    far = AcceptedDomain("lab.example", type=RELAY, match_subdomains=True)
    near = Tenant(
        "near",
        accepted_domains=(AcceptedDomain("mail.lab.example", type=RELAY, match_subdomains=True),),
        connectors=(connector("Near", OURS),),
    )
    tenants = [contoso(connector("Far", OURS), domains=[far]), near]
    assert said(tenants, "x@a.mail.lab.example") == (OK, "Near")
    assert said(tenants, "x@mail.lab.example") == (OK, "Near")
    assert said(tenants, "x@a.lab.example") == (OK, "Far")


# ---- certificates ------------------------------------------------------------------------------


def by_certificate(name: str, shown: str, **more: object) -> InboundConnector:
    return connector(name, tls_sender_certificate_name=shown, **more)


def test_a_certificate_goes_before_an_address_and_lets_every_sender_relay() -> None:
    tenant = contoso(connector("A by address", OURS), by_certificate("B", "mail.contoso.com"))
    shown = ["mail.contoso.com"]
    assert said([tenant], certificate=shown) == (OK, "B")
    assert said([tenant], "x@else.example", certificate=shown) == (OK, "B")
    assert said([tenant], "", certificate=shown) == (OK, "B")
    assert said([tenant], tls=True) == (OK, "A by address")


def test_the_most_exact_certificate_name_wins() -> None:
    wide, exact = by_certificate("A", "*.contoso.com"), by_certificate("B", "mail.contoso.com")
    assert said([contoso(wide, exact)], certificate=["mail.contoso.com"]) == (OK, "B")
    lab = AcceptedDomain("lab.contoso.com")
    longer = by_certificate("Z", "*.lab.contoso.com")
    tenant = contoso(wide, longer, domains=[lab])
    assert said([tenant], certificate=["mail.lab.contoso.com"]) == (OK, "Z")


def test_of_two_connectors_with_one_certificate_name_the_name_decides() -> None:
    tenant = contoso(
        by_certificate("Z", "mail.contoso.com"), by_certificate("A", "MAIL.contoso.com")
    )
    assert said([tenant], certificate=["Mail.Contoso.com"]) == (OK, "A")


@pytest.mark.parametrize(
    ("pattern", "shown", "relayed"),
    [
        ("contoso.com", "contoso.com", True),
        ("mail.contoso.com", "mail.contoso.com", True),
        ("*.contoso.com", "*.contoso.com", True),
        ("*.contoso.com", "mail.contoso.com", True),
        ("*.contoso.com", "contoso.com", False),  # a wildcard does not cover its parent
        ("mail.lab.contoso.com", "mail.lab.contoso.com", False),  # lab.contoso.com is not accepted
        ("*.lab.contoso.com", "*.lab.contoso.com", False),
        ("mail.else.example", "mail.else.example", False),
        ("*.else.example", "*.else.example", False),
    ],
)
def test_the_certificates_domain_must_be_accepted(pattern: str, shown: str, relayed: bool) -> None:
    tenant = contoso(by_certificate("Shown", pattern))
    reply, by = said([tenant], "x@monitoring.example", certificate=[shown])
    assert (by, reply == OK) == (("Shown", True) if relayed else (None, False))


def test_a_wildcard_certificate_counts_for_an_accepted_subdomain() -> None:
    lab = AcceptedDomain("lab.else.example")
    shown = by_certificate("Shown", "*.else.example")
    tenant = contoso(shown, domains=[lab])
    assert said([tenant], "x@monitoring.example", certificate=["*.else.example"]) == (OK, "Shown")
    near_miss = contoso(shown, domains=[AcceptedDomain("notelse.example")])
    reply, by = said([near_miss], "x@monitoring.example", certificate=["*.else.example"])
    assert (reply, by) == (ATTR36, None)


def test_where_the_certificates_domain_is_foreign_the_sender_decides() -> None:
    tenant = contoso(by_certificate("Shown", "mail.else.example"))
    shown = ["mail.else.example"]
    assert said([tenant], certificate=shown) == (OK, "Shown")
    assert said([tenant], "x@monitoring.example", certificate=shown) == (ATTR36, None)


@pytest.mark.parametrize("off", [{"enabled": False}, {"connector_type": PARTNER}])
def test_what_is_disabled_or_a_partners_relays_nothing(off: dict[str, object]) -> None:
    tenant = contoso(connector("A", OURS, **off), by_certificate("B", "mail.contoso.com", **off))
    reply, _ = said([tenant], certificate=["mail.contoso.com"])
    assert reply.startswith(NOBODYS)
    assert "ATTR36" not in reply


@pytest.mark.parametrize(
    ("pattern", "name", "covers"),
    [
        ("contoso.com", "CONTOSO.com", True),
        ("*", "anything.example", True),
        ("*.contoso.com", "a.b.contoso.com", True),
        ("*.contoso.com", ".contoso.com", False),
        ("*.contoso.com", "contoso.com", False),
        ("*.contoso.com", "xcontoso.com", False),
        ("contoso.com", "mail.contoso.com", False),
        ("mail.contoso.com", "contoso.com", False),
    ],
)
def test_a_pattern_covers_names(pattern: str, name: str, covers: bool) -> None:
    assert matches_name(pattern, name) is covers


# ---- partners ----------------------------------------------------------------------------------

RESTRICTED = "550 5.7.51 TenantInboundAttribution; There is a partner connector configured that matched the message's recipient domain. The connector had either the RestrictDomainsToIPAddresses or RestrictDomainsToCertificate set"  # noqa: E501


def inbound(*connectors: InboundConnector, **more: object) -> str:
    """The reply to mail of a partner for the tenant."""
    sender = "x@partner.example"
    return said([contoso(*connectors)], sender, "ann@contoso.com", **more)[0]  # type: ignore[arg-type]


def test_a_partner_connector_covers_its_sender_domains_only() -> None:
    wanted = partner("P", "198.51.100.1", sender_domains=("smtp:partner.example;1",))
    assert inbound(wanted) == RESTRICTED
    assert inbound(partner("P", "198.51.100.1", sender_domains=("other.example",))) == OK
    assert inbound(partner("P", "198.51.100.1", sender_domains=("*.example",))) == RESTRICTED


def test_a_partner_is_known_by_address_only_where_that_is_switched_on() -> None:
    by_address = partner("P", "203.0.113.0/24", sender_domains=("*",))
    assert inbound(by_address) == OK
    assert inbound(by_address, ip="198.51.100.9") == RESTRICTED
    off = partner("P", OURS, sender_domains=("*",), restrict_domains_to_ip_addresses=False,
                  restrict_domains_to_certificate=True)  # fmt: skip
    assert inbound(off) == RESTRICTED


def test_a_partner_is_known_by_its_certificate() -> None:
    wanted = partner("P", sender_domains=("*",), restrict_domains_to_certificate=True,
                     tls_sender_certificate_name="*.partner.example")  # fmt: skip
    assert inbound(wanted, certificate=["mail.partner.example"]) == OK
    assert inbound(wanted, certificate=["mail.other.example"]) == RESTRICTED
    assert inbound(wanted, tls=True) == RESTRICTED
    assert inbound(wanted) == RESTRICTED


def test_of_several_partner_connectors_one_that_fits_goes_first() -> None:
    exact = partner("Exact", "198.51.100.1", sender_domains=("partner.example",))
    fits = partner("Fits", OURS, sender_domains=("*",))
    assert inbound(exact, fits) == OK
    assert inbound(fits, exact) == OK


def test_where_none_fits_the_exact_domain_decides() -> None:
    exact = partner("Exact", sender_domains=("partner.example",), require_tls=True)
    wide = partner("Wide", "198.51.100.1", sender_domains=("*",))
    wanted = "530 5.7.0 Must issue a STARTTLS command first"
    assert inbound(wide, exact) == inbound(exact, wide) == wanted
    assert inbound(exact, tls=True) == OK


def test_a_partner_connector_of_somebody_else_plays_no_part() -> None:
    other = Tenant(
        "fabrikam",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        connectors=(partner("Theirs", "198.51.100.1", sender_domains=("*",)),),
    )
    reply, _ = said([other, contoso()], "x@partner.example", "ann@contoso.com")
    assert reply == OK


def test_a_partner_connector_that_is_disabled_plays_no_part() -> None:
    assert inbound(partner("P", "198.51.100.1", sender_domains=("*",), enabled=False)) == OK
