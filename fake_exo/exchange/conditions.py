"""Conditions that rules of several stages share."""

from datetime import date

from fake_exo.exchange.facts import Facts
from fake_exo.kernel.endpoint import Endpoint, Trait
from fake_exo.rules.period import Period

# Relay conditions: none before 2017-07-05; header From still qualified until 2023-11-01.
RELAY_CONDITIONS = Period(since=date(2017, 7, 5))
HEADER_FROM_QUALIFIES = Period(since=date(2017, 7, 5), until=date(2023, 11, 1))


def advertised(endpoint: Endpoint) -> str:
    """Which limit is the SIZE that an endpoint announces."""
    mx = Trait.ATTRIBUTES in endpoint.can
    return "smtp.size_advertised_mx" if mx else "smtp.size_advertised_submission"


def relay_conditions(day: date) -> bool:
    """Whether a relayed sender must be in an accepted domain on this day."""
    return RELAY_CONDITIONS.holds(day)


def header_from_qualifies(facts: Facts) -> bool:
    period = HEADER_FROM_QUALIFIES.holds(facts.day)
    return period and facts.env.service.on("honor-header-from-relay")


def may_send_as(facts: Facts, address: str) -> bool:
    """Whether the signed-in mailbox may use an address: its own, or by Send As or on behalf.

    FullAccess does not include it.
    """
    user = facts.session.mailbox
    if user is None:
        return False
    wanted = address.lower()
    own = (user.address, *user.aliases, *user.send_as, *user.send_on_behalf_of)
    if any(wanted == mine.lower() for mine in own):
        return True
    known = facts.env.directory.recipient(wanted)
    return known is not None and known.recipient.address.lower() in map(str.lower, user.send_as)
