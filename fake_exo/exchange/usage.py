"""How much of each limit is used: sliding sums by who and what, and what is on its way in.

Amounts are counted where they arise (acceptance, delivery) and asked for by rules and quotas; the
limits themselves are data.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from typing import ClassVar

DAY = 86_400.0
HOUR = 3_600.0
MINUTE = 60.0
_MANY = 10_000  # sums that are kept without a look at whether they still count


class Count:
    """What is counted, over how many seconds, and for whom. Equal to itself only: no Enum, whose
    hash is worked out in Python for every look-up."""

    __slots__ = ("label", "span", "whose")

    RECIPIENTS_DAY: ClassVar["Count"]
    MESSAGES_MINUTE: ClassVar["Count"]
    EXTERNAL_HOUR: ClassVar["Count"]
    INTERNAL_HOUR: ClassVar["Count"]
    TENANT_EXTERNAL_DAY: ClassVar["Count"]
    ONMICROSOFT_DAY: ClassVar["Count"]
    RECEIVED_HOUR: ClassVar["Count"]
    PAIR_HOUR: ClassVar["Count"]
    ADDRESS_HOUR: ClassVar["Count"]
    ERRORS_HOUR: ClassVar["Count"]
    HVE_INSIDE_DAY: ClassVar["Count"]
    HVE_OUTSIDE_DAY: ClassVar["Count"]

    def __init__(self, label: str, span: float, whose: str) -> None:
        self.label = label
        self.span = span
        self.whose = whose


Count.RECIPIENTS_DAY = Count("recipients a day", DAY, "mailbox")
Count.MESSAGES_MINUTE = Count("messages a minute", MINUTE, "mailbox")
Count.EXTERNAL_HOUR = Count("outside recipients an hour", HOUR, "mailbox")
Count.INTERNAL_HOUR = Count("inside recipients an hour", HOUR, "mailbox")
Count.TENANT_EXTERNAL_DAY = Count("outside recipients a day", DAY, "tenant")
Count.ONMICROSOFT_DAY = Count("outside recipients a day from onmicrosoft.com", DAY, "tenant")
Count.RECEIVED_HOUR = Count("messages received an hour", HOUR, "recipient")
Count.PAIR_HOUR = Count("messages an hour from one sender", HOUR, "recipient")
Count.ADDRESS_HOUR = Count("messages an hour without a connector", HOUR, "address")
Count.ERRORS_HOUR = Count("refusals of one kind an hour", HOUR, "mailbox")
Count.HVE_INSIDE_DAY = Count("inside recipients a day by High Volume Email", DAY, "tenant")
Count.HVE_OUTSIDE_DAY = Count("outside recipients a day by High Volume Email", DAY, "tenant")


class Window:
    """A sliding sum: how much was counted in the last `span` seconds."""

    __slots__ = ("_entries", "_span", "_total")

    def __init__(self, span: float) -> None:
        self._span = span
        self._entries: deque[tuple[float, int]] = deque()
        self._total = 0

    def add(self, at: float, amount: int) -> None:
        self._entries.append((at, amount))
        self._total += amount
        self._forget(at)

    def total(self, now: float) -> int:
        self._forget(now)
        return self._total

    def frees_at(self) -> float | None:
        """When the oldest amount stops to count; None when there is none."""
        return self._entries[0][0] + self._span if self._entries else None

    def _forget(self, now: float) -> None:
        oldest = now - self._span
        while self._entries and self._entries[0][0] <= oldest:
            self._total -= self._entries.popleft()[1]


class Usage:
    """All sliding sums of one world."""

    def __init__(self) -> None:
        self._windows: dict[tuple[Count, str], Window] = {}
        self._many = _MANY  # beyond so many it is looked for some that are empty
        self._in_flight: dict[str, int] = defaultdict(int)
        self._blocked: dict[str, float] = {}

    def add(self, what: Count, who: str, at: float, amount: int = 1) -> None:
        key = (what, who)
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= self._many:
                self._sweep(at)
            window = self._windows[key] = Window(what.span)
        window.add(at, amount)

    def _sweep(self, now: float) -> None:
        """Forget who did nothing for so long that nothing of it counts: senders may be made up."""
        self._windows = {key: w for key, w in self._windows.items() if w.total(now)}
        self._many = max(_MANY, 2 * len(self._windows))

    def total(self, what: Count, who: str, now: float) -> int:
        window = self._windows.get((what, who))
        return 0 if window is None else window.total(now)

    def entries(self, now: float) -> Iterator[tuple[Count, str, int, float | None]]:
        """Whatever is in use: what, who, how much, and when some of it is free again."""
        for (what, who), window in self._windows.items():
            if used := window.total(now):
                yield what, who, used, window.frees_at()

    def begin(self, mailbox: str) -> None:
        """A message of this mailbox is on its way in (after DATA)."""
        self._in_flight[mailbox] += 1

    def end(self, mailbox: str) -> None:
        self._in_flight[mailbox] -= 1

    def in_flight(self, mailbox: str) -> int:
        return self._in_flight.get(mailbox, 0)

    def block(self, mailbox: str, until: float) -> None:
        """The outbound policy stops a mailbox until then."""
        self._blocked[mailbox] = until

    def blocked(self, mailbox: str, now: float) -> bool:
        return self._blocked.get(mailbox, 0.0) > now
