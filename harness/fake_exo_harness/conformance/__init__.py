"""Recorded sessions with the real service, replayed against the fake.

`recordings` reads them, `circumstances` says in which world they can have happened, `replay`
repeats the client's side, `comparison` holds the answers against the recorded ones.
"""

from fake_exo_harness.conformance.recordings import Recording, load_recordings, shipped
from fake_exo_harness.conformance.replay import Replayed, replay

__all__ = ["Recording", "Replayed", "load_recordings", "replay", "shipped"]
