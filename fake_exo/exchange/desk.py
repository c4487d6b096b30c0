"""Exchange Online behind the SMTP server: one desk a connection, at any of its endpoints."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from fake_exo.exchange.attribution import NOBODY, Attributed, Origin, attribute, origin
from fake_exo.exchange.conditions import advertised, relay_conditions
from fake_exo.exchange.crossing import crossed, internal, judged_address
from fake_exo.exchange.directory import ConnectorMatch, domain_of
from fake_exo.exchange.endpoint import EndpointRow
from fake_exo.exchange.endpoint import rows as endpoint_rows
from fake_exo.exchange.facts import Env, Facts, TenantSession, day_of
from fake_exo.exchange.hosts import Forest, HostNames
from fake_exo.exchange.mailflow import MailFlow
from fake_exo.exchange.rewriting import replaced
from fake_exo.exchange.rules import RULES
from fake_exo.exchange.rules.content import FOUND
from fake_exo.exchange.service import Service
from fake_exo.exchange.spoken import spoken
from fake_exo.exchange.tenant import HveAccount, Tenant
from fake_exo.exchange.texts import EARLIEST, catalogue
from fake_exo.exchange.voice import Voice
from fake_exo.kernel.endpoint import Endpoint, Trait
from fake_exo.mail.fields import MessageFacts
from fake_exo.mail.message import (
    Attribution,
    Fate,
    Judgement,
    MailFrom,
    Message,
    Reception,
    Recipient,
)
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import Rule
from fake_exo.rules.stage import Stage
from fake_exo.rules.table import Stages, Table, first
from fake_exo.smtp.command import Attempt, Command
from fake_exo.smtp.server.desk import Decision, Desk

_TRACE_HEADERS = 8_008  # bytes the service adds: 539 sent became 8547 in a capture
_END_OF_MESSAGE = Command("END-OF-DATA")
_DAY = 86_400.0

Policy = Table[Facts, Decision]


class Transport:
    """The run around a desk: who is who now, and where mail goes."""

    env: Env
    policy: Policy
    flow: MailFlow
    ids: HostNames
    now: Callable[[], float]


class Concluded(NamedTuple):
    """What is found out of a message at its end. `internal`: as good as a signed-in user's."""

    attribution: Attributed = NOBODY
    judgement: Judgement | None = None
    internal: bool = False


@lru_cache(maxsize=1)
def resolved() -> int:
    """Find a text for every rule, at each of its endpoints, on each day on which something changes
    for it; once a process. Raises DataError where there is none. Returns how many were found."""
    rows = [(rule, row) for rule in RULES for row in endpoint_rows() if rule.on <= row.can]
    asked = [(rule.reply, row.id, day) for rule, row in rows for day in _boundaries(rule, row)]
    for reply, id_, day in asked:
        catalogue().pick(reply, _anywhere(id_), day)
    return len(asked)


@lru_cache(maxsize=16)
def _anywhere(id_: str) -> Endpoint:
    """An endpoint as a text is picked for it: with its name and dialect."""
    row = next(row for row in endpoint_rows() if row.id == id_)
    return Endpoint(id_, "", (), row.can, row.dialect, row.idle_timeout, row.session_timeout)


def _boundaries(rule: Rule[Facts], row: EndpointRow) -> set[date]:
    """Days within which nothing changes for a rule at an endpoint, by their first."""
    texts = catalogue().variants(rule.reply)
    since = (EARLIEST, rule.active.since, row.period.since)
    first_day = max(day for day in since if day is not None)
    edges = {day for text in texts for day in (text.period.since, text.period.until)}
    days = {first_day, *(day for day in edges if day and day > first_day)}
    return {day for day in days if rule.active.holds(day) and row.period.holds(day)}


_shared: dict[tuple[frozenset[tuple[str, bool]], bool], Policy] = {}
_MOST_SHARED = 64  # choices of switches whose tables a process keeps


def policy(service: Service) -> Policy:
    """The rules of one service, ready to be asked: tables are looked up, worlds that choose alike
    share them. Raises DataError when a rule has no text."""
    resolved()
    if service.catalogue is not catalogue():
        return _policy(service)  # with words of its own
    chosen = frozenset(service.switches.items()), service.tarpit
    if chosen not in _shared and len(_shared) >= _MOST_SHARED:
        _shared.clear()
    return _shared.setdefault(chosen, _shared.get(chosen) or _policy(service))


def _policy(service: Service) -> Policy:
    def in_force(rule: Rule[Facts]) -> bool:
        return rule.switch is None or service.on(rule.switch)

    def decided(rule: Rule[Facts], endpoint: Endpoint, day: date) -> Decision:
        stage, text = Stage(rule.stage), service.catalogue.pick(rule.reply, endpoint, day)
        delay = service.delay(endpoint, stage, text.code, day)
        certainty = min(rule.confidence, text.confidence)
        if not rule.active.sure(day):
            certainty = Confidence.LOW
        return Decision(rule.id, stage, text, text.code, delay, certainty, rule.after)

    return Table(RULES, Stage, in_force, decided)


