"""A wait for what `then:` of a scenario says, judged anew whenever the record grows.

The checks are those of scenarios. Where those judge a job, these judge each session since the mark
by itself, and all of them together: it is met when all checks hold for one of them.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fake_exo import Closed, Event, Excerpt, Gauge, Opened, explained
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.mails import mail_item
from fake_exo_harness.api.problems import refused
from fake_exo_harness.api.reading import read
from fake_exo_harness.api.resources import DifferenceItem, MailItem, WaitItem
from fake_exo_harness.api.search import EVERYTHING, Search, Sought
from fake_exo_harness.api.served import ServedWorld
from fake_exo_harness.checks import Failure, check
from fake_exo_harness.forms.location import NOWHERE
from fake_exo_harness.record import RunRecord
from fake_exo_harness.scenario import wanted
from fake_exo_harness.scenario.expectations import CHECKS
from fake_exo_harness.scenario.expectations import check as check_kind
from fake_exo_harness.seen import seen_job

LONGEST = 300.0  # seconds of a wait
_MOST_CHECKS = 30
# Checks of a job's other side, which only a device knows.
_OF_DEVICES = ("device", "connection", "elapsed", "lost", "refused_change")
WAITABLE = tuple(name for name in CHECKS if name not in _OF_DEVICES)
_OF_WORLD = (wanted.MessageCheck, wanted.UsageCheck)
# What a session that goes on can still undo.
_WHEN_OVER = (
    wanted.NoReplyCheck,
    wanted.ClearTextCheck,
    wanted.EncryptedCheck,
    wanted.RetryCheck,
)
_OF_SEVERAL = (wanted.RetryCheck, wanted.QueryCheck)  # what one session seldom has by itself


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is waited for: checks, or so many messages of a search, or both."""

    checks: tuple[wanted.Check, ...] = ()
    messages: int = 0
    query: Search = EVERYTHING

    @property
    def when_over(self) -> bool:
        """Whether only sessions that have ended are judged."""
        return any(isinstance(one, _WHEN_OVER) or _no_report(one) for one in self.checks)


def _no_report(one: wanted.Check) -> bool:
    return isinstance(one, wanted.ReportCheck) and one.kind == "none"


def read_checks(value: Any, place: str = "/then") -> tuple[wanted.Check, ...]:  # noqa: ANN401
    """The checks of a request. Raises RequestProblem for what is none, or nobody here can judge."""
    rows = value if isinstance(value, list) else [value]
    if len(rows) > _MOST_CHECKS:
        raise refused(400, f"more than {_MOST_CHECKS} checks", "wait for fewer", place)
    return tuple(_check(row, f"{place}/{number}") for number, row in enumerate(rows))


def _check(row: Any, place: str) -> wanted.Check:  # noqa: ANN401 - plain data
    if isinstance(row, Mapping):
        for name, inner in row.items():
            if name in _OF_DEVICES:
                cause = f"{name}: is what a device knows, or a scenario"
                raise refused(400, cause, f"wait for {', '.join(WAITABLE)}", place)
            if isinstance(inner, Mapping) and "job" in inner:
                raise refused(400, "here are no jobs", "leave job: out", f"{place}/{name}/job")
    made: wanted.Check = read(check_kind, row, place)
    return made


class _Look:
    """What one who waits has seen since the mark: events by cause, sessions in their order, those
    that have had news since they were judged, and the one for which all checks hold."""

    def __init__(self, since: int) -> None:
        self.by_cause: dict[int, list[Event]] = {}
        self.sessions: dict[int, int] = {}  # cause: connection
        self.fresh: dict[int, None] = {}
        self.end = since
        self.good: int | None = None
        self.nearest: list[Failure] | None = None

    def take(self, excerpt: Excerpt[Event]) -> None:
        for event in excerpt.events:
            self.by_cause.setdefault(event.cause, []).append(event)
            if isinstance(event, Opened):
                self.sessions[event.cause] = event.connection
            if event.cause in self.sessions:
                self.fresh[event.cause] = None
        self.end = excerpt.end

    @property
    def together(self) -> tuple[Event, ...]:
        """All of it, in its order; nothing while nobody has come."""
        if not self.sessions:
            return ()
        every = (event for events in self.by_cause.values() for event in events)
        return tuple(sorted(every, key=lambda event: event.at))


