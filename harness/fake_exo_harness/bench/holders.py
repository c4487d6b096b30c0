"""Who holds a port of this machine, as far as Linux tells; and why else it cannot be had."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from fake_exo.drive import CannotListen

_PROC = Path("/proc")
_LISTENS = "0A"  # the state of a listening TCP socket; those of UDP have another, and no other one
_UNCONNECTED = "07"
_SOCKETS = (("tcp", _LISTENS), ("tcp6", _LISTENS), ("udp", _UNCONNECTED), ("udp6", _UNCONNECTED))


def port_problem(error: OSError, instead: str = "choose another address with --bind") -> str:
    """Why a port cannot be had, and what to do, in one line."""
    if not isinstance(error, CannotListen):
        return error.strerror or str(error)
    if not error.port and error.errno == errno.EADDRINUSE:
        return f"{error.address}: {error.strerror}"
    place = f"{error.address}:{error.port}" if error.port else error.address
    if error.errno == errno.EADDRINUSE:
        return f"{place} is taken{_by(error.port)}; end that, or {instead}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this machine has no address {error.address}; see `ip address`"
    if error.errno in (errno.EACCES, errno.EPERM):
        return (
            f"{place}: ports below 1024 need root, CAP_NET_BIND_SERVICE, or "
            "sysctl net.ipv4.ip_unprivileged_port_start=25"
        )
    return f"{place}: {error.strerror}"


def _by(port: int) -> str:
    if not _PROC.joinpath("net").is_dir():
        return " by another program"
    names = [*dict.fromkeys(_name(pid) for pid in _holders(port))]
    if names:
        return f" by {' and '.join(names)}"
    return f" by a program that this user may not see (`sudo ss -lntup 'sport = :{port}'` names it)"


def _name(pid: int) -> str:
    """The program of a process."""
    with suppress(OSError):
        return f"{_PROC.joinpath(str(pid), 'comm').read_text('utf-8', 'replace').strip()} ({pid})"
    return f"process {pid}"


def _holders(port: int) -> Iterator[int]:
    """Processes that listen there on any address."""
    wanted = {f"socket:[{inode}]" for inode in _inodes(port)}
    for pid in (int(path.name) for path in _PROC.iterdir() if path.name.isdigit()):
        if wanted and any(link in wanted for link in _links(pid)):
            yield pid


def _inodes(port: int) -> Iterator[str]:
    for name, state in _SOCKETS:
        with suppress(OSError):
            for line in _PROC.joinpath("net", name).read_text("ascii").splitlines()[1:]:
                fields = line.split()
                if fields[1].endswith(f":{port:04X}") and fields[3] == state:
                    yield fields[9]


def _links(pid: int) -> Iterator[str]:
    """What the open files of a process are; of another user's nothing."""
    with suppress(OSError):
        for path in _PROC.joinpath(str(pid), "fd").iterdir():
            with suppress(OSError):
                yield os.readlink(path)