class ExchangeDesk(Desk):
    """Decides by the rules of the day, and keeps what is known of the transaction."""

    def __init__(self, transport: Transport, session: TenantSession, forest: Forest) -> None:
        self.session: TenantSession = session
        self.line_limit = transport.env.service.profile.line_limit
        self._transport = transport
        self._attributes = Trait.ATTRIBUTES in session.endpoint.can
        self._voice = Voice(session, forest, transport.ids, self._ban_code, self._advertised)
        self._found: Mapping[str, str] = {}  # what a refusal of the last message tells of it
        self._day = date.min
        self._day_ends = 0.0
        self._stages: Stages[Facts, Decision] = ()
        self._origin: tuple[object, object, object, Origin] | None = None
        self._known: dict[str, Attributed] = {}  # by the recipient's domain, of that origin
        self._judged = Concluded()

    # ---- decisions -------------------------------------------------------------------------------

    def decide(self, stage: Stage, command: Command, now: float) -> Decision:
        if now >= self._day_ends:
            self._new_day(now)
        attribution = NOBODY
        if stage is Stage.RCPT and self._attributes:
            attribution = self._attribution(command.address)
        env, session = self._transport.env, self.session
        facts = Facts(stage, command, session, env, now, self._day, attribution)
        return first(self._stages[stage], facts)

    def decide_message(self, content: bytearray, facts: MessageFacts, now: float) -> Decision:
        if now >= self._day_ends:
            self._new_day(now)
        found = self._judged = self._judgement(content) if self._attributes else Concluded()
        # What a connector brings is put where it belongs, and never refused.
        judgement = None if found.attribution.originating else found.judgement
        env, session = self._transport.env, self.session
        asked = Facts(
            Stage.MESSAGE, _END_OF_MESSAGE, session, env, now, self._day, found.attribution, facts,
            judgement, content,
        )  # fmt: skip
        decision = first(self._stages[Stage.MESSAGE], asked)
        tells = FOUND.get(decision.rule)
        self._found = tells(asked) if tells is not None else {}
        return decision

    def delay(self, stage: Stage, code: int, now: float) -> float:
        return self._transport.env.service.delay(self.session.endpoint, stage, code, day_of(now))

    def most_bytes(self, now: float) -> int:
        limits = self._transport.env.service.limits
        most = limits.number("service.message_size_max", day_of(now))
        return int(most) if most is not None else 1 << 62

    def _new_day(self, now: float) -> None:
        self._day = day_of(now)
        self._stages = self._transport.policy.on(self.session.endpoint, self._day)
        self._day_ends = now // _DAY * _DAY + _DAY
        self._origin = None

    # ---- whose mail ------------------------------------------------------------------------------

    def _attribution(self, recipient: str) -> Attributed:
        """That of a recipient's domain. What depends on session and sender alone is worked out
        once a transaction."""
        session, directory = self.session, self._transport.env.directory
        known = self._origin
        if known is None or known[:3] != (session.mail_from, session.tls, directory):
            conditions = relay_conditions(self._day)
            found = origin(directory, session, sender_condition=conditions)
            known = self._origin = (session.mail_from, session.tls, directory, found)
            self._known = {}
        domain = domain_of(recipient)
        if domain not in self._known:
            self._known[domain] = attribute(directory, session, domain, known[3])
        return self._known[domain]

    def _judgement(self, content: bytearray) -> Concluded:
        """Only what is not internal is judged, for the tenant of its first recipient: of what a
        connector brings, the first that is its tenant's own."""
        session = self.session
        attribution = self._attribution(session.recipients[0].address)
        sender = session.mail_from.address if session.mail_from else ""
        inside = internal(self._transport.env.directory, attribution, sender, content)
        judged = None if inside else next(self._own(attribution.origin), None)
        if judged is None:
            return Concluded(attribution, None, inside)
        recipient, tenant = judged
        address = judged_address(attribution, session.client_ip, recipient, content)
        found = self._transport.flow.judge(content, session, address, tenant)
        return Concluded(attribution, found, inside)

    def _own(self, match: ConnectorMatch | None) -> Iterator[tuple[str, Tenant]]:
        """The recipients that are somebody's here, or of the connector's tenant, each with it."""
        for recipient in self.session.recipients:
            hosted = self._attribution(recipient.address).hosted
            mine = match is None or (hosted and hosted.tenant.name == match.tenant.name)
            if hosted is not None and mine:
                yield recipient.address, hosted.tenant

    # ---- words -----------------------------------------------------------------------------------

    def values(self, now: float, extra: Mapping[str, str]) -> Mapping[str, str]:
        return self._voice.at(now, extra)

    def message_values(self, facts: MessageFacts) -> Mapping[str, str]:
        server = self._voice.mailbox_server()
        size = facts.size + _TRACE_HEADERS
        seconds = 0.060 + size / 40_000_000
        refused = facts.from_addresses[0] if facts.from_addresses else ""
        return {
            "mailbox_server": server,
            "message_id": facts.message_id or self._made_up_id(server),
            "bytes": str(size),
            "seconds": f"{seconds:.3f}",
            "kbps": f"{size / 1024 / seconds:.3f}",
            "from_address": refused,
            "from_domain": refused.rpartition("@")[2].upper(),
            **self._found,
        }

    def _made_up_id(self, server: str) -> str:
        return f"{server.partition('.')[0]}{self._transport.ids.hex(20)}@{server}"

    def _advertised(self) -> str:
        """SIZE as EHLO has it: in bytes."""
        most = self._transport.env.service.limits.number(
            advertised(self.session.endpoint), day_of(self._transport.now())
        )
        return f"{most:.0f}" if most is not None else "0"

    def _ban_code(self) -> str:
        """The last number of 5.7.606 to 5.7.649 for this client."""
        entries, client = self._transport.env.reputation.entries, self.session.client_ip
        return str(next((e.code for e in entries if e.address == client), 606))

    # ---- what follows ----------------------------------------------------------------------------

    def signed_in(self, attempt: Attempt) -> None:
        known = self._transport.env.directory.login(attempt.user)
        if known is not None:
            session = self.session
            session.user, session.tenant = known.account, known.tenant
            session.login, session.auth_error = attempt.user, ""
            if isinstance(known.account, HveAccount):
                session.token = known.account.token(attempt.secret)

    def sign_in_refused(self, decision: Decision) -> None:
        """The service repeats the text inside its reply to MAIL."""
        values = self._voice.at(self._transport.now(), {"suffix": ""})
        self.session.auth_error = decision.text.render(values).decode().rstrip()

    def signed_out(self) -> None:
        self.session.user = self.session.tenant = self.session.token = None

    def recipient(self, recipient: Recipient) -> None:
        domain, taken = domain_of(recipient.address), self.session.by_domain
        taken[domain] = taken.get(domain, 0) + 1

    def refuse_recipient(self, decision: Decision) -> None:
        self.session.unknown += decision.rule in ("rcpt.unknown", "rcpt.unlicensed")

    def tls_confidence(self, now: float) -> Confidence:
        return spoken(self.session.endpoint, day_of(now)).oldest

    def begins(self) -> None:
        if self.session.user is not None:
            self._transport.env.usage.begin(self.session.user.address)

    def ends(self) -> None:
        if self.session.user is not None:
            self._transport.env.usage.end(self.session.user.address)

    def refuse(self, decision: Decision) -> None:
        if self.session.mailbox is not None:
            self._transport.flow.refused(self.session.mailbox, decision.rule, self.session.cause)

    def take(
        self, content: bytearray, facts: MessageFacts, message_id: str, fate: Fate | None
    ) -> None:
        message = self._message(content, facts, message_id)
        self._transport.flow.accept(message, self.session, fate)

    def _message(self, content: bytearray, facts: MessageFacts, message_id: str) -> Message:
        session = self.session
        attribution, judgement, inside = self._judged
        found = attribution.origin
        kind, tenant = Attribution.INCOMING, None
        if session.user is not None and session.tenant is not None:
            kind, tenant = Attribution.SUBMITTED, session.tenant.name
        elif found is not None:
            kind, tenant = Attribution.ORIGINATING, found.tenant.name
        return Message(
            number=self._transport.ids.message(),
            session=session.id,
            received_at=self._transport.now(),
            attribution=kind,
            tenant=tenant,
            user=session.user.address if session.user else None,
            client_ip=session.client_ip,
            hello=session.hello,
            tls=session.tls.version if session.tls else None,
            mail_from=session.mail_from or MailFrom(""),
            recipients=tuple(session.recipients),
            content=content,
            message_id=message_id,
            header_from=facts.from_addresses,
            connector=found.connector.name if found is not None else None,
            judgement=judgement,
            reception=self._reception(),
            replaced=replaced(session.user, session.tenant, content, facts)
            if kind is Attribution.SUBMITTED
            else crossed(attribution, content),
            internal=kind is Attribution.SUBMITTED or inside,
        )

    def _reception(self) -> Reception:
        session, tls = self.session, self.session.tls
        return Reception(
            session.trace_host,
            session.server_ip,
            tls.version if tls else None,
            tls.cipher if tls else "",
        )
