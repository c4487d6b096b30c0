"""The process that holds a lab's namespaces: `python -I -S helper.py FD`, or `try` for FD.

Two networks, joined by a cable: in the outer one are the service's addresses, and listening
sockets that are handed to the parent; in the inner one the programs run. It speaks JSON over the
socket FD, and dies, with everything that it started, when the parent does. It is one file that
imports nothing but the standard library: run by its path, it takes nothing from the working folder.
"""

import ctypes
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from functools import cache
from typing import Any

_NEWNS, _NEWUSER, _NEWPID, _NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000
_PDEATHSIG, _DUMPABLE, _DROP_CAPABILITY = 1, 4, 24
_PTRACE, _SYSTEM = 19, 21  # capabilities: to look into other processes; to mount and unmount
_ATTACH_FILTER = 26
_DROP = struct.pack("HBBI", 0x06, 0, 0, 0)  # a packet filter's one step: keep 0 bytes
_MAC = "02:00:00:65:78:6f"  # the same at both ends: without ARP each sends to itself
_MOST = 65_536


def main() -> None:
    if sys.argv[1] == "try":
        _unshare(_NEWUSER | _NEWNET | _NEWNS | _NEWPID)
        return
    parent = socket.socket(fileno=int(sys.argv[1]))
    parent.set_inheritable(False)
    _die_with_parent()
    setup = _heard(parent)
    try:
        _unshare(_NEWUSER | _NEWNET | _NEWNS)
        _say(parent, {"unshared": True})
        _heard(parent)  # the parent has written the maps of users
        inner, commands = _inner(setup)
        _outer_network(setup, inner)
        sockets, silent = _listen(setup), _silent(setup)
        os.write(commands.fileno(), b"{}")
        ready = _heard(commands)
    except (OSError, subprocess.CalledProcessError) as error:
        _say(parent, {"problem": _told(error)})
        return
    if "problem" in ready:
        _say(parent, ready)
        return
    try:
        socket.send_fds(parent, [b'{"ready": true}'], [s.fileno() for s in sockets])
    except BrokenPipeError:  # whoever wanted it was interrupted
        return
    for sock in sockets:
        sock.close()
    _relay(parent, commands)
    for sock in silent:
        sock.close()


def _told(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return f"{' '.join(error.cmd)}: {(error.stderr or b'').decode('utf-8', 'replace').strip()}"
    return str(error)


def _say(sock: socket.socket, message: dict[str, Any]) -> None:
    with suppress(BrokenPipeError):
        sock.send(json.dumps(message).encode())


def _heard(sock: socket.socket) -> dict[str, Any]:
    data = sock.recv(_MOST)
    if not data:
        sys.exit(0)
    found: dict[str, Any] = json.loads(data)
    return found


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


# ---- the service's network ---------------------------------------------------------------------


def _outer_network(setup: dict[str, Any], inner: int) -> None:
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "exo0", "address", _MAC, "type", "veth", "peer", "name", "exo1")
    _ip("link", "set", "exo1", "netns", str(inner))
    for address in setup["addresses"]:
        _ip("addr", "add", f"{address}/32", "dev", "exo0")
    _ip("link", "set", "exo0", "arp", "off", "up")
    _ip("route", "add", "default", "dev", "exo0")
    # What is not served is not answered either, as at the real service: no reset, a time-out.
    for number, (protocol, port) in enumerate(setup["served"]):
        _ip("rule", "add", "pref", str(10 + number), "iif", "exo0", "ipproto", protocol,
            "dport", str(port), "lookup", "local")  # fmt: skip
    _ip("rule", "add", "pref", "90", "iif", "exo0", "blackhole")
    _ip("rule", "add", "pref", "100", "lookup", "local")
    _ip("rule", "del", "pref", "0")


def _listen(setup: dict[str, Any]) -> list[socket.socket]:
    return [_bound(*place) for place in setup["sockets"]]


def _silent(setup: dict[str, Any]) -> list[socket.socket]:
    """At each address a socket for each port that others of its kind serve and it does not: what
    comes there is dropped before anybody answers."""
    served = {tuple(place) for place in setup["sockets"]}
    every = {(k, a, port) for k, port in setup["served"] for a in setup["addresses"]}
    return [_bound(*place, silent=True) for place in sorted(every - served)]


def _bound(kind: str, address: str, port: int, *, silent: bool = False) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if silent:
        steps = ctypes.create_string_buffer(_DROP, len(_DROP))
        filter_ = struct.pack("HP", 1, ctypes.addressof(steps))
        sock.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, filter_)
    sock.bind((address, port))
    if kind == "tcp":
        sock.listen(256)
    return sock


# ---- the programs' network ---------------------------------------------------------------------


def _inner(setup: dict[str, Any]) -> tuple[int, socket.socket]:
    """The process whose network the programs are in: its pid, and a line to it."""
    mine, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    told, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        mine.close()
        _die_with_parent()
        _unshare(_NEWNET | _NEWNS | _NEWPID)
        os.write(tell, b"x")
        first = os.fork()
        if first == 0:
            _first_process(setup, its)
            os._exit(0)
        os.waitpid(first, 0)
        os._exit(0)
    its.close()
    os.close(tell)
    if os.read(told, 1) != b"x":
        raise OSError("a network for the programs cannot be had")
    os.close(told)
    return pid, mine


