"""The words that a file may say, and what each does: an effect that tests show, or none here.

Data in `data/words/`, one file a kind; every word of the service's tables stands there, which
`tests/words` checks. Whoever adds a word says there what it does.
"""

from fake_exo_harness.words.early import Days, Unrehearsed
from fake_exo_harness.words.reading import Shown, Since, Word, bases, words
from fake_exo_harness.words.told import every, told
from fake_exo_harness.words.unrehearsed import of_faults, of_limits, of_tenant, unrehearsed

__all__ = [
    "Days",
    "Shown",
    "Since",
    "Unrehearsed",
    "Word",
    "bases",
    "every",
    "of_faults",
    "of_limits",
    "of_tenant",
    "told",
    "unrehearsed",
    "words",
]
