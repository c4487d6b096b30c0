"""Evidence as text for a terminal: one subject, several, and two compared."""

from collections.abc import Iterable, Iterator, Sequence

from fake_exo_harness.certify.cases import LEVELS
from fake_exo_harness.certify.comparison import CaseChange, ChangeKind, Comparison
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import Certified, Result
from fake_exo_harness.certify.sentence import sentence

SIGNS = {Grade.PASSED: "+", Grade.NOTED: "n", Grade.FAILED: "F", Grade.NOT_RUN: "-"}
_MOST = 8  # lines of the wire that a terminal shows of one case


def as_table(found: Certified) -> Iterator[str]:
    yield f"{found.described}, driver {found.driver}"
    for level in found.levels:
        yield f"{level}  {found.grade(level).value:<7}  {LEVELS[level]}"
        for result in found.of_level(level):
            yield f"    {result.grade.value:<7} {result.id:<3} {result.title}: {result.why}"
            if result.grade is Grade.FAILED:
                yield f"                fix: {result.fix}"
    yield last_line(found)


def last_line(found: Certified) -> str:
    word = "CERTIFIED" if found.passed else "NOT CERTIFIED"
    against = f"FAKE Exchange Online as of {found.made}, digest {found.digest[:16]}"
    return f"{word}: {sentence(found)} ({against})"


# ---- several -----------------------------------------------------------------------------------


def as_matrix(many: Sequence[Certified]) -> Iterator[str]:
    """Devices by level, what the signs mean, and the last line of each."""
    width = max(len(found.subject) for found in many)
    yield f"{'':<{width}}  {' '.join(LEVELS)}"
    for found in many:
        signs = (SIGNS[found.grade(x)] if x in found.levels else " " for x in LEVELS)
        yield f"{found.subject:<{width}}  {' '.join(signs)}"
    yield "+ passed, n noted, F failed, - not run, blank: not asked"
    yield from (f"{found.subject}: {last_line(found)}" for found in many)


# ---- two ---------------------------------------------------------------------------------------


def as_changes(found: Comparison) -> Iterator[str]:
    """What changed since, the worst first, and one line that counts it."""
    before = found.before
    yield f"against {before.described} as of {before.made}, digest {before.digest[:16]}"
    yield from (f"not alike: {line}" for line in found.unlike)
    told: dict[tuple[str, ...], str] = {}  # the case that lines of the wire were told with
    for way in (ChangeKind.WORSE, ChangeKind.BETTER, ChangeKind.OTHERWISE):
        for change in found.of_kind(way):
            yield from _change(change, told.setdefault(change.wire, change.id))
    yield from _on_the_wire(found.of_kind(ChangeKind.WIRE), told)
    for way in (ChangeKind.NEW, ChangeKind.GONE):
        if ids := [change.id for change in found.of_kind(way)]:
            yield f"{way.value}: {' '.join(ids)}"
    word = "NOTHING WORSE" if found.sound else "WORSE"
    yield f"{word}: {counted(found)}"


def _on_the_wire(changes: Iterable[CaseChange], told: dict[tuple[str, ...], str]) -> Iterator[str]:
    """Each dialogue once, and which cases have it too."""
    alike: dict[str, list[str]] = {}
    for change in changes:
        first = told.setdefault(change.wire, change.id)
        if first == change.id:
            yield from _change(change, first)
        else:
            alike.setdefault(first, []).append(change.id)
    for first, ids in alike.items():
        yield f"{ChangeKind.WIRE.value} as {first}: {' '.join(ids)}"


def counted(found: Comparison) -> str:
    """ "1 worse, 2 better, 3 changed on the wire"; what there is none of is left out."""
    numbers = ((len(found.of_kind(way)), way.value) for way in ChangeKind)
    return ", ".join(f"{number} {word}" for number, word in numbers if number) or "all as before"


def _change(change: CaseChange, first: str) -> Iterator[str]:
    yield f"{change.kind.value}: {change.id} {change.title}"
    if change.kind is not ChangeKind.WIRE:
        yield f"    was: {_told(change.was)}"
        yield f"    now: {_told(change.now)}"
    if change.wire and first != change.id:
        yield f"    on the wire as {first}"
        return
    yield from (f"    {line}" for line in change.wire[:_MOST])
    if len(change.wire) > _MOST:
        yield f"    ... {len(change.wire) - _MOST} more lines"


def _told(result: Result | None) -> str:
    return f"{result.grade.value}: {result.why}" if result else "not asked"
