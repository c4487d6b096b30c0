"""All rules in the order in which they are tried, and their form on one day.

`RULES` is the policy. `Policy` binds it to a world's service: which rows hold on a day, which
text each says, how long the answer is held back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from fake_exo.exchange.facts import ALL, After, Facts, Rule, always
from fake_exo.exchange.rules.auth import AUTH
from fake_exo.exchange.rules.data import CHUNK, DATA, MESSAGE
from fake_exo.exchange.rules.hello import CONNECT, HELLO, STARTTLS
from fake_exo.exchange.rules.mail import MAIL
from fake_exo.exchange.rules.other import OTHER
from fake_exo.exchange.rules.rcpt import RCPT
from fake_exo.exchange.service import Service
from fake_exo.kernel.endpoint import Endpoint
from fake_exo.kernel.schedule import Turns
from fake_exo.rules.catalogue import Text
from fake_exo.smtp.server.faults import Fault, Magic, in_bodies, injected, of_connections
from fake_exo.smtp.stage import Stage

RULES: tuple[Rule, ...] = (
    *CONNECT,
    *HELLO,
    *STARTTLS,
    *AUTH,
    *MAIL,
    *RCPT,
    *DATA,
    *CHUNK,
    *MESSAGE,
    *OTHER,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A rule as it stands on one day at one endpoint."""

    when: Callable[[Facts], bool]
    rule: Rule
    text: Text
    code: int
    delay: float  # the service's own, which a run may skip
    fault: Fault | None = None
    late: float = 0.0  # what the fault asks for, which nobody may


Tables = tuple[tuple[Row, ...], ...]  # indexed by Stage


class Policy:
    """The rules of one service, ready to be asked. Tables are made once a day of the clock."""

    def __init__(
        self,
        service: Service,
        rules: tuple[Rule, ...] = RULES,
        faults: Iterable[Fault] = (),
        *,
        turns: Turns | None = None,
        magic: bool = False,
    ) -> None:
        """`turns`: the run's, by which faults count; `magic`: recipients may ask for faults."""
        given, turns = tuple(faults), turns or Turns()
        self.service = service
        self.rules = rules
        self._faults = injected(given, service.catalogue, turns)
        self.body_faults = in_bodies(given, turns)
        self.unreachable = of_connections(given, turns)
        self._magic = Magic(turns) if magic else None
        self._tables: dict[tuple[str, date], Tables] = {}

    def tables(self, endpoint: Endpoint, day: date) -> Tables:
        key = (endpoint.id, day)
        if key not in self._tables:
            self._tables[key] = tuple(self._rows(endpoint, stage, day) for stage in Stage)
        return self._tables[key]

    def _rows(self, endpoint: Endpoint, stage: Stage, day: date) -> tuple[Row, ...]:
        rows = (
            self._row(rule, endpoint, day)
            for rule in self.rules
            if rule.stage is stage and rule.on <= endpoint.can and self._holds(rule, day)
        )
        return (*self._injected(endpoint, stage, day), *rows)

    def _injected(self, endpoint: Endpoint, stage: Stage, day: date) -> tuple[Row, ...]:
        """Faults come before all rules, and wait as any answer with their code."""
        mine = (fault for fault in self._faults if fault.rule.stage is stage)
        return tuple(
            replace(self._said(f.rule, f.text, endpoint, day), fault=f.fault, late=f.fault.seconds)
            for f in mine
        )

    def _holds(self, rule: Rule, day: date) -> bool:
        return rule.active.holds(day) and (rule.switch is None or self.service.on(rule.switch))

    def _row(self, rule: Rule, endpoint: Endpoint, day: date) -> Row:
        return self._said(
            rule, self.service.catalogue.pick(rule.reply, endpoint, day), endpoint, day
        )

    def _said(self, rule: Rule, text: Text, endpoint: Endpoint, day: date) -> Row:
        delay = self.service.delay(endpoint, rule.stage, text.code, day)
        return Row(rule.when, rule, text, text.code, delay)

    def decide(self, facts: Facts, tables: Tables) -> Row:
        """What is said: by a recipient that asks for a fault, else by the tables."""
        if self._magic is not None and (text := self._magic.asked(facts)) is not None:
            fault = Fault(text=text.text, name="recipient")
            rule = Rule("fault.recipient", facts.stage, ALL, always, text.key, why="asked for")
            return Row(always, rule, text, text.code, 0.0, fault)
        return decide(facts, tables)


def decide(facts: Facts, tables: Tables) -> Row:
    """The first row of the stage that matches. The last row of a stage always does.

    A fault that bends the right answer is laid upon the row that gives it.
    """
    bent: Fault | None = None
    for row in tables[facts.stage]:
        if row.when(facts):
            if row.fault is None or row.fault.does == "reply":
                return row if bent is None else _bent(row, bent)
            bent = bent or row.fault
    raise AssertionError(f"no row of {facts.stage.label} matches")  # a table without `always`


def _bent(row: Row, fault: Fault) -> Row:
    over = fault.close or fault.does in ("close", "reset", "then-421")
    rule = replace(row.rule, after=After.CLOSE) if over else row.rule
    late = 0.0 if fault.does == "late-last-line" else fault.seconds
    return replace(row, rule=rule, fault=fault, late=late)
