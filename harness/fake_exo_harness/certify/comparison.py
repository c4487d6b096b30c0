"""Two pieces of evidence compared case by case: what got better, what got worse, and what is said
otherwise on the wire.

The wire is compared without what differs from one connection to the next: hosts, times, numbers of
sessions. What only one of them asked is told and not compared.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import Certified, Result


class ChangeKind(Enum):
    """How a case changed."""

    WORSE = "worse"
    BETTER = "better"
    OTHERWISE = "otherwise"  # as good as before, and something else was seen
    WIRE = "changed on the wire"  # judged as before, by another dialogue
    NEW = "asked for the first time"
    GONE = "not asked again"


# What was not run is no better than what failed.
_RANK = {Grade.FAILED: 0, Grade.NOT_RUN: 0, Grade.NOTED: 1, Grade.PASSED: 2}


@dataclass(frozen=True, slots=True)
class CaseChange:
    """One case that is not as it was. `wire`: lines of both dialogues, "-" before, "+" after."""

    id: str
    title: str
    kind: ChangeKind
    was: Result | None
    now: Result | None
    wire: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`unlike`: what differs in how the two were made, so that a reader can doubt."""

    before: Certified
    after: Certified
    changes: tuple[CaseChange, ...]
    unlike: tuple[str, ...]

    def of_kind(self, kind: ChangeKind) -> tuple[CaseChange, ...]:
        return tuple(change for change in self.changes if change.kind is kind)

    @property
    def sound(self) -> bool:
        """Nothing is worse, and nothing new fails."""
        fresh = (change.now for change in self.of_kind(ChangeKind.NEW))
        failing = any(now is not None and _RANK[now.grade] == 0 for now in fresh)
        return not self.of_kind(ChangeKind.WORSE) and not failing


def compare(before: Certified, after: Certified) -> Comparison:
    old = {result.id: result for result in before.results}
    new = {result.id: result for result in after.results}
    pairs = ((old.get(id_), new.get(id_)) for id_ in sorted({**old, **new}, key=_order))
    changes = tuple(change for pair in pairs if (change := _change(*pair)))
    return Comparison(before, after, changes, tuple(_unlike(before, after)))


def _order(id_: str) -> tuple[str, int, str]:
    """A2 before A10."""
    number = id_[1:]
    return id_[0], int(number) if number.isdecimal() else 0, number


def _change(was: Result | None, now: Result | None) -> CaseChange | None:
    """None where nothing changed."""
    one = now or was
    assert one is not None
    wire = tuple(_wire(was, now)) if was and now else ()
    way = _way(_asked(was), _asked(now), bool(wire))
    return None if way is None else CaseChange(one.id, one.title, way, was, now, wire)


def _asked(result: Result | None) -> Result | None:
    """A case that cannot be asked of this subject was not asked."""
    return None if result is None or result.beyond else result


def _way(was: Result | None, now: Result | None, wire: bool) -> ChangeKind | None:
    if was is None or now is None:
        return ChangeKind.NEW if now else ChangeKind.GONE if was else None
    if _RANK[was.grade] != _RANK[now.grade]:
        return ChangeKind.BETTER if _RANK[now.grade] > _RANK[was.grade] else ChangeKind.WORSE
    if was.grade is not now.grade:
        return ChangeKind.OTHERWISE
    if wire:
        return ChangeKind.WIRE
    return ChangeKind.OTHERWISE if was.why != now.why else None


# ---- the wire ----------------------------------------------------------------------------------

_BESIDE = ("*** panel", "--- job")  # what the device shows is no part of the wire
_KEYWORD = re.compile(r"[A-Z0-9-]+(?= |$)")
_RULE = re.compile(r"    \[[^\[\]]*\]$")
_TIMES = re.compile(r"\d+(\.\d+)?(?= s\b)")
_ARROW = 4


def _wire(was: Result, now: Result) -> Iterator[str]:
    """Lines that only one of them has, in their order."""
    old, new = _lines(was), _lines(now)
    matcher = SequenceMatcher(None, [_key(x) for x in old], [_key(x) for x in new], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            yield from (f"- {line}" for line in old[a:b])
            yield from (f"+ {line}" for line in new[c:d])


def _lines(result: Result) -> list[str]:
    return [line for line in result.transcript if not line.startswith(_BESIDE)]


def _key(line: str) -> str:
    """The same for lines that say the same."""
    arrow, text = line[:_ARROW], line[_ARROW:]
    if "<" in arrow:
        rule = _RULE.search(text)
        word = _KEYWORD.match(text[4:]) if text[3:4] == "-" else None
        return f"{arrow}{text[:4]}{word[0] if word else ''}{rule[0] if rule else ''}"
    return _TIMES.sub("#", line.partition(" (")[0]) if arrow == "*** " else line


# ---- how they were made ------------------------------------------------------------------------


def _unlike(before: Certified, after: Certified) -> Iterator[str]:
    rows = (
        ("subject", before.described, after.described),
        ("day of the service", before.made, after.made),
        ("driver", before.driver, after.driver),
        ("seed", str(before.seed), str(after.seed)),
        *((name, value, dict(after.versions).get(name, "none")) for name, value in before.versions),
        *((f"command ({way})", line, after.commands.get(way, "none"))
          for way, line in before.commands.items()),
    )  # fmt: skip
    for name, old, new in rows:
        if old != new:
            yield f"{name}: {old} before, {new} now"
