"""A bench: a real device, a person at its panel, and the fake on real ports.

`places` opens the ports, `holders` says who has one already, `instructions` what to enter.
"""

from fake_exo_harness.bench.instructions import Reaching, entered, steps, suggested
from fake_exo_harness.bench.places import Bench

__all__ = ["Bench", "Reaching", "entered", "steps", "suggested"]
