"""What clients print when no reply reached them, or when they hide it: their own words."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from fake_exo.exchange.texts import data


@dataclass(frozen=True, slots=True)
class Symptom:
    """One meaning of words that clients use. `says`: any is enough; `also`: and one of these, if
    there are any; `see`: rules that come into question."""

    id: str
    stage: str
    says: tuple[str, ...]
    also: tuple[re.Pattern[str], ...]
    why: str
    fix: str
    confidence: str
    source: str
    see: tuple[str, ...]

    def said_in(self, text: str) -> str:
        """The words of it that stand in a text in lower case; empty when it is not this one."""
        if self.also and not any(pattern.search(text) for pattern in self.also):
            return ""
        return max((said for said in self.says if said in text), key=len, default="")


@lru_cache(maxsize=1)
def symptoms() -> tuple[Symptom, ...]:
    """All that are known, in their order."""
    return tuple(_symptom(row) for row in data("symptoms.yaml"))


def _symptom(row: dict[str, Any]) -> Symptom:
    also = (re.compile(rf"(?<!\w){re.escape(text)}(?!\w)") for text in row.get("also", ()))
    return Symptom(
        id=row["id"],
        stage=row["stage"],
        says=tuple(row["says"]),
        also=tuple(also),
        why=row["why"],
        fix=row["fix"],
        confidence=row["confidence"],
        source=row["source"],
        see=tuple(row.get("see", ())),
    )
