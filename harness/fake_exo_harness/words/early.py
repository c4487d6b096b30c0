"""What is said before its time, or after it: settings that the service of the day did not have."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from fake_exo import Period, Tenant, every_limit, every_switch, reply_periods
from fake_exo_harness.words.reading import Since


class Unrehearsed(NamedTuple):
    """A word that is set to something else than its default, and why that does nothing, or is not
    what the service of the day did."""

    word: str
    why: str


class Days(NamedTuple):
    """From the day on which a rehearsal begins to the one on which it ends."""

    first: date
    last: date

    def meet(self, period: Period) -> bool:
        begun = period.since is None or period.since <= self.last
        return begun and (period.until is None or self.first < period.until)


def too_early(since: Since, day: date) -> str:
    """Why a setting is not of a day, or nothing where it is."""
    first, last = since.first_seen or since.day, since.last_seen
    if day >= first:
        return ""
    if last is not None and day > last:
        return (
            f"whether the service of {day} has it is not known: it came between {last} and {first}"
        )
    if last is None and since.first_seen is not None:
        return f"whether the service of {day} has it is not known: it is first seen on {first}"
    came = f"on {first}" if last is None else f"by {first}"
    return f"the service of {day} does not have it yet: it came {came}"


def of_age(tenant: Tenant, day: date) -> Iterator[Unrehearsed]:
    """A tenant that is made after the day."""
    if tenant.created > day:
        why = f"{tenant.name} is made on {tenant.created}, and the service is of {day}"
        yield Unrehearsed("tenant.created", why)


def of_switches(chosen: Iterable[str], days: Days) -> Iterator[Unrehearsed]:
    """Switches of what is not there on these days."""
    active = {switch.name: switch.active for switch in every_switch()}
    for name in chosen:
        if not days.meet(active[name]):
            yield Unrehearsed(
                name, f"what it switches is there {_told(active[name])}{_not_on(days)}"
            )


def of_limits(chosen: Iterable[str], days: Days) -> Iterator[Unrehearsed]:
    """Limits that the service does not have on these days, and this rehearsal does."""
    limits = {limit.id: limit for limit in every_limit()}
    for name in chosen:
        limit = limits[name]
        had = [period for period, value in limit.values if value is not None]
        if had and limit.on(days.first) is None and limit.on(days.last) is None:
            yield Unrehearsed(name, f"the service has this limit {_told(had[0])}{_not_on(days)}")


def of_replies(where: str, said: Iterable[str], days: Days) -> Iterator[Unrehearsed]:
    """Ids of replies whose words are not those of these days. `where`: the key that names them."""
    for id_ in dict.fromkeys(said):
        periods = reply_periods(id_)
        if not any(map(days.meet, periods)):
            why = f"the service says it {_told(periods[0])}{_not_on(days)}"
            yield Unrehearsed(f"{where} {id_}", why)


def _told(period: Period) -> str:
    parts = [
        f"since {period.since}" if period.since else "",
        f"until {period.until}" if period.until else "",
    ]
    return " ".join(filter(None, parts))


def _not_on(days: Days) -> str:
    return f", not on {days.first}"