async def wait(served: ServedWorld, want: Wanted, since: int, within: float) -> WaitItem:
    """Wait in real time until it is as wanted, at most so many seconds."""
    limit, look = time.monotonic() + within, _Look(since)
    while True:
        excerpt = served.world.ledger.since(look.end)
        usage = served.world.usage() if _asks_usage(want) else ()
        met = await served.ask(_judge(served, want, look, excerpt, usage))
        left = limit - time.monotonic()
        if met.met or left <= 0:
            return met
        await served.pulse.beyond(look.end, left)


def _asks_usage(want: Wanted) -> bool:
    return any(isinstance(one, wanted.UsageCheck) for one in want.checks)


def _judge(
    served: ServedWorld,
    want: Wanted,
    look: _Look,
    excerpt: Excerpt[Event],
    usage: tuple[Gauge, ...],
) -> Callable[[Happenings], WaitItem]:
    def judged(found: Happenings) -> WaitItem:
        look.take(excerpt)
        mails = _mails(found, served.deleted, want, look) if want.messages else []
        failures = [*_of_sessions(want, look), *_of_world(want, look, usage)]
        if len(mails) < want.messages:
            failures.append(Failure(NOWHERE, "messages", f"{want.messages}", f"{len(mails)}"))
        told = [difference(failure) for failure in failures[:50]]
        return WaitItem(not failures, look.end, look.good, mails[:100], told)

    return judged


def _mails(found: Happenings, deleted: set[int], want: Wanted, look: _Look) -> list[MailItem]:
    """Messages of these sessions that the search finds, the oldest first."""
    connections = look.sessions.values()
    numbers = [n for c in connections for n in found.of_session.get(c, ()) if n not in deleted]
    return [mail_item(found, n) for n in numbers if want.query.fits(Sought(found, n))]


def _of_world(want: Wanted, look: _Look, usage: tuple[Gauge, ...]) -> Iterator[Failure]:
    """What fails of checks that look at all that has come."""
    checks = [one for one in want.checks if isinstance(one, _OF_WORLD)]
    if checks:
        record = RunRecord([seen_job(look.together)], usage)
        for one in checks:
            yield from check(one, record)


def _of_sessions(want: Wanted, look: _Look) -> Sequence[Failure]:
    """What fails of the others: nothing where all hold for one session. Only sessions with news are
    judged anew, the newest first."""
    checks = [one for one in want.checks if not isinstance(one, _OF_WORLD)]
    if not checks:
        return ()
    fresh, look.fresh = [*look.fresh], {}
    for cause in reversed(fresh):
        _judge_session(checks, want, look, cause)
    if look.good is not None:
        return ()
    if any(isinstance(one, _OF_SEVERAL) for one in checks) and look.sessions:
        return _failures(checks, look.together)
    nobody = Failure(NOWHERE, "session", "one to judge", "none has come, or it goes on")
    return look.nearest or [nobody]


def _judge_session(checks: Sequence[wanted.Check], want: Wanted, look: _Look, cause: int) -> None:
    events, connection = tuple(look.by_cause[cause]), look.sessions[cause]
    if want.when_over and not any(isinstance(event, Closed) for event in events):
        return
    failures = _failures(checks, events)
    if not failures:
        look.good = connection
    elif look.good == connection:
        look.good = None
    look.nearest = failures or look.nearest


def _failures(checks: Iterable[wanted.Check], events: tuple[Event, ...]) -> list[Failure]:
    record = RunRecord([seen_job(events)])
    return [failure for one in checks for failure in check(one, record)]


def difference(failure: Failure) -> DifferenceItem:
    """A failed check, with why and what to change where a rule is behind it."""
    rule = explained(failure.rule) if failure.rule else None
    why, fix = (rule.why, rule.fix) if rule is not None else ("", "")
    return DifferenceItem(
        failure.title, failure.expected, failure.got[:4_000], failure.rule, why, fix
    )
