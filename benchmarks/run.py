"""Speed of the fake beside its peers: `python benchmarks/run.py [--rounds 5] [CASE ...]`.

Peers are installed under benchmarks/.installed on first use (npm, pip; smtp-sink and dnsperf come
with Debian's postfix and dnsperf). Rounds are interleaved; each figure is the median, each ratio is
made in the same run. `--write` puts the table into docs/performance.md.
"""

import argparse
import contextlib
import json
import os
import platform
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED = HERE / ".installed"
NODE = INSTALLED / "node_modules"


# ---- peers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Peer:
    """A server: how it is started on a port, and whether this machine has it."""

    name: str
    command: Callable[[int], list[str]]
    there: Callable[[], bool] = lambda: True
    announces: bool = False  # prints its ports itself


def python(name: str) -> Peer:
    return Peer(name, lambda port: [sys.executable, str(HERE / "servers.py"), name, str(port)],
                announces=True)  # fmt: skip


def maildev(port: int) -> list[str]:
    program = str(NODE / "maildev" / "bin" / "maildev")
    return ["node", program, "--smtp", str(port), "--ip", "127.0.0.1", "--disable-web", "--silent"]


def haraka(port: int) -> list[str]:
    """With one plugin that takes every recipient and every message."""
    folder = INSTALLED / "haraka"
    shutil.copytree(HERE / "peers" / "haraka", folder, dirs_exist_ok=True)
    (folder / "queue").mkdir(exist_ok=True)
    (folder / "config" / "smtp.ini").write_text(f"listen=127.0.0.1:{port}\nnodes=0\n")
    return ["node", str(NODE / "Haraka" / "bin" / "haraka"), "-c", str(folder)]


def sink(port: int) -> list[str]:
    return [_sink() or "", *([] if os.geteuid() else ["-u", "nobody"]), f"127.0.0.1:{port}", "1000"]


def _sink() -> str | None:
    return shutil.which("smtp-sink", path=f"{os.environ['PATH']}:/usr/sbin")


def has_module(name: str) -> Callable[[], bool]:
    return lambda: (NODE / name).is_dir()


FAKE, AIOSMTPD, ECHO = python("fake"), python("aiosmtpd"), python("echo")
PEERS = {
    "fake": FAKE,
    "aiosmtpd": AIOSMTPD,
    "smtp-server": Peer(
        "smtp-server",
        lambda port: ["node", str(HERE / "peers" / "smtp-server.js"), str(port)],
        has_module("smtp-server"),
    ),
    "maildev": Peer("maildev", maildev, has_module("maildev")),
    "haraka": Peer("haraka", haraka, has_module("Haraka")),
    "smtpdfix": python("smtpdfix"),
    "smtp-sink": Peer("smtp-sink", sink, lambda: _sink() is not None),
    "echo": ECHO,
}


def install() -> None:
    """What is missing, from the registries; nothing outside benchmarks/.installed."""
    wanted = ["aiosmtpd==1.4.6", "smtpdfix", "uvloop", "dnslib"]
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", *wanted], check=True)
    if shutil.which("npm") and not (NODE / "Haraka").is_dir():
        INSTALLED.mkdir(exist_ok=True)
        shutil.copy(HERE / "peers" / "package.json", INSTALLED)
        subprocess.run(["npm", "install", "--silent", "--no-audit"], cwd=INSTALLED, check=True)


@dataclass
class Running:
    process: subprocess.Popen[str]
    ports: list[int]

    @property
    def memory(self) -> int:
        """Resident bytes now."""
        return self._status("VmRSS")

    @property
    def peak(self) -> int:
        return self._status("VmHWM")

    def _status(self, key: str) -> int:
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(li.split()[1]) * 1024 for li in text.splitlines() if li.startswith(key))


@contextlib.contextmanager
def running(peer: Peer, *, greets: bool = True) -> Iterator[Running]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "NODE_PATH": str(NODE)}
    process = subprocess.Popen(
        peer.command(port), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env=environment,
    )  # fmt: skip
    try:
        if peer.announces:
            assert process.stdout is not None
            ports = [int(word) for word in process.stdout.readline().split()]
        else:
            ports = [port]
        if greets:
            _await(ports[0])
        yield Running(process, ports)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _await(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1) as s:
            s.recv(10)
            return
        time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


