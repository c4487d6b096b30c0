"""What devices do by themselves while time passes, and what became of each mail."""

import heapq
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from fake_exo import (
    Event,
    Fate,
    Gap,
    Noted,
    Settled,
    World,
)
from fake_exo_harness.devices import Device
from fake_exo_harness.devices.jobs import Job, JobResult
from fake_exo_harness.drivers import MemoryDriver
from fake_exo_harness.scenario.model import Traffic, members
from fake_exo_harness.timeline import Log, Mail

_SUFFIX = re.compile(r" \[[^\[\]]* [^\[\]]*\]$")  # host, time and session of one reply
_LOST = (Fate.BOUNCED, Fate.DROPPED, Fate.JUNKED, Fate.QUARANTINED)


class Flow:
    """Carries the traffic of a scenario out, as time passes."""

    def __init__(self, world: World, traffic: Sequence[Traffic], log: Log) -> None:
        self._world = world
        self._log = log
        self._driver = MemoryDriver(world)
        self._plan: list[tuple[float, int, str, Traffic]] = []
        self._order = itertools.count()
        self._watcher = _Watcher()
        self._traffic = traffic

    def begin(self, names: Sequence[str]) -> None:
        """Plan everybody's first mail, spread over the interval."""
        now = self._log.began = self._world.now()
        self._subscription = self._world.subscribe(self._watcher.saw)
        for traffic in self._traffic:
            mine = members(traffic.devices, names)
            for number, name in enumerate(mine):
                at = now + (traffic.start or 0.0) + traffic.over * number / len(mine)
                heapq.heappush(self._plan, (at, next(self._order), name, traffic))

    def advance(
        self,
        seconds: float,
        device: Callable[[str], tuple[Device, str]],
        job: Callable[[Traffic], Job],
    ) -> None:
        """Let time pass; `device` gives a device by name with its public address."""
        end = self._world.now() + seconds
        while self._plan and self._plan[0][0] < end:
            self._world.advance(max(0.0, self._plan[0][0] - self._world.now()))
            now = tuple(self._due())
            for name, traffic in now:
                self._send(name, job(traffic), *device(name), beside=len(now) > 1)
        self._world.advance(max(0.0, end - self._world.now()))
        self._log.ended = self._world.now()

    def _due(self) -> Iterator[tuple[str, Traffic]]:
        """Who sends next, with all who send at the same moment; each is planned again."""
        at = self._plan[0][0]
        while self._plan and self._plan[0][0] == at:
            _, _, name, traffic = heapq.heappop(self._plan)
            heapq.heappush(self._plan, (at + traffic.every, next(self._order), name, traffic))
            yield name, traffic

    def finish(self) -> None:
        self._driver.finish()
        self._subscription.end()
        if self._subscription.error is not None:
            raise self._subscription.error
        for mail, cause in self._watcher.watched:
            self._watcher.tell(mail, cause)
        self._log.changes = self._watcher.notes

    def _send(self, name: str, job: Job, device: Device, public_ip: str, *, beside: bool) -> None:
        now = self._world.now()
        mail = Mail(name, now, len(job.to) + len(job.cc) + len(job.bcc))
        self._log.mails.append(mail)

        cause = self._world.ledger.cause()

        def done(result: JobResult) -> None:
            mail.to_address = result.address
            mail.why = _SUFFIX.sub("", result.failure)
            self._watcher.watched.append((mail, cause))

        dialogue = device.perform(job, datetime.fromtimestamp(now, UTC))
        self._driver.start(dialogue, public_ip, cause, done, beside=beside)


class _Watcher:
    """Folds the ledger as it grows: what each mail came to."""

    def __init__(self) -> None:
        self.watched: list[tuple[Mail, int]] = []  # each with its cause
        self.notes: list[tuple[float, str]] = []
        self._ends: dict[int, list[tuple[Fate, str]]] = {}

    def saw(self, event: Event | Gap) -> None:
        match event:
            case Settled():
                ends = self._ends.setdefault(event.cause, [])
                ends.append((event.outcome.fate, event.outcome.detail))
            case Noted():
                self.notes.append((event.at, event.text))

    def tell(self, mail: Mail, cause: int) -> None:
        """Write into a mail what became of it."""
        ends = self._ends.get(cause, [])
        mail.arrived += sum(fate not in _LOST for fate, _ in ends)
        mail.elsewhere = any(fate is Fate.ELSEWHERE for fate, _ in ends)
        mail.why = next((why for fate, why in ends if fate in _LOST), mail.why)
