"""Which files a file may name: those below its own folder, or below what the user allowed.

A scenario of somebody else is data as far as this goes: it reads no key of its reader's, whatever
path or link it has. What it runs is another matter, see SECURITY.md.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from yaml.nodes import Node

from fake_exo_harness.forms.nodes import Reading
from fake_exo_harness.library import library

_ALLOWED: ContextVar[tuple[Path, ...]] = ContextVar("allowed", default=())
_REMEDY = "move it there, or allow its folder (--allow-path FOLDER; in pytest.ini exo_allow_path)"


@contextmanager
def allowing(folders: Iterable[Path]) -> Iterator[None]:
    """Within it files may name what is below these folders too."""
    before = _ALLOWED.set((*_ALLOWED.get(), *(folder.resolve() for folder in folders)))
    try:
        yield
    finally:
        _ALLOWED.reset(before)


def file_named(reading: Reading, node: Node, text: str) -> Path | None:
    """The file that a value names, relative to the file that the value stands in. None, and told,
    where there is none, or where it is not to be read."""
    return _named(reading, node, text, "file")


def folder_named(reading: Reading, node: Node, text: str) -> Path | None:
    """As `file_named`, of a folder."""
    return _named(reading, node, text, "folder")


def _named(reading: Reading, node: Node, text: str, what: str) -> Path | None:
    path = reading.place(node).path.parent / text
    if not (os.path.isfile(path) if what == "file" else os.path.isdir(path)):
        reading.bad(node, f"there is no {what} {text}", "the path is relative to this file")
        return None
    if not allowed(reading.path, path):
        home = reading.path.parent
        reading.bad(node, f"{text} is outside {home}, where this file may read", _REMEDY)
        return None
    return path


def allowed(given: Path, path: Path) -> bool:
    """Whether a file that the user gave, and what it includes, may read a path; links count as what
    they point at."""
    real = path.resolve()
    return any(real.is_relative_to(root) for root in _roots(given))


def _roots(given: Path) -> Iterator[Path]:
    home, bundled = given.resolve().parent, library().resolve()
    yield home
    if home.is_relative_to(bundled):
        yield bundled
    yield from _ALLOWED.get()
