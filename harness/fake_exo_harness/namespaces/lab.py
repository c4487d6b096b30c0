"""The handle of a lab: starts its helper, serves the world on the sockets that come from there,
runs programs inside, and takes everything down."""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from fake_exo import Estate, World
from fake_exo.drive import authority_files
from fake_exo_harness.interrupts import undisturbed
from fake_exo_harness.namespaces.prerequisites import HELPER, foreign_system
from fake_exo_harness.namespaces.trust import add_authority, place_for_chromium, stand_ins

NAMESERVER = "198.18.0.53"
_PATIENCE = 20.0  # seconds until a lab stands, or a kernel is stuck
_MOST = 65_536
_SIGKILL = 9  # a name that Windows has not
TRUST_VARIABLES = (
    "SSL_CERT_FILE",
    "CURL_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "AWS_CA_BUNDLE",
    "NIX_SSL_CERT_FILE",
    "PERL_LWP_SSL_CA_FILE",
    "DENO_CERT",
)


class LabError(Exception):
    """A lab cannot be had here; the text says why and what to do."""


class ProgramError(LabError):
    """A program cannot be started: its name, and why."""


def _known(map_: str) -> int:
    """How many users (or groups) there are from 0 on; in a container maybe only root."""
    rows = [line.split() for line in Path(f"/proc/self/{map_}").read_text("ascii").splitlines()]
    return next((min(int(count), 65_536) for inside, _, count in rows if inside == "0"), 1)


