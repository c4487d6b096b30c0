"""`fake-exo conformance`."""

import json
from collections.abc import Sequence
from pathlib import Path

import click

from fake_exo_harness import exits
from fake_exo_harness.conformance import Recording, Replayed, load_recordings, replay, shipped
from fake_exo_harness.scenario import ScenarioError


def conformance(paths: Sequence[Path], driver: str, as_json: bool, verbose: bool) -> int:
    """Replay recorded sessions and count those that the fake repeats. Returns an exit code."""
    try:
        recordings = [r for path in paths or [shipped()] for r in load_recordings(path)]
    except ScenarioError as error:
        click.echo(str(error), err=True)
        return exits.FAILED
    names = ("memory", "socket") if driver == "both" else (driver,)
    done = [replay(recording, name) for recording in recordings for name in names]
    if not done:
        click.echo("fake-exo: no session to replay", err=True)
        return exits.NOTHING
    if as_json:
        click.echo(json.dumps([_document(each) for each in done], indent=2))
    else:
        click.echo("\n".join(_lines(done, verbose)))
    return exits.FAILED if any(_wrong(each) for each in done) else exits.PASSED


def _wrong(done: Replayed) -> bool:
    """It differs without a reason, or has a reason and does not differ."""
    return done.same == bool(done.recording.differs)


def _lines(done: Sequence[Replayed], verbose: bool) -> list[str]:
    lines = []
    for each in done:
        if verbose or _wrong(each):
            lines += _story(each)
    for recording in dict.fromkeys(each.recording for each in done if each.recording.differs):
        lines.append(f"differs: {recording.id}: {recording.differs}")
    same = sum(each.same for each in done)
    judged = sum(each.judged for each in done)
    wrong = sum(_wrong(each) for each in done)
    tail = f"; {wrong} without a reason" if wrong else ""
    lines.append(f"{same} of {len(done)} replays say what was recorded ({judged} replies){tail}")
    return lines


def _story(done: Replayed) -> list[str]:
    recording = done.recording
    word = "same" if done.same else "DIFFERS"
    lines = [f"{word}: {recording.id} ({done.driver}), {_of(recording)}"]
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
