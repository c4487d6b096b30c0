"""The scenario language: files in, frozen scenarios out, all errors at once."""

from harness.scenario.load import load_file, load_paths
from harness.scenario.model import Place, Scenario
from harness.scenario.problems import Problem, ScenarioError
from harness.scenario.schema import json_schema
from harness.scenario.tenants import load_tenants
from harness.scenario.zones import load_zones

__all__ = [
    "Place",
    "Problem",
    "Scenario",
    "ScenarioError",
    "json_schema",
    "load_file",
    "load_paths",
    "load_tenants",
    "load_zones",
]
