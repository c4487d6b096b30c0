"""Networks of their own for real programs: a lab with the fake's addresses on real ports, the
fake's names, its CA in the trust store, a source address of choice, and nothing else.

`Lab` is the handle; `helper` is the process that holds the namespaces; `available` tells whether
this kernel lets us. No root is needed.
"""

from fake_exo_harness.namespaces.lab import Lab, LabError, ProgramError
from fake_exo_harness.namespaces.prerequisites import Prerequisite, prerequisites

__all__ = ["Lab", "LabError", "Prerequisite", "ProgramError", "prerequisites"]
