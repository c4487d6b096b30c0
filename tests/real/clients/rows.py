"""The clients and the situations that they are put in, as the data files have them."""

import os
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
PROGRAMS = HERE / "programs"


def home() -> Path:
    """Where what Debian cannot install beside its mail server is unpacked, and npm's modules."""
    return Path(os.environ.get("FAKE_EXO_CLIENTS") or HERE.parents[2] / ".clients")


@dataclass(frozen=True, slots=True)
class Client:
    """One client. `command` runs in a copy of its folder of programs; `build` once before that.
    `debian`: packages to install, `unpack`: those to unpack, `npm`: modules; `wants`: programs on
    the path, or files, all of which it takes. `quick`: continuous integration runs it."""

    id: str
    name: str
    command: str
    wants: tuple[str, ...]
    version: str = ""
    build: str = ""
    debian: tuple[str, ...] = ()
    unpack: tuple[str, ...] = ()
    npm: tuple[str, ...] = ()
    users: bool = False  # it wants users of its own
    quick: bool = False
    note: str = ""

    @property
    def install(self) -> str:
        """What to type to have it."""
        if self.unpack or self.npm:
            return f"python -m tests.real.clients --install {self.id}"
        return f"apt-get install {' '.join(self.debian)}"

    @property
    def lacks(self) -> str:
        """The first thing that it wants and that is not here; empty: it can run."""
        return next((thing for thing in self.wants if not _found(thing)), "")


def _found(thing: str) -> bool:
    if thing.startswith("/"):
        return Path(thing).exists()
    if "/" in thing:
        return (home() / thing).exists()
    return shutil.which(thing, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is not None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a client meets. `told`: code and words that its user should read; `ehlo`: a reply to
    EHLO in place of the service's; `stranger`: who answers is not the service, or not as it is."""

    id: str
    column: str
    title: str
    mode: str
    password: str = "Scan-2015"
    public_ip: str = "90.12.23.34"
    faults: tuple[str, ...] = ()
    ehlo: str = ""
    told: tuple[str, str] = ("", "")
    stranger: bool = False


def _rows(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((HERE / name).read_text("utf-8"))
    return [{k: tuple(v) if isinstance(v, list) else v for k, v in row.items()} for row in found]


@lru_cache(maxsize=1)
def clients() -> tuple[Client, ...]:
    return tuple(Client(**row) for row in _rows("clients.yaml"))


@lru_cache(maxsize=1)
def situations() -> tuple[Situation, ...]:
    return tuple(Situation(**row) for row in _rows("situations.yaml"))


@lru_cache(maxsize=1)
def outcomes() -> dict[str, dict[str, tuple[str, ...]]]:
    """By client and situation what comes of it, as was seen; some have more than one."""
    found = yaml.safe_load((HERE / "outcomes.yaml").read_text("utf-8"))
    return {
        client: {
            situation: tuple(value) if isinstance(value, list) else (value,)
            for situation, value in row.items()
        }
        for client, row in found.items()
    }
