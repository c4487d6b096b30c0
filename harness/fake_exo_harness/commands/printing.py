"""Sessions of a served world as they end, for who watches a terminal."""

import sys
import threading
from collections.abc import Iterator
from contextlib import suppress

from fake_exo import Closed, Event, Feed, Gap, World, transcript
from fake_exo_harness.reports.text import transcript_line
from fake_exo_harness.terminal import say

_BACKLOG = 1_000  # connections that wait for a slow terminal


class SessionPrinter:
    """Prints each transcript when its connection has closed, on a thread of its own: a terminal
    that stands still holds up nobody."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._closed: Feed[Event] = Feed(_BACKLOG)
        self._subscription = world.subscribe(self._saw)
        self._thread = threading.Thread(target=self._print_all, daemon=True)
        self._thread.start()

    def _saw(self, event: Event | Gap) -> None:
        if isinstance(event, Closed | Gap):
            self._closed.put(event)

    def _print_all(self) -> None:
        with suppress(OSError):  # nobody reads any more
            while (event := self._closed.take()) is not None:
                for line in self._told(event):
                    say(line)
                say("")
                sys.stdout.flush()

    def _told(self, event: Event | Gap) -> Iterator[str]:
        if isinstance(event, Gap):
            yield f"*** {event.missed} connections are not shown: too many at once"
        elif isinstance(event, Closed):
            mine = self._world.ledger.caused(event.cause)
            yield from map(transcript_line, transcript(mine, event.connection))

    def end(self) -> None:
        """Print what is left, for a while."""
        self._subscription.end()
        self._closed.end()
        self._thread.join(5)
