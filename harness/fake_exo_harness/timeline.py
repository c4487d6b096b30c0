"""A cutover as a timeline: what was sent between two changes, by which devices, to where, and lost.

Values and folds over them; `traffic` fills them, reports and the check `lost` read them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class Mail:
    """One mail of the traffic. `to_address` is where it went; "" when nobody was asked."""

    device: str
    at: float  # seconds since the epoch, when the device began
    recipients: int
    to_address: str = ""
    arrived: int = 0  # copies in inboxes, on their way out, or taken elsewhere
    why: str = ""  # for what did not arrive: the refusal, or the report
    elsewhere: bool = False  # taken by a mail server that is not the service's

    @property
    def group(self) -> str:
        """The device's name, or that which it shares with others: floor-17 is one of floor."""
        head, _, tail = self.device.rpartition("-")
        return head if head and tail.isdigit() else self.device

    @property
    def lost(self) -> bool:
        return self.arrived < self.recipients


@dataclass(slots=True)
class Log:
    """The traffic of a scenario and the changes on the way, in the order of time."""

    mails: list[Mail] = field(default_factory=list)
    changes: list[tuple[float, str]] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    @property
    def lost(self) -> list[Mail]:
        return [mail for mail in self.mails if mail.lost]


@dataclass(frozen=True, slots=True)
class Stretch:
    """What the devices of one group did between two changes."""

    group: str
    devices: int
    began: float
    ended: float
    places: Mapping[str, int]  # address of the server: mails
    mails: int
    lost: int
    first_lost: float | None
    last_lost: float | None
    reasons: Mapping[str, int]


def stretches(log: Log) -> Iterator[tuple[float, str, list[Stretch]]]:
    """The timeline: each change with what was sent until the next one, by group of devices."""
    marks = [(log.began, "the beginning"), *log.changes]
    marks = [(at, text) for at, text in marks if at <= log.ended]
    for number, (at, text) in enumerate(marks):
        end = marks[number + 1][0] if number + 1 < len(marks) else log.ended + 1
        inside = [m for m in log.mails if at <= m.at < end]
        groups: dict[str, list[Mail]] = {}
        for mail in inside:
            groups.setdefault(mail.group, []).append(mail)
        yield at, text, [_stretch(name, mails, at, end) for name, mails in groups.items()]


def _stretch(group: str, mails: Sequence[Mail], began: float, ended: float) -> Stretch:
    lost = [mail for mail in mails if mail.lost]
    return Stretch(
        group,
        len({mail.device for mail in mails}),
        began,
        ended,
        _counted(mail.to_address or "nobody" for mail in mails),
        len(mails),
        len(lost),
        lost[0].at if lost else None,
        lost[-1].at if lost else None,
        _counted(mail.why or "no reason known" for mail in lost),
    )


def _counted(texts: Iterable[str]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    return dict(sorted(counts.items(), key=lambda pair: -pair[1]))