def _first_process(setup: dict[str, Any], line: socket.socket) -> None:
    """Number one of the programs: when it ends, the kernel ends all of them."""
    _die_with_parent()
    _heard(line)  # the cable is plugged in
    try:
        _inner_network(setup)
        _inner_files(setup)
        _no_debugger()
    except (OSError, subprocess.CalledProcessError) as error:
        _say(line, {"problem": _told(error)})
        return
    _say(line, {"ready": True})
    running: dict[int, int] = {}
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        _reap(line, running)
        line.settimeout(0.02)
        with suppress(TimeoutError):
            message, fds, _, _ = socket.recv_fds(line, _MOST, 8)
            if not message:
                return
            _obey(line, json.loads(message), fds, running)


def _inner_network(setup: dict[str, Any]) -> None:
    _ip("link", "set", "lo", "up")
    _ip("link", "set", "exo1", "address", _MAC)
    _ip("addr", "add", f"{setup['public_ip']}/32", "dev", "exo1")
    _ip("link", "set", "exo1", "arp", "off", "up")
    _ip("route", "add", "default", "dev", "exo1", "src", setup["public_ip"])


def _inner_files(setup: dict[str, Any]) -> None:
    _make_private()
    for source, target in setup["files"]:
        real = os.path.realpath(target)
        if os.path.exists(real):
            _bind(source, real)
    with suppress(OSError):  # a container may forbid it; most programs do not need it
        _mount_proc()


def _obey(
    line: socket.socket, order: dict[str, Any], fds: list[int], running: dict[int, int]
) -> None:
    if "kill" in order:
        for pid in [pid for pid, number in running.items() if number == order["kill"]]:
            with suppress(ProcessLookupError):
                os.killpg(pid, order.get("signal", signal.SIGKILL))
        return
    told, tell = os.pipe()  # closed by the program that begins; else it says why none does
    pid = os.fork()
    if pid == 0:
        _become(fds, tell)
    for fd in (tell, *fds):
        os.close(fd)
    if problem := _whole(told):
        os.waitpid(pid, 0)
        _say(line, {"ended": order["start"], "code": 127, "missing": problem.decode()})
    else:
        running[pid] = order["start"]


def _become(fds: list[int], tell: int) -> None:
    """The program: its order is a file, of any size, before its input, output and error. Nothing
    else of ours is open in it."""
    what = "the order"
    try:
        order = json.loads(_whole(fds[0]))
        os.setsid()
        for target, fd in enumerate(fds[1:]):
            os.dup2(fd, target)
        tell = os.dup2(tell, 3, inheritable=False)
        os.closerange(4, 1 << 20)
        _confine()
        for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores some
            signal.signal(number, signal.SIG_DFL)
        what = order["cwd"]
        os.chdir(what)
        what = order["command"][0]
        os.execvpe(what, order["command"], order["environment"])
    except OSError as error:
        os.write(tell, f"{what}: {error.strerror}".encode())
    finally:
        os._exit(127)


def _whole(fd: int) -> bytes:
    """All that can be read there; closes it."""
    with open(fd, "rb") as file:
        return file.read()


def _reap(line: socket.socket, running: dict[int, int]) -> None:
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            number = running.pop(found[0], None)
            if number is not None:
                _say(line, {"ended": number, "code": os.waitstatus_to_exitcode(found[1])})


def _relay(parent: socket.socket, commands: socket.socket) -> None:
    """Orders go in, endings come out, until the parent hangs up."""
    while True:
        ready = select.select([parent, commands], [], [])[0]
        if parent in ready:
            message, fds, _, _ = socket.recv_fds(parent, _MOST, 8)
            if not message:
                return
            socket.send_fds(commands, [message], fds)
            for fd in fds:
                os.close(fd)
        if commands in ready:
            ended = commands.recv(_MOST)
            if not ended:
                return
            with suppress(BrokenPipeError):
                parent.send(ended)


# ---- system calls that Python does not have ------------------------------------------------------


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _unshare(flags: int) -> None:
    """Leave namespaces of the parent. Raises OSError where the kernel refuses."""
    _check(_libc().unshare(flags), "unshare")


def _make_private() -> None:
    """Mounts from here on are nobody else's."""
    _check(_libc().mount(None, b"/", None, _REC | _PRIVATE, None), "mount --make-rprivate /")


def _bind(source: str, target: str) -> None:
    """Let one file (or folder) stand in for another."""
    _check(_libc().mount(source.encode(), target.encode(), None, _BIND, None), f"bind {target}")


def _mount_proc() -> None:
    _check(_libc().mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")


def _no_debugger() -> None:
    """No program inside reads or writes our memory, or takes an open file of ours."""
    _check(_libc().prctl(_DUMPABLE, 0, 0, 0, 0), "prctl")


def _confine() -> None:
    """A program cannot take away what stands in for the system's files, /proc among them: behind
    that lie the processes outside."""
    for capability in (_PTRACE, _SYSTEM):
        _check(_libc().prctl(_DROP_CAPABILITY, capability, 0, 0, 0), "prctl")


def _die_with_parent() -> None:
    """Be killed when the parent ends, however it ends."""
    _check(_libc().prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0), "prctl")


if __name__ == "__main__":
    main()
