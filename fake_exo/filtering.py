"""What the spam filter does with a copy: by sender authentication over the fake DNS.

Signed-in users and OnPremises connectors are not filtered. Anonymous mail is judged by SPF, DKIM
and DMARC since anti-spoofing came to every tenant; before that it went to the inbox.
"""

from datetime import date

from fake_exo import dns
from fake_exo.model.message import Attribution, Fate, Message
from fake_exo.model.tenant import Tenant

# Composite authentication and spoof intelligence for all tenants; the day is approximate (low).
_JUDGED_SINCE = date(2018, 10, 1)


def judge(message: Message, tenant: Tenant, names: dns.Names, day: date) -> tuple[Fate, str]:
    """Where a copy for a tenant's mailbox goes, and why."""
    if message.attribution is not Attribution.INCOMING or day < _JUDGED_SINCE:
        return Fate.DELIVERED, ""
    from fake_exo.authentication import Place, authenticate  # heavy, and only for anonymous mail
    from fake_exo.authentication.resolver import Answer

    class _Resolver:
        def answer(self, name: str, type: str) -> Answer:
            found = names.answer(name, type)
            wanted = (r for r in found.answers if r.type == type)
            # The universe is simulated whole: a name in no zone of ours does not exist.
            rcode = "NXDOMAIN" if found.rcode == "REFUSED" else found.rcode
            return Answer(rcode, tuple(_value(r) for r in wanted))

    found = authenticate(
        bytes(message.content),
        client_ip=message.client_ip,
        helo=message.hello,
        mail_from=message.mail_from.address,
        resolver=_Resolver(),
        accepted_domains=frozenset(d.name.lower() for d in tenant.accepted_domains),
        honor_dmarc=tenant.organization.honor_dmarc_policy,
        now=message.received_at,
    )
    fates = {Place.INBOX: Fate.DELIVERED, Place.JUNK: Fate.JUNKED}
    why = f"spf={found.spf.result.value} dmarc={found.dmarc.result.value} {found.verdict.why}"
    return fates.get(found.verdict.place, Fate.QUARANTINED), why


def _value(record: dns.Record) -> str:
    data = record.data
    return data.text if isinstance(data, dns.Text) else dns.present(data)
