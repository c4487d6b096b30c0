"""Warnings are errors in what is ours, and only there: other people's are not ours to mend."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("module", ["fake_exo.smtp.wire", "fake_exo_harness.cli", "tests.unit.x"])
def test_a_warning_in_our_code_is_an_error(module: str) -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("old", DeprecationWarning, "x.py", 1, module=module)


@pytest.mark.parametrize("module", ["spf", "dkim.crypto", "docker.fake_exo"])
def test_a_warning_in_another_package_is_none(module: str) -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.warn_explicit("old", DeprecationWarning, "x.py", 1, module=module)
    assert len(seen) <= 1


def test_what_nobody_closed_is_an_error_wherever_it_was_opened() -> None:
    with pytest.raises(ResourceWarning):
        warnings.warn_explicit("open", ResourceWarning, "x.py", 1, module="socketserver")


def test_tests_are_collected_where_python_writes_no_bytecode(tmp_path: Path) -> None:
    # A package is compiled anew each time then, and its warnings come each time.
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "no:cacheprovider"]
    fresh = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(tmp_path / "none")}
    done = subprocess.run(
        [*command, "tests/property/test_authentication_properties.py"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **fresh},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "error" in done.stdout.lower()) == (0, False), done.stdout
