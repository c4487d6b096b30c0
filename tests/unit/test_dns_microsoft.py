"""What Microsoft publishes, and tells customers to publish."""

from datetime import date

import pytest

from fake_exo.dns import Names, RecordError, present, write_zone
from fake_exo.exchange.zones import recommended_zone, service_names

MX = "contoso-com.mail.protection.outlook.com"
HIDDEN = "contoso-com.o-v1.mx.microsoft"
NAMES = Names(
    service_names(
        {MX: ("52.101.68.36", "52.101.73.2"), HIDDEN: ("52.101.1.1", "2a01:111:f403:ca04::5")},
        {
            "{site}-efz.ms-acdc.office.com": (("52.98.171.242",), 10),
            "smtp-legacy.office365.com": (("40.99.150.82",), 300),
        },
        date(2026, 11, 1),
    )
)
SPF = (
    '"v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 '
    "ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 "
    'ip6:2a01:111:f403:8000::/51 ip6:2a01:111:f403:c000::/51 ip6:2a01:111:f403:f000::/52 -all"'
)


def data(name: str, type_: str) -> list[str]:
    return [present(record.data) for record in NAMES.answer(name, type_).answers]


def test_an_mx_host_has_addresses_for_ten_seconds() -> None:
    assert data(MX, "A") == ["52.101.68.36", "52.101.73.2"]
    assert {record.ttl for record in NAMES.answer(MX, "A").answers} == {10}
    assert data(MX, "AAAA") == []


def test_an_mx_host_below_mx_microsoft_may_have_ipv6() -> None:
    assert data(HIDDEN, "A") == ["52.101.1.1"]
    assert data(HIDDEN, "AAAA") == ["2a01:111:f403:ca04::5"]


@pytest.mark.parametrize(
    "name",
    [
        "contoso.mail.protection.outlook.com",  # the label of another domain
        "contoso-com.mail.protection.outlook.com.contoso-com.mail.protection.outlook.com",
        "stmp.office365.com",
        "smtp.hve.mx.microsoft",  # no addresses were given
    ],
)
def test_other_hosts_of_microsoft_do_not_exist(name: str) -> None:
    assert NAMES.answer(name, "A").rcode == "NXDOMAIN"


def test_submission_is_four_aliases_and_an_address() -> None:
    assert data("smtp.office365.com", "A") == [
        "outlook.office365.com.",
        "ooc-g2.tm-4.office.com.",
        "outlook.ms-acdc.office.com.",
        "AMS-efz.ms-acdc.office.com.",
        "52.98.171.242",
    ]


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("outlook.office365.com", "52.98.171.242"),
        ("smtp-mail.outlook.com", "52.98.171.242"),
        ("autodiscover.outlook.com", "52.98.171.242"),
        ("smtp-legacy.office365.com", "40.99.150.82"),
    ],
)
def test_clients_find_an_address_behind(name: str, address: str) -> None:
    assert data(name, "A")[-1] == address


def test_the_spf_record_that_customers_include_is_flat() -> None:
    assert data("spf.protection.outlook.com", "TXT") == [SPF]


def test_high_volume_email_exists_when_it_has_addresses() -> None:
    hosts = {"smtp.hve.mx.microsoft": (("192.0.2.2",), 300)}
    names = Names(service_names({}, hosts, date(2026, 11, 1)))
    assert len(names.answer("smtp.hve.mx.microsoft", "A").answers) == 1


def test_an_mx_host_elsewhere_is_not_microsofts() -> None:
    with pytest.raises(RecordError, match="no MX host"):
        service_names({"mail.contoso.com": ("192.0.2.1",)}, {}, date(2026, 11, 1))


def test_the_recommended_zone_is_what_the_admin_centre_shows() -> None:
    zone = recommended_zone(
        "xyz.com.pl",
        spf_extra=("ip4:90.12.23.34", "ip4:90.12.23.33"),
        initial_domain="xyz.onmicrosoft.com",
        dmarc="v=DMARC1; p=reject",
        verification="MS=ms12345678",
    )
    assert write_zone(zone) == (
        "$ORIGIN xyz.com.pl.\n"
        "xyz.com.pl. 3600 IN MX 0 xyz-com-pl.mail.protection.outlook.com.\n"
        "autodiscover.xyz.com.pl. 3600 IN CNAME autodiscover.outlook.com.\n"
        "selector1._domainkey.xyz.com.pl. 3600 IN CNAME "
        "selector1-xyz-com-pl._domainkey.xyz.onmicrosoft.com.\n"
        "selector2._domainkey.xyz.com.pl. 3600 IN CNAME "
        "selector2-xyz-com-pl._domainkey.xyz.onmicrosoft.com.\n"
        "xyz.com.pl. 3600 IN TXT "
        '"v=spf1 ip4:90.12.23.34 ip4:90.12.23.33 include:spf.protection.outlook.com -all"\n'
        'xyz.com.pl. 3600 IN TXT "MS=ms12345678"\n'
        '_dmarc.xyz.com.pl. 3600 IN TXT "v=DMARC1; p=reject"\n'
    )


def test_the_recommended_mx_can_be_another() -> None:
    zone = recommended_zone("contoso.com", mx="contoso-com.o-v1.mx.microsoft")
    assert present(zone.records[0].data) == "0 contoso-com.o-v1.mx.microsoft."
