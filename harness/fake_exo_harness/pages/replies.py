"""`docs/replies.md`: every reply of the catalogue, and the scenario in which it is said."""

from collections.abc import Iterable, Iterator, Mapping

from fake_exo import Explanation, Replied, every_reply
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import Scenario

_HEAD = """# The reply catalogue

Every text that the real service is known or supposed to say, with its confidence, and a scenario of
the bundled library in which the fake says it. Scenarios called `injected` put a reply there that
no rule gives, because what it depends on cannot be set up (`service: {faults: ...}`). What is never
said has a reason. This page is made from the catalogue and a run of the library.
"""


def said_in(scenarios: Iterable[Scenario]) -> Mapping[str, str]:
    """Reply id to the first scenario in which it is said."""
    found: dict[str, str] = {}
    for scenario in scenarios:
        for job in finish(scenario).record.jobs:
            for event in job.events:
                if isinstance(event, Replied):
                    found.setdefault(event.reply, scenario.id)
            for outcome in job.outcomes:
                if outcome.reply:
                    found.setdefault(outcome.reply, scenario.id)
    return found


def replies_page(said: Mapping[str, str], reasons: Mapping[str, str]) -> str:
    """The page. `reasons`: why a reply is never said, by its id or the beginning of it."""
    return "\n".join(_lines(said, reasons)) + "\n"


def _lines(said: Mapping[str, str], reasons: Mapping[str, str]) -> Iterator[str]:
    yield _HEAD
    yield "| reply | at | text | holds | confidence | said in |"
    yield "|---|---|---|---|---|---|"
    for entry in every_reply():
        text = (entry.text.splitlines() or [""])[0].replace("|", "\\|")
        where = said.get(entry.reply) or reason(entry, reasons)
        yield (
            f"| `{entry.reply}` | {entry.endpoints[0]}, {entry.stage} | `{text}` | {entry.period} "
            f"| {entry.confidence} | {where} |"
        )


def reason(entry: Explanation, reasons: Mapping[str, str]) -> str:
    """Why a reply is never said; empty when nobody has given a reason."""
    fitting = (text for start, text in reasons.items() if entry.reply.startswith(start))
    return next((f"never: {text}" for text in fitting), "")
