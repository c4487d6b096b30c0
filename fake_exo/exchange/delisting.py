"""How an address gets off a list: which way works for which list, and how long it takes.

Sources: Microsoft's delist portal page (2024-06); the field report of 2015 for the old address.
"""

from dataclasses import dataclass
from datetime import date

from fake_exo.exchange.lists import BlockList
from fake_exo.rules.period import ALWAYS, Period

PORTAL = "https://sender.office.com"
_OLD_ADDRESS = "delist@messaging.microsoft.com"
_NEW_ADDRESS = "delist@microsoft.com"
_2015 = Period(until=date(2016, 1, 1))


@dataclass(frozen=True, slots=True)
class Way:
    """One way off one list. `hours` is None where it leads nowhere."""

    list: BlockList
    by: str  # "portal" or the mail address
    hours: float | None
    answer: str
    period: Period = ALWAYS


WAYS: tuple[Way, ...] = (
    # 2015: "within a few hours" an answer comes; four is our reading of a few.
    Way(BlockList.BANNED, _OLD_ADDRESS, 4, "removed within a few hours", _2015),
    Way(BlockList.MANUAL, _OLD_ADDRESS, 4, "removed within a few hours", _2015),
    Way(BlockList.BANNED, "portal", 24, "removed within 24 hours after the confirmation link"),
    Way(BlockList.MANUAL, "portal", None, "the portal does not work for this list"),
    Way(BlockList.MANUAL, _NEW_ADDRESS, 48, "answered within 48 hours"),
    # The text of 5.7.511 still names the old address.
    Way(BlockList.MANUAL, _OLD_ADDRESS, 48, "answered within 48 hours"),
    Way(BlockList.BANNED, _NEW_ADDRESS, None, "use the portal for this list"),
    Way(BlockList.SPAMHAUS, "portal", None, "Spamhaus keeps this list; ask Spamhaus"),
)


def way_off(list_: BlockList, by: str, day: date) -> Way | None:
    """The first way that fits, on a day; None when nobody has ever got off like that."""
    fits = (w for w in WAYS if w.list is list_ and w.by == by.lower() and w.period.holds(day))
    return next(fits, None)
