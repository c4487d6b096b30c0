"""Faults that a scenario injects: a reply of the catalogue where no rule would give it.

For what depends on things nobody can set up (the service's own trouble, its spam filter, moods of
a data centre). The transcript marks such a reply by its rule id, which begins with `fault.`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fake_exo.model.vocabulary import Stage
from fake_exo.policy.catalogue import Catalogue, Text
from fake_exo.policy.facts import ALL, After, Facts, Rule
from fake_exo.policy.service import ServiceError

_STAGES = {"bdat": Stage.CHUNK, "quit": Stage.OTHER}


@dataclass(frozen=True, slots=True)
class Fault:
    """`reply`: an id of the catalogue. `at`: a stage, else the reply's own. The first `skip`
    answers of the stage are right, then `times` are injected (None: all); what an earlier fault
    takes does not count. `close` ends the connection after it."""

    reply: str
    at: str = ""
    times: int | None = 1
    skip: int = 0
    close: bool = False


@dataclass(frozen=True, slots=True)
class Injected:
    """A fault that is ready: its rule, its text, and whose turn it is."""

    rule: Rule
    text: Text


def injected(faults: Iterable[Fault], catalogue: Catalogue) -> tuple[Injected, ...]:
    """Rules for the faults. Raises ServiceError for an unknown reply or stage."""
    return tuple(_injected(fault, catalogue) for fault in faults)


def _injected(fault: Fault, catalogue: Catalogue) -> Injected:
    text = next((text for text in catalogue if text.id == fault.reply), None)
    if text is None:
        raise ServiceError(f"fault: no reply has the id {fault.reply}; see docs/replies.md")
    place = fault.at or text.stage
    stage = _stage(place)
    if stage is None:
        raise ServiceError(f"fault {fault.reply}: {place} is no stage of a dialogue")
    rule = Rule(
        f"fault.{text.id}",
        stage,
        ALL,
        _turn(fault),
        text.key,
        why="The scenario injects this reply: " + text.condition,
        after=After.CLOSE if fault.close else After.KEEP,
    )
    return Injected(rule, text)


def _stage(label: str) -> Stage | None:
    if label in _STAGES:
        return _STAGES[label]
    return next((stage for stage in Stage if stage.label == label), None)


def _turn(fault: Fault) -> Callable[[Facts], bool]:
    """Counts the answers of the stage; true when it is the fault's turn."""
    seen = 0

    def due(facts: Facts) -> bool:
        nonlocal seen
        seen += 1
        past = seen > fault.skip
        return past and (fault.times is None or seen <= fault.skip + fault.times)

    return due
