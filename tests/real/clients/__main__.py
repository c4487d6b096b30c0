"""`python -m tests.real.clients`: what clients need is installed, then each meets each situation.

As root on Debian it installs packages; those that would put another mail server out are unpacked
below $FAKE_EXO_CLIENTS (.clients) and laid over the machine for the time of a test alone.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.real.clients.rows import HERE, Client, clients, home

_APT = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
_AS_ROOT = ("-o", "APT::Sandbox::User=root")  # its own user cannot write into our folder


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sh run clients", description=__doc__)
    parser.add_argument("clients", nargs="*", help="their ids; none: all")
    parser.add_argument("--quick", action="store_true", help="those that the whole suite runs")
    parser.add_argument("--install", action="store_true", help="install, and run nothing")
    asked = parser.parse_args(words)
    unknown = set(asked.clients) - {client.id for client in clients()}
    if unknown:
        parser.error(f"no client {', '.join(sorted(unknown))}; clients.yaml has the ids")
    chosen = [c for c in clients() if not asked.clients or c.id in asked.clients]
    chosen = [c for c in chosen if c.quick or not asked.quick]
    lacking = [client for client in chosen if client.lacks]
    if os.geteuid() or shutil.which("apt-get") is None:
        for client in lacking:
            sys.stderr.write(f"{client.name}: as root on Debian: {client.install}\n")
    else:
        try:
            install(lacking)
        except subprocess.CalledProcessError as error:
            sys.stderr.write(f"not installed, code {error.returncode}: {' '.join(error.cmd)}\n")
            return 1
    return 0 if asked.install else _run(chosen)


def install(lacking: Sequence[Client]) -> None:
    """What registries have. Raises CalledProcessError when one of them fails."""
    packages = sorted({package for client in lacking for package in client.debian})
    if packages:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*_APT, *packages], env=environment, stdout=subprocess.DEVNULL, check=True)
    for client in lacking:
        if client.unpack:
            _unpack(client)
        if client.npm and shutil.which("npm"):
            words = ["npm", "install", "--silent", "--no-fund", "--no-audit", *client.npm]
            home().mkdir(parents=True, exist_ok=True)
            subprocess.run([*words, "--prefix", str(home())], check=True)


def _unpack(client: Client) -> None:
    """Its packages, and those of what it depends on and this machine has not."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "partial").mkdir()
        words = [*_APT, "--download-only", "-o", f"Dir::Cache::archives={folder}", *_AS_ROOT]
        subprocess.run([*words, *client.unpack], stdout=subprocess.DEVNULL, check=True)
        target = home() / client.id
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for package in sorted(Path(folder).glob("*.deb")):
            subprocess.run(["dpkg", "-x", str(package), str(target)], check=True)


def _run(chosen: Sequence[Client]) -> int:
    names = " or ".join(f"[{client.id}-" for client in chosen)
    words = ["-m", "pytest", "-q", "-n", "2", str(HERE.parent / "test_clients.py"), "-k", names]
    environment = {**os.environ, "FAKE_EXO_EVERY_CLIENT": "1"}
    return subprocess.run([sys.executable, *words], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
