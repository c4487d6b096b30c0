"""A fault as it is asked for: conditions, a count, and what it does to the dialogue."""

import re
from dataclasses import dataclass

from fake_exo.kernel.schedule import Schedule

COUNTED = re.compile(r"[0-9]{1,9}")  # a `value` that is a number of octets


@dataclass(frozen=True, slots=True)
class Fault:
    """`reply`: an id of the catalogue, `text` a whole reply in its place. `at`: a place in the
    dialogue, else the reply's own stage; `body` counts bytes of message data (`value`).

    The first `skip` times that all conditions hold are right, then `times` are not (None: all),
    by `chance` (0 to 1, seeded). Conditions: `client` address, `hello` name, `sender`, `recipient`
    (each as written, folded), `connection` (the n-th, from 1). `seconds` delays. `close` ends the
    connection after the reply. Raises ServiceError, at the start of a world, for what cannot be.
    """

    reply: str = ""
    at: str = ""
    times: int | None = 1
    skip: int = 0
    close: bool = False
    does: str = "reply"
    text: str = ""
    value: str = ""
    seconds: float = 0.0
    client: str = ""
    hello: str = ""
    sender: str = ""
    recipient: str = ""
    connection: int | None = None
    chance: float = 1.0
    name: str = ""  # the number of the fault catalogue, for the transcript

    @property
    def schedule(self) -> Schedule:
        return Schedule(self.skip, self.times, self.chance)
