"""Windows and macOS, as far as Linux can tell: what they lack is taken away (`other_system.py`),
and a type checker that knows the library of Windows reads every line."""

import json
import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from dnslib import DNSRecord

ROOT = Path(__file__).parents[2]
SYSTEMS = ("win32", "darwin")
# A console of Windows has few characters, and a file without a named encoding is not UTF-8.
_PYTHON = [sys.executable, "-X", "warn_default_encoding"]
_PROGRAM = str(Path(__file__).with_name("other_system.py"))
_ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "cp1252"}
_SCENARIOS = ("relay", "dns")
# What holds the namespaces is Linux's by nature; it is never run elsewhere.
_LINUX_ONLY = ("namespaces/helper.py", "namespaces/lab.py", "namespaces/trust.py")


def ran(system: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*_PYTHON, _PROGRAM, system, *words],
        cwd=ROOT, env=_ENVIRONMENT, capture_output=True, encoding="cp1252", check=False,
    )  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_module_is_imported(system: str) -> None:
    done = ran(system, "import")
    assert (done.stderr, done.returncode) == ("", 0)
    assert {"fake_exo.network", "fake_exo_harness.namespaces.helper"} <= set(done.stdout.split())


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_library_passes_in_memory_and_over_sockets(system: str) -> None:
    done = ran(system, "run", "-q", "--driver", "both", *(f"scenarios/{s}" for s in _SCENARIOS))
    assert (done.stderr, done.returncode) == ("", 0), done.stdout


def ended(process: "subprocess.Popen[str]") -> tuple[str, str]:
    """What it printed after an interrupt. One that does not end is killed, and fails the test."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


@pytest.mark.parametrize("system", SYSTEMS)
def test_serve_serves_until_it_is_interrupted(system: str, tmp_path: Path) -> None:
    words = ["serve", "--ports", "any", "--json", "--ca", str(tmp_path / "ca")]
    with subprocess.Popen(
        [*_PYTHON, _PROGRAM, system, *words],
        env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="cp1252",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        listeners = json.loads(process.stdout.readline())["listeners"]
        (place,) = (
            row["listens_on"]
            for row in listeners
            if row["endpoint"] == "submission" and row["port"] == 587
        )
        host, _, port = place.rpartition(":")
        with smtplib.SMTP(host, int(port)) as client:
            client.ehlo("printer.example")
            assert client.has_extn("starttls")
        said, errors = ended(process)
    assert (errors, process.returncode) == ("", 0)
    assert '"text": "ehlo printer.example"' in said


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_name_server_answers_on_all_addresses(system: str, tmp_path: Path) -> None:
    words = ["serve", "--ports", "any", "--json", "--bind", "0.0.0.0", "--ca", str(tmp_path / "ca")]
    with subprocess.Popen(
        [*_PYTHON, _PROGRAM, system, *words],
        env=_ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="cp1252",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        port = json.loads(process.stdout.readline())["dns"].rpartition(":")[2]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(10)
            question = DNSRecord.question("smtp.office365.com").pack()
            client.sendto(question, ("127.0.0.1", int(port)))
            answer = DNSRecord.parse(client.recv(4096))
        ended(process)
    assert str(answer.rr[-1].rdata) == "127.0.0.1"


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_program_is_run_on_loopback_and_ended_when_it_hangs(system: str) -> None:
    done = ran(system, "run", "--driver", "command", "scenarios/real/on-loopback.exo.yaml")
    assert "passed loopback[hangs] (command)" in done.stdout
    assert (done.stderr, done.returncode) == ("", 0), done.stdout


@pytest.mark.parametrize(("system", "name"), [("win32", "Windows"), ("darwin", "macOS")])
def test_what_cannot_work_is_no_failure_but_told(system: str, name: str) -> None:
    done = ran(system, "run", "--driver", "any", "scenarios/real")
    why = f"namespaces are Linux's, and this is {name}; see `fake-exo doctor`"
    assert f"could not be run: no network of its own: {why}" in done.stdout
    assert (done.stderr, done.returncode) == ("", 4)
    done = ran(system, "exec", "--", "swaks")
    assert (done.stderr, done.returncode) == (f"fake-exo: no network of its own: {why}\n", 4)


WAYS = "run fake-exo in it as on Linux; or here, `fake-exo serve` and the drivers memory, socket, \
command and physical."


@pytest.mark.parametrize(
    ("system", "name", "remedy"),
    [
        ("win32", "namespaces for users", f"Install WSL (wsl --install) and {WAYS}"),
        ("win32", "a container engine", f"Install WSL (wsl --install) and {WAYS}"),
        ("darwin", "namespaces for users",
         f"Make a Linux virtual machine (limactl start) and {WAYS}"),
        ("darwin", "a container engine",
         f"Make a Linux virtual machine (limactl start) and {WAYS}"),
        ("darwin", "loopback addresses beside 127.0.0.1",
         "sudo ifconfig lo0 alias 127.0.0.2 (and so on, until the next start); without them, one "
         "address is enough for 587, 25 and 53."),
    ],
)  # fmt: skip
def test_doctor_says_what_cannot_work_and_another_way(system: str, name: str, remedy: str) -> None:
    done = ran(system, "doctor", "--json")
    found = {row["name"]: row for row in json.loads(done.stdout)["found"]}
    assert (found[name]["met"], found[name]["remedy"]) == (False, remedy)
    assert (done.stderr, done.returncode) == ("", 4)


def test_no_name_is_used_that_windows_has_not(tmp_path: Path) -> None:
    packages = ("-p", "fake_exo", "-p", "fake_exo_harness")
    cache = ("--cache-dir", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--platform", "win32", *cache, *packages],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    found = re.findall(r"^(\S+?):\d+: error: .*", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    assert [path for path in found if not path.endswith(_LINUX_ONLY)] == [], done.stdout
