"""What a server knows of one connection. The protocol machine writes it, rules only read it."""

from collections.abc import Container
from dataclasses import dataclass, field
from enum import IntEnum

from fake_exo.kernel.endpoint import Endpoint
from fake_exo.mail.message import MailFrom, Recipient
from fake_exo.tls.facts import Tls


class Phase(IntEnum):
    """How far the dialogue has come; the order is the order of RFC 5321."""

    CONNECTED = 0  # no HELO or EHLO yet, or forgotten after STARTTLS
    GREETED = 1
    SENDER = 2  # MAIL accepted
    RECIPIENTS = 3  # at least one RCPT accepted
    CHUNKS = 4  # BDAT begun, LAST not yet seen


@dataclass(slots=True)
class Session:
    """One connection: its fixed facts first, then what the dialogue has established so far."""

    number: int
    cause: int  # what everything that happens on it goes back to
    id: str
    endpoint: Endpoint
    client_ip: str
    server_ip: str
    port: int
    opened_at: float
    host: str  # label of the host that answers
    trace_host: str  # its full name in trace lines
    hosts: Container[str] = frozenset()  # names under which the client may know this server
    phase: Phase = Phase.CONNECTED
    tls: Tls | None = None
    hello: str = ""
    esmtp: bool = False
    login: str = ""
    auth_error: str = ""  # the text of the last refused AUTH, remembered for MAIL
    mail_from: MailFrom | None = None
    recipients: list[Recipient] = field(default_factory=list)
    errors: int = 0

    def reset(self) -> None:
        """Forget the mail transaction, as RSET, HELO, EHLO and the end of a message do."""
        self.mail_from = None
        if self.recipients:
            self.recipients = []
        if self.phase > Phase.GREETED:
            self.phase = Phase.GREETED
