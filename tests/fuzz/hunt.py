"""One reader under atheris, which looks for inputs that reach code no input has reached.

libFuzzer ends the process that it is in, and talks; so each hunt is in a child that is forked for
it, and what is found is written into a file. A fault does not end the search.
"""

import json
import os
import random
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def _silence() -> Iterator[None]:
    """Nobody wants to hear which modules are instrumented."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


with _silence():
    import atheris

    with atheris.instrument_imports(include=["fake_exo", "fake_exo_harness"]):
        from tests.fuzz.cost import blown_up, check_growth, tried
        from tests.fuzz.targets import Target

_MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None  # files that are read soon
_LONGEST = 3_000  # octets of an input
_BLOWN_UP = 500  # one in so many inputs is blown up
_TOLD = 20  # faults of a reader; of more there is nothing to learn


class Hunt:
    """So many inputs for a reader."""

    def __init__(self, target: Target, inputs: int, seed: int, out: Path) -> None:
        self._target, self._inputs, self._out = target, inputs, out
        self._chance = random.Random(seed)
        self._count = 0
        self._faults: dict[str, dict[str, str]] = {}
        self._began, self._spent = time.monotonic(), time.process_time()

    def one(self, data: bytes) -> None:
        self._count += 1
        try:
            if self._count % _BLOWN_UP:
                tried(self._target.act, data)
            else:
                check_growth(self._target.act, blown_up(data, self._chance))
        except Exception as error:
            self._found(error, data)
        if self._count >= self._inputs:
            self._over()

    def _found(self, error: Exception, data: bytes) -> None:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
        if where not in self._faults and len(self._faults) < _TOLD:
            told = f"{where}: {str(error)[:200]}"
            self._faults[where] = {"what": told, "input": data.decode("latin-1")}

    def _over(self) -> None:
        found = {
            "inputs": self._count,
            "seconds": round(time.monotonic() - self._began, 1),
            "cpu": round(time.process_time() - self._spent, 1),
            "faults": list(self._faults.values()),
        }
        self._out.write_text(json.dumps(found))
        os._exit(0)


def hunted(target: Target, inputs: int, seed: int) -> dict[str, Any]:
    """What so many inputs came to, in a child. Raises RuntimeError where it ended too early."""
    with tempfile.TemporaryDirectory(dir=_MEMORY) as folder:
        out = Path(folder) / "found.json"
        child = os.fork()
        if not child:
            _in_child(Hunt(target, inputs, seed, out), Path(folder) / "examples", target, seed)
        _, status = os.waitpid(child, 0)
        if not out.exists():
            raise RuntimeError(f"{target.name} ended before its time, with status {status}")
        found: dict[str, Any] = json.loads(out.read_text("utf-8"))
        return found


def _in_child(hunt: Hunt, folder: Path, target: Target, seed: int) -> None:
    try:
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        folder.mkdir()
        tempfile.tempdir = str(folder.parent)  # what a reader writes goes with it
        for number, example in enumerate(target.seeds()):
            (folder / str(number)).write_bytes(example[:_LONGEST])
        options = [f"-seed={seed}", f"-max_len={_LONGEST}", "-detect_leaks=0", "-timeout=600"]
        atheris.Setup(["fuzz", *options, str(folder)], hunt.one)
        atheris.Fuzz()
    finally:
        os._exit(1)
