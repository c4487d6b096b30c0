"""Limits that count over time: how much somebody may still send or receive, and who says so.

What is refused here is refused after 250: the texts are those of non-delivery reports, by key.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from fake_exo.exchange.directory import Directory, domain_of
from fake_exo.exchange.tenant import Mailbox, Tenant
from fake_exo.exchange.usage import Count, Usage
from fake_exo.mail.message import Attribution, Message
from fake_exo.rules.limits import Limits

_YOUNG, _YOUNGER = 60, 31  # days of a tenant's age at which its quota grows


@dataclass(frozen=True, slots=True)
class Gauge:
    """One limit as it stands: `most` None has no published figure; times are seconds since the
    epoch. `limit` is the id in the data, or empty where the administrator set the figure."""

    kind: str  # mailbox, tenant, recipient, address
    who: str
    what: str
    used: int
    most: float | None
    limit: str
    frees_at: float | None


_LIMIT_OF = {
    Count.RECIPIENTS_DAY: "submission.recipients_per_day",
    Count.MESSAGES_MINUTE: "submission.messages_per_minute",
    Count.ONMICROSOFT_DAY: "tenant.moera_external",
    Count.RECEIVED_HOUR: "receive.messages_per_hour",
    Count.ADDRESS_HOUR: "mx.ip_throttle",
    Count.HVE_INSIDE_DAY: "hve.recipient_rate",
    Count.HVE_OUTSIDE_DAY: "hve.external_recipients",
}


def outside_quota(tenant: Tenant, limits: Limits, day: date) -> float | None:
    """Recipients outside that a tenant may write to in 24 hours: TERRL; None before it existed."""
    if tenant.trial:
        return limits.number("tenant.terrl_trial", day)
    base = limits.formula("tenant.terrl", day, tenant.licenses)
    if base is None:
        return None
    age = (day - tenant.created).days
    share = None
    if age < _YOUNGER:
        share = limits.number("tenant.terrl_new_under_31_days", day)
    elif age <= _YOUNG:
        share = limits.number("tenant.terrl_new_31_to_60_days", day)
    return base if share is None else round(base * share)


def pair_quota(limits: Limits, day: date) -> float | None:
    """Messages an hour that one sender may write to one recipient."""
    most = limits.number("receive.messages_per_hour", day)
    share = limits.number("receive.single_sender_share", day)
    return None if most is None or share is None else int(most * share)


def outside(tenant: Tenant, directory: Directory, address: str) -> bool:
    """Whether a recipient is outside, as these limits see it: another tenant's counts as well."""
    hosted = directory.hosted(domain_of(address))
    return hosted is None or hosted.tenant.name != tenant.name


class Quotas:
    """Asked by delivery for every copy; counts what it lets through. Good for one day and one
    directory: what a tenant may send is worked out once."""

    def __init__(self, usage: Usage, limits: Limits, directory: Directory, day: date) -> None:
        self.directory = directory
        self.day = day
        self._usage = usage
        self._limits = limits
        self._most: dict[str, float | None] = {}

    def sending(self, message: Message) -> str:
        """The report's key when the tenant may send nothing more to the outside, else empty."""
        tenant = self.directory.tenants.get(message.tenant or "")
        sender = message.mail_from.address
        if tenant is None or not sender:
            return ""  # anonymous mail, and reports of the service itself
        usage, at, name = self._usage, message.received_at, tenant.name
        if name not in self._most:
            self._most[name] = outside_quota(tenant, self._limits, self.day)
        most = self._most[name]
        if most is not None and usage.total(Count.TENANT_EXTERNAL_DAY, name, at) >= most:
            return "eod-232" if tenant.trial else "eod-233"
        onmicrosoft = sender[-16:].lower() == ".onmicrosoft.com"
        if onmicrosoft and self._used_up(Count.ONMICROSOFT_DAY, name, at):
            return "eod-236"
        usage.add(Count.TENANT_EXTERNAL_DAY, name, at)
        if onmicrosoft:
            usage.add(Count.ONMICROSOFT_DAY, name, at)
        return ""

    def receiving(self, message: Message, mailbox: Mailbox) -> str:
        """The report's key when a recipient gets too much from outside senders, else empty."""
        usage = self._usage
        if message.attribution is Attribution.SUBMITTED or message.reception is None:
            return ""
        at, who = message.received_at, mailbox.address.lower()
        pair = f"{message.mail_from.address.lower()} to {who}"
        if self._used_up(Count.RECEIVED_HOUR, who, at):
            return "eod-2122"
        most = pair_quota(self._limits, self.day)
        if most is not None and usage.total(Count.PAIR_HOUR, pair, at) >= most:
            return "eod-2121"
        usage.add(Count.RECEIVED_HOUR, who, at)
        usage.add(Count.PAIR_HOUR, pair, at)
        return ""

    def _used_up(self, what: Count, who: str, at: float) -> bool:
        most = self._limits.number(_LIMIT_OF[what], self.day)
        return most is not None and self._usage.total(what, who, at) >= most


def count_submission(usage: Usage, message: Message, tenant: Tenant, directory: Directory) -> None:
    """What a mailbox's own limits look at, when its message is taken."""
    if message.attribution is not Attribution.SUBMITTED or message.user is None:
        return
    at, user = message.received_at, message.user
    usage.add(Count.RECIPIENTS_DAY, user, at, len(message.recipients))
    usage.add(Count.MESSAGES_MINUTE, user, at)
    inside, out = _inside_and_outside(message, tenant, directory)
    if out:
        usage.add(Count.EXTERNAL_HOUR, user, at, out)
    if inside:
        usage.add(Count.INTERNAL_HOUR, user, at, inside)


def count_high_volume(usage: Usage, message: Message, tenant: Tenant, directory: Directory) -> None:
    """What the limits of High Volume Email look at: those of the tenant, in the preview."""
    inside, out = _inside_and_outside(message, tenant, directory)
    if out:
        usage.add(Count.HVE_OUTSIDE_DAY, tenant.name, message.received_at, out)
    if inside:
        usage.add(Count.HVE_INSIDE_DAY, tenant.name, message.received_at, inside)


def _inside_and_outside(message: Message, tenant: Tenant, directory: Directory) -> tuple[int, int]:
    """How many recipients of a message are inside its tenant, and how many outside."""
    domains = Counter(domain_of(r.address) for r in message.recipients)
    out = sum(n for domain, n in domains.items() if outside(tenant, directory, f"@{domain}"))
    return len(message.recipients) - out, out


def gauges(
    usage: Usage, limits: Limits, directory: Directory, now: float, day: date
) -> Iterator[Gauge]:
    """Every limit of which something is used, as it stands at this instant."""
    for what, who, used, frees_at in usage.entries(now):
        if what is Count.ERRORS_HOUR:
            continue  # its limits are by kind, and not published
        limit = _LIMIT_OF.get(what, "")
        most = limits.number(limit, day) if limit else None
        if what is Count.TENANT_EXTERNAL_DAY:
            limit = "tenant.terrl"
            tenant = directory.tenants.get(who)
            most = outside_quota(tenant, limits, day) if tenant is not None else None
        if what is Count.PAIR_HOUR:
            limit, most = "receive.single_sender_share", pair_quota(limits, day)
        yield Gauge(what.whose, who, what.label, used, most, limit, frees_at)
