"""`fake-exo certify --init`: a file of a program to begin with."""

from importlib import resources
from pathlib import Path

from fake_exo_harness import exits
from fake_exo_harness.reports.whole import write_whole
from fake_exo_harness.terminal import say


def write_template(path: Path) -> int:
    """Write it where nothing is yet. Returns an exit code."""
    if path.suffix not in (".yaml", ".yml"):
        say(f"fake-exo: {path}: the name of a YAML file is wanted, like mine.yaml", err=True)
        return exits.USAGE
    if path.exists():
        say(f"fake-exo: {path} is there already; remove it, or give another name", err=True)
        return exits.FAILED
    data = resources.files("fake_exo_harness.data")
    write_whole(path, data.joinpath("program-template.yaml").read_bytes())
    say(f"{path} written: put in your command lines, then fake-exo certify {path}")
    return exits.PASSED
