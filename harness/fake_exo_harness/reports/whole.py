"""Files that are written whole or not at all: who reads one finds the old or the new."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

_NEW = 0o666  # less what the user's mask takes away


def write_whole(path: Path, content: bytes) -> None:
    """Put a file into a place. What is there stays until all is written, and stays where the disk
    is full or somebody ends us. Raises OSError. A pipe or a device is written as it is."""
    target = path.resolve()
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, _mode(target))
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise


def _mode(target: Path) -> int:
    """As it was, or as a new file's would be."""
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return _NEW & ~mask
