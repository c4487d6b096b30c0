"""The link of one client: each kind of action has its method."""

from abc import abstractmethod

from fake_exo.kernel.process import Link, Wait
from fake_exo.smtp.client.actions import (
    Action,
    Connect,
    Expect,
    HangUp,
    Lookup,
    Pause,
    Result,
    StartTls,
    Write,
)


class ClientLink(Link[Action, Result]):
    """A client's access to the network: at most one connection at a time."""

    def act(self, action: Action) -> Result | Wait:
        match action:  # the most frequent first
            case Write():
                self.write(action)
            case Expect():
                return self.expect(action)
            case Lookup():
                return self.lookup(action)
            case Connect():
                return self.connect(action)
            case StartTls():
                return self.start_tls(action)
            case Pause():
                return self.pause(action.seconds)
            case HangUp():
                self.hang_up(abrupt=action.abrupt)
        return None

    def close(self) -> None:
        self.hang_up(abrupt=False)

    @abstractmethod
    def lookup(self, action: Lookup) -> Result | Wait: ...

    @abstractmethod
    def connect(self, action: Connect) -> Result | Wait: ...

    @abstractmethod
    def write(self, action: Write) -> None: ...

    @abstractmethod
    def expect(self, action: Expect) -> Result | Wait: ...

    @abstractmethod
    def start_tls(self, action: StartTls) -> Result: ...

    @abstractmethod
    def hang_up(self, *, abrupt: bool) -> None: ...

    @abstractmethod
    def pause(self, seconds: float) -> Wait | None: ...
