"""What drives a world: clients, the processes that they are, and places. The face for drivers.

Users of a world need `fake_exo` only.
"""

from fake_exo.kernel.bindings import Binding, Missed, representatives
from fake_exo.kernel.endpoint import SocketAddress
from fake_exo.kernel.process import Link, Processes, Wait, carry_out
from fake_exo.smtp.client.actions import (
    Action,
    Connect,
    Connected,
    ConnectFailed,
    Dialogue,
    Expect,
    HandshakeFailed,
    HangUp,
    LookedUp,
    Lookup,
    Lost,
    Pause,
    Reply,
    Result,
    StartTls,
    TimedOut,
    TlsOptions,
    TlsUp,
    Write,
)
from fake_exo.smtp.client.inbox import Inbox
from fake_exo.smtp.client.link import ClientLink
from fake_exo.smtp.client.manner import Manner
from fake_exo.smtp.client.memory import MemoryLink, looked_up
from fake_exo.smtp.client.session import ServerSettings, connect, greet, open_session
from fake_exo.smtp.client.talk import GaveUp, Talk
from fake_exo.smtp.client.transaction import send
from fake_exo.smtp.pipe import Offer, Pipe

__all__ = [
    "Action",
    "Binding",
    "ClientLink",
    "Connect",
    "ConnectFailed",
    "Connected",
    "Dialogue",
    "Expect",
    "GaveUp",
    "HandshakeFailed",
    "HangUp",
    "Inbox",
    "Link",
    "LookedUp",
    "Lookup",
    "Lost",
    "Manner",
    "MemoryLink",
    "Missed",
    "Offer",
    "Pause",
    "Pipe",
    "Processes",
    "Reply",
    "Result",
    "ServerSettings",
    "SocketAddress",
    "StartTls",
    "Talk",
    "TimedOut",
    "TlsOptions",
    "TlsUp",
    "Wait",
    "Write",
    "carry_out",
    "connect",
    "greet",
    "looked_up",
    "open_session",
    "representatives",
    "send",
]
