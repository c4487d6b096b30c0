"""What every report is."""

from abc import ABC, abstractmethod
from typing import ClassVar, TextIO

from fake_exo_harness.runner import RunEvent


class Reporter(ABC):
    """Takes every event of a run, then `end`. Writes to `out` only."""

    name: ClassVar[str]

    def __init__(self, out: TextIO) -> None:
        self.out = out

    @abstractmethod
    def take(self, event: RunEvent) -> None: ...

    @abstractmethod
    def end(self) -> None: ...
