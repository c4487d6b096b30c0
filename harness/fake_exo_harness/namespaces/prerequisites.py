"""What real drivers and real ports need of this machine, one by one, with what to do where it is
missing. What only Linux has is told as such, with another way."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

# Run by its path and isolated: nothing comes from the working folder or from PYTHONPATH.
HELPER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("helper.py")))
_SYSTEMS = {"win32": "Windows", "darwin": "macOS"}
_REAL_PORTS = (25, 53, 587)
_SERVICES = ("127.0.0.2", "127.0.0.3")


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """`needed_by`: the commands and drivers that want it; `remedy`: what to do when it is not
    `met`."""

    name: str
    needed_by: str
    met: bool
    found: str
    remedy: str


# What each use of fake-exo needs, by the names of the list below.
USES: dict[str, tuple[str, ...]] = {
    "memory": (),
    "socket": (),
    "serve": (),
    "serve --real-ports": ("ports 25, 53 and 587", "loopback addresses beside 127.0.0.1"),
    "exec": ("namespaces for users", "ip"),
    "namespace": ("namespaces for users", "ip"),
    "command": (),
    "docker": ("a container engine", "ports 25, 53 and 587"),
    "physical": ("ports 25, 53 and 587",),
    "certify": ("namespaces for users", "ip", "swaks", "msmtp", "curl"),
    "library": ("namespaces for users", "ip", "swaks", "msmtp", "curl", "postfix"),
}


def prerequisites(use: str = "") -> Iterator[Prerequisite]:
    """Look at everything, or at what one of `USES` needs; nothing is changed."""
    for name, needed_by, look, remedy in _LIST:
        if use and name not in USES[use]:
            continue
        found = look()
        told = _ELSEWHERE.get((name, sys.platform), remedy)
        yield Prerequisite(name, needed_by, not found.startswith("no"), found, told)


def foreign_system() -> str:
    """Why there are no namespaces on this system whatever one does; empty on Linux."""
    if sys.platform == "linux":
        return ""
    return f"namespaces are Linux's, and this is {_SYSTEMS.get(sys.platform, sys.platform)}"


def _namespaces() -> str:
    if problem := foreign_system():
        return f"no: {problem}"
    done = subprocess.run([*HELPER, "try"], capture_output=True, check=False)
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return "yes" if done.returncode == 0 else f"no: {said[-1]}"


def _tool(name: str) -> Callable[[], str]:
    def look() -> str:
        return shutil.which(name) or "no"

    return look


def engine_problem() -> str:
    """Why no container engine answers at its usual place, or not on this machine; empty when one
    may. (The SDK leaves its socket open when it cannot connect.)"""
    if sys.platform != "linux":
        return "its engine runs in a virtual machine, and so do its networks"
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


def _bindable(*places: tuple[str, int]) -> str:
    with ExitStack() as held:
        for place in places:
            sock = held.enter_context(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            try:
                sock.bind(place)
            except OSError as error:
                return f"no: {place[0]}:{place[1]}: {error.strerror}"
    return "yes"


_OTHER_WAYS = (
    "run fake-exo in it as on Linux; or here, `fake-exo serve` and the drivers memory, socket, "
    "command and physical."
)
_ON_WINDOWS = f"Install WSL (wsl --install) and {_OTHER_WAYS}"
_ON_MACOS = f"Make a Linux virtual machine (limactl start) and {_OTHER_WAYS}"

_LIST: tuple[tuple[str, str, Callable[[], str], str], ...] = (
    (
        "namespaces for users",
        "exec, certify of programs, driver namespace",
        _namespaces,
        "sysctl kernel.unprivileged_userns_clone=1 (Debian), "
        "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); in a container "
        "--security-opt seccomp=unconfined, or run it on the host.",
    ),
    ("ip", "exec, certify of programs, driver namespace", _tool("ip"), "Install iproute2."),
    (
        "a container engine",
        "driver docker",
        _docker,
        "Install docker.io and python's docker package (pip install 'fake-exo[docker]'), start the "
        "engine, and be in the group docker.",
    ),
    (
        "ports 25, 53 and 587",
        "serve and run with --real-ports, driver docker",
        lambda: _bindable(*(("127.0.0.1", port) for port in _REAL_PORTS)),
        "Run it as root, or sysctl net.ipv4.ip_unprivileged_port_start=25, and stop what listens "
        "there; without --real-ports free ports are used.",
    ),
    (
        "loopback addresses beside 127.0.0.1",
        "serve --real-ports with an address for each endpoint",
        lambda: _bindable(*((address, 0) for address in _SERVICES)),
        "ip addr add 127.0.0.1/8 dev lo; without them, one address is enough for 587, 25 and 53.",
    ),
    ("swaks", "bundled scenarios", _tool("swaks"), "Install swaks."),
    ("msmtp", "bundled scenarios", _tool("msmtp"), "Install msmtp."),
    ("curl", "bundled scenarios", _tool("curl"), "Install curl."),
    ("postfix", "bundled scenarios", _tool("postfix"), "Install postfix."),
)
# The remedies of other systems, where they differ.
_ELSEWHERE: dict[tuple[str, str], str] = {
    ("namespaces for users", "win32"): _ON_WINDOWS,
    ("namespaces for users", "darwin"): _ON_MACOS,
    ("ip", "win32"): _ON_WINDOWS,
    ("ip", "darwin"): _ON_MACOS,
    ("a container engine", "win32"): _ON_WINDOWS,
    ("a container engine", "darwin"): _ON_MACOS,
    ("ports 25, 53 and 587", "win32"): "Stop what listens there (netstat -abn tells); without "
    "--real-ports free ports are used.",
    ("ports 25, 53 and 587", "darwin"): "Run it with sudo, and stop what listens there; without "
    "--real-ports free ports are used.",
    ("loopback addresses beside 127.0.0.1", "darwin"): "sudo ifconfig lo0 alias 127.0.0.2 (and so "
    "on, until the next start); without them, one address is enough for 587, 25 and 53.",
}
