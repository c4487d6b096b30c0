"""What real drivers need of this machine, one by one, with what to do where it is missing."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TRY = (
    "from fake_exo_harness.namespaces import system as s; "
    "s.unshare(s.NEWUSER | s.NEWNET | s.NEWNS | s.NEWPID)"
)


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """`needed_by`: the drivers that want it; `remedy`: what to do when it is not `met`."""

    name: str
    needed_by: str
    met: bool
    found: str
    remedy: str


def prerequisites() -> Iterator[Prerequisite]:
    """Look at everything; nothing is changed."""
    for name, needed_by, look, remedy in _LIST:
        found = look()
        yield Prerequisite(name, needed_by, not found.startswith("no"), found, remedy)


def _system() -> str:
    return "yes" if sys.platform == "linux" else f"no: this is {sys.platform}"


def _namespaces() -> str:
    if sys.platform != "linux":
        return "no"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-c", _TRY], capture_output=True, text=True, env=environment, check=False
    )
    return "yes" if done.returncode == 0 else f"no: {done.stderr.strip().splitlines()[-1]}"


def _tool(name: str) -> Callable[[], str]:
    def look() -> str:
        return shutil.which(name) or "no"

    return look


def engine_problem() -> str:
    """Why no container engine answers at its usual place; empty when one may. (The SDK leaves its
    socket open when it cannot connect.)"""
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not host.startswith("unix://"):
        return ""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        try:
            line.connect(host.removeprefix("unix://"))
        except OSError as error:
            return f"{host}: {error.strerror}"
    return ""


def _docker() -> str:
    if problem := engine_problem():
        return f"no: {problem}"
    try:
        import docker

        client = docker.from_env(timeout=5)
        version = client.version()["Version"]
        client.close()
    except Exception as error:  # the SDK raises half a dozen kinds, and its absence is one more
        return f"no: {str(error).splitlines()[0][:120]}"
    return f"engine {version}"


_LIST: tuple[tuple[str, str, Callable[[], str], str], ...] = (
    ("Linux", "namespace", _system, "Run it on Linux, or in a Linux virtual machine."),
    (
        "namespaces for users",
        "namespace",
        _namespaces,
        "sysctl kernel.unprivileged_userns_clone=1 (Debian), "
        "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container "
        "--security-opt seccomp=unconfined, or run it on the host.",
    ),
    ("ip", "namespace", _tool("ip"), "Install iproute2."),
    ("swaks", "bundled scenarios", _tool("swaks"), "Install swaks."),
    ("msmtp", "bundled scenarios", _tool("msmtp"), "Install msmtp."),
    ("curl", "bundled scenarios", _tool("curl"), "Install curl."),
    ("postfix", "bundled scenarios", _tool("postfix"), "Install postfix."),
    (
        "a container engine",
        "docker",
        _docker,
        "Install docker.io and python's docker package (pip install 'fake-exo[docker]'), start the "
        "engine, and be in the group docker.",
    ),
)
