"""`fake-exo conformance`."""

import json
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from fake_exo_harness import exits
from fake_exo_harness.commands import kinds
from fake_exo_harness.conformance import (
    Causes,
    Recording,
    Replayed,
    load_recordings,
    replay,
    shipped,
)
from fake_exo_harness.scenario import ScenarioError
from fake_exo_harness.terminal import say


def conformance(paths: Sequence[Path], driver: str, as_json: bool, verbose: bool) -> int:
    """Replay recorded sessions and count those that the fake repeats. Returns an exit code."""
    names = ("memory", "socket") if driver == "both" else (driver,)
    kinds.refuse_others(paths, kinds.RECORDING)
    try:
        recordings = [r for path in paths or [shipped()] for r in load_recordings(path)]
        done = [replay(recording, name) for recording in recordings for name in names]
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    if not done:
        say("fake-exo: no session to replay", err=True)
        return exits.NOTHING
    if as_json:
        say(json.dumps([_document(each) for each in done], indent=2))
    else:
        say("\n".join(_lines(done, verbose)))
    return exits.FAILED if any(_verdict(each) in _BAD for each in done) else exits.PASSED


class ReplayVerdict(Enum):
    """What a replay came to."""

    SAME = "same"
    DIFFERS = "DIFFERS"  # without a reason
    KNOWN = "differs, as its reason says"
    NO_LONGER = "SAME, though it has a reason to differ"
    NOTHING = "NOT COMPARED"  # no reply and no event of it could be


_BAD = (ReplayVerdict.DIFFERS, ReplayVerdict.NO_LONGER, ReplayVerdict.NOTHING)


def _verdict(done: Replayed) -> ReplayVerdict:
    reason = bool(done.recording.differs)
    if not done.same:
        return ReplayVerdict.KNOWN if reason else ReplayVerdict.DIFFERS
    if not done.judged:
        return ReplayVerdict.NOTHING
    return ReplayVerdict.NO_LONGER if reason else ReplayVerdict.SAME


def _lines(done: Sequence[Replayed], verbose: bool) -> list[str]:
    lines = []
    for each in done:
        if verbose or _verdict(each) in _BAD:
            lines += _story(each)
    reasons = {each.recording.id: each.recording.differs for each in done}
    lines += [f"differs: {id_}: {why}" for id_, why in reasons.items() if why]
    odd = dict.fromkeys((each.recording.id, text) for each in done for text in each.odd)
    lines += [f"not understood: {id_}: {text}" for id_, text in odd]
    return [*lines, _sum(done)]


def _sum(done: Sequence[Replayed]) -> str:
    verdicts = [_verdict(each) for each in done]
    same = [
        each for each, verdict in zip(done, verdicts, strict=True) if verdict is ReplayVerdict.SAME
    ]
    compared = [each for each in done if each.judged]
    judged = sum(each.judged for each in done)
    text = f"{len(same)} of {len(compared)} replays say what was recorded ({judged} replies)"
    causes = ((cause, sum(each.causes is cause for each in same)) for cause in Causes)
    parts = [f"{count} {cause.value}" for cause, count in causes if count]
    text += f": {', '.join(parts)}" if parts else ""
    tails = (
        (
            verdicts.count(ReplayVerdict.DIFFERS) + verdicts.count(ReplayVerdict.NO_LONGER),
            "without a reason",
        ),
        (verdicts.count(ReplayVerdict.NOTHING), "compared nothing"),
        (sum(len(each.odd) for each in done), "events were not understood"),
    )
    return text + "".join(f"; {count} {what}" for count, what in tails if count)


def _story(done: Replayed) -> list[str]:
    recording = done.recording
    word = _verdict(done).value
    lines = [f"{word}: {recording.id} ({done.driver}), {_of(recording)}, {done.causes.value}"]
    if recording.differs and done.same:
        lines.append(f"  it has a reason to differ, and does not: {recording.differs}")
    for answer in done.answers:
        if not answer.ok:
            lines.append(f" -> {answer.step.client}")
            lines += [f"  recorded: {line}" for line in answer.step.server]
            lines += [f"  answered: {line}" for line in answer.lines or ("(nothing)",)]
    return lines


def _of(recording: Recording) -> str:
    return f"{recording.client or 'a client'}, {recording.year}"


def _document(done: Replayed) -> dict[str, object]:
    return {
        "id": done.recording.id,
        "driver": done.driver,
        "same": done.same,
        "judged": done.judged,
        "verdict": _verdict(done).value.lower(),
        "cause": done.causes.value,
        "not_understood": list(done.odd),
        "differs": done.recording.differs,
        "steps": [
            {
                "client": answer.step.client,
                "recorded": list(answer.step.server),
                "answered": list(answer.lines),
                "ok": answer.ok,
            }
            for answer in done.answers
        ],
    }
