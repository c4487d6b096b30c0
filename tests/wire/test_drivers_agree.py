"""Memory and sockets are two roads to one machine: every scenario's transcripts are equal."""

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


@pytest.mark.parametrize(
    "point",
    ["method 1, point 1", "method 1, points 1 and 2", "method 1, point 3", "method 1, point 4",
     "method 1, point 5", "method 1, point 6", "method 2", "method 2, administrator address",
     "method 2, port 465", "method 3", "limits, 10,000 recipients a day",
     "limits, 25 MB a message", "limits, 500 recipients a message",
     "limits, groups of 5,000 members and 2 MB"],
)  # fmt: skip
def test_the_library_tells_every_point_of_the_story(point: str) -> None:
    assert point in {scenario.story for scenario in load_paths([library()])}
