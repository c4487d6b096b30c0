"""`fake-exo cutover`: a scenario with traffic as a timeline, who sent where and what was lost."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fake_exo_harness import exits
from fake_exo_harness.commands import kinds
from fake_exo_harness.library import library
from fake_exo_harness.reports.text import not_rehearsed, verdict
from fake_exo_harness.runner import Finished, Verdict, finish
from fake_exo_harness.scenario import ScenarioError, load_paths
from fake_exo_harness.terminal import say
from fake_exo_harness.timeline import Log, Stretch, stretches


def cutover(paths: Sequence[Path], as_json: bool) -> int:
    """Rehearse every scenario that has traffic. Returns an exit code."""
    kinds.refuse_others(paths, kinds.SCENARIO)
    try:
        found = [s for s in load_paths(paths or [library()]) if s.traffic]
    except ScenarioError as error:
        say(str(error), err=True)
        return exits.FAILED
    if not found:
        say("fake-exo: no scenario there has `traffic:`", err=True)
        return exits.NOTHING
    code = exits.PASSED
    documents = []
    for scenario in found:
        say(f"rehearsing {scenario.id} ...", err=True)
        began = time.perf_counter()
        done = finish(scenario)
        documents.append(_document(done))
        if not as_json:
            _print(done, time.perf_counter() - began)
        code = max(code, _code(done))
    if as_json:
        say(json.dumps({"version": 1, "cutovers": documents}, indent=1))
    return code


def _code(done: Finished) -> int:
    codes = {Verdict.PASSED: exits.PASSED, Verdict.FAILED: exits.FAILED}
    return codes.get(done.verdict, exits.ENVIRONMENT)


def _print(done: Finished, seconds: float) -> None:
    log = done.record.traffic
    say(f"{done.scenario.id}: {done.scenario.title}")
    for text in timeline(log):
        say(text)
    hours = (log.ended - log.began) / 3600
    say(
        f"{done.verdict.value}: {len(log.mails)} mails in {hours:g} hours, {len(log.lost)} lost; "
        f"rehearsed in {seconds:.1f} s"
    )
    for line in not_rehearsed(done):
        say(line)
    if done.verdict is not Verdict.PASSED:
        for line in verdict(done):
            say(line)


def timeline(log: Log) -> Iterator[str]:
    """The report in lines: each change, then what each group of devices did until the next."""
    for at, text, groups in stretches(log):
        yield f"{_clock(at)}  {text}"
        for group in groups:
            yield from _lines(group)


def _lines(group: Stretch) -> Iterator[str]:
    many = f"{group.group} ({group.devices} devices)" if group.devices > 1 else group.group
    yield f"                  {many}: {group.mails} mails"
    for address, count in group.places.items():
        yield f"                    {count:6} to {address}"
    if group.first_lost is None or group.last_lost is None:
        return
    yield (
        f"                    {group.lost:6} LOST, {_clock(group.first_lost)} to "
        f"{_clock(group.last_lost)}"
    )
    for reason, count in group.reasons.items():
        yield f"                           {count} x {reason[:140]}"


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"


def _document(done: Finished) -> dict[str, Any]:
    log = done.record.traffic
    return {
        "id": done.scenario.id,
        "verdict": done.verdict.value,
        "mails": len(log.mails),
        "lost": len(log.lost),
        "not_rehearsed": [word._asdict() for word in done.not_rehearsed],
        "changes": [{"at": _clock(at), "what": text} for at, text in log.changes],
        "sent": [
            {
                "at": _clock(m.at),
                "device": m.device,
                "to": m.to_address,
                "recipients": m.recipients,
                "arrived": m.arrived,
                "elsewhere": m.elsewhere,
                "lost": m.lost,
                "why": m.why,
            }
            for m in log.mails
        ],
    }
