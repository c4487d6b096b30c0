"""How much of a known text is in another: words and pairs of neighbours, rare ones counting more.

Numbers are no words, for they differ from session to session. Tags like ATTR36 or AS780090 settle
what a reply is when they are there, and are not missed.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

Features = frozenset[str]

_WORD = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
_TAG = re.compile(r"(?:as|s)\d{3,}|prx\d|attr\d+|mrh\d")
_MISSING = 0.6  # what a missing word counts against one that is there
_TAGGED = 100.0  # more than any text weighs
_LINK = re.compile(r"https?://\S+")
_APOSTROPHES = str.maketrans("", "", "'\u2019`")


def features(text: str) -> Features:
    """Of a text in lower case."""
    words = _words(text)
    return frozenset(words) | frozenset(map("+".join, pairwise(words)))


def features_of_parts(parts: Iterable[str]) -> Features:
    """Of a text in lower case, where something unknown stands between the parts."""
    return frozenset().union(*map(features, parts))


def _words(text: str) -> list[str]:
    plain = _LINK.sub(" ", text.translate(_APOSTROPHES))
    return [word for word in _WORD.findall(plain) if not word.isdigit()]


def tags(words: Features) -> Features:
    """The tags among words."""
    return frozenset(word for word in words if _TAG.fullmatch(word))


class Weights:
    """What each feature of a set of texts counts."""

    def __init__(self, texts: Iterable[Features]) -> None:
        known = list(texts)
        seen = Counter(feature for text in known for feature in text)
        self._of: Mapping[str, float] = {
            feature: math.log(1 + len(known) / count) for feature, count in seen.items()
        }

    def of(self, wanted: Features) -> float:
        """Of what a text must have; tags are not among it."""
        return sum(self._of.get(f, 0.0) for f in wanted if not _TAG.fullmatch(f.split("+")[0]))

    def share(self, wanted: Features, there: Features) -> float:
        """The part of `wanted` that is there, 0 to 1."""
        whole = self.of(wanted)
        return self.of(wanted & there) / whole if whole else 0.0

    def score(self, wanted: Features, there: Features) -> float:
        """More, the more of `wanted` is there and the less is missing."""
        both = wanted & there
        return self.of(both) - _MISSING * self.of(wanted - both) + _TAGGED * len(tags(both))
