"""Recorded sessions with the real service, replayed against the fake.

`recordings` reads them (`words`: what people write in other ways than a wire does), `presumed` and
`circumstances` say in which world they can have happened, `replay` and `client` repeat the client's
side, `comparison` holds the answers against the recorded ones.
"""

from fake_exo_harness.conformance.circumstances import Causes
from fake_exo_harness.conformance.recordings import Recording, load_recordings, shipped
from fake_exo_harness.conformance.replay import Replayed, replay

__all__ = ["Causes", "Recording", "Replayed", "load_recordings", "replay", "shipped"]
