"""What a program of a scenario finds in its folder: `files:` as text, those of a `folder:` as they
are. Nothing is put outside that folder, and nothing read that the scenario may not read."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from yaml.nodes import Node

from fake_exo_harness.forms.nodes import BAD, Reading
from fake_exo_harness.forms.paths import allowed, folder_named

MOST_FILES = 10_000
MOST_BYTES = 256 << 20  # of all files together


def files_of(reading: Reading, node: Node, found: dict[str, Any]) -> Any:  # noqa: ANN401
    """All files of a program by the name that they have in its folder: octets of a folder's, text
    with placeholders of those written in the scenario."""
    written: Mapping[str, str] = found.pop("files", {})
    for name in written:
        if not _below(name):
            return reading.bad(node, f'"{name}" leaves the folder of the program', "write a name")
    folder = found.pop("folder", None)
    if folder is None:
        return written
    path = folder_named(reading, node, folder)
    if path is None:
        return BAD
    try:
        return {**dict(_inside(reading.path, path)), **written}
    except ValueError as error:
        return reading.bad(node, f"{folder}: {error}", "give a folder of the program's own")
    except OSError as error:
        return reading.bad(node, f"{error.filename or folder} cannot be read: {error.strerror}")


def _below(name: str) -> bool:
    """Whether a name stays in the folder that it is written into, whatever the system is."""
    parts = [*PurePosixPath(name).parts, *PureWindowsPath(name).parts]
    rooted = PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor
    return bool(parts) and ".." not in parts and not rooted and "\0" not in name


def _inside(given: Path, folder: Path) -> Iterator[tuple[str, str | bytes]]:
    """Names and octets. Raises ValueError for what a rehearsal does not want, OSError."""
    count = size = 0
    for base, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(base, name)
            shown = path.relative_to(folder).as_posix()
            if not path.is_file():
                continue
            if not allowed(given, path):
                raise ValueError(f"{shown} is a link to what lies outside")
            count, size = count + 1, size + path.stat().st_size
            if count > MOST_FILES or size > MOST_BYTES:
                raise ValueError(f"more than {MOST_FILES:,} files, or {MOST_BYTES >> 20} MB")
            yield shown, path.read_bytes()
