"""`fake-exo audit`: each rule with a tenant that breaks it and one that does not; three forms."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_exo_harness.audit import AUDITS, AuditSubject, audit
from fake_exo_harness.cli import cli

from fake_exo import (
    AcceptedDomain,
    AuthenticationPolicy,
    BillingStatus,
    BlockedAddress,
    ConnectorType,
    Estate,
    HveAccount,
    InboundConnector,
    Mailbox,
    Organization,
    Tenant,
    World,
    Zone,
    parse_zone,
)

GOOD_ZONE = """
@ 3600 IN SOA ns1 host 1 2 3 4 5
@ 3600 IN MX 0 contoso-com.mail.protection.outlook.com.
@ 3600 IN TXT "v=spf1 ip4:203.0.113.7 include:spf.protection.outlook.com -all"
_dmarc 3600 IN TXT "v=DMARC1; p=reject"
autodiscover 3600 IN CNAME autodiscover.outlook.com.
selector1._domainkey 3600 IN CNAME selector1-contoso-com._domainkey.contoso.onmicrosoft.com.
selector2._domainkey 3600 IN CNAME selector2-contoso-com._domainkey.contoso.onmicrosoft.com.
"""
CONNECTOR = InboundConnector(
    "Printers", connector_type=ConnectorType.ON_PREMISES, sender_ip_addresses=("203.0.113.7",)
)
TENANT = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com"),),
    mailboxes=(Mailbox("scan@contoso.com", password="Scan-2026"),),
    connectors=(CONNECTOR,),
)


HVE = HveAccount(
    "devices@contoso.com",
    password="Devices-2026",
    authentication_policy="Devices",
    billing_status=BillingStatus.VALID,
)


def rules(
    tenant: Tenant = TENANT,
    zone: str | None = GOOD_ZONE,
    egress: tuple[str, ...] = (),
    blocked: tuple[str, ...] = (),
    others: tuple[Tenant, ...] = (),
) -> set[str]:
    zones: dict[str, Zone] = {}
    if zone is not None:
        zones["contoso.com"] = parse_zone(zone, "contoso.com", path="zone", strict=False)
    world = World(Estate.of([tenant, *others], zones=zones.values()))
    listed = [BlockedAddress(address) for address in blocked]
    return {f.rule for f in audit(AuditSubject(tenant, world, zones, egress, listed))}


def with_connector(**changes: object) -> Tenant:
    return replace(TENANT, connectors=(replace(CONNECTOR, **changes),))  # type: ignore[arg-type]


def without(line: str) -> str:
    return "\n".join(row for row in GOOD_ZONE.splitlines() if line not in row)


BROKEN: dict[str, Callable[[], set[str]]] = {
    "domain.not-set-up": lambda: rules(
        replace(TENANT, accepted_domains=(AcceptedDomain("contoso.com", verified=False),))
    ),
    "domain.zone-unknown": lambda: rules(zone=None),
    "mx.missing": lambda: rules(zone=without("MX")),
    "mx.several": lambda: rules(zone=GOOD_ZONE + "@ 3600 IN MX 5 mail.contoso.com.\n"),
    "mx.elsewhere": lambda: rules(zone=GOOD_ZONE.replace("0 contoso-com", "0 contoso")),
    "mx.legacy": lambda: rules(
        zone=GOOD_ZONE.replace("contoso-com.mail.protection.outlook", "mail.global.frontbridge")
    ),
    "spf.missing": lambda: rules(zone=without("spf1")),
    "spf.several": lambda: rules(zone=GOOD_ZONE + '@ 3600 IN TXT "v=spf1 -all"\n'),
    "spf.broken": lambda: rules(zone=GOOD_ZONE.replace("ip4:203.0.113.7", "ip4:203.0.113")),
    "spf.without-service": lambda: rules(
        zone=GOOD_ZONE.replace("include:spf.protection.outlook.com ", "")
    ),
    "spf.allows-all": lambda: rules(zone=GOOD_ZONE.replace("-all", "?all")),
    "agree.connector-not-in-spf": lambda: rules(
        with_connector(sender_ip_addresses=("203.0.113.7", "203.0.113.8"))
    ),
    "agree.spf-not-in-connector": lambda: rules(
        zone=GOOD_ZONE.replace("ip4:203.0.113.7", "ip4:203.0.113.7 ip4:198.51.100.9")
    ),
    "egress.not-in-connector": lambda: rules(egress=("198.51.100.9",)),
    "egress.not-in-spf": lambda: rules(egress=("198.51.100.9",)),
    "dmarc.missing": lambda: rules(zone=without("_dmarc")),
    "dmarc.broken": lambda: rules(zone=GOOD_ZONE.replace("p=reject", "p=refuse")),
    "dmarc.stops-devices": lambda: rules(egress=("198.51.100.9",)),
    "dkim.missing": lambda: rules(zone=without("selector2")),
    "autodiscover.missing": lambda: rules(zone=without("autodiscover")),
    "connector.disabled": lambda: rules(with_connector(enabled=False)),
    "connector.blocked": lambda: rules(with_connector(blocked=True)),
    "connector.empty": lambda: rules(with_connector(sender_ip_addresses=())),
    "connector.partner": lambda: rules(with_connector(connector_type=ConnectorType.PARTNER)),
    "connector.private-address": lambda: rules(
        with_connector(sender_ip_addresses=("192.168.1.4",))
    ),
    "connector.certificate-domain": lambda: rules(
        with_connector(tls_sender_certificate_name="mail.fabrikam.example")
    ),
    "connector.associated-domain": lambda: rules(
        with_connector(associated_accepted_domains=("fabrikam.example",))
    ),
    "connector.address-of-two-tenants": lambda: rules(
        others=(Tenant("other", connectors=(CONNECTOR,)),)
    ),
    "address.blocked": lambda: rules(blocked=("203.0.113.7",)),
    "address.on-allow-list": lambda: rules(
        replace(TENANT, organization=Organization(ip_allow_list=("203.0.113.0/24",)))
    ),
    "direct-send.rejected": lambda: rules(
        replace(TENANT, connectors=(), organization=Organization(reject_direct_send=True))
    ),
    "mailbox.cannot-sign-in": lambda: rules(
        replace(TENANT, organization=Organization(security_defaults=True))
    ),
    "hve.not-billed": lambda: rules(
        replace(TENANT, hve_accounts=(replace(HVE, billing_status=BillingStatus.MISMATCHED),))
    ),
    "hve.cannot-sign-in": lambda: rules(
        replace(TENANT, hve_accounts=(replace(HVE, authentication_policy=None),))
    ),
    "mailbox.password": lambda: rules(
        replace(TENANT, mailboxes=(Mailbox("scan@contoso.com", password="x" * 21),))
    ),
}


def test_a_tenant_that_agrees_with_its_records_has_no_findings() -> None:
    assert rules(egress=("203.0.113.7",), blocked=("203.0.113.8",)) == set()


@pytest.mark.parametrize("rule", [row.id for row in AUDITS])
def test_every_rule_finds_its_mistake(rule: str) -> None:
    assert rule in BROKEN[rule]()


@pytest.mark.parametrize("allowed", [True, False])
def test_an_account_of_high_volume_email_needs_a_policy_that_lets_passwords_in(
    allowed: bool,
) -> None:
    policy = AuthenticationPolicy("Devices", allow_basic_auth_smtp=allowed)
    tenant = replace(TENANT, hve_accounts=(HVE,), authentication_policies=(policy,))
    assert rules(tenant) == (set() if allowed else {"hve.cannot-sign-in"})


def test_a_password_of_twenty_characters_is_fine() -> None:
    box = Mailbox("scan@contoso.com", password="x" * 20)
    assert rules(replace(TENANT, mailboxes=(box,))) == set()


# ---- the command -------------------------------------------------------------------------------

TENANT_FILE = """name: contoso
accepted_domains: [contoso.com]
connectors:
  - name: Printers
    connector_type: OnPremises
    sender_ip_addresses: [203.0.113.7, 203.0.113.8]
