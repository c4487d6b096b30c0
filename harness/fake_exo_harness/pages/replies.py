"""`docs/replies.md`: every reply of the catalogue, and the scenario in which it is said."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from fake_exo import Explanation, Replied, every_reply
from fake_exo_harness.pages.rules import example, standing
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import Scenario

_HEAD = """# The reply catalogue

Every text that the real service is known or supposed to say, with its confidence, and a scenario of
the bundled library in which the fake says it. Scenarios called `injected` put a reply there that
no rule gives, because what it depends on cannot be set up (`service: {faults: ...}`). What is never
said has a reason. This page is made from the catalogue and a run of the library.
"""


def said_in(scenarios: Iterable[Scenario]) -> Mapping[str, tuple[str, ...]]:
    """Reply id to the scenarios in which it is said."""
    found: dict[str, dict[str, None]] = {}
    for scenario in scenarios:
        for job in finish(scenario).record.jobs:
            for event in job.events:
                if isinstance(event, Replied):
                    found.setdefault(event.reply, {})[scenario.id] = None
            for outcome in job.outcomes:
                if outcome.reply:
                    found.setdefault(outcome.reply, {})[scenario.id] = None
    return {reply: tuple(names) for reply, names in found.items()}


def replies_page(
    said: Mapping[str, tuple[str, ...]], reasons: Mapping[str, str], before: str = ""
) -> str:
    """The page. `reasons`: why a reply is never said, by its id or the beginning of it; `before`:
    the page as it was, whose examples stay where they still are some."""
    return "\n".join(_lines(said, reasons, standing(before))) + "\n"


def _lines(
    said: Mapping[str, tuple[str, ...]],
    reasons: Mapping[str, str],
    known: Mapping[str, Sequence[str]],
) -> Iterator[str]:
    yield _HEAD
    yield "| reply | at | text | holds | confidence | said in |"
    yield "|---|---|---|---|---|---|"
    for entry in every_reply():
        text = (entry.text.splitlines() or [""])[0].replace("|", "\\|")
        names = said.get(entry.reply, ())
        where = example(names, known.get(entry.reply, ())[-1:]) or reason(entry, reasons)
        yield (
            f"| `{entry.reply}` | {entry.endpoints[0]}, {entry.stage} | `{text}` | {entry.period} "
            f"| {entry.confidence} | {where} |"
        )


def reason(entry: Explanation, reasons: Mapping[str, str]) -> str:
    """Why a reply is never said; empty when nobody has given a reason."""
    fitting = (text for start, text in reasons.items() if entry.reply.startswith(start))
    return next((f"never: {text}" for text in fitting), "")
