"""docs/devices.md holds what every device says: a golden dialogue for each, both ways."""

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_exo_harness.devices import profiles
from fake_exo_harness.pages.devices import devices_page

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
