"""What an audit finds in the DNS: accepted domains, MX, SPF, DMARC, DKIM, and the addresses that
mail leaves from. Each function yields (what it is about, message, place)."""

from collections.abc import Iterator
from ipaddress import ip_address

from fake_exo import mx_host, present
from fake_exo_harness.audit.findings import AuditSubject, Found, network_of

SERVICE = "spf.protection.outlook.com"
_LEGACY = ("frontbridge.com", "messaging.microsoft.com", "bigfish.com")
_AUTOMATIC = 10_000  # more addresses than anybody lists


# ---- domains and MX ----------------------------------------------------------------------------


def unverified(it: AuditSubject) -> Found:
    for domain in it.tenant.accepted_domains:
        if not domain.verified:
            yield domain.name, "the domain is not set up: nobody may relay as it, and mail to it " \
                "is not taken", it.place_of(domain)  # fmt: skip


def zone_unknown(it: AuditSubject) -> Found:
    for domain in it.domains:
        if domain.name.lower() not in it.zones:
            yield domain.name, "no zone was given, so its records were not looked at", None


def _mx(it: AuditSubject) -> Iterator[tuple[str, list[str]]]:
    for domain in it.published:
        records = it.records(domain.name, "MX")
        hosts = [present(r.data).split()[-1].rstrip(".").lower() for r in records]
        yield domain.name, hosts


def mx_missing(it: AuditSubject) -> Found:
    for domain, hosts in _mx(it):
        if not hosts:
            yield domain, "it has no MX record", it.place(domain, "MX")


def mx_several(it: AuditSubject) -> Found:
    for domain, hosts in _mx(it):
        if len(hosts) > 1:
            yield (
                domain,
                f"it has {len(hosts)} MX records: {', '.join(hosts)}",
                it.place(domain, "MX"),
            )


def mx_elsewhere(it: AuditSubject) -> Found:
    for domain, hosts in _mx(it):
        for host in hosts:
            legacy = host.endswith(_LEGACY)
            if host != mx_host(domain) and not host.endswith(".mx.microsoft") and not legacy:
                yield domain, f"its MX is {host}, not {mx_host(domain)}", it.place(domain, "MX")


def mx_legacy(it: AuditSubject) -> Found:
    for domain, hosts in _mx(it):
        for host in hosts:
            if host.endswith(_LEGACY):
                yield (
                    domain,
                    f"its MX is {host}, a name of the service's past",
                    it.place(domain, "MX"),
                )


# ---- SPF ---------------------------------------------------------------------------------------


def spf_missing(it: AuditSubject) -> Found:
    for domain in it.published:
        if not it.texts(domain.name, "v=spf1"):
            yield domain.name, "it publishes no SPF record", it.place(domain.name, "v=spf1")


def spf_several(it: AuditSubject) -> Found:
    for domain in it.published:
        if (count := len(it.texts(domain.name, "v=spf1"))) > 1:
            message = f"it publishes {count} SPF records, which is a permanent error"
            yield domain.name, message, it.place(domain.name, "v=spf1")


def spf_broken(it: AuditSubject) -> Found:
    for domain in it.published:
        result, reason = it.spf("192.0.2.255", domain.name)
        single = len(it.texts(domain.name, "v=spf1")) == 1
        if single and result == "permerror":
            yield (
                domain.name,
                f"its SPF record is in error: {reason}",
                it.place(domain.name, "v=spf1"),
            )


def spf_without_service(it: AuditSubject) -> Found:
    for domain in it.published:
        for text in it.texts(domain.name, "v=spf1"):
            if SERVICE not in text.lower():
                message = f"its SPF record lacks include:{SERVICE}"
                yield domain.name, message, it.place(domain.name, "v=spf1")


def spf_allows_all(it: AuditSubject) -> Found:
    for domain in it.published:
        for text in it.texts(domain.name, "v=spf1"):
            last = text.lower().split()[-1]
            if last in ("+all", "all", "?all"):
                yield domain.name, f"its SPF record ends in {last}", it.place(domain.name, "v=spf1")


def connector_not_in_spf(it: AuditSubject) -> Found:
    for connector, address in it.ends():
        for domain in it.published:
            usable = len(it.texts(domain.name, "v=spf1")) == 1
            if usable and it.spf(address, domain.name)[0] != "pass":
                message = f"{address} may relay, but the SPF record of {domain.name} lacks it"
                yield f"connector {connector.name}", message, it.place_of(connector)


def spf_not_in_connector(it: AuditSubject) -> Found:
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


def egress_not_in_connector(it: AuditSubject) -> Found:
    networks = [network for _, network in it.addresses()]
    for address in it.egress:
        if not any(ip_address(address) in network for network in networks):
            message = "mail leaves from it, but no enabled OnPremises connector lists it"
            yield f"address {address}", message, None


def egress_not_in_spf(it: AuditSubject) -> Found:
    for address in it.egress:
        for domain in it.published:
            if it.spf(address, domain.name)[0] != "pass":
                message = f"mail leaves from it, but the SPF record of {domain.name} lacks it"
                yield f"address {address}", message, it.place(domain.name, "v=spf1")


# ---- DMARC and DKIM ----------------------------------------------------------------------------


def _dmarc(it: AuditSubject, domain: str) -> list[str]:
    return it.texts(f"_dmarc.{domain}", "v=dmarc1")


def _policy(text: str) -> str:
    tags = (tag.strip().partition("=") for tag in text.split(";"))
    return next((value.strip().lower() for name, _, value in tags if name.strip() == "p"), "")


def dmarc_missing(it: AuditSubject) -> Found:
    for domain in it.published:
        if not _dmarc(it, domain.name):
            yield domain.name, "it publishes no DMARC record", it.place(domain.name)


def dmarc_broken(it: AuditSubject) -> Found:
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


def dmarc_stops_devices(it: AuditSubject) -> Found:
    """Direct senders are judged: with a strict policy they need SPF (or a connector)."""
    senders = [*it.egress, *(address for _, address in it.ends())]
    for domain in it.published:
        policies = [_policy(text) for text in _dmarc(it, domain.name)]
        if not {"reject", "quarantine"} & set(policies):
            continue
        for address in dict.fromkeys(senders):
            if it.spf(address, domain.name)[0] != "pass":
                message = f"policy {policies[0]}, but mail from {address} does not pass SPF"
                yield domain.name, message, it.place(domain.name, "v=dmarc1")


def dkim_missing(it: AuditSubject) -> Found:
    for domain in it.published:
        for selector in ("selector1", "selector2"):
            if not it.records(f"{selector}._domainkey.{domain.name}", "CNAME"):
                message = f"{selector}._domainkey is not published"
                yield domain.name, message, it.place(domain.name)


def autodiscover(it: AuditSubject) -> Found:
    for domain in it.published:
        if not it.records(f"autodiscover.{domain.name}", "CNAME"):
            yield domain.name, "autodiscover is not published", it.place(domain.name)
