"""What becomes of an accepted message: one outcome a final recipient. Pure, but that quotas count.

Groups are expanded, forwards followed, other tenants handed their copies, the rest leaves for the
internet. What fails here fails after 250: the device never learns of it. Texts of bounces come
from the reply catalogue, by key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from fake_exo.exchange.directory import Directory, domain_of, edge_blocks
from fake_exo.exchange.quotas import Quotas
from fake_exo.exchange.tenant import Contact, Group, Mailbox, Tenant
from fake_exo.mail.message import Fate, Message, Outcome

# A filter's judgement of a copy for a tenant's mailbox: where it goes, and why.
Judge = Callable[[Message, Tenant], tuple[Fate, str]]


_MOST_HOPS = 20  # of groups within groups


class Copy(NamedTuple):
    """One copy on its way: to whom, through whom, and how deep in groups."""

    to: str
    through: str | None = None
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message and all that decides where its copies end.

    `limit` gives a limit of the day by id, `text` id and text of a reply of the catalogue by key.
    """

    message: Message
    directory: Directory
    limit: Callable[[str], float | None]
    text: Callable[[str], tuple[str, str]]
    judge: Judge
    meter: Quotas

    def outcomes(self) -> tuple[Outcome, ...]:
        """Every outcome, in the order of the recipients, each final address once."""
        found: dict[str, Outcome] = {}
        for recipient in self.message.recipients:
            for outcome in self._settle(Copy(recipient.address)):
                found.setdefault(outcome.recipient.lower(), outcome)
        return tuple(found.values())

    def _settle(self, copy: Copy) -> Iterator[Outcome]:
        hosted = self.directory.hosted(domain_of(copy.to))
        own = self.directory.tenants.get(self.message.tenant or "")
        away = own is not None and (hosted is None or hosted.tenant is not own)
        if own is not None and away and (refusal := self.meter.sending(self.message)):
            yield self._bounce(copy, own, refusal)
            return
        if hosted is None:
            yield self._outcome(copy, Fate.SENT_OUT)
            return
        known = self.directory.recipient(copy.to)
        if known is None:
            yield self._unknown(copy, hosted.tenant, edge_blocks(hosted))
            return
        match known.recipient:
            case Mailbox() as mailbox:
                yield from self._mailbox(copy, known.tenant, mailbox)
            case Contact() as contact:
                yield from self._onward(copy, contact.external_address)
            case Group() as group:
                yield from self._group(copy, known.tenant, group)

    def _unknown(self, copy: Copy, tenant: Tenant, blocks: bool) -> Outcome:
        if not blocks:  # an internal relay domain without an outbound connector goes in circles
            return self._bounce(copy, tenant, "eod-5414")
        inside = self.message.tenant == tenant.name
        return self._bounce(copy, tenant, "ndr-5110" if inside else "rcpt-unknown-recipient")

    def _mailbox(self, copy: Copy, tenant: Tenant, mailbox: Mailbox) -> Iterator[Outcome]:
        most = mailbox.max_receive_size or self.limit("submission.message_size_default_receive")
        if not mailbox.provisioned:
            yield self._bounce(copy, tenant, "assumed-ndr-unlicensed")
        elif mailbox.full:
            yield self._bounce(copy, tenant, "ndr-522")
        elif not self._takes(tenant, mailbox.accepts_external):
            yield self._bounce(copy, tenant, "ndr-5712")
        elif most is not None and self.message.size > most:
            yield self._bounce(copy, tenant, "assumed-ndr-523")
        elif refusal := self.meter.receiving(self.message, mailbox):
            yield self._bounce(copy, tenant, refusal)
        else:
            yield from self._store(copy, tenant, mailbox)

    def _store(self, copy: Copy, tenant: Tenant, mailbox: Mailbox) -> Iterator[Outcome]:
        fate, why = self.judge(self.message, tenant)
        yield self._outcome(copy, fate, tenant, why)
        if mailbox.forward_to is not None and fate is Fate.DELIVERED:
            yield from self._forward(copy, tenant, mailbox.forward_to)

    def _forward(self, copy: Copy, tenant: Tenant, to: str) -> Iterator[Outcome]:
        away = self.directory.hosted(domain_of(to)) is None
        if away and not tenant.organization.external_forwarding:
            yield self._bounce(Copy(to, copy.through or copy.to, copy.depth + 1), tenant, "eod-520")
        else:
            yield from self._onward(copy, to)

    def _onward(self, copy: Copy, to: str) -> Iterator[Outcome]:
        """A copy goes on to another address, unless it has gone in circles."""
        if copy.depth < _MOST_HOPS:
            yield from self._settle(Copy(to, copy.through or copy.to, copy.depth + 1))

    def _group(self, copy: Copy, tenant: Tenant, group: Group) -> Iterator[Outcome]:
        if refusal := self._group_refuses(tenant, group):
            yield self._bounce(copy, tenant, refusal)
            return
        for member in group.members:
            yield from self._onward(copy, member)
        if not group.members:  # a group of which only the size is known
            yield self._outcome(copy, Fate.DELIVERED, tenant, f"{group.size} members")

    def _group_refuses(self, tenant: Tenant, group: Group) -> str:
        if not self._takes(tenant, group.accepts_external):
            return "ndr-57193" if group.unified else "ndr-57133"
        if group.allowed_senders and self.message.user not in group.allowed_senders:
            return "assumed-ndr-57124"
        most = self._group_size_cap(group)
        return "assumed-ndr-523" if most is not None and self.message.size > most else ""

    def _group_size_cap(self, group: Group) -> float | None:
        largest = self.limit("group.members_max")
        threshold = self.limit("group.large_group_threshold")
        if largest is not None and group.size >= largest:
            return self.limit("group.largest_message_size")
        if threshold is not None and group.size >= threshold:
            return self.limit("group.large_message_size")
        return None

    def _takes(self, tenant: Tenant, external: bool) -> bool:
        message = self.message
        inside = message.internal and message.tenant == tenant.name
        return inside or external

    def _bounce(self, copy: Copy, tenant: Tenant, key: str) -> Outcome:
        reply, detail = self.text(key)
        return self._outcome(copy, Fate.BOUNCED, tenant, detail, reply)

    def _outcome(
        self,
        copy: Copy,
        fate: Fate,
        tenant: Tenant | None = None,
        detail: str = "",
        reply: str = "",
    ) -> Outcome:
        message = self.message
        return Outcome(
            message=message.number,
            recipient=copy.to,
            fate=fate,
            at=message.received_at,
            tenant=tenant.name if tenant is not None else None,
            original_recipient=copy.through,
            reply=reply,
            detail=detail,
            header_from=message.header_from[0] if message.header_from else "",
            mail_from=message.mail_from.address,
        )