def load(port: int, **options: object) -> dict[str, float]:
    words = [
        f"--{name.replace('_', '-')}={value}"
        for name, value in options.items()
        if value is not True
    ]
    flags = [f"--{name.replace('_', '-')}" for name, value in options.items() if value is True]
    done = subprocess.run(
        [sys.executable, str(HERE / "load.py"), f"--port={port}", *words, *flags],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    if found["errors"]:
        raise RuntimeError(f"{found['errors']}")
    return found


# ---- cases -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    case: str
    who: str
    value: float
    unit: str
    ratio: float | None  # the fake's figure by this one


def compare(case: str, peers: list[str], unit: str, rounds: int, options: dict[str, object],
            figure: str, scale: float = 1.0) -> list[Row]:  # fmt: skip
    """The same load for each peer, in turns."""
    there = [PEERS[name] for name in peers if PEERS[name].there()]
    for name in peers:
        if PEERS[name] not in there:
            print(f"  {name} is not on this machine", file=sys.stderr)
    figures: dict[str, list[float]] = {peer.name: [] for peer in there}
    for round_ in range(rounds):
        for peer in there:
            print(
                f"\r  {case}: round {round_ + 1} of {rounds}, {peer.name}    ",
                end="",
                file=sys.stderr,
            )
            with running(peer) as server:
                port = (
                    server.ports[1]
                    if "auth" in options and len(server.ports) > 1
                    else server.ports[0]
                )
                try:
                    figures[peer.name].append(load(port, **options)[figure] / scale)
                except (RuntimeError, subprocess.SubprocessError) as error:
                    print(f"\n  {peer.name}: {error}", file=sys.stderr)
    print(file=sys.stderr)
    medians = {name: statistics.median(values) for name, values in figures.items() if values}
    own = medians.get("fake", 0.0)
    return [Row(case, name, value, unit, own / value if name != "fake" else None)
            for name, value in medians.items()]  # fmt: skip


ALL = ["fake", "aiosmtpd", "smtp-server", "maildev", "haraka", "smtpdfix", "smtp-sink"]


def small(rounds: int) -> list[Row]:
    options: dict[str, object] = {"messages": 3000, "connections": 20, "per_connection": 20}
    return compare(
        "1 KB, 20 parallel, 20 a connection", ALL, "messages/s", rounds, options, "per_second"
    )


def sign_in(rounds: int) -> list[Row]:
    options: dict[str, object] = {"messages": 600, "connections": 4, "per_connection": 1,
                                  "starttls": True, "auth": "scanner@contoso.com:Scan2Mail!"}  # fmt: skip
    rows = compare("STARTTLS, AUTH LOGIN, a connection a message", ["fake", "echo"], "connections/s",
                   rounds, options, "per_second")  # fmt: skip
    return rows


def large(rounds: int) -> list[Row]:
    options: dict[str, object] = {"messages": 12, "connections": 2, "per_connection": 6,
                                  "size": 25 << 20, "max_seconds": 120}  # fmt: skip
    return compare("25 MB in the clear", ALL, "MB/s", rounds, options, "bytes_per_second", 1e6)


def large_tls(rounds: int) -> list[Row]:
    options: dict[str, object] = {"messages": 12, "connections": 2, "per_connection": 6,
                                  "size": 25 << 20, "starttls": True, "max_seconds": 120}  # fmt: skip
    peers = ["fake", "aiosmtpd", "smtp-server"]
    return compare("25 MB over TLS", peers, "MB/s", rounds, options, "bytes_per_second", 1e6)


def recipients(rounds: int) -> list[Row]:
    options: dict[str, object] = {
        "messages": 40,
        "connections": 4,
        "per_connection": 10,
        "rcpts": 500,
    }
    peers = ["fake", "aiosmtpd", "smtp-server"]
    return compare("500 recipients a message", peers, "messages/s", rounds, options, "per_second")


def names(rounds: int) -> list[Row]:
    """MX questions by dnsperf."""
    if shutil.which("dnsperf") is None:
        print("  dnsperf is not on this machine", file=sys.stderr)
        return []
    questions = INSTALLED / "questions"
    questions.write_text("contoso.com MX\n")
    figures: dict[str, list[float]] = {"fake": [], "dnslib": []}
    for _ in range(rounds):
        for name, seen in figures.items():
            with running(python(name), greets=False) as server:
                command = ["dnsperf", "-s", "127.0.0.1", "-p", str(server.ports[-1]), "-l", "3"]
                done = subprocess.run(
                    [*command, "-d", str(questions)], capture_output=True, text=True
                )
                found = re.search(r"Queries per second:\s+([\d.]+)", done.stdout)
                seen.append(float(found[1]) if found else 0.0)
    own = statistics.median(figures["fake"])
    rows = [("fake", own, None)]
    other = statistics.median(figures["dnslib"])
    rows.append(("dnslib", other, own / other if other else None))
    return [Row("DNS, MX over UDP", who, value, "queries/s", ratio) for who, value, ratio in rows]


def memory(rounds: int) -> list[Row]:
    with running(FAKE) as server:
        idle = server.memory
        load(
            server.ports[0],
            messages=1,
            connections=1,
            per_connection=1,
            size=140 << 20,
            max_seconds=120,
        )
        bodies = (server.peak - idle) / (140 << 20)
    with running(FAKE) as server:
        before = server.memory
        held = _hold(server.ports[0], 5000)
        each = (server.memory - before) / len(held)
        for one in held:
            one.close()
    return [
        Row("memory: peak above idle for a message of 140 MB", "fake", bodies, "bodies", None),
        Row("memory: 5,000 idle connections", "fake", each / 1024, "KiB each", None),
    ]


def _hold(port: int, wanted: int) -> list[socket.socket]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, wanted + 100)), hard))
    held = []
    for _ in range(min(wanted, hard - 100)):
        held.append(socket.create_connection(("127.0.0.1", port), 10))
        held[-1].recv(500)
    return held


