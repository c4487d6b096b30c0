"""What an audit looks at, one function a rule. To add one: a function and a row in `AUDITS`.

Each yields (what it is about, message, place). Severities and remedies stand in the table.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from fake_exo import ConnectorType, mx_host, present
from harness.audit.findings import Finding, Severity, Subject, is_private, network_of
from harness.scenario import Place

Found = Iterator[tuple[str, str, Place | None]]
_SERVICE = "spf.protection.outlook.com"
_LEGACY = ("frontbridge.com", "messaging.microsoft.com", "bigfish.com")
_LONGEST = 20  # characters of a password that every device takes
_AUTOMATIC = 10_000  # more addresses than anybody lists


# ---- domains and MX ----------------------------------------------------------------------------


def _unverified(it: Subject) -> Found:
    for domain in it.tenant.accepted_domains:
        if not domain.verified:
            yield domain.name, "the domain is not set up: nobody may relay as it, and mail to it " \
                "is not taken", it.place_of(domain)  # fmt: skip


def _zone_unknown(it: Subject) -> Found:
    for domain in it.domains:
        if domain.name.lower() not in it.zones:
            yield domain.name, "no zone was given, so its records were not looked at", None


def _mx(it: Subject) -> Iterator[tuple[str, list[str]]]:
    for domain in it.published:
        records = it.records(domain.name, "MX")
        hosts = [present(r.data).split()[-1].rstrip(".").lower() for r in records]
        yield domain.name, hosts


def _mx_missing(it: Subject) -> Found:
    for domain, hosts in _mx(it):
        if not hosts:
            yield domain, "it has no MX record", it.place(domain, "MX")


def _mx_several(it: Subject) -> Found:
    for domain, hosts in _mx(it):
        if len(hosts) > 1:
            yield (
                domain,
                f"it has {len(hosts)} MX records: {', '.join(hosts)}",
                it.place(domain, "MX"),
            )


def _mx_elsewhere(it: Subject) -> Found:
    for domain, hosts in _mx(it):
        for host in hosts:
            legacy = host.endswith(_LEGACY)
            if host != mx_host(domain) and not host.endswith(".mx.microsoft") and not legacy:
                yield domain, f"its MX is {host}, not {mx_host(domain)}", it.place(domain, "MX")


def _mx_legacy(it: Subject) -> Found:
    for domain, hosts in _mx(it):
        for host in hosts:
            if host.endswith(_LEGACY):
                yield (
                    domain,
                    f"its MX is {host}, a name of the service's past",
                    it.place(domain, "MX"),
                )


# ---- SPF ---------------------------------------------------------------------------------------


def _spf_missing(it: Subject) -> Found:
    for domain in it.published:
        if not it.texts(domain.name, "v=spf1"):
            yield domain.name, "it publishes no SPF record", it.place(domain.name, "v=spf1")


def _spf_several(it: Subject) -> Found:
    for domain in it.published:
        if (count := len(it.texts(domain.name, "v=spf1"))) > 1:
            message = f"it publishes {count} SPF records, which is a permanent error"
            yield domain.name, message, it.place(domain.name, "v=spf1")


def _spf_broken(it: Subject) -> Found:
    for domain in it.published:
        found = it.world.spf("192.0.2.255", domain.name)
        single = len(it.texts(domain.name, "v=spf1")) == 1
        if single and found.result.value == "permerror":
            yield (
                domain.name,
                f"its SPF record is in error: {found.reason}",
                it.place(domain.name, "v=spf1"),
            )


def _spf_without_service(it: Subject) -> Found:
    for domain in it.published:
        for text in it.texts(domain.name, "v=spf1"):
            if _SERVICE not in text.lower():
                message = f"its SPF record lacks include:{_SERVICE}"
                yield domain.name, message, it.place(domain.name, "v=spf1")


def _spf_allows_all(it: Subject) -> Found:
    for domain in it.published:
        for text in it.texts(domain.name, "v=spf1"):
            last = text.lower().split()[-1]
            if last in ("+all", "all", "?all"):
                yield domain.name, f"its SPF record ends in {last}", it.place(domain.name, "v=spf1")


def _connector_not_in_spf(it: Subject) -> Found:
    for connector, address in it.ends():
        for domain in it.published:
            usable = len(it.texts(domain.name, "v=spf1")) == 1
            if usable and it.world.spf(address, domain.name).result.value != "pass":
                message = f"{address} may relay, but the SPF record of {domain.name} lacks it"
                yield f"connector {connector.name}", message, it.place_of(connector)


def _spf_not_in_connector(it: Subject) -> Found:
    if not it.relays:
        return
    networks = [network for _, network in it.addresses()]
    for domain in it.published:
        for term in (t for text in it.texts(domain.name, "v=spf1") for t in text.split()):
            given = network_of(term[4:]) if term.lower().startswith("ip4:") else None
            if given is None or given.num_addresses > _AUTOMATIC:
                continue
            if not any(given.subnet_of(network) for network in networks):
                message = f"{term} is in its SPF record, but no connector lists the address"
                yield domain.name, message, it.place(domain.name, "v=spf1")


# ---- egress ------------------------------------------------------------------------------------


def _egress_not_in_connector(it: Subject) -> Found:
    networks = [network for _, network in it.addresses()]
    for address in it.egress:
        if not any(ip_address(address) in network for network in networks):
            message = "mail leaves from it, but no enabled OnPremises connector lists it"
            yield f"address {address}", message, None


def _egress_not_in_spf(it: Subject) -> Found:
    for address in it.egress:
        for domain in it.published:
            if it.world.spf(address, domain.name).result.value != "pass":
                message = f"mail leaves from it, but the SPF record of {domain.name} lacks it"
                yield f"address {address}", message, it.place(domain.name, "v=spf1")


# ---- DMARC and DKIM ----------------------------------------------------------------------------


def _dmarc(it: Subject, domain: str) -> list[str]:
    return it.texts(f"_dmarc.{domain}", "v=dmarc1")


def _policy(text: str) -> str:
    tags = (tag.strip().partition("=") for tag in text.split(";"))
    return next((value.strip().lower() for name, _, value in tags if name.strip() == "p"), "")


def _dmarc_missing(it: Subject) -> Found:
    for domain in it.published:
        if not _dmarc(it, domain.name):
            yield domain.name, "it publishes no DMARC record", it.place(domain.name)


def _dmarc_broken(it: Subject) -> Found:
    for domain in it.published:
        found = _dmarc(it, domain.name)
        if len(found) > 1:
            yield (
                domain.name,
                "it publishes several DMARC records",
                it.place(domain.name, "v=dmarc1"),
            )
        for text in found:
            if _policy(text) not in ("none", "quarantine", "reject"):
                message = f"its DMARC record has no valid policy: {text}"
                yield domain.name, message, it.place(domain.name, "v=dmarc1")


def _dmarc_stops_devices(it: Subject) -> Found:
    """Direct senders are judged: with a strict policy they need SPF (or a connector)."""
    senders = [*it.egress, *(address for _, address in it.ends())]
    for domain in it.published:
        policies = [_policy(text) for text in _dmarc(it, domain.name)]
        if not {"reject", "quarantine"} & set(policies):
            continue
        for address in dict.fromkeys(senders):
            if it.world.spf(address, domain.name).result.value != "pass":
                message = f"policy {policies[0]}, but mail from {address} does not pass SPF"
                yield domain.name, message, it.place(domain.name, "v=dmarc1")


def _dkim_missing(it: Subject) -> Found:
    for domain in it.published:
        for selector in ("selector1", "selector2"):
            if not it.records(f"{selector}._domainkey.{domain.name}", "CNAME"):
                message = f"{selector}._domainkey is not published"
                yield domain.name, message, it.place(domain.name)


def _autodiscover(it: Subject) -> Found:
    for domain in it.published:
        if not it.records(f"autodiscover.{domain.name}", "CNAME"):
            yield domain.name, "autodiscover is not published", it.place(domain.name)


# ---- connectors --------------------------------------------------------------------------------


def _connector_off(it: Subject) -> Found:
    for connector in it.tenant.connectors:
        if not connector.enabled:
            yield f"connector {connector.name}", "it is disabled", it.place_of(connector)


def _connector_blocked(it: Subject) -> Found:
    for connector in it.tenant.connectors:
        if connector.blocked:
            message = "Microsoft blocked it as compromised"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _connector_empty(it: Subject) -> Found:
    for connector in it.relays:
        named = connector.sender_ip_addresses or connector.tls_sender_certificate_name
        if not named:
            message = "it names neither an address nor a certificate, so nobody matches it"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _connector_partner(it: Subject) -> Found:
    for connector in it.tenant.connectors:
        partner = connector.enabled and connector.connector_type is ConnectorType.PARTNER
        if partner and connector.sender_ip_addresses:
            message = "it lists addresses, but its type Partner gives no right to relay"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _connector_private(it: Subject) -> Found:
    for connector, network in it.addresses():
        if is_private(network):
            message = f"{network} is a private address: the service never sees it"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _connector_certificate(it: Subject) -> Found:
    own = {d.name.lower() for d in it.domains} | {it.tenant.initial_domain}
    for connector in it.relays:
        name = (connector.tls_sender_certificate_name or "").lower().removeprefix("*.")
        parents = {name, name.partition(".")[2]}
        if name and not parents & own:
            message = f"the certificate's domain {name} is not an accepted domain"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _connector_associated(it: Subject) -> Found:
    own = {d.name.lower() for d in it.domains} | {it.tenant.initial_domain}
    for connector in it.relays:
        for domain in connector.associated_accepted_domains:
            if domain.lower() not in own:
                message = f"its associated domain {domain} is not accepted"
                yield f"connector {connector.name}", message, it.place_of(connector)


def _address_of_two(it: Subject) -> Found:
    others = [t for t in it.world.tenants.values() if t.name != it.tenant.name]
    theirs = [
        (t.name, network_of(text)) for t in others for c in t.connectors if c.enabled
        and c.connector_type is ConnectorType.ON_PREMISES for text in c.sender_ip_addresses
    ]  # fmt: skip
    for connector, network in it.addresses():
        for name, other in theirs:
            if other is not None and network.overlaps(other):
                message = f"{network} is in a connector of {name} too: mail may be taken for theirs"
                yield f"connector {connector.name}", message, it.place_of(connector)


def _address_blocked(it: Subject) -> Found:
    senders = [*it.egress, *(address for _, address in it.ends())]
    for address in dict.fromkeys(senders):
        for entry in it.blocked:
            if ip_address(address) in ip_network(entry.address, strict=False):
                yield f"address {address}", f"it is on a list: {entry.list.value}", None


def _address_allowed(it: Subject) -> Found:
    listed = [network_of(text) for text in it.tenant.organization.ip_allow_list]
    for connector, network in it.addresses():
        if any(other is not None and network.overlaps(other) for other in listed):
            message = f"{network} is on the tenant's IP allow list as well"
            yield f"connector {connector.name}", message, it.place_of(connector)


def _direct_send_rejected(it: Subject) -> Found:
    if it.tenant.organization.reject_direct_send and not it.relays:
        message = "direct send is rejected, and there is no connector that devices could use"
        yield it.tenant.name, message, it.place_of(it.tenant)


# ---- mailboxes that sign in --------------------------------------------------------------------


def _cannot_sign_in(it: Subject) -> Found:
    organization = it.tenant.organization
    for box in it.tenant.mailboxes:
        off = box.smtp_client_authentication_disabled
        off = organization.smtp_client_authentication_disabled if off is None else off
        if box.password is not None and (off or organization.security_defaults):
            cause = "security defaults" if organization.security_defaults else "SMTP AUTH is off"
            yield box.address, f"it has a password, but cannot sign in: {cause}", it.place_of(box)


def _password(it: Subject) -> Found:
    for box in it.tenant.mailboxes:
        secret = box.password
        if secret is not None and (len(secret) > _LONGEST or not secret.isascii()):
            message = f"its password has {len(secret)} characters, or others than ASCII"
            yield box.address, message, it.place_of(box)


@dataclass(frozen=True, slots=True)
class Audit:
    id: str
    severity: Severity
    look: Callable[[Subject], Found]
    fix: str


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE
AUDITS: tuple[Audit, ...] = (
    Audit("domain.not-set-up", _E, _unverified, "Verify the domain in the admin centre."),
    Audit("domain.zone-unknown", _N, _zone_unknown, "Give its zone with --zone."),
    Audit("mx.missing", _E, _mx_missing, "Publish the MX host of the domain, preference 0."),
    Audit("mx.several", _E, _mx_several, "One MX record; more than one is not supported."),
    Audit("mx.elsewhere", _W, _mx_elsewhere,
          "Publish the domain's own MX host at the cutover; devices use that name too."),
    Audit("mx.legacy", _E, _mx_legacy, "Publish the domain's own MX host instead."),
    Audit("spf.missing", _E, _spf_missing,
          f"Publish v=spf1 ip4:<egress> include:{_SERVICE} -all."),
    Audit("spf.several", _E, _spf_several, "Join them into one record."),
    Audit("spf.broken", _E, _spf_broken, "Correct the record; at most ten look-ups."),
    Audit("spf.without-service", _W, _spf_without_service,
          f"Add include:{_SERVICE} before the end."),
    Audit("spf.allows-all", _W, _spf_allows_all, "End it in -all (or ~all while testing)."),
    Audit("agree.connector-not-in-spf", _E, _connector_not_in_spf,
          "Put the address into SPF: connector and SPF must name the same addresses."),
    Audit("agree.spf-not-in-connector", _W, _spf_not_in_connector,
          "Put the address into the connector, or take it out of SPF if nothing sends from it."),
    Audit("egress.not-in-connector", _E, _egress_not_in_connector,
          "Add it to SenderIPAddresses of the connector."),
    Audit("egress.not-in-spf", _E, _egress_not_in_spf, "Add ip4:<address> to the record."),
    Audit("dmarc.missing", _W, _dmarc_missing, "Publish _dmarc, first with p=none."),
    Audit("dmarc.broken", _E, _dmarc_broken, "One record, v=DMARC1; p=none|quarantine|reject."),
    Audit("dmarc.stops-devices", _E, _dmarc_stops_devices,
          "Put the address into SPF before the policy takes hold, or use a connector."),
    Audit("dkim.missing", _N, _dkim_missing, "Publish both selectors and switch signing on."),
    Audit("autodiscover.missing", _N, _autodiscover,
          "Publish autodiscover as CNAME of autodiscover.outlook.com."),
    Audit("connector.disabled", _W, _connector_off, "Enable it, or delete it."),
    Audit("connector.blocked", _E, _connector_blocked,
          "Secure the sender, then unblock it under Restricted entities."),
    Audit("connector.empty", _E, _connector_empty, "Name the egress address or a certificate."),
    Audit("connector.partner", _W, _connector_partner,
          "For devices create a connector of type OnPremises."),
    Audit("connector.private-address", _E, _connector_private, "Enter the public address."),
    Audit("connector.certificate-domain", _E, _connector_certificate,
          "Use a certificate of an accepted domain, or verify the domain."),
    Audit("connector.associated-domain", _E, _connector_associated,
          "Correct AssociatedAcceptedDomains."),
    Audit("connector.address-of-two-tenants", _W, _address_of_two,
          "Give each tenant its own address, or use certificates."),
    Audit("address.blocked", _E, _address_blocked,
          "Ask for removal (https://sender.office.com) before the cutover."),
    Audit("address.on-allow-list", _W, _address_allowed,
          "Take it off the IP allow list: it hides block lists."),
    Audit("direct-send.rejected", _E, _direct_send_rejected,
          "Create a connector for the egress address or a certificate."),
    Audit("mailbox.cannot-sign-in", _W, _cannot_sign_in,
          "Set-CASMailbox -SmtpClientAuthenticationDisabled $false for it."),
    Audit("mailbox.password", _N, _password,
          f"At most {_LONGEST} plain ASCII characters: device fields are short."),
)  # fmt: skip


def audit(subject: Subject) -> tuple[Finding, ...]:
    """Every finding about one tenant, the gravest first."""
    found = [
        Finding(row.id, row.severity, about, message, row.fix, place)
        for row in AUDITS
        for about, message, place in row.look(subject)
    ]
    order = list(Severity)
    return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))
