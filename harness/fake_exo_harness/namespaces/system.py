"""The few system calls that Python does not have: unshare, mount, prctl."""

import ctypes
import os

NEWNS, NEWUTS, NEWUSER, NEWPID, NEWNET = 0x20000, 0x4000000, 0x10000000, 0x20000000, 0x40000000
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000
_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave namespaces of the parent. Raises OSError where the kernel refuses."""
    _check(_libc.unshare(flags), "unshare")


def make_private() -> None:
    """Mounts from here on are nobody else's."""
    _check(_libc.mount(None, b"/", None, _REC | _PRIVATE, None), "mount --make-rprivate /")


def bind(source: str, target: str) -> None:
    """Let one file (or folder) stand in for another."""
    _check(_libc.mount(source.encode(), target.encode(), None, _BIND, None), f"bind {target}")


def mount_proc() -> None:
    _check(_libc.mount(b"proc", b"/proc", b"proc", 0, None), "mount /proc")


def die_with_parent(signal: int) -> None:
    """Get a signal when the parent ends, however it ends."""
    _check(_libc.prctl(_PDEATHSIG, signal, 0, 0, 0), "prctl")
