"""Sessions of a served world as they end, for who watches a terminal, or reads lines of JSON: the
dialogue, where each copy went, and of what was refused the rule, why, and what to change."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from fake_exo import Closed, Event, Excerpt, Feed, Gap, Settled, World, transcript
from fake_exo_harness.api.fold import Happenings
from fake_exo_harness.api.mails import copy_items
from fake_exo_harness.api.plain import plain
from fake_exo_harness.api.sessions import session_detail
from fake_exo_harness.reports.text import refusals, transcript_line
from fake_exo_harness.seen import seen_job, situation, tenants_of
from fake_exo_harness.terminal import say

_BACKLOG = 1_000  # connections that wait for a slow terminal
_COPIES = 12  # that are told of one session


class SessionPrinter:
    """Prints each session when its connection has closed, on a thread of its own: a terminal that
    stands still holds up nobody."""

    def __init__(self, world: World, *, as_json: bool) -> None:
        self._world = world
        self._as_json = as_json
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
                for line in self._json(event) if self._as_json else self._text(event):
                    say(line)
                sys.stdout.flush()

    def _json(self, event: Event | Gap) -> Iterator[str]:
        if isinstance(event, Gap):
            yield json.dumps({"event": "gap", "missed": event.missed})
        elif isinstance(event, Closed):
            yield json.dumps({"event": "session", **self._document(event)})

    def _document(self, closed: Closed) -> dict[str, Any]:
        found = Happenings()
        found.extend(Excerpt(self._world.caused(closed.cause), 0))
        if closed.connection not in found.opened:
            return {"session": {"number": closed.connection}, "lines": [], "rules": []}
        detail = session_detail(found, closed.connection, tenants_of(self._world))
        copies = [copy for copies in found.copies.values() for copy in copies]
        return {**plain(detail), "copies": plain(copy_items(copies))}

    def _text(self, event: Event | Gap) -> Iterator[str]:
        if isinstance(event, Gap):
            yield f"*** {event.missed} connections are not shown: too many at once"
        elif isinstance(event, Closed):
            mine = self._world.caused(event.cause)
            yield from map(transcript_line, transcript(mine, event.connection))
            yield from self._outcome(mine)
        yield ""

    def _outcome(self, events: tuple[Event, ...]) -> Iterator[str]:
        copies = [event.outcome for event in events if isinstance(event, Settled)]
        for copy in copies[:_COPIES]:
            detail = f" ({copy.detail})" if copy.detail else ""
            yield f"*** {copy.recipient}: {copy.fate.value}{detail}"
        if more := len(copies) - _COPIES:
            yield from [f"*** and {more} more"] if more > 0 else []
        job = seen_job(events)
        told = [*refusals(job, (), situation(events, tenants_of(self._world)))]
        yield from told[: len(told) - (not told[-1]) if told else 0]

    def end(self) -> None:
        """Print what is left, for a while."""
        self._subscription.end()
        self._closed.end()
        self._thread.join(5)
