"""What an audit finds in the tenant: connectors, lists, switches, mailboxes. Each function yields
(what it is about, message, place)."""

from ipaddress import ip_address, ip_network

from fake_exo import BillingStatus, ConnectorType, HveAccount, Tenant
from fake_exo_harness.audit.findings import AuditSubject, Found, is_private, network_of

LONGEST = 20  # characters of a password that every device takes


# ---- connectors --------------------------------------------------------------------------------


def connector_off(it: AuditSubject) -> Found:
    for connector in it.tenant.connectors:
        if not connector.enabled:
            yield f"connector {connector.name}", "it is disabled", it.place_of(connector)


def connector_blocked(it: AuditSubject) -> Found:
    for connector in it.tenant.connectors:
        if connector.blocked:
            message = "Microsoft blocked it as compromised"
            yield f"connector {connector.name}", message, it.place_of(connector)


def connector_empty(it: AuditSubject) -> Found:
    for connector in it.relays:
        named = connector.sender_ip_addresses or connector.tls_sender_certificate_name
        if not named:
            message = "it names neither an address nor a certificate, so nobody matches it"
            yield f"connector {connector.name}", message, it.place_of(connector)


def connector_partner(it: AuditSubject) -> Found:
    for connector in it.tenant.connectors:
        partner = connector.enabled and connector.connector_type is ConnectorType.PARTNER
        if partner and connector.sender_ip_addresses:
            message = "it lists addresses, but its type Partner gives no right to relay"
            yield f"connector {connector.name}", message, it.place_of(connector)


def connector_private(it: AuditSubject) -> Found:
    for connector, network in it.addresses():
        if is_private(network):
            message = f"{network} is a private address: the service never sees it"
            yield f"connector {connector.name}", message, it.place_of(connector)


def connector_certificate(it: AuditSubject) -> Found:
    own = {d.name.lower() for d in it.domains} | {it.tenant.initial_domain}
    for connector in it.relays:
        name = (connector.tls_sender_certificate_name or "").lower().removeprefix("*.")
        parents = {name, name.partition(".")[2]}
        if name and not parents & own:
            message = f"the certificate's domain {name} is not an accepted domain"
            yield f"connector {connector.name}", message, it.place_of(connector)


def connector_associated(it: AuditSubject) -> Found:
    own = {d.name.lower() for d in it.domains} | {it.tenant.initial_domain}
    for connector in it.relays:
        for domain in connector.associated_accepted_domains:
            if domain.lower() not in own:
                message = f"its associated domain {domain} is not accepted"
                yield f"connector {connector.name}", message, it.place_of(connector)


def address_of_two(it: AuditSubject) -> Found:
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


def address_blocked(it: AuditSubject) -> Found:
    senders = [*it.egress, *(address for _, address in it.ends())]
    for address in dict.fromkeys(senders):
        for entry in it.blocked:
            if ip_address(address) in ip_network(entry.address, strict=False):
                yield f"address {address}", f"it is on a list: {entry.list.value}", None


def address_allowed(it: AuditSubject) -> Found:
    listed = [network_of(text) for text in it.tenant.organization.ip_allow_list]
    for connector, network in it.addresses():
        if any(other is not None and network.overlaps(other) for other in listed):
            message = f"{network} is on the tenant's IP allow list as well"
            yield f"connector {connector.name}", message, it.place_of(connector)


def direct_send_rejected(it: AuditSubject) -> Found:
    if it.tenant.organization.reject_direct_send and not it.relays:
        message = "direct send is rejected, and there is no connector that devices could use"
        yield it.tenant.name, message, it.place_of(it.tenant)


# ---- mailboxes that sign in --------------------------------------------------------------------


def cannot_sign_in(it: AuditSubject) -> Found:
    organization = it.tenant.organization
    for box in it.tenant.mailboxes:
        off = box.smtp_client_authentication_disabled
        off = organization.smtp_client_authentication_disabled if off is None else off
        if box.password is not None and (off or organization.security_defaults):
            cause = "security defaults" if organization.security_defaults else "SMTP AUTH is off"
            yield box.address, f"it has a password, but cannot sign in: {cause}", it.place_of(box)


def password(it: AuditSubject) -> Found:
    for box in it.tenant.mailboxes:
        secret = box.password
        if secret is not None and (len(secret) > LONGEST or not secret.isascii()):
            message = f"its password has {len(secret)} characters, or others than ASCII"
            yield box.address, message, it.place_of(box)


# ---- accounts of High Volume Email -------------------------------------------------------------


def hve_not_billed(it: AuditSubject) -> Found:
    for account in it.tenant.hve_accounts:
        if account.billing_status is not BillingStatus.VALID:
            message = f"it cannot send: its billing status is {account.billing_status.value}"
            yield account.address, message, it.place_of(account)


def hve_cannot_sign_in(it: AuditSubject) -> Found:
    for account in it.tenant.hve_accounts:
        if account.password is not None and (cause := _no_password(it.tenant, account)):
            message = f"it has a password, but cannot sign in: {cause}"
            yield account.address, message, it.place_of(account)


def _no_password(tenant: Tenant, account: HveAccount) -> str:
    """Why its password is refused; empty if it is not."""
    if tenant.organization.security_defaults:
        return "security defaults"
    name = account.authentication_policy or tenant.organization.default_authentication_policy
    allowing = {p.name for p in tenant.authentication_policies if p.allow_basic_auth_smtp}
    if name is None:
        return "no authentication policy"
    return "" if name in allowing else f"the policy {name} does not allow it"
