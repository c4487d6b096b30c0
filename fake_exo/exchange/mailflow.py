"""Mail flow behind the wire: what acceptance counts, when delivery happens, what is reported.

Everything is recorded in the ledger; `delivery`, `filtering` and `reports` decide.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Sequence
from datetime import date

from fake_exo import dns
from fake_exo.events import Accepted, Event, Filed, Reported, Settled
from fake_exo.exchange.delivery import Delivery
from fake_exo.exchange.dsn import reports
from fake_exo.exchange.facts import Env
from fake_exo.exchange.filtering import judge
from fake_exo.exchange.hosts import HostNames
from fake_exo.exchange.quotas import Quotas, count_high_volume, count_submission
from fake_exo.exchange.tenant import Mailbox, Tenant, ThresholdAction
from fake_exo.exchange.usage import DAY, MINUTE, Count
from fake_exo.kernel.ledger import Ledger
from fake_exo.mail.message import Attribution, Fate, Judgement, Message, Outcome
from fake_exo.smtp.session import Session

# Copies in Sent Items came with the change of client submission in September 2018.
FILED_SINCE = date(2018, 9, 1)


class Run(ABC):
    """The world as mail flow sees it."""

    env: Env
    ledger: Ledger[Event]
    ids: HostNames
    now: Callable[[], float]

    @property
    @abstractmethod
    def names(self) -> dns.Names: ...

    @property
    @abstractmethod
    def day(self) -> date: ...

    @abstractmethod
    def clients_now(self) -> float: ...

    @abstractmethod
    def limit(self, id_: str) -> float | None: ...

    @abstractmethod
    def after(self, seconds: float, action: Callable[[], None]) -> None: ...

    @abstractmethod
    def taken(self) -> None: ...

    @abstractmethod
    def note(self, text: str, cause: int | None = None) -> None: ...


class MailFlow:
    """The transport of one world."""

    def __init__(self, world: Run) -> None:
        self._world = world
        self._releases: dict[str, deque[float]] = {}
        self._meter: Quotas | None = None
        self.held: dict[int, float] = {}  # messages whose delivery waits, and until when

    def reset(self) -> None:
        self._releases.clear()
        self.held.clear()
        self._meter = None

    def accept(self, message: Message, session: Session, fate: Fate | None = None) -> None:
        """A session took a message: count it, and deliver it now or when its turn comes. `fate`:
        where a fault puts every copy of it."""
        now, cause = self._world.now(), session.cause
        self._world.ledger.record(Accepted(now, cause, session.number, message))
        self._delivered(message, now, cause, fate)
        self._world.taken()

    def _delivered(self, message: Message, now: float, cause: int, fate: Fate | None) -> None:
        wait = self._count(message)
        if fate is not None:
            for outcome in self._outcomes(message):
                ended = outcome._replace(fate=fate, detail="injected", reply="")
                self._world.ledger.record(Settled(now, cause, ended))
            return
        if wait > 0:
            self.held[message.number] = now + wait
            self._world.after(wait, lambda: self._deliver_held(message, cause))
        else:
            self._deliver(message, cause)

    def _deliver_held(self, message: Message, cause: int) -> None:
        if self.held.pop(message.number, None) is not None:  # else forgotten meanwhile
            self._deliver(message, cause)
            self._world.taken()

    def _count(self, message: Message) -> float:
        """Count what was taken. Returns for how many seconds its delivery is put off: what a
        mailbox submits beyond its messages a minute is carried over to the following minutes."""
        env, at = self._world.env, message.received_at
        if message.attribution is Attribution.INCOMING:
            env.usage.add(Count.ADDRESS_HOUR, message.client_ip, at)
        tenant = env.directory.tenants.get(message.tenant or "")
        if tenant is None or message.user is None:
            return 0.0
        if self._mailbox(message) is None:
            count_high_volume(env.usage, message, tenant, env.directory)
            return 0.0
        count_submission(env.usage, message, tenant, env.directory)
        most = self._world.limit("submission.messages_per_minute")
        return self._carried_over(message.user, at, int(most)) if most else 0.0

    def _carried_over(self, mailbox: str, at: float, most: int) -> float:
        releases = self._releases.setdefault(mailbox, deque(maxlen=most))
        release = max(at, releases[0] + MINUTE) if len(releases) == most else at
        releases.append(release)
        return release - at

    # ---- delivery ------------------------------------------------------------------------------

    def _deliver(self, message: Message, cause: int) -> None:
        world = self._world
        outcomes = self._outcomes(message)
        for outcome in outcomes:
            world.ledger.record(Settled(world.now(), cause, outcome))
        self._file(message, cause)
        directory = world.env.directory
        for report in reports(message, outcomes, directory, world.ids.message, self._report):
            world.ledger.record(Reported(world.now(), cause, report))
        self._count_invalid(message, outcomes)

    def _outcomes(self, message: Message) -> tuple[Outcome, ...]:
        world, directory = self._world, self._world.env.directory
        meter = self._quotas()
        work = Delivery(message, directory, world.limit, self._text, self._judged, meter)
        now = world.now()
        if now == message.received_at:
            return work.outcomes()
        return tuple(outcome._replace(at=now) for outcome in work.outcomes())

    def _text(self, key: str) -> tuple[str, str]:
        """Id and text of a reply as a report quotes it, without its suffix."""
        found = self._world.env.service.catalogue.quoted(key, self._world.day)
        return found.id, found.text.replace("{suffix}", "")

    def _quotas(self) -> Quotas:
        """Those of the day, until the directory changes."""
        env, day, known = self._world.env, self._world.day, self._meter
        if known is None or known.day != day or known.directory is not env.directory:
            known = self._meter = Quotas(env.usage, env.service.limits, env.directory, day)
        return known

    def _report(self, mail: Message) -> tuple[Outcome, ...]:
        """A report that cannot be delivered is dropped: nobody reports to the null sender."""
        return tuple(
            o._replace(fate=Fate.DROPPED) if o.fate is Fate.BOUNCED else o
            for o in self._outcomes(mail)
        )

    def _mailbox(self, message: Message) -> Mailbox | None:
        """Whose submission it is; None where the account has no mailbox, and for other mail."""
        directory = self._world.env.directory
        known = directory.recipient(message.user) if message.user is not None else None
        box = known.recipient if known is not None else None
        return box if isinstance(box, Mailbox) else None

    def _file(self, message: Message, cause: int) -> None:
        """Submission leaves a copy in the mailbox's Sent Items, unless that is switched off."""
        if self._world.day < FILED_SINCE:
            return
        box = self._mailbox(message)
        if box is not None and box.message_copy_for_submission:
            filed = Filed(self._world.now(), cause, message.number, box.address)
            self._world.ledger.record(filed)

    def _count_invalid(self, message: Message, outcomes: Sequence[Outcome]) -> None:
        if message.user is not None and any(o.reply == "ndr-5110" for o in outcomes):
            who = f"{message.user} ndr-5110"
            self._world.env.usage.add(Count.ERRORS_HOUR, who, self._world.now())

    def refused(self, mailbox: Mailbox, rule: str, cause: int) -> None:
        """A message of a signed-in mailbox was refused: what that leads to later."""
        now, env = self._world.now(), self._world.env
        env.usage.add(Count.ERRORS_HOUR, f"{mailbox.address} {rule}", now)
        if rule != "message.outbound-policy" or env.usage.blocked(mailbox.address, now):
            return
        known = env.directory.recipient(mailbox.address)
        action = known.tenant.organization.action_when_threshold_reached if known else None
        for_today = action is ThresholdAction.BLOCK_USER_FOR_TODAY
        env.usage.block(mailbox.address, now // DAY * DAY + DAY if for_today else float("inf"))
        told = f"{mailbox.address} is a restricted entity: the outbound policy did it"
        self._world.note(told, cause)

    # ---- filtering -----------------------------------------------------------------------------

    def judge(
        self, content: bytearray, session: Session, client_ip: str, tenant: Tenant
    ) -> Judgement | None:
        """Sender authentication of what a session has just brought, for a tenant, by an address
        that may be other than the client's."""
        sender = session.mail_from.address if session.mail_from else ""
        return self._judgement(content, client_ip, session.hello, sender, tenant)

    def _judged(self, message: Message, tenant: Tenant) -> tuple[Fate, str]:
        """Where delivery puts a copy for a tenant, and why."""
        own = message.attribution is not Attribution.INCOMING and message.tenant != tenant.name
        if message.internal or own:
            return Fate.DELIVERED, ""
        found = message.judgement
        if found is None or found.tenant != tenant.name:
            sender = message.mail_from.address
            found = self._judgement(
                message.content, message.client_ip, message.hello, sender, tenant
            )
        return (found.fate, found.why) if found is not None else (Fate.DELIVERED, "")

    def _judgement(
        self, content: bytes | bytearray, client_ip: str, hello: str, sender: str, tenant: Tenant
    ) -> Judgement | None:
        world = self._world
        return judge(
            content,
            client_ip=client_ip,
            hello=hello,
            mail_from=sender,
            tenant=tenant,
            names=world.names,
            now=world.clients_now(),  # by whose clock signatures were made
            day=world.day,
        )
