"""Control-C at the start, while a command runs, and at the end: one exit code and no traceback."""

import subprocess
import sys

import pytest

_PROGRAM = """
import atexit, os, sys

def interrupt(): os.kill(os.getpid(), 2)

class At:
    def find_spec(self, name, path=None, target=None):
        if name == {moment!r}: interrupt()

sys.meta_path.insert(0, At())
if {moment!r} == "the end": atexit.register(interrupt)
sys.argv = ["fake-exo", *{command!r}]
from fake_exo_harness.entry import main
main()
"""


def _ended(command: list[str], moment: str) -> tuple[int, str]:
    program = _PROGRAM.format(command=command, moment=moment)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("command", [["list"], ["run", "-q"], ["explain", "5.7.64"], ["--help"]])
@pytest.mark.parametrize("moment", ["fake_exo_harness.cli", "fake_exo", "the end"])
def test_an_interrupt_around_a_command_ends_it_at_once(command: list[str], moment: str) -> None:
    code, errors = _ended(command, moment)
    assert (code, "Traceback" in errors) == (130, False), errors


@pytest.mark.parametrize(
    ("command", "moment"),
    [
        (["list"], "fake_exo_harness.commands.files"),
        (["run"], "fake_exo_harness.commands.run"),
        (["certify", "python-smtplib"], "fake_exo_harness.commands.certify"),
        (["conformance"], "fake_exo_harness.commands.conformance"),
        (["cutover"], "fake_exo_harness.commands.cutover"),
        (["doctor"], "fake_exo_harness.commands.doctor"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_an_interrupt_of_a_command_unwinds_it(command: list[str], moment: str) -> None:
    code, errors = _ended(command, moment)
    assert (code, "Traceback" in errors) == (130, False), errors
