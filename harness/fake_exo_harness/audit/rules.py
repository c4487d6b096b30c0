"""What an audit looks at, with severities and remedies. To add a rule: a function in `records` or
`objects` and a row in `AUDITS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from fake_exo_harness.audit import objects, records
from fake_exo_harness.audit.findings import AuditSubject, Finding, Found, Severity


@dataclass(frozen=True, slots=True)
class Audit:
    id: str
    severity: Severity
    look: Callable[[AuditSubject], Found]
    fix: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
AUDITS: tuple[Audit, ...] = (
    Audit("domain.not-set-up", _E, records.unverified, "Verify the domain in the admin centre."),
    Audit("domain.zone-unknown", _N, records.zone_unknown, "Give its zone with --zone."),
    Audit("mx.missing", _E, records.mx_missing, "Publish the MX host of the domain, preference 0."),
    Audit("mx.several", _E, records.mx_several, "One MX record; more than one is not supported."),
    Audit("mx.elsewhere", _W, records.mx_elsewhere,
          "Publish the domain's own MX host at the cutover; devices use that name too."),
    Audit("mx.legacy", _E, records.mx_legacy, "Publish the domain's own MX host instead."),
    Audit("spf.missing", _E, records.spf_missing,
          f"Publish v=spf1 ip4:<egress> include:{records.SERVICE} -all."),
    Audit("spf.several", _E, records.spf_several, "Join them into one record."),
    Audit("spf.broken", _E, records.spf_broken, "Correct the record; at most ten look-ups."),
    Audit("spf.without-service", _W, records.spf_without_service,
          f"Add include:{records.SERVICE} before the end."),
    Audit("spf.allows-all", _W, records.spf_allows_all, "End it in -all (or ~all while testing)."),
    Audit("agree.connector-not-in-spf", _E, records.connector_not_in_spf,
          "Put the address into SPF: connector and SPF must name the same addresses."),
    Audit("agree.spf-not-in-connector", _W, records.spf_not_in_connector,
          "Put the address into the connector, or take it out of SPF if nothing sends from it."),
    Audit("egress.not-in-connector", _E, records.egress_not_in_connector,
          "Add it to SenderIPAddresses of the connector."),
    Audit("egress.not-in-spf", _E, records.egress_not_in_spf, "Add ip4:<address> to the record."),
    Audit("dmarc.missing", _W, records.dmarc_missing, "Publish _dmarc, first with p=none."),
    Audit("dmarc.broken", _E, records.dmarc_broken,
          "One record, v=DMARC1; p=none|quarantine|reject."),
    Audit("dmarc.stops-devices", _E, records.dmarc_stops_devices,
          "Put the address into SPF before the policy takes hold, or use a connector."),
    Audit("dkim.missing", _N, records.dkim_missing,
          "Publish both selectors and switch signing on."),
    Audit("autodiscover.missing", _N, records.autodiscover,
          "Publish autodiscover as CNAME of autodiscover.outlook.com."),
    Audit("connector.disabled", _W, objects.connector_off, "Enable it, or delete it."),
    Audit("connector.blocked", _E, objects.connector_blocked,
          "Secure the sender, then unblock it under Restricted entities."),
    Audit("connector.empty", _E, objects.connector_empty,
          "Name the egress address or a certificate."),
    Audit("connector.partner", _W, objects.connector_partner,
          "For devices create a connector of type OnPremises."),
    Audit("connector.private-address", _E, objects.connector_private, "Enter the public address."),
    Audit("connector.certificate-domain", _E, objects.connector_certificate,
          "Use a certificate of an accepted domain, or verify the domain."),
    Audit("connector.associated-domain", _E, objects.connector_associated,
          "Correct AssociatedAcceptedDomains."),
    Audit("connector.address-of-two-tenants", _W, objects.address_of_two,
          "Give each tenant its own address, or use certificates."),
    Audit("address.blocked", _E, objects.address_blocked,
          "Ask for removal (https://sender.office.com) before the cutover."),
    Audit("address.on-allow-list", _W, objects.address_allowed,
          "Take it off the IP allow list: it hides block lists."),
    Audit("direct-send.rejected", _E, objects.direct_send_rejected,
          "Create a connector for the egress address or a certificate."),
    Audit("mailbox.cannot-sign-in", _W, objects.cannot_sign_in,
          "Set-CASMailbox -SmtpClientAuthenticationDisabled $false for it."),
    Audit("mailbox.password", _N, objects.password,
          f"At most {objects.LONGEST} plain ASCII characters: device fields are short."),
    Audit("hve.not-billed", _E, objects.hve_not_billed,
          "Give it a billing policy (Set-HVEAccount -BillingPolicyId)."),
    Audit("hve.cannot-sign-in", _W, objects.hve_cannot_sign_in,
          "Give it an authentication policy with AllowBasicAuthSmtp, and switch security defaults "
          "off; or use tokens."),
)  # fmt: skip


def audit(subject: AuditSubject) -> tuple[Finding, ...]:
    """Every finding about one tenant, the gravest first."""
    found = [
        Finding(row.id, row.severity, about, message, row.fix, place)
        for row in AUDITS
        for about, message, place in row.look(subject)
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))
