"""docs/devices.md holds what every device says: a golden dialogue for each, both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_exo_harness.devices import profiles
from fake_exo_harness.pages.devices import after_basic, devices_page

PAGE = Path(__file__).parents[2] / "docs" / "devices.md"


@pytest.fixture(scope="module")
def sections(kept: Callable[[Path, str], str]) -> dict[str, str]:
    made = devices_page()
    kept(PAGE, made)
    return split(made)


def split(page: str) -> dict[str, str]:
    return {part.split("\n", 1)[0]: part for part in page.split("\n## ")}


@pytest.mark.parametrize("device", [*profiles(), "Quirks", "# Devices and clients"])
def test_the_device_says_what_the_page_shows(device: str, sections: dict[str, str]) -> None:
    assert sections[device] == split(PAGE.read_text())[device]


def test_a_dotnet_client_goes_on_after_535_and_a_plain_library_never_signs_in(
    sections: dict[str, str],
) -> None:
    assert "AUTH login (credentials)" in sections["dotnet-system-net-mail"]
    assert "504 5.7.4 Unrecognized authentication type" in sections["ruby-net-smtp"]


@pytest.mark.parametrize("device", [name for name in profiles() if name != "telnet"])
def test_what_is_said_of_the_end_of_basic_authentication_is_what_happens(
    device: str, sections: dict[str, str]
) -> None:
    """Who goes on never signed in; all others do not send when passwords are refused."""
    made, submission = profiles()[device], sections[device].split("Client submission:")[1]
    before = submission.split("Relay:")[0]
    after = after_basic(made)
    if made.basic_ends.then == "goes-on":
        assert "AUTH" not in before
        assert after[-1].split("===")[-1] in before
    else:
        assert not any("(sent)" in line for line in after)
