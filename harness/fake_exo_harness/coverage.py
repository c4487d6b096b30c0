"""Which rules of the service a set of scenarios fires, and which it passes closely by.

A near miss of a rule is a scenario in which the rule was asked and did not match: a rule behind
it answered. The last rule of a stage always matches; its near miss is an answer before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fake_exo import Explanation, Opened, Replied, endpoint_ids, every_rule
from fake_exo.drive import rules_in_force
from fake_exo_harness.record import RunRecord
from fake_exo_harness.runner import finish, world_of
from fake_exo_harness.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Covered:
    """One rule with the ids of the scenarios that fire it and that nearly do, in their order."""

    rule: Explanation
    fired: tuple[str, ...]
    missed: tuple[str, ...]
    alone: bool  # no other rule at its stage: there is nothing to miss


def coverage(scenarios: Iterable[Scenario]) -> tuple[Covered, ...]:
    """Rehearse all scenarios in memory and say what they did to every rule."""
    rules = every_rule()
    stages = {rule.rule: rule.stage for rule in rules}
    fired: dict[str, dict[str, None]] = {rule.rule: {} for rule in rules}
    missed: dict[str, dict[str, None]] = {rule.rule: {} for rule in rules}
    for scenario in scenarios:
        orders = _orders(scenario, stages)
        for endpoint, rule in _answers(finish(scenario).record):
            if rule not in stages:  # injected
                continue
            fired[rule][scenario.id] = None
            for asked in _asked_in_vain(orders[endpoint, stages[rule]], rule):
                missed[asked][scenario.id] = None
    return tuple(
        Covered(r, tuple(fired[r.rule]), tuple(missed[r.rule]), _alone(r, rules)) for r in rules
    )


def _alone(rule: Explanation, rules: Iterable[Explanation]) -> bool:
    """Whether no other rule can answer at the stage of this one, at any of its endpoints."""
    rivals = (r for r in rules if r.stage == rule.stage and r.rule != rule.rule)
    return not any(set(rival.endpoints) & set(rule.endpoints) for rival in rivals)


def _orders(
    scenario: Scenario, stages: Mapping[str, str]
) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The rules in force for a scenario, by endpoint and stage, in their order."""
    world = world_of(scenario)
    orders: dict[tuple[str, str], tuple[str, ...]] = {}
    for endpoint in endpoint_ids():
        for rule in (rule for rule in rules_in_force(world, endpoint) if rule in stages):
            key = (endpoint, stages[rule])
            orders[key] = (*orders.get(key, ()), rule)
    return orders


def _answers(record: RunRecord) -> Iterator[tuple[str, str]]:
    endpoints: dict[int, str] = {}
    for job in record.jobs:
        for event in job.events:
            if isinstance(event, Opened):
                endpoints[event.connection] = event.endpoint
            elif isinstance(event, Replied):
                yield endpoints[event.connection], event.rule


def _asked_in_vain(order: tuple[str, ...], answered: str) -> tuple[str, ...]:
    at = order.index(answered)
    return order[:at] if at == len(order) - 1 else (*order[:at], order[-1])
