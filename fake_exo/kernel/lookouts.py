"""Who waits for something to be there: looked for again whenever it may have come."""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class Lookouts:
    """Looks and their futures. All but making a future and cancelling it is for one thread."""

    def __init__(self) -> None:
        self._looks: list[tuple[Callable[[], Any], Future[Any]]] = []

    def add(self, look: Callable[[], T | None], found: "Future[T]") -> None:
        """Look now; what is not there yet is looked for again."""
        if not _seen(look, found):
            self._looks.append((look, found))

    def look(self) -> None:
        """It may have come."""
        if self._looks:
            waiting, self._looks = self._looks, []
            self._looks += [each for each in waiting if not _seen(*each)]

    def end(self) -> None:
        """Nothing comes any more."""
        waiting, self._looks = self._looks, []
        for _, found in waiting:
            with suppress(InvalidStateError):
                found.set_exception(RuntimeError("stopped while somebody waits"))


def _seen(look: Callable[[], T | None], found: "Future[T]") -> bool:
    """Whether nobody need look again."""
    if found.done():
        return True
    try:
        result = look()
    except Exception as error:  # theirs who wait
        with suppress(InvalidStateError):  # who went away meanwhile
            found.set_exception(error)
        return True
    if result is not None:
        with suppress(InvalidStateError):
            found.set_result(result)
    return result is not None