class Lab:
    """A network in which smtp.office365.com is the fake. Raises LabError when it cannot stand.

    `public_ip` is the address that programs come from, `foreign` what the DNS says of names in no
    zone: refused, nxdomain or internet.
    """

    def __init__(self, world: World, public_ip: str, *, foreign: str = "internet") -> None:
        if problem := foreign_system():
            raise LabError(f"no network of its own: {problem}; see `fake-exo doctor`")
        self._world = world
        self._foreign = foreign
        if foreign == "internet":
            world.change(Estate.with_internet)
        self._number = 0
        self._endings: dict[int, int] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="fake-exo-lab-")
        self._held = ExitStack()
        self._line, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._line.settimeout(_PATIENCE)
        self._helper = subprocess.Popen(
            [*HELPER, str(its.fileno())],
            pass_fds=[its.fileno()],
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is ours to handle
        )
        its.close()
        try:
            self._stand(public_ip)
        except BaseException:
            self.close()
            raise

    # ---- standing up -----------------------------------------------------------------------------

    def _stand(self, public_ip: str) -> None:
        wanted = [("tcp", address, port) for address, port in self._world.index.places()]
        sockets = [*wanted, ("tcp", NAMESERVER, 53), ("udp", NAMESERVER, 53)]
        served = {(kind, port) for kind, _, port in sockets}
        self._held.enter_context(place_for_chromium())
        files = self._files(public_ip)
        self._say(
            {
                "public_ip": public_ip,
                "addresses": sorted({address for _, address, _ in sockets}),
                "served": sorted(served),
                "sockets": sockets,
                "files": files,
            }
        )
        self._expect("unshared")
        self._map_users()
        self._say({"mapped": True})
        message, fds, _, _ = socket.recv_fds(self._line, _MOST, 250)
        self._check(message)
        given = [socket.socket(fileno=fd) for fd in fds]
        smtp = {(address, port): s for (_, address, port), s in zip(wanted, given, strict=False)}
        self._world.serve(smtp, given[-2], given[-1], foreign=self._foreign)

    def _files(self, public_ip: str) -> list[tuple[str, str]]:
        """What stands in for what inside."""
        folder = Path(self._folder.name)
        folder.chmod(0o755)
        authority = authority_files()
        (folder / "certs").mkdir(0o755)
        add_authority(folder / "certs", authority)
        (folder / "resolv.conf").write_text(f"nameserver {NAMESERVER}\n")
        (folder / "hosts").write_text(f"127.0.0.1 localhost\n{public_ip} device.corp.example\n")
        (folder / "nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
        names = ("resolv.conf", "hosts", "nsswitch.conf")
        pairs = [(str(folder / name), f"/etc/{name}") for name in names]
        return [*pairs, *stand_ins(folder, authority)]

    def put(self, name: str, content: bytes) -> Path:
        """A file for the programs, which is gone with the lab. Among many users a program may be
        any of them."""
        path = Path(self._folder.name) / name
        path.touch(0o644 if os.geteuid() == 0 else 0o600)
        path.write_bytes(content)
        return path

    @property
    def ca_file(self) -> str:
        return str(Path(self._folder.name) / "ca.pem")

    @property
    def trust(self) -> dict[str, str]:
        """Variables that tell programs whom to trust."""
        folder = str(Path(self._folder.name) / "certs")
        return {**dict.fromkeys(TRUST_VARIABLES, self.ca_file), "SSL_CERT_DIR": folder}

    def _map_users(self) -> None:
        """Inside everybody is root, and as root outside all others are themselves too."""
        folder = Path(f"/proc/{self._helper.pid}")
        if os.geteuid() == 0:
            (folder / "uid_map").write_text(f"0 0 {_known('uid_map')}")
            (folder / "gid_map").write_text(f"0 0 {_known('gid_map')}")
            return
        (folder / "setgroups").write_text("deny")
        (folder / "uid_map").write_text(f"0 {os.getuid()} 1")
        (folder / "gid_map").write_text(f"0 {os.getgid()} 1")

    def _say(self, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(self._line, [json.dumps(message).encode()], list(fds))
        except OSError as error:
            raise LabError(f"the lab is gone: {error.strerror}") from None

    def _expect(self, word: str) -> None:
        found = self._check(self._line.recv(_MOST))
        assert word in found

    def _check(self, data: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(data) if data else {"problem": "the helper ended"}
        if "problem" in found:
            raise LabError(f"no network of its own: {found['problem']}; see `fake-exo doctor`")
        return found

    # ---- programs --------------------------------------------------------------------------------

    def start(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        fds: Sequence[int] = (0, 1, 2),
    ) -> int:
        """Start a program inside; returns a number for `wait` and `kill`. `fds`: its standard
        input, output and error."""
        self._number += 1
        usual = {
            **os.environ,
            **self.trust,
            **(environment or {}),
        }
        order = {"command": list(command), "environment": usual, "cwd": str(cwd or Path.cwd())}
        with tempfile.TemporaryFile() as file:  # a packet has room for few words
            file.write(json.dumps(order).encode())
            file.seek(0)
            self._say({"start": self._number}, [file.fileno(), *fds])
        return self._number

    def wait(self, number: int, timeout: float | None = None) -> int | None:
        """The exit code of a program (negative: the signal that ended it); None after `timeout`
        seconds. Raises ProgramError when it never began."""
        limit = None if timeout is None else time.monotonic() + timeout
        while number not in self._endings:
            left = None if limit is None else limit - time.monotonic()
            if left is not None and left <= 0:
                return None
            self._line.settimeout(left)
            with suppress(TimeoutError):
                found = self._check(self._line.recv(_MOST))
                if "missing" in found:
                    raise ProgramError(found["missing"])
                self._endings[found["ended"]] = found["code"]
        return self._endings[number]

    def run(
        self,
        command: Sequence[str],
        *,
        text: str = "",
        timeout: float | None = None,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> tuple[int | None, str]:
        """Run a program to its end: exit code (None: it took too long and was ended), output."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(text.encode())
            given.seek(0)
            fds = (given.fileno(), said.fileno(), said.fileno())
            number = self.start(command, environment=environment, cwd=cwd, fds=fds)
            code = self.wait(number, timeout)
            if code is None:
                self.kill(number)
                self.wait(number, 5)
            said.seek(0)
            return code, said.read().decode("utf-8", "replace")

    def kill(self, number: int, signal_: int = _SIGKILL) -> None:
        self._say({"kill": number, "signal": signal_})

    def close(self) -> None:
        """Everything that runs inside ends, and the networks with it."""
        with undisturbed():
            self._line.close()
            try:
                self._helper.wait(5)
            except subprocess.TimeoutExpired:
                self._helper.kill()
                self._helper.wait()
            self._world.stop()
            self._held.close()
            self._folder.cleanup()

    def __enter__(self) -> "Lab":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
