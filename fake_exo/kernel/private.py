"""Files that this process hands to programs: in a folder that only its user can enter, whose name
nobody can know before, and which is gone at the end."""

import atexit
import itertools
import os
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path

_numbers = itertools.count(1)


def private_file(name: str, content: bytes) -> Path:
    """A file with this content, which is there until the process ends. `name`: of what it is."""
    path = _folder(os.getpid()) / f"{next(_numbers)}-{name}"
    with open(path, "xb", opener=lambda at, flags: os.open(at, flags, 0o600)) as file:
        file.write(content)
    return path


@lru_cache(maxsize=1)
def _folder(process: int) -> Path:
    """One for each process: a child that was forked has its own, and leaves its parent's."""
    path = Path(tempfile.mkdtemp(prefix="fake-exo-"))
    atexit.register(_remove, path, process)
    return path


def _remove(path: Path, process: int) -> None:
    if os.getpid() == process:
        shutil.rmtree(path, ignore_errors=True)
