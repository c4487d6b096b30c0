"""What a mail server elsewhere is like: a table of behaviours. To add one: a row.

Words and codes are those of RFC 5321 and RFC 3463, and of the mail servers that most hosts run.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple


class Said(NamedTuple):
    """A refusal: `rule` names it in the ledger, `text` is the reply without its CRLF."""

    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class MailHost:
    """A mail server at port 25 of an address. Raises ValueError for a behaviour that is unknown.

    `users`: whom it knows (know-users). `after`: seconds until a new sender may come again
    (greylist). `late`: seconds before each reply (slow). `starttls`: whether it offers that.
    """

    address: str
    behaves: str = "accept-all"
    users: tuple[str, ...] = ()
    after: float = 300.0
    late: float = 30.0
    starttls: bool = False
    name: str = "mail.elsewhere.example"

    def __post_init__(self) -> None:
        if self.behaves not in _BY_NAME:
            valid = ", ".join(_BY_NAME)
            raise ValueError(f"no behaviour is named {self.behaves!r}; valid are: {valid}")

    @property
    def behaviour(self) -> "Behaviour":
        return _BY_NAME[self.behaves]


class Offered(NamedTuple):
    """One recipient of one mail, as a client offers it. `first`: when this client, sender and
    recipient were first seen together."""

    recipient: str
    now: float
    first: float


Judge = Callable[[MailHost, Offered], Said | None]


def _known(host: MailHost, offered: Offered) -> Said | None:
    if offered.recipient.lower() in (user.lower() for user in host.users):
        return None
    text = f"550 5.1.1 <{offered.recipient}>: Recipient address rejected: User unknown"
    return Said("unknown-user", text)


def _greylisted(host: MailHost, offered: Offered) -> Said | None:
    left = offered.first + host.after - offered.now
    if left <= 0:
        return None
    text = f"451 4.7.1 <{offered.recipient}>: Greylisted, try again in {left:.0f} seconds"
    return Said("greylisted", text)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """`banner`: said in place of the greeting, and the end; `sender`: to every MAIL; `recipient`
    judges each RCPT. `needs`: the key of a `MailHost` that this behaviour reads."""

    name: str
    does: str
    banner: Said | None = None
    sender: Said | None = None
    recipient: Judge | None = None
    needs: str = ""


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("accept-all", "takes every mail"),
    Behaviour(
        "know-users", "takes mail for its `users`, 550 5.1.1 for others",
        recipient=_known, needs="users",
    ),
    Behaviour(
        "refuse", "554 in place of its banner, to everybody",
        banner=Said("no-service", "554 5.3.2 {name} accepts no mail"),
    ),
    Behaviour(
        "refuse-senders", "550 5.7.1 to every MAIL",
        sender=Said("sender-refused", "550 5.7.1 Sender address rejected: Access denied"),
    ),
    Behaviour(
        "greylist",
        "451 4.7.1 to a new client, sender and recipient, until `after` is over",
        recipient=_greylisted, needs="after",
    ),
    Behaviour("slow", "takes every mail, each reply `late`", needs="late"),
)  # fmt: skip
_BY_NAME = {behaviour.name: behaviour for behaviour in BEHAVIOURS}
