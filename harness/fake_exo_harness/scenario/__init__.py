"""The scenario language: files in, frozen scenarios out, all errors at once."""

from fake_exo_harness.forms.location import Location
from fake_exo_harness.forms.problems import Problem, ScenarioError
from fake_exo_harness.scenario.load import load_file, load_paths
from fake_exo_harness.scenario.model import Scenario
from fake_exo_harness.scenario.schema import json_schema
from fake_exo_harness.scenario.tenants import load_tenants
from fake_exo_harness.scenario.zones import load_zones

__all__ = [
    "Location",
    "Problem",
    "Scenario",
    "ScenarioError",
    "json_schema",
    "load_file",
    "load_paths",
    "load_tenants",
    "load_zones",
]
