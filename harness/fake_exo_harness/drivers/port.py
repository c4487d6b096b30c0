"""What every driver is: an interpreter of device actions against a world."""

from abc import ABC, abstractmethod
from typing import ClassVar

from fake_exo import World
from fake_exo_harness.devices.actions import (
    Action,
    Close,
    Connect,
    Dialogue,
    Expect,
    JobResult,
    Lookup,
    Outcome,
    Pause,
    Reply,
    Send,
    StartTls,
)


class HarnessError(Exception):
    """The environment does not allow what was asked: a driver missing, a port taken."""


class Driver(ABC):
    """One driver for one world; `perform` may be called any number of times."""

    name: ClassVar[str]
    simulated: ClassVar[bool] = True  # devices are profiles, time is virtual

    def __init__(self, world: World) -> None:
        self.world = world

    def open(self) -> None:
        """Make ready. Raises HarnessError when the environment is not fit."""
        return

    def close(self) -> None:
        """Give back all that `open` took."""
        return

    def perform(self, dialogue: Dialogue, public_ip: str) -> JobResult:
        """Carry a device's dialogue to its end."""
        outcome: Outcome = None
        line = self.line(public_ip)
        try:
            while True:
                outcome = line.act(dialogue.send(outcome))
        except StopIteration as done:
            result = done.value
            assert isinstance(result, JobResult)
            return result
        finally:
            line.close(abrupt=False)

    @abstractmethod
    def line(self, public_ip: str) -> "Line":
        """A fresh line to the world for one job."""


class Line(ABC):
    """One device's access to the network during a job: at most one connection at a time."""

    def act(self, action: Action) -> Outcome:
        """Carry out one action."""
        match action:
            case Lookup():
                return self.lookup(action)
            case Connect():
                return self.connect(action)
            case Expect():
                return self.expect(action)
            case StartTls():
                return self.start_tls(action)
            case Send():
                self.send(action)
            case Close():
                self.close(abrupt=action.abrupt)
            case Pause():
                self.pause(action.seconds)
        return None

    @abstractmethod
    def lookup(self, action: Lookup) -> Outcome: ...

    @abstractmethod
    def connect(self, action: Connect) -> Outcome: ...

    @abstractmethod
    def send(self, action: Send) -> None: ...

    @abstractmethod
    def expect(self, action: Expect) -> Outcome: ...

    @abstractmethod
    def start_tls(self, action: StartTls) -> Outcome: ...

    @abstractmethod
    def close(self, *, abrupt: bool) -> None: ...

    @abstractmethod
    def pause(self, seconds: float) -> None: ...


class Inbox:
    """Bytes from the server, taken out reply by reply."""

    def __init__(self) -> None:
        self._data = b""

    def add(self, data: bytes) -> None:
        self._data += data

    def reply(self) -> Reply | None:
        """The next whole reply; None while its last line has not come."""
        lines: list[bytes] = []
        position = 0
        while (end := self._data.find(b"\r\n", position)) >= 0:
            line = self._data[position:end]
            position = end + 2
            lines.append(line)
            if line[3:4] != b"-":
                self._data = self._data[position:]
                return _reply(lines)
        return None


def _reply(lines: list[bytes]) -> Reply:
    head = lines[-1][:3]
    code = int(head) if head.isdigit() else 0
    return Reply(code, tuple(line[4:].decode("utf-8", "replace") for line in lines))
