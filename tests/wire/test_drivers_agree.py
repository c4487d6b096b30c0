"""Memory and sockets are two roads to one machine: every scenario's transcripts are equal."""

from pathlib import Path

import pytest
from fake_exo_harness.library import library
from fake_exo_harness.runner import finish
from fake_exo_harness.scenario import Scenario, load_paths

SCENARIOS = [s for s in load_paths([library()]) if "socket" in s.drivers]


def dialogue(scenario: Scenario, driver: str) -> list[list[tuple[float, str, str, str]]]:
    record = finish(scenario, driver).record
    return [
        [(line.at, line.arrow, line.text, line.rule) for line in lines]
        for job in record.jobs
        for lines in job.transcripts
    ]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_transcripts_in_memory_and_over_sockets_are_equal(scenario: Scenario) -> None:
    assert dialogue(scenario, "socket") == dialogue(scenario, "memory")


def test_the_library_tells_the_story_in_more_than_fifty_scenarios() -> None:
    told = [scenario for scenario in load_paths([library()]) if scenario.story]
    assert len(told) >= 50
    assert all(isinstance(s.source.path, Path) for s in told)
