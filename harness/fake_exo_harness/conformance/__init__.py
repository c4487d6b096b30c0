"""Recorded sessions with the real service, replayed against the fake.

`recordings` reads them (`words`: what people write in other ways than a wire does), `presumed` and
`circumstances` say in which world they can have happened, `stated` reads one that is told in the
words of scenarios, `replay` and `client` repeat the client's side, `comparison` holds the answers
against the recorded ones, and `recorder` makes new recordings.
"""

from fake_exo_harness.conformance.circumstances import Causes
from fake_exo_harness.conformance.recorder import Recorder, without_faults
from fake_exo_harness.conformance.recordings import Recording, load_recordings, shipped
from fake_exo_harness.conformance.replay import Replayed, replay

__all__ = [
    "Causes",
    "Recorder",
    "Recording",
    "Replayed",
    "load_recordings",
    "replay",
    "shipped",
    "without_faults",
]
