"""Names that are made when somebody asks answer as all zones made at once would."""

from datetime import date

import pytest

from fake_exo import (
    AcceptedDomain,
    Estate,
    Names,
    Tenant,
    mx_host,
    parse_zone,
    recommended_zone,
)
from fake_exo.exchange.endpoint import rows
from fake_exo.exchange.zones import service_names

DAY = date(2026, 7, 1)
TENANTS = (
    Tenant("contoso", (AcceptedDomain("Contoso.com"), AcceptedDomain("scan.contoso.com"))),
    Tenant("fabrikam", (AcceptedDomain("fabrikam.com", verified=False),), forest="indprd01"),
)
PUBLISHED = parse_zone("@ 60 IN MX 5 mx.old.example.\n@ 60 IN TXT v=spf1\n", "scan.contoso.com")
OFFICE = parse_zone("printers 60 IN A 192.0.2.1\n", "office365.com")


def estate() -> Estate:
    return Estate.of(TENANTS, zones=[PUBLISHED, OFFICE])


def at_once(made: Estate) -> Names:
    """Every zone, made here and now."""
    found = {
        name.name: (row.on(DAY), name.ttl)
        for row in rows()
        if row.period.holds(DAY)
        for name in row.published
        if name.period.holds(DAY)
    }
    hosts = {}
    for tenant in made.tenants.values():
        for domain in (
            *(d.name for d in tenant.accepted_domains if d.verified),
            tenant.initial_domain,
        ):
            addresses = made.naming.indexes.hosts.last(mx_host(domain))
            assert addresses is not None
            hosts[mx_host(domain)] = addresses[1]
    recommended = [
        recommended_zone(name, initial_domain=f"{tenant}.onmicrosoft.com")
        for name, tenant in (("contoso.com", "contoso"), ("fabrikam.com", "fabrikam"))
    ]
    return Names((*recommended, PUBLISHED, OFFICE, *service_names(hosts, found, DAY)))


ASKED = [
    "contoso.com",
    "CONTOSO.com",
    "selector1._domainkey.contoso.com",
    "nothing.contoso.com",
    "scan.contoso.com",
    "fabrikam.com",
    "contoso-com.mail.protection.outlook.com",
    "Scan-contoso-com.Mail.Protection.Outlook.com",
    "fabrikam-com.mail.protection.outlook.com",
    "fabrikam-onmicrosoft-com.mail.protection.outlook.com",
    "x.contoso-com.mail.protection.outlook.com",
    "mail.protection.outlook.com",
    "protection.outlook.com",
    "smtp.office365.com",
    "printers.office365.com",
    "spf.protection.outlook.com",
    "wingtip.example",
    "",
]


@pytest.mark.parametrize("name", ASKED)
def test_answers_are_those_of_all_zones_made_at_once(name: str) -> None:
    made = estate()
    lazy, eager = made.naming.names(DAY), at_once(made)
    for type_ in ("A", "AAAA", "MX", "TXT", "CNAME", "NS", "SOA", "ANY"):
        assert lazy.answer(name, type_) == eager.answer(name, type_)


def test_a_domain_that_comes_and_goes_takes_its_names_along() -> None:
    base = estate()
    more = base.with_tenant(Tenant("wingtip", (AcceptedDomain("wingtip.example"),)))
    less = more.with_tenant(Tenant("wingtip"))
    host = "wingtip-example.mail.protection.outlook.com"

    def rcodes(of: Estate) -> list[str]:
        names = of.naming.names(DAY)
        return [names.answer("wingtip.example", "MX").rcode, names.answer(host, "A").rcode]

    assert [rcodes(of) for of in (base, more, less)] == [
        ["REFUSED", "NXDOMAIN"],
        ["NOERROR", "NOERROR"],
        ["REFUSED", "NXDOMAIN"],
    ]


def test_a_zone_published_leaves_the_indexes_and_the_zones_of_others() -> None:
    base = estate()
    fork = base.with_zone(parse_zone("@ 60 IN TXT none\n", "contoso.com"))
    assert fork.naming.indexes is base.naming.indexes
    assert fork.zone("fabrikam.com") is base.zone("fabrikam.com")
    assert fork.zone("contoso.com") != base.zone("contoso.com")


def test_a_server_is_called_by_the_mx_hosts_of_its_forest() -> None:
    called = estate().naming.called("52.101.68.36")  # of eurprd04
    assert "contoso-com.mail.protection.outlook.com" in called
    assert mx_host("contoso.onmicrosoft.com") in called
    assert mx_host("fabrikam.onmicrosoft.com") not in called
    assert "wingtip-com.mail.protection.outlook.com" not in called
