"""How a word is shown: its base scenario with the word set, run, and looked at."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from fake_exo_harness.devices import filled_pages
from fake_exo_harness.record import JobRecord
from fake_exo_harness.reports.text import dialogue
from fake_exo_harness.runner import Finished, finish
from fake_exo_harness.scenario import ScenarioError, load_file
from fake_exo_harness.words import Shown, bases

from fake_exo import Fate, Replied, delivered_header

Path_ = Sequence[str | int]


def merged(base: Any, over: Any) -> Any:  # noqa: ANN401 - YAML is what it is
    """Mappings merge, all else is replaced, as in cases of a scenario."""
    if not isinstance(base, dict) or not isinstance(over, dict):
        return over
    return {**base, **{k: merged(base.get(k), v) for k, v in over.items()}}


def put(document: Any, path: Path_, value: Any) -> None:  # noqa: ANN401
    """Set a place of a document; mappings on the way are made."""
    *way, last = path
    for step, following in zip(way, path[1:], strict=True):
        if isinstance(step, str) and step not in document:
            document[step] = [] if isinstance(following, int) else {}
        document = document[step]
    document[last] = value


def without_nothing(document: Any) -> Any:  # noqa: ANN401
    """Without keys of no value: how changes take a key of the base away."""
    if isinstance(document, dict):
        return {k: without_nothing(v) for k, v in document.items() if v is not None}
    return document


def seen(folder: Path, shown: Shown, path: Path_, value: Any) -> str:  # noqa: ANN401
    """What is seen when the word has this value."""
    try:
        finished = rehearsed(folder, shown, path, value)
    except ScenarioError as error:
        return f"error: {error.problems[0].cause}"
    if finished.error:
        return f"error: {finished.error}"
    word, _, rest = shown.look.partition(" ")
    return LOOKS[word](finished, rest)


def dialogue_of(folder: Path, shown: Shown, path: Path_, value: Any) -> Iterator[str]:  # noqa: ANN401
    """The dialogue of the last job when the word has this value, without its title."""
    return islice(dialogue(_last(rehearsed(folder, shown, path, value))), 1, None)


def rehearsed(folder: Path, shown: Shown, path: Path_, value: Any) -> Finished:  # noqa: ANN401
    """The scenario of a word with this value, run. Raises ScenarioError."""
    document = without_nothing(merged(deepcopy(bases()[shown.base]), deepcopy(dict(shown.changes))))
    if path[0] == "profile":
        base = document["device"]["profile"]
        document["device"]["profile"] = _probe(folder, base, path[1:], value)
    else:
        put(document, path, value)
    file = folder / "word.exo.yaml"
    whole = {"scenario": "a word", "drivers": ["memory"], "then": [{"accepted": 0}], **document}
    file.write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8")
    (scenario,) = load_file(file)
    return finish(scenario)


def _probe(folder: Path, base: str, path: Path_, value: Any) -> dict[str, str]:  # noqa: ANN401
    """A profile like the base with one key set, in a file of its own."""
    row: dict[str, Any] = {"like": base}
    put(row, path, value)
    file = folder / "probe.yaml"
    file.write_text(yaml.safe_dump(row, allow_unicode=True), "utf-8")
    return {"file": file.name}


# ---- where to look -------------------------------------------------------------------------------


def _last(finished: Finished) -> JobRecord:
    return finished.record.jobs[-1]


def _ends(finished: Finished, _: str) -> str:
    """The refusal that ended the last mail, and where its copies ended."""
    job = _last(finished)
    parts = [f"{r.to} {_code(r.data)}" for r in job.refusals if r.to != "QUIT"][:1]
    parts += sorted({_fate(o.fate, o.detail) for o in job.outcomes})
    if not parts:
        parts = [f"stopped at {job.result.stage}" if job.result.stage else "nothing refused"]
    return "; ".join(parts)


def _code(data: bytes) -> str:
    words = data.decode("utf-8", "replace").replace("-", " ", 1).split()
    enhanced = words[1] if len(words) > 1 and re.fullmatch(r"\d\.\d+\.\d+", words[1]) else ""
    return f"{words[0]} {enhanced}".strip()


def _fate(fate: Fate, detail: str) -> str:
    found = re.search(r"\d\.\d+\.\d+", detail) if fate is Fate.BOUNCED else None
    return f"{fate.value} {found[0]}" if found else fate.value


def _who(finished: Finished, _: str) -> str:
    outcomes = _last(finished).outcomes
    return (
        ", ".join(sorted(f"{o.recipient} {_fate(o.fate, o.detail)}" for o in outcomes)) or "nobody"
    )


def _header(finished: Finished, name: str) -> str:
    accepted = _last(finished).accepted
    fields = delivered_header(accepted[-1].message) if accepted else ()
    found = [value for field, value in fields if field.lower() == name.lower()]
    return (found[0][:60] if found else "none") if accepted else "no mail"


def _reply(finished: Finished, verb: str) -> str:
    """The last reply to a verb, its first line without names and numbers of the session."""
    said = [e for e in _last(finished).events if isinstance(e, Replied) and e.to == verb]
    return said[-1].data.decode().splitlines()[0].partition(" [")[0] if said else "none"


def _line(finished: Finished, pattern: str) -> str:
    """The first line of a dialogue, either way, that has a pattern."""
    lines = (line.text for lines in _last(finished).transcripts for line in lines)
    found = (re.search(pattern, text) for text in lines)
    return next((match[0] for match in found if match), "none")


def _count(finished: Finished, pattern: str) -> str:
    lines = [line.text for lines in _last(finished).transcripts for line in lines]
    return f"{sum(re.search(pattern, text) is not None for text in lines)} times"


def _after(finished: Finished, pattern: str) -> str:
    """What is said right after a line: an answer, or the next command."""
    lines = [line.text for lines in _last(finished).transcripts for line in lines]
    at = next(n for n, text in enumerate(lines) if re.search(pattern, text))
    return lines[at + 1]


def _content(finished: Finished, pattern: str) -> str:
    accepted = _last(finished).accepted
    text = bytes(accepted[-1].message.content).decode("utf-8", "replace") if accepted else ""
    found = re.search(pattern, text)
    return repr(found[0])[1:41].rstrip("'") if found else "none"


def _usage(finished: Finished, who: str) -> str:
    limit, _, name = who.partition(" ")
    found = [g for g in finished.record.usage if g.limit == limit and g.who.lower() == name]
    return f"{found[0].used} of {found[0].most:g}" if found and found[0].most else "none"


def _seconds(finished: Finished, _: str) -> str:
    job = _last(finished)
    return f"{job.ended - job.started:.0f} s"


def _dns(finished: Finished, _: str) -> str:
    asked = [f"{q.name} {q.type}" for q in _last(finished).queries]
    return ", ".join(dict.fromkeys(asked)) or "nothing"


def _landed(finished: Finished, _: str) -> str:
    """When copies of the last mail ended, in seconds after it was brought."""
    job = _last(finished)
    return ", ".join(sorted({f"after {o.at - job.started:.0f} s" for o in job.outcomes})) or "never"


def _addresses(finished: Finished, _: str) -> str:
    job = _last(finished)
    reached = [c.server_ip for c in job.connections]
    return ", ".join(dict.fromkeys([*reached, *(f"not {p.server_ip}" for p in job.unreached)]))


def _panel_pages(finished: Finished, _: str) -> str:
    """The first page that somebody who enters the settings is shown."""
    spec = next(iter(finished.scenario.devices.values()))
    first = filled_pages(spec.profile, spec.settings)[0]
    told = (f"{f.label} = {f.value}{f' ({f.note})' * bool(f.note)}" for f in first.fields)
    return f"{first.page}: {', '.join(told)}"


LOOKS: Mapping[str, Callable[[Finished, str], str]] = {
    "ends": _ends,
    "who": _who,
    "header": _header,
    "reply": _reply,
    "line": _line,
    "content": _content,
    "usage": _usage,
    "seconds": _seconds,
    "dns": _dns,
    "landed": _landed,
    "count": _count,
    "after": _after,
    "traffic": lambda finished, _: f"{len(finished.record.traffic.mails)} mails",
    "error": lambda finished, _: "taken",
    "panel-pages": _panel_pages,
    "panel": lambda finished, _: _last(finished).result.panel or "nothing",
    "sent": lambda finished, _: "sent" if _last(finished).result.sent else "not sent",
    "attempts": lambda finished, _: f"{len(_last(finished).connections)} connections",
    "filed": lambda finished, _: ", ".join(_last(finished).filed) or "nowhere",
    "reports": lambda finished, _: ", ".join(r.kind for r in _last(finished).reports) or "none",
    "addresses": _addresses,
}
