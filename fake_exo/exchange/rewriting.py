"""Header fields that the service puts in place of the client's, when an account submits.

A mailbox that sends as one of its aliases is shown as its primary address, unless the organization
lets it (SendFromAliasEnabled). An account of High Volume Email may have a reply address for all of
its mail (Set-HVEAccountSettings -ReplyTo).
"""

import re

from fake_exo.exchange.tenant import Account, HveAccount, Mailbox, Tenant
from fake_exo.mail.fields import MessageFacts, header_fields

Replaced = tuple[tuple[str, str], ...]  # name and value of each field


def replaced(
    user: Account | None, tenant: Tenant | None, content: bytes | bytearray, facts: MessageFacts
) -> Replaced:
    """What takes the place of fields of a submitted message; nothing for other mail."""
    if isinstance(user, HveAccount):
        return (("Reply-To", f"<{user.reply_to}>"),) if user.reply_to is not None else ()
    if user is None or tenant is None or tenant.organization.send_from_alias_enabled:
        return ()
    alias = _alias(user, facts)
    return (("From", _readdressed(content, alias, user.address)),) if alias else ()


def _alias(user: Mailbox, facts: MessageFacts) -> str:
    """The alias of its own that a mailbox sends as, or nothing."""
    sender = facts.from_addresses[0].lower() if facts.from_addresses else ""
    own = sender == user.address.lower()
    return sender if not own and sender in map(str.lower, user.aliases) else ""


def _readdressed(content: bytes | bytearray, alias: str, primary: str) -> str:
    """The field From with the primary address; its display name stays."""
    value = next(value for name, value in header_fields(content) if name.lower() == "from")
    return re.sub(re.escape(alias), lambda _: primary, value, flags=re.IGNORECASE)
