"""docs/misconfigurations.md: each mistake that the field knows, and the scenarios that show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import yaml

from fake_exo_harness.scenario import Scenario

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Misconfiguration:
    """One mistake. `unrehearsed`: why no bundled scenario shows it; empty when one does."""

    id: str
    way: str
    wrong: str
    fix: str
    unrehearsed: str = ""


@lru_cache(maxsize=1)
def misconfigurations() -> tuple[Misconfiguration, ...]:
    text = (
        resources.files("fake_exo_harness.data")
        .joinpath("misconfigurations.yaml")
        .read_text("utf-8")
    )
    return tuple(Misconfiguration(**row) for row in yaml.load(text, Loader=_LOADER))


def misconfigurations_page(scenarios: Sequence[Scenario]) -> str:
    return "\n".join(_page(scenarios)) + "\n"


def _page(scenarios: Sequence[Scenario]) -> Iterator[str]:
    rows = misconfigurations()
    yield "# Misconfigurations"
    yield ""
    yield "The mistakes that the field knows, and the scenarios that show them; `fake-exo run -k"
    yield "NAME` runs those of a name, `-v` shows the dialogue, the reason and the fix. Made from"
    yield "the data and the scenarios; a test compares."
    yield ""
    yield "| id | way of sending | what is wrong | what helps | scenarios |"
    yield "|---|---|---|---|---|"
    for row in rows:
        shown = (s.id for s in scenarios if row.id in s.misconfigurations)
        names = sorted({id_.partition("[")[0] for id_ in shown})
        where = ", ".join(f"`{name}`" for name in names) or f"none: {row.unrehearsed}"
        yield f"| `{row.id}` | {row.way} | {row.wrong} | {row.fix} | {where} |"
