"""Runs `fake-exo` as if this were Windows or macOS: `python other_system.py win32 run -q`.

What those systems lack is taken away before our first module is imported: names of the standard
library, modules, folders, loopback addresses. Packages of others are imported before, for they have
their own ways there. `import` in place of a command imports every module of ours.
"""

import asyncio.unix_events  # noqa: F401
import builtins
import ctypes
import errno
import importlib
import ipaddress
import multiprocessing  # noqa: F401
import os
import pkgutil
import select
import signal
import smtplib  # noqa: F401
import socket
import subprocess  # noqa: F401
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import click.testing  # noqa: F401
import cryptography.x509  # noqa: F401
import dkim  # noqa: F401
import dnslib  # noqa: F401
import publicsuffixlist  # noqa: F401
import pytest  # noqa: F401
import trustme  # noqa: F401
import uvicorn.server  # noqa: F401
import yaml  # noqa: F401

POSIX_SIGNALS = (
    "SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGHUP SIGIO SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGTSTP "
    "SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGWINCH alarm pause setitimer siginterrupt sigwait "
    "pthread_kill pthread_sigmask"
)
POSIX_CALLS = (
    "chown fchown fork forkpty getegid geteuid getgid getloadavg getpgid getpgrp getsid getuid "
    "initgroups killpg lchown mkfifo mknod nice posix_spawn setgid setpgid setsid setuid statvfs "
    "sysconf uname wait3 wait4"
)
LINUX_CALLS = (
    "memfd_create pidfd_open pipe2 sched_getaffinity sched_setaffinity sched_setscheduler "
    "setns unshare splice getrandom setresuid"
)
LINUX_SOCKETS = "AF_NETLINK AF_PACKET SO_BINDTODEVICE SO_PEERCRED TCP_CORK TCP_DEFER_ACCEPT"
MISSING: dict[str, dict[ModuleType, str]] = {
    "win32": {
        signal: POSIX_SIGNALS,
        os: f"{POSIX_CALLS} {LINUX_CALLS}",
        socket: f"AF_UNIX SO_REUSEPORT recv_fds send_fds CMSG_LEN {LINUX_SOCKETS}",
        select: "epoll poll",
    },
    "darwin": {os: LINUX_CALLS, socket: LINUX_SOCKETS, select: "epoll"},
}
NO_MODULE = {
    "win32": ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty", "uvloop"),
    "darwin": (),
}


class Without(MetaPathFinder):
    """Modules that are not there."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        for name in names:
            sys.modules.pop(name, None)

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        if name in self._names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def refuse(event: str, arguments: tuple[object, ...]) -> None:
    """No folder of Linux's can be opened, and of the loopback addresses macOS has only one."""
    if event == "open" and str(arguments[0]).startswith(("/proc/", "/sys/", "/etc/")):
        raise FileNotFoundError(errno.ENOENT, "not on this system", str(arguments[0]))
    if event == "socket.bind" and sys.platform == "darwin":
        host = str(arguments[1][0] if isinstance(arguments[1], tuple) else "127.0.0.1")
        if host != "127.0.0.1" and ipaddress.ip_address(host).is_loopback:
            raise OSError(errno.EADDRNOTAVAIL, "Can't assign requested address")


def become(system: str) -> None:
    for module, names in MISSING[system].items():
        for name in names.split():
            if hasattr(module, name):
                delattr(module, name)
    sys.meta_path.insert(0, Without(NO_MODULE[system]))
    if system == "win32":
        as_on_windows()
    sys.platform = system
    sys.addaudithook(refuse)
    warnings.filterwarnings("error", category=builtins.EncodingWarning, module=r"fake_exo")


def as_on_windows() -> None:
    """What is there on Windows and does otherwise."""
    pair, local, waits = socket.socketpair, socket.AddressFamily(1), select.select

    def socketpair(*_: object) -> tuple[socket.socket, socket.socket]:
        return pair(local)

    def selects(*of: object) -> object:
        if not any(of[:3]):
            raise OSError(10022, "An invalid argument was supplied")
        return waits(*of)  # type: ignore[arg-type]

    def absent(_: object) -> object:
        raise AttributeError("no method of sockets here")

    def library(name: str | None, *_: object, **__: object) -> object:
        raise TypeError(f"argument of type {type(name).__name__!r} is not iterable")

    for name in ("recvmsg", "recvmsg_into", "sendmsg"):
        setattr(socket.socket, name, property(absent))
    socket.socketpair = socketpair  # type: ignore[assignment]
    select.select = selects  # type: ignore[assignment]
    ctypes.CDLL = library  # type: ignore[assignment,misc]


def every_module() -> list[str]:
    import fake_exo_harness

    import fake_exo

    found = []
    for package in (fake_exo, fake_exo_harness):
        for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(info.name)
            found.append(info.name)
    return found


if __name__ == "__main__":
    become(sys.argv.pop(1))
    if sys.argv[1] == "import":
        print(*every_module(), sep="\n")  # noqa: T201
    else:
        from fake_exo_harness.cli import main

        main()
