"""The fake DNS as other people's tools see it: dig, and checkdmarc beside our audit."""

import shutil
import subprocess
from collections.abc import Iterator

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
