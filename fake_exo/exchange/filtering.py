"""What the spam filter does with a copy: by sender authentication over the fake DNS.

Signed-in users and OnPremises connectors are not filtered. Anonymous mail is judged by SPF, DKIM
and DMARC since anti-spoofing came to every tenant; before that it went to the inbox.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from fake_exo import dns
from fake_exo.exchange.tenant import Tenant
from fake_exo.mail.message import Fate, Judgement

if TYPE_CHECKING:
    from fake_exo.mail.authentication import Authentication, SpfResult
    from fake_exo.mail.authentication.resolver import ResolverAnswer

# Composite authentication and spoof intelligence for all tenants; the day is approximate (low).
JUDGED_SINCE = date(2018, 10, 1)
# The authentication server id in Authentication-Results: captures of 2026 have it, of 2025 not.
AUTHSERV_SINCE = date(2026, 1, 1)


def spf(names: dns.Names, client_ip: str, domain: str, now: float) -> "SpfResult":
    """What SPF says of mail from a domain that an address delivers."""
    from fake_exo.mail.authentication import check_host

    sender, helo = f"postmaster@{domain}", f"host.{domain}"
    return check_host(client_ip, domain, sender, helo, ZoneResolver(names), now=int(now))


def judge(
    content: bytes | bytearray,
    *,
    client_ip: str,
    hello: str,
    mail_from: str,
    tenant: Tenant,
    names: dns.Names,
    now: float,
    day: date,
) -> Judgement | None:
    """What becomes of anonymous mail for a tenant's mailboxes; None before anybody judged. `now`
    by the clock of whoever sent it, `day` by the service's."""
    if day < JUDGED_SINCE:
        return None
    from fake_exo.mail.authentication import authenticate  # heavy, and only for anonymous mail
    from fake_exo.mail.authentication.headers import AUTHSERV_2026

    found = authenticate(
        content,
        client_ip=client_ip,
        helo=hello,
        mail_from=mail_from,
        resolver=ZoneResolver(names),
        accepted_domains=frozenset(d.name.lower() for d in tenant.accepted_domains),
        honor_dmarc=tenant.organization.honor_dmarc_policy,
        now=now,
    )
    authserv = AUTHSERV_2026 if day >= AUTHSERV_SINCE else ""
    return _judgement(tenant, found, lambda: found.fields(authserv=authserv))


def _judgement(
    tenant: Tenant, found: "Authentication", stamps: Callable[[], tuple[str, ...]]
) -> Judgement:
    verdict = found.verdict
    fates = {"inbox": Fate.DELIVERED, "junk": Fate.JUNKED}
    fate = fates.get(verdict.place.value, Fate.QUARANTINED)
    why = f"spf={found.spf.result.value} dmarc={found.dmarc.result.value} {verdict.why}"
    return Judgement(tenant.name, fate, verdict.enhanced, verdict.scl, why, stamps)


class ZoneResolver:
    """The fake DNS as sender authentication asks it."""

    def __init__(self, names: dns.Names) -> None:
        self._names = names

    def answer(self, name: str, type: str) -> "ResolverAnswer":
        from fake_exo.mail.authentication.resolver import ResolverAnswer

        found = self._names.answer(name, type)
        wanted = (r for r in found.answers if r.type == type)
        # The universe is simulated whole: a name in no zone of ours does not exist.
        rcode = "NXDOMAIN" if found.rcode == "REFUSED" else found.rcode
        return ResolverAnswer(rcode, tuple(_value(r) for r in wanted))


def _value(record: dns.Record) -> str:
    data = record.data
    return data.text if isinstance(data, dns.Text) else dns.present(data)
