"""What to do about a refusal, as steps of the scenario language that a program can apply."""

from fake_exo_harness.cures.situation import NOTHING_KNOWN, Situation, situation_of
from fake_exo_harness.cures.table import Cure, cure_of, cures
from fake_exo_harness.cures.treatment import Treatment, treatment, verbs

__all__ = [
    "NOTHING_KNOWN",
    "Cure",
    "Situation",
    "Treatment",
    "cure_of",
    "cures",
    "situation_of",
    "treatment",
    "verbs",
]
