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
    present,
    recommended_zone,
)
from fake_exo.exchange.endpoint import rows
from fake_exo.exchange.zones import initial_zone, service_names

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
    recommended += [
        initial_zone("contoso.onmicrosoft.com", ("contoso.com", "scan.contoso.com")),
        initial_zone("fabrikam.onmicrosoft.com", ("fabrikam.com",)),
    ]
    return Names((*recommended, PUBLISHED, OFFICE, *service_names(hosts, found, DAY)))


ASKED = [
    "contoso.com",
    "CONTOSO.com",
    "selector1._domainkey.contoso.com",
    "contoso.onmicrosoft.com",
    "selector2-fabrikam-com._domainkey.fabrikam.onmicrosoft.com",
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


@pytest.mark.parametrize("selector", ["selector1", "selector2"])
@pytest.mark.parametrize("domain", ["contoso.com", "fabrikam.com"])
def test_the_aliases_of_dkim_lead_to_a_key(selector: str, domain: str) -> None:
    tenant, label = domain.partition(".")[0], domain.replace(".", "-")
    answer = estate().naming.names(DAY).answer(f"{selector}._domainkey.{domain}", "TXT")
    alias, key = answer.answers
    assert present(alias.data) == f"{selector}-{label}._domainkey.{tenant}.onmicrosoft.com."
    assert present(key.data).startswith('"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEF')


def test_a_domain_that_is_added_gets_its_keys_and_one_that_goes_loses_them() -> None:
    more = Tenant("contoso", (AcceptedDomain("contoso.com"), AcceptedDomain("new.example")))
    less = Tenant("contoso", (AcceptedDomain("contoso.com"),))
    added = estate().with_tenant(more)

    def found(made: Estate) -> int:
        answer = made.naming.names(DAY).answer("selector1._domainkey.new.example", "TXT")
        return len(answer.answers)

    assert [found(made) for made in (estate(), added, added.with_tenant(less))] == [0, 2, 0]
