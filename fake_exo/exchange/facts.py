"""All that a rule of Exchange Online may look at."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from fake_exo.exchange.attribution import NOBODY, Attributed
from fake_exo.exchange.directory import Directory
from fake_exo.exchange.reputation import Reputation
from fake_exo.exchange.service import Service
from fake_exo.exchange.tenant import AccessToken, Account, Mailbox, Tenant
from fake_exo.exchange.usage import Usage
from fake_exo.kernel.endpoint import Trait
from fake_exo.mail.fields import MessageFacts
from fake_exo.mail.message import Judgement
from fake_exo.rules.rule import Rule
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Command
from fake_exo.smtp.session import Session


@dataclass(frozen=True, slots=True)
class Env:
    """The world as a rule sees it, in one snapshot."""

    directory: Directory
    reputation: Reputation
    service: Service
    usage: Usage


@dataclass(slots=True)
class TenantSession(Session):
    """A connection, and who has signed in on it."""

    user: Account | None = None
    tenant: Tenant | None = None  # of the signed-in user
    token: AccessToken | None = None  # with which a High Volume Email account signed in
    by_domain: dict[str, int] = field(default_factory=dict)  # recipients taken, by domain
    unknown: int = 0  # recipients of this transaction that nobody in their domain is

    @property
    def mailbox(self) -> Mailbox | None:
        """The signed-in user's, if the user is one."""
        return self.user if isinstance(self.user, Mailbox) else None

    def reset(self) -> None:
        Session.reset(self)
        self.unknown = 0
        if self.by_domain:
            self.by_domain = {}


@dataclass(slots=True)
class Facts:
    """One question to the rules. `attribution` is known at RCPT and MESSAGE of the MX endpoint.

    Nobody changes it. It is read a hundred times a message: slots are read in an eighth of the
    steps of a named tuple's fields, and frozen ones would take longer to fill than that saves.
    """

    stage: Stage
    command: Command
    session: TenantSession
    env: Env
    now: float
    day: date  # of `now`
    attribution: Attributed = NOBODY
    message: MessageFacts | None = None
    judgement: Judgement | None = None  # of anonymous mail at MESSAGE
    content: bytes | bytearray = b""  # at MESSAGE; only for what `message` does not tell

    def limit(self, id_: str) -> float | None:
        return self.env.service.limits.number(id_, self.day)


def day_of(now: float) -> date:
    return datetime.fromtimestamp(now, UTC).date()


# Where a rule holds: at every endpoint that has all these traits.
ALL: frozenset[Trait] = frozenset()
SIGNS_IN = frozenset({Trait.SIGNS_IN})
SUBMISSION = frozenset({Trait.COUNTS_SUBMISSION})
MX = frozenset({Trait.ATTRIBUTES})
LEGACY = frozenset({Trait.COUNTS_SUBMISSION, Trait.OLD_TLS})
HVE = frozenset({Trait.ENTERPRISE_ONLY})


class ExchangeRule(Rule[Facts]):
    """A row of Exchange Online's policy."""

    __slots__ = ()
