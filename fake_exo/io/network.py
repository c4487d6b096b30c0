"""The real ports of a world: SMTP listeners, DNS, and who is who behind loopback addresses."""

import contextlib
import ssl
from collections.abc import Callable
from typing import Protocol

from fake_exo import dns
from fake_exo.clock import Clock, RunningClock
from fake_exo.io.dns_wire import DnsListener
from fake_exo.io.loop import LoopThread
from fake_exo.io.smtp_wire import SmtpListener, Spot
from fake_exo.io.tls import authority_pem, server_context
from fake_exo.model.events import DnsQueried
from fake_exo.model.vocabulary import Endpoint
from fake_exo.policy.service import profile
from fake_exo.protocol.machine import Machine


class NetworkHost(Protocol):
    """What the listeners need of the world."""

    clock: Clock
    skip_delays: bool
    names: dns.Names
    home_forest: str
    public_addresses: dict[tuple[str, int] | str, str]

    def session(self, address: str, port: int, client_ip: str) -> Machine | None: ...