def in_memory(rounds: int) -> list[Row]:
    """What costs no socket: dialogues, attribution over many tenants, start and stop."""
    from inside import figures

    found = [figures() for _ in range(rounds)]
    return [
        Row(
            "in memory", name, statistics.median(f[name][0] for f in found), found[0][name][1], None
        )
        for name in found[0]
    ]


CASES = {
    "small": small,
    "sign-in": sign_in,
    "large": large,
    "large-tls": large_tls,
    "recipients": recipients,
    "names": names,
    "memory": memory,
    "in-memory": in_memory,
}


# ---- output ------------------------------------------------------------------------------------


def table(rows: list[Row]) -> str:
    lines = ["| case | server | figure | the fake is |", "|---|---|---|---|"]
    for row in rows:
        ratio = f"{row.ratio:.2f} times as fast" if row.ratio else ""
        lines.append(f"| {row.case} | {row.who} | {row.value:,.4g} {row.unit} | {ratio} |")
    return "\n".join(lines)


def write(rows: list[Row], rounds: int) -> None:
    page = HERE.parent / "docs" / "performance.md"
    head, begin, rest = page.read_text().partition("<!-- figures -->")
    _, end, tail = rest.partition("<!-- end -->")
    machine = (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {rounds} rounds, medians"
    )
    page.write_text(f"{head}{begin}\n\n{machine}\n\n{table(rows)}\n\n{end}{tail}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], help="default: all")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--write", action="store_true", help="into docs/performance.md")
    options = parser.parse_args()
    install()
    sys.path.insert(0, str(HERE))
    rows = [row for name in options.cases or CASES for row in CASES[name](options.rounds)]
    print(json.dumps([vars(row) for row in rows]) if options.json else table(rows))
    if options.write:
        write(rows, options.rounds)


if __name__ == "__main__":
    main()
