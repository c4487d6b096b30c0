"""The fake DNS as other people's tools see it: dig, and checkdmarc beside our audit."""

import shutil
import subprocess
from collections.abc import Iterator

import dns.flags
import dns.nameserver
import dns.resolver
import pytest
from checkdmarc.dmarc import check_dmarc
from checkdmarc.spf import check_spf
from checkdmarc.utils import DNS_CACHE
from fake_exo_harness.audit import AuditSubject, audit

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    DnsFault,
    Estate,
    InboundConnector,
    Settings,
    Tenant,
    World,
    Zone,
    parse_zone,
)

TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com"),),
    connectors=(
        InboundConnector(
            "Printers",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=("203.0.113.7",),
        ),
    ),
)
ZONE = """
@ 3600 IN SOA ns1 host 1 2 3 4 5
@ 3600 IN NS ns1
@ 3600 IN MX 0 contoso-com.mail.protection.outlook.com.
{records}
"""
MICROSOFT = "include:spf.protection.outlook.com"
# Records of a domain, and what is wrong with its SPF and its DMARC.
CASES = {
    "right": (
        [f'@ IN TXT "v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"', '_dmarc IN TXT "v=DMARC1; p=none"'],
        set(),
    ),
    "no-spf": (['_dmarc IN TXT "v=DMARC1; p=none"'], {"spf"}),
    "two-spf": (
        ['@ IN TXT "v=spf1 -all"', f'@ IN TXT "v=spf1 {MICROSOFT} -all"',
         '_dmarc IN TXT "v=DMARC1; p=none"'],
        {"spf"},
    ),
    "spf-syntax": (
        ['@ IN TXT "v=spf1 ip4:203.0.113 -all"', '_dmarc IN TXT "v=DMARC1; p=none"'],
        {"spf"},
    ),
    "spf-look-ups": (
        ['@ IN TXT "v=spf1 ' + " ".join(f"a:h{n}.contoso.com" for n in range(11)) + ' -all"',
         *(f"h{n} IN A 192.0.2.{n}" for n in range(11)), '_dmarc IN TXT "v=DMARC1; p=none"'],
        {"spf"},
    ),
    "no-dmarc": ([f'@ IN TXT "v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"'], {"dmarc"}),
    "dmarc-policy": (
        [f'@ IN TXT "v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"', '_dmarc IN TXT "v=DMARC1; p=no"'],
        {"dmarc"},
    ),
}  # fmt: skip
OURS = {
    "spf": {"spf.missing", "spf.several", "spf.broken"},
    "dmarc": {"dmarc.missing", "dmarc.broken"},
}


def zone(records: list[str]) -> Zone:
    text = ZONE.format(records="\n".join(records).replace(" IN ", " 3600 IN "))
    return parse_zone(text, "contoso.com", path="zone", strict=False)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    faults = [DnsFault("contoso.com", "formerr-on-edns", "TXT")]
    given: list[str] = request.param
    with World(
        Estate.of([TENANT], zones=[zone(given)]), settings=Settings(dns_faults=faults)
    ) as made:
        made.start()
        yield made


@pytest.mark.parametrize(("world", "wrong"), CASES.values(), ids=list(CASES), indirect=["world"])
def test_checkdmarc_and_the_audit_agree(world: World, wrong: set[str]) -> None:
    found = audit(
        AuditSubject(TENANT, world, {"contoso.com": world.estate.zone("contoso.com") or zone([])})
    )
    rules = {finding.rule for finding in found}
    assert {name for name, mine in OURS.items() if rules & mine} == wrong
    DNS_CACHE.clear()  # it remembers for all resolvers alike
    resolver = dns.resolver.Resolver(configure=False)
    server = dns.nameserver.Do53Nameserver("127.0.0.1", world.network.dns_port)
    resolver.nameservers = [server]
    theirs = {
        "spf": check_spf("contoso.com", resolver=resolver),
        "dmarc": check_dmarc("contoso.com", resolver=resolver),
    }
    assert {name for name, answer in theirs.items() if not answer["valid"]} == wrong


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig (bind9-dnsutils) is not installed")
@pytest.mark.parametrize("world", [CASES["right"][0]], ids=["right"], indirect=True)
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (["contoso.com", "MX"], "0 contoso-com.mail.protection.outlook.com."),
        (["+tcp", "contoso.com", "MX"], "0 contoso-com.mail.protection.outlook.com."),
        # This name server dislikes EDNS (F83): with it there is no answer, without there is.
        (["+edns=0", "contoso.com", "TXT"], ""),
        (["+noedns", "contoso.com", "TXT"], f'"v=spf1 ip4:203.0.113.7 {MICROSOFT} -all"'),
        (["smtp.office365.com", "CNAME"], "outlook.office365.com."),
        (["nothing.contoso.com", "A"], ""),
    ],
)
def test_dig_reads_the_answers(world: World, question: list[str], answer: str) -> None:
    command = ["dig", "@127.0.0.1", "-p", str(world.network.dns_port), "+short", *question]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (done.stdout.strip(), done.returncode) == (answer, 0)


