"""What a job shows of the one who sent, in the names that cures have places for."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import chain, pairwise
from typing import Any

from fake_exo import HveAccount, Mailbox, Received, RecordError, Tenant, mx_host
from fake_exo_harness.devices.senders import placeholders
from fake_exo_harness.record import JobRecord
from fake_exo_harness.scenario.model import DeviceSpec, Scenario

Account = Mailbox | HveAccount

_PATH = re.compile(r"(?:MAIL FROM|RCPT TO):\s*<?([^>\s]*)>?", re.IGNORECASE)
_BEARER = re.compile(r"auth=Bearer ([^\x01]*)")
_USER = re.compile(r"user=([^\x01]*)")


@dataclass(frozen=True, slots=True)
class Situation:
    """Values of the <names> in cures, and the kind of account that signed in. Names of which
    nothing is known are not there."""

    values: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    tenant: str = ""


NOTHING_KNOWN = Situation()


def situation_of(job: JobRecord, scenario: Scenario) -> Situation:
    """What a job of a scenario tells. Tenants are those that the scenario began with."""
    spec = scenario.devices.get(job.device)
    wire = _Wire.of(job)
    user = str((spec.settings if spec else {}).get("user_name") or "") or wire.user
    sender = wire.sender or _entered_sender(spec)
    tenant = _tenant(scenario, user, sender, *wire.recipients)
    if tenant is None:
        return NOTHING_KNOWN
    account = _account(tenant, user) or _account(tenant, sender)
    address = job.connections[-1].client_ip if job.connections else ""
    known = {
        **_of_tenant(tenant, sender, account),
        **_of_account(account, wire.token),
        **_of_client(tenant, address or (spec.public_ip if spec else "")),
        **_of_device(spec, tenant, job),
        **_of_mail(tenant, sender, wire),
    }
    kind = "hve_account" if isinstance(account, HveAccount) else "mailbox"
    several = tenant.name if len(scenario.tenants) > 1 else ""
    return Situation({k: v for k, v in known.items() if v not in ("", None)}, kind, several)


@dataclass(frozen=True, slots=True)
class _Wire:
    """What the client said: sender, recipients (the refused ones first), and who it is."""

    sender: str = ""
    recipients: tuple[str, ...] = ()
    user: str = ""
    token: str = ""

    @staticmethod
    def of(job: JobRecord) -> "_Wire":
        lines = [e.line.decode("utf-8", "replace") for e in job.events if isinstance(e, Received)]
        mails = [m[1] for line in lines if (m := _PATH.match(line)) and line[:1] in "Mm"]
        people = [(line, reply) for line, reply in job.recipients_of_replies]
        refused = [_address(line) for line, reply in people if reply.data[:1] in b"45"]
        others = [_address(line) for line, _ in people]
        given = getattr(job.step, "to", ())
        user, token = _credentials(lines)
        everybody = tuple(filter(None, dict.fromkeys([*refused, *others, *given])))
        return _Wire(next(iter(mails), ""), everybody, user, token)


def _address(line: str) -> str:
    found = _PATH.match(line)
    return found[1] if found else ""


def _credentials(lines: list[str]) -> tuple[str, str]:
    """User and token of the last sign-in; of LOGIN the user alone."""
    for line in reversed(list(chain.from_iterable(map(str.split, lines)))):
        text = _decoded(line)
        if token := _BEARER.search(text):
            user = _USER.search(text)
            return user[1] if user else "", token[1]
    following = (b for a, b in pairwise(lines) if a.upper() == "AUTH LOGIN")
    return _decoded(next(following, "")), ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def _entered_sender(spec: DeviceSpec | None) -> str:
    return "" if spec is None else str(spec.settings.get(_sender_setting(spec)) or "")


def _sender_setting(spec: DeviceSpec) -> str:
    """The setting out of which a device makes its sender; the ordinary one for those that have a
    choice."""
    first = placeholders(spec.profile.envelope.mail_from[0].use)
    return next((name for name in first if name in spec.profile.settings), "from_address")


def _tenant(scenario: Scenario, *addresses: str) -> Tenant | None:
    """The tenant that hosts the first address that any hosts, else the first."""
    for address in addresses:
        for tenant in scenario.tenants:
            if _domain(address) in _domains(tenant):
                return tenant
    return next(iter(scenario.tenants), None)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _domains(tenant: Tenant) -> tuple[str, ...]:
    return tuple(d.name.lower() for d in tenant.accepted_domains)


def _accounts(tenant: Tenant) -> Iterator[Account]:
    yield from tenant.mailboxes
    yield from tenant.hve_accounts


def _account(tenant: Tenant, name: str) -> Account | None:
    """The account that a name means, by its address, alias, principal name, or first part."""
    low = name.lower()
    for account in _accounts(tenant) if low else ():
        names = (account.address, account.user_principal_name or "", *account.aliases)
        if low in [known.lower() for known in names] or low == account.address.partition("@")[0]:
            return account
    return None


def _of_tenant(tenant: Tenant, sender: str, account: Account | None) -> dict[str, Any]:
    default = next((d.name for d in tenant.accepted_domains if d.default), "")
    domain = default or next(iter(_domains(tenant)), "")
    mailbox = next((m for m in tenant.mailboxes if m.password and m.enabled), None)
    own = sender if _account(tenant, sender) else mailbox.address if mailbox else ""
    return {
        "mx_host": mx_host(domain) if domain else "",
        "own_address": account.address if account else own,
        "right_recipient": next((m.address for m in tenant.mailboxes), ""),
        "mailbox": mailbox.address if mailbox else "",
        "mailbox_user_name": _principal(mailbox) if mailbox else "",
        "mailbox_password": (mailbox.password or "") if mailbox else "",
    }


def _principal(account: Account) -> str:
    return account.user_principal_name or account.address


def _of_account(account: Account | None, token: str) -> dict[str, Any]:
    if account is None:
        return {"token": token}
    return {
        "account": account.address,
        "user_name": _principal(account),
        "password": account.password or "",
        "token": token,
        "application": _application(account, token),
    }


def _application(account: Account, token: str) -> str:
    """That of the token, else one that is allowed."""
    if not isinstance(account, HveAccount):
        return ""
    known = account.token(token)
    return known.application if known else next(iter(account.allowed_applications), "")


def _of_client(tenant: Tenant, address: str) -> dict[str, Any]:
    lists = tenant.organization
    connector = next((c for c in tenant.connectors if address in c.sender_ip_addresses), None)
    first = connector or next(iter(tenant.connectors), None)
    return {
        "address": address,
        "spf_address": f"ip{6 if ':' in address else 4}:{address}" if address else "",
        "connector": first.name if first else "",
        "allow_list_without_it": [a for a in lists.ip_allow_list if not _covers(a, address)],
        "block_list_without_it": [a for a in lists.ip_block_list if not _covers(a, address)],
    }


def _covers(entry: str, address: str) -> bool:
    """Whether an entry of a list is about an address: one address, CIDR, or a range."""
    first, dash, last = entry.partition("-")
    if not address:
        return False
    if dash:
        return ip_address(first).packed <= ip_address(address).packed <= ip_address(last).packed
    return ip_address(address) in ip_network(entry, strict=False)


def _of_device(spec: DeviceSpec | None, tenant: Tenant, job: JobRecord) -> dict[str, Any]:
    domain = next((d.name for d in tenant.accepted_domains), tenant.initial_domain)
    name = re.sub(r"[^a-z0-9]+", "-", job.device.lower()).strip("-") or "device"
    return {
        "sender_setting": _sender_setting(spec) if spec else "",
        "hello_name": f"{name}.{domain}",
    }


def _of_mail(tenant: Tenant, sender: str, wire: _Wire) -> dict[str, Any]:
    recipient = next(iter(wire.recipients), "")
    domain = _domain(sender)
    return {
        "sender": sender,
        "sender_domain": domain,
        "sender_mx_host": _mx_host(domain),
        "recipient": recipient,
        "recipient_domain": _domain(recipient),
    }


def _mx_host(domain: str) -> str:
    """Empty for what a stranger wrote and no name can be."""
    try:
        return mx_host(domain) if domain else ""
    except RecordError:
        return ""
