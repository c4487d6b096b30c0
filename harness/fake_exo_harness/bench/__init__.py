"""A bench: a real device, a person at its panel, and the fake on real ports.

`places` opens the ports, `holders` says who has one already, `instructions` what to enter; `person`
is who stands there.
"""

from fake_exo_harness.bench.instructions import Reach, Reaching, changes, entered, steps, suggested
from fake_exo_harness.bench.person import Person
from fake_exo_harness.bench.places import Bench

__all__ = ["Bench", "Person", "Reach", "Reaching", "changes", "entered", "steps", "suggested"]
