"""docs/examples: three devices that are in no list, by their files alone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli
from fake_exo_harness.devices import names, profile
from fake_exo_harness.runner import Verdict, finish
from fake_exo_harness.scenario import load_file

FOLDER = Path(__file__).parents[2] / "docs" / "examples" / "profiles"
OLD, NEW, LOGGER = (
    f"{FOLDER}/{n}.yaml" for n in ("hallscan-2.1", "hallscan-3.0", "coldroom-logger")
)


def ran(*words: str) -> Result:
    return CliRunner().invoke(cli, words, catch_exceptions=False)


def test_they_are_none_of_the_package() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} & set(names()) == set()
    makers = {profile(name).vendor for name in names()}
    assert "Hall" not in makers and "Coldroom" not in makers


@pytest.mark.parametrize("driver", ["memory", "socket"])
def test_their_scenarios_pass(driver: str) -> None:
    done = [finish(scenario, driver) for scenario in load_file(FOLDER / "devices.exo.yaml")]
    assert {each.scenario.id: each.verdict for each in done} == {
        f"devices[{case}]": Verdict.PASSED
        for case in (
            "firmware-2.1",
            "firmware-2.1-makes-its-sender",
            "firmware-3.0",
            "firmware-3.0-without-passwords",
            "cold-room",
            "cold-room-to-nobody",
        )
    }


def test_two_firmwares_are_certified_and_compared(tmp_path: Path) -> None:
    kept = tmp_path / "old.json"
    old = ran("certify", OLD, "--levels", "BH", "--json-file", str(kept))
    assert "H1  432: three at once: it did not come back" in old.stdout
    new = ran("certify", NEW, "--levels", "BH", "--against", str(kept))
    assert "H1  432: three at once: it came back, after 60 s" in new.stdout
    assert json.loads(kept.read_text("utf-8"))


def test_a_logger_without_a_server_of_its_own_is_told_why_it_never_came() -> None:
    done = ran("certify", LOGGER, "--levels", "A")
    assert "it never connected: customer.example: REFUSED" in done.stdout