@pytest.fixture(scope="module")
def internet() -> Iterator[World]:
    """A world whose name service answers for everybody."""
    with World(Estate.of([TENANT]).with_internet()) as made:
        made.start(foreign="internet")
        yield made


@pytest.mark.skipif(shutil.which("dig") is None, reason="dig (bind9-dnsutils) is not installed")
@pytest.mark.parametrize(
    ("question", "status", "answer"),
    [
        (["-x", "52.101.68.36"], "NOERROR", ["52-101-68-36.internet.example."]),
        (["-x", "2a01:111:f403::1"], "NOERROR", ["2-a-0-1-0-1-1-1-f-4-0-3-"]),
        ([".", "NS"], "NOERROR", ["ns.internet.example."]),
        ([".", "SOA"], "NOERROR", ["ns.internet.example. hostmaster. 1 "]),
        (["com", "A"], "NOERROR", []),
        (["localhost", "A"], "NXDOMAIN", []),
        (["contoso.com", "NS"], "NOERROR", ["ns.internet.example."]),
        (["contoso.com", "SOA"], "NOERROR", ["ns.internet.example. hostmaster.contoso.com. 1 "]),
        (["outlook.com", "NS"], "NOERROR", ["ns.internet.example."]),
        (["ns.internet.example", "A"], "NOERROR", ["127.0.0.1"]),
        (["contoso.com", "DS"], "NOERROR", []),
        (["selector1._domainkey.contoso.com", "TXT"], "NOERROR", [
            "selector1-contoso-com._domainkey.contoso.onmicrosoft.com.",
            '"v=DKIM1; k=rsa; p=MIIBIjAN',
        ]),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value)[:30],
)  # fmt: skip
def test_dig_finds_the_whole_internet(
    internet: World, question: list[str], status: str, answer: list[str]
) -> None:
    port = str(internet.network.dns_port)
    command = ["dig", "@127.0.0.1", "-p", port, "+noall", "+comments", "+answer", *question]
    told = subprocess.run(command, capture_output=True, text=True, timeout=20).stdout
    assert f"status: {status}," in told
    assert "flags: qr aa rd ra;" in told
    assert "WARNING" not in told
    found = [line.split(None, 4)[4] for line in told.splitlines() if line[:1] not in ("", ";")]
    assert [data[: len(wanted)] for data, wanted in zip(found, answer, strict=True)] == answer


def test_dnspython_finds_zones_reverse_names_and_mail_servers(internet: World) -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [dns.nameserver.Do53Nameserver("127.0.0.1", internet.network.dns_port)]
    zone_of = dns.resolver.zone_for_name("www.contoso.com", resolver=resolver)
    assert str(zone_of) == "contoso.com."
    (reverse,) = resolver.resolve_address("203.0.113.7")
    assert str(reverse) == "203-0-113-7.internet.example."
    (mail,) = resolver.resolve("customer.example", "MX")
    assert (mail.preference, str(mail.exchange)) == (10, "mx.internet.example.")
    assert resolver.resolve("mx.internet.example", "A").response.flags & dns.flags.RA
    with pytest.raises(dns.resolver.NoAnswer) as denied:
        resolver.resolve("contoso.com", "DS")
    (soa,) = denied.value.kwargs["response"].authority
    assert str(soa.name) == "com."
