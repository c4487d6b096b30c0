"""All rules in the order in which they are tried, and their form on one day.

`RULES` is the policy. `Policy` binds it to a world's service: which rows hold on a day, which
text each says, how long the answer is held back.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from fake_exo.model.vocabulary import Endpoint, Stage
from fake_exo.policy.catalogue import Text
from fake_exo.policy.facts import Facts, Rule
from fake_exo.policy.faults import Fault, injected
from fake_exo.policy.rules.auth import AUTH
from fake_exo.policy.rules.data import CHUNK, DATA, MESSAGE
from fake_exo.policy.rules.hello import CONNECT, HELLO, STARTTLS
from fake_exo.policy.rules.mail import MAIL
from fake_exo.policy.rules.other import OTHER
from fake_exo.policy.rules.rcpt import RCPT
from fake_exo.policy.service import Service

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
    delay: float


Tables = tuple[tuple[Row, ...], ...]  # indexed by Stage


class Policy:
    """The rules of one service, ready to be asked. Tables are made once a day of the clock."""

    def __init__(
        self, service: Service, rules: tuple[Rule, ...] = RULES, faults: Iterable[Fault] = ()
    ) -> None:
        self.service = service
        self.rules = rules
        self._faults = injected(faults, service.catalogue)
        self._tables: dict[tuple[str, date], Tables] = {}

    def tables(self, endpoint: Endpoint, day: date) -> Tables:
        key = (endpoint.value, day)
        if key not in self._tables:
            self._tables[key] = tuple(self._rows(endpoint, stage, day) for stage in Stage)
        return self._tables[key]

    def _rows(self, endpoint: Endpoint, stage: Stage, day: date) -> tuple[Row, ...]:
        rows = (
            self._row(rule, endpoint, day)
            for rule in self.rules
            if rule.stage is stage and endpoint in rule.on and self._holds(rule, day)
        )
        return (*self._injected(endpoint, stage, day), *rows)

    def _injected(self, endpoint: Endpoint, stage: Stage, day: date) -> tuple[Row, ...]:
        """Faults come before all rules, and wait as any answer with their code."""
        mine = (fault for fault in self._faults if fault.rule.stage is stage)
        return tuple(self._said(f.rule, f.text, endpoint, day) for f in mine)

    def _holds(self, rule: Rule, day: date) -> bool:
        return rule.active.holds(day) and (rule.switch is None or self.service.on(rule.switch))

    def _row(self, rule: Rule, endpoint: Endpoint, day: date) -> Row:
        return self._said(
            rule, self.service.catalogue.pick(rule.reply, endpoint, day), endpoint, day
        )

    def _said(self, rule: Rule, text: Text, endpoint: Endpoint, day: date) -> Row:
        delay = self.service.delay(endpoint, rule.stage, text.code, day)
        return Row(rule.when, rule, text, text.code, delay)


def decide(facts: Facts, tables: Tables) -> Row:
    """The first row of the stage that matches. The last row of a stage always does."""
    for row in tables[facts.stage]:
        if row.when(facts):
            return row
    raise AssertionError(f"no row of {facts.stage.label} matches")  # a table without `always`
