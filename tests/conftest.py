"""What several folders of tests share."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# No test is timed: how long an example takes says how busy the machine is.
settings.register_profile("fake-exo", deadline=None)
settings.load_profile("fake-exo")

Kept = Callable[[Path, str], str]


@pytest.fixture(scope="session")
def kept() -> Kept:
    """The checked-in text of a file that is made; with EXO_WRITE_DOCS it is written first."""

    def text(path: Path, made: str) -> str:
        if os.environ.get("EXO_WRITE_DOCS"):
            path.write_text(made)
        return path.read_text()

    return text