"""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contoso.yaml").write_text(TENANT_FILE)
    (tmp_path / "contoso.com.zone").write_text(GOOD_ZONE.lstrip())
    return tmp_path


def test_text_has_place_severity_message_and_fix(files: Path) -> None:
    done = CliRunner().invoke(cli, ["audit", "contoso.yaml", "--zone", "contoso.com.zone"])
    assert done.output.splitlines()[:2] == [
        "contoso.yaml:4:5: error: connector Printers: 203.0.113.8 may relay, but the SPF record of "
        "contoso.com lacks it",
        "    fix:  Put the address into SPF: connector and SPF must name the same addresses.",
    ]
    assert done.exit_code == 1


def test_a_zone_may_be_yaml(files: Path) -> None:
    (files / "zones.yaml").write_text(
        "- zone: contoso.com\n  records:\n"
        "    - {name: '@', type: TXT, data: '\"v=spf1 ip4:203.0.113.0/24 -all\"'}\n"
    )
    done = CliRunner().invoke(
        cli, ["audit", "contoso.yaml", "--zone", "zones.yaml", "--format", "json"]
    )
    found = {row["rule"]: row for row in json.loads(done.output)["findings"]}
    assert "agree.connector-not-in-spf" not in found
    assert (found["spf.without-service"]["file"], found["spf.without-service"]["line"]) == (
        "zones.yaml",
        3,
    )


def test_sarif_names_rules_levels_and_regions(files: Path) -> None:
    done = CliRunner().invoke(
        cli, ["audit", "contoso.yaml", "--zone", "contoso.com.zone", "--format", "sarif"]
    )
    document = json.loads(done.output)
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [row.id for row in AUDITS]
    first = run["results"][0]
    assert (first["ruleId"], first["level"]) == ("agree.connector-not-in-spf", "error")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "contoso.yaml"
    assert place["region"] == {"startLine": 4, "startColumn": 5}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--egress", "here"], "'here' is no IP address"),
        (["--zone", "nothing.zone"], "does not exist"),
        (["--zone", "bad.yaml"], "bad.yaml:1:1"),
    ],
)
def test_bad_input_is_told_without_a_traceback(
    files: Path, arguments: list[str], words: str
) -> None:
    (files / "bad.yaml").write_text("zones: 1\n")
    done = CliRunner().invoke(cli, ["audit", "contoso.yaml", *arguments])
    assert words in done.output
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.output
