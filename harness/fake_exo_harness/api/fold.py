"""What has happened in a world, by connection and by message: a fold that goes on where it ended.

It belongs to one thread (see `served`), and holds no more than the record does.
"""

from dataclasses import dataclass, field

from fake_exo import (
    Accepted,
    Closed,
    DnsQueried,
    Event,
    Excerpt,
    Filed,
    Opened,
    Outcome,
    Reported,
    Settled,
)


@dataclass(slots=True)
class Happenings:
    """Sessions by connection, messages by number, each in the order in which they came. `start` and
    `mark`: from where, and how far, the record has been read."""

    start: int = 0
    mark: int = 0
    sessions: dict[int, list[Event]] = field(default_factory=dict)
    opened: dict[int, Opened] = field(default_factory=dict)
    closed: dict[int, Closed] = field(default_factory=dict)
    of_session: dict[int, list[int]] = field(default_factory=dict)
    mails: dict[int, Accepted] = field(default_factory=dict)
    copies: dict[int, list[Outcome]] = field(default_factory=dict)
    sent_items: dict[int, list[str]] = field(default_factory=dict)
    reports: dict[int, Reported] = field(default_factory=dict)
    queries: list[DnsQueried] = field(default_factory=list)

    def extend(self, excerpt: Excerpt[Event]) -> None:
        """Read on; what has been read already is passed over."""
        for event in excerpt.events[max(0, self.mark - excerpt.start) :]:
            self._take(event)
        self.mark = max(self.mark, excerpt.end)

    def _take(self, event: Event) -> None:
        connection = getattr(event, "connection", None)
        if connection is not None:
            self.sessions.setdefault(connection, []).append(event)
        match event:
            case Opened():
                self.opened[event.connection] = event
            case Closed():
                self.closed[event.connection] = event
            case Accepted():
                self.mails[event.message.number] = event
                self.of_session.setdefault(event.connection, []).append(event.message.number)
            case _:
                self._follow(event)

    def _follow(self, event: Event) -> None:
        """What became of a message, and what is beside all dialogues."""
        match event:
            case Settled():
                self.copies.setdefault(event.outcome.message, []).append(event.outcome)
            case Filed():
                self.sent_items.setdefault(event.message, []).append(event.mailbox)
            case Reported():
                self.reports[event.report.mail.number] = event
            case DnsQueried():
                self.queries.append(event)
