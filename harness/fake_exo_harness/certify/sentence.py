"""A certification in one line: which levels it has, and which not."""

from fake_exo_harness.certify.cases import CASES, LEVELS
from fake_exo_harness.certify.judges import Grade
from fake_exo_harness.certify.results import GOOD, Certified

_ORDER = (*LEVELS, "", *(case.id for case in CASES))


def sentence(found: Certified) -> str:
    """ "A B D to J, 9 notes; not C"."""
    levels = found.levels
    good = [level for level in levels if found.grade(level) in GOOD]
    failed = [level for level in levels if found.grade(level) is Grade.FAILED]
    notes = len(found.of_grade(Grade.NOTED))
    parts = [_ranges(good) or "no level"]
    if notes:
        parts[0] += f", {notes} note{'s' if notes > 1 else ''}"
    if failed:
        parts.append(f"not {_ranges(failed)}")
    if missing := _not_run(found, failed):
        parts.append(f"not run {missing}")
    return "; ".join(parts)


def _not_run(found: Certified, failed: list[str]) -> str:
    """Levels of which nothing was run, and cases of the others; those of a level that failed are
    told with it."""
    names: list[str] = []
    for level in found.levels:
        results = found.of_level(level)
        missing = [r.id for r in results if r.grade is Grade.NOT_RUN]
        if level not in failed and missing:
            names += [level] if len(missing) == len(results) else missing
    return _ranges(names)


def _ranges(names: list[str]) -> str:
    """Names as they come, three neighbours and more as "D to J"."""
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return " ".join(f"{r[0]} to {r[-1]}" if len(r) > 2 else " ".join(r) for r in runs)


def _follows(before: str, name: str) -> bool:
    """Cases of other days may be none of today's: they have no neighbours."""
    known = before in _ORDER and name in _ORDER
    return known and _ORDER.index(name) == _ORDER.index(before) + 1
