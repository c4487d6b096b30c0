"""What `serve` and `run` leave on the machine when they are ended from outside: nothing."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")
EXO = str(Path(sys.executable).parent / "fake-exo")
SLEEPS = """\
scenario: a program that would run for long
drivers: [command]
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
when:
  - run:
      command: [sh, -c, "sleep 600 & echo $! > PIDS.new; mv PIDS.new PIDS; wait"]
      timeout: 300s
then: [{accepted: 0}]
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Where programs put their temporary files."""
    made = tmp_path / "temporary"
    made.mkdir()
    return made


@pytest.fixture
def start(place: Path) -> Iterator[Start]:
    begun: list[subprocess.Popen[str]] = []

    def run(*command: str, **options: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "TMPDIR": str(place)}
        begun.append(
            subprocess.Popen(
                [EXO, *command],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=place.parent,
                preexec_fn=_heeds_hangup,
            )
        )
        return begun[-1]

    yield run
    for process in begun:
        process.kill()
        process.communicate()


def _heeds_hangup() -> None:
    """As a shell starts programs, also where the tests themselves run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def there(look: Callable[[], bool]) -> bool:
    limit = time.monotonic() + 30
    while not look() and time.monotonic() < limit:
        time.sleep(0.02)
    return look()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_serve_takes_its_authority_with_it(number: int, start: Start, place: Path) -> None:
    process = start("serve", "--ports", "any", "--json", "-q")
    assert process.stdout is not None
    ca = Path(json.loads(process.stdout.readline())["ca"])
    assert ca.read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert stat.S_IMODE(ca.stat().st_mode) == 0o600
    assert stat.S_IMODE(ca.parent.stat().st_mode) == 0o700
    process.send_signal(number)
    assert (process.wait(20), list(place.iterdir())) == (0, [])


def test_two_servers_have_an_authority_each(start: Start) -> None:
    files = []
    words = ("serve", "--ports", "any", "--json", "-q")
    for process in (start(*words), start(*words)):
        assert process.stdout is not None
        files.append(Path(json.loads(process.stdout.readline())["ca"]))
    assert files[0].read_bytes() != files[1].read_bytes()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_run_ends_its_programs_and_removes_their_folder(
    number: int, code: int, start: Start, place: Path
) -> None:
    (place.parent / "x.exo.yaml").write_text(SLEEPS)
    process = start("run", "x.exo.yaml", "--driver", "command")
    assert there(lambda: bool(list(place.glob("*/PIDS"))))
    child = int(next(place.glob("*/PIDS")).read_text())
    process.send_signal(number)
    assert (process.wait(20), list(place.iterdir())) == (code, [])
    assert there(lambda: not _alive(child))


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
