"""Real programs with production settings: every bundled scenario of the kind, where the machine
has what it needs; and that nothing stays behind."""

import json
import os
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import pytest
from fake_exo_harness.library import library
from fake_exo_harness.namespaces import prerequisites
from fake_exo_harness.reports.text import verdict
from fake_exo_harness.runner import Verdict, finish
from fake_exo_harness.scenario import Scenario, load_paths
from fake_exo_harness.scenario.model import RunStep

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
SUBMIT = [
    "swaks", "--server", "smtp.office365.com:587", "--tls", "--tls-verify", "--auth", "LOGIN",
    "--auth-user", "scanner@xyz.com.pl", "--auth-password", "Scan-2015",
    "--from", "scanner@xyz.com.pl", "--to", "anna@customer.example",
]  # fmt: skip
REAL = [s for s in load_paths([library()]) if not {"memory", "socket"} & set(s.drivers)]
CASES = [(s, d) for s in REAL for d in s.drivers if d != "physical"]


@lru_cache(maxsize=1)
def missing() -> dict[str, str]:
    return {p.name: f"{p.name} is missing: {p.remedy}" for p in prerequisites() if not p.met}


def needs(scenario: Scenario, driver: str) -> list[str]:
    """What a scenario needs of the machine."""
    wanted = {"namespace": ["namespaces for users", "ip"], "docker": []}.get(driver, [])
    if driver == "docker":
        return ["a container engine"]
    programs = [s.command[0] for s in scenario.when if isinstance(s, RunStep)]
    relay = ["postfix"] if scenario.id.startswith("postfix") else []
    return [*wanted, *relay, *(p for p in programs if p in ("swaks", "msmtp", "curl"))]


@lru_cache(maxsize=1)
def has_image() -> bool:
    """Whether the engine has the base image of the bundled scenarios."""
    done = subprocess.run(
        ["docker", "image", "inspect", "fake-exo-debian"], capture_output=True, check=False
    )
    return done.returncode == 0


def many_users() -> bool:
    """Whether we are root, and there are others."""
    return os.geteuid() == 0 and int(Path("/proc/self/uid_map").read_text().split()[2]) > 1


def skip_without(names: list[str]) -> None:
    for name in names:
        if name in missing():
            pytest.skip(missing()[name])
    if "a container engine" in names and not has_image():
        pytest.skip("there is no image fake-exo-debian (any Debian with python3); .ci/run makes it")
    if "postfix" in names and not many_users():
        pytest.skip("Postfix wants users of its own, which only root can give it in a namespace")


@pytest.mark.parametrize(("scenario", "driver"), CASES, ids=[f"{s.id}-{d}" for s, d in CASES])
def test_a_real_program_meets_the_service(scenario: Scenario, driver: str) -> None:
    skip_without(needs(scenario, driver))
    done = finish(scenario, driver)
    assert done.verdict is Verdict.PASSED, "\n".join(verdict(done))


def ran(*words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [FAKE_EXO, *words], capture_output=True, text=True, timeout=60, cwd=cwd, check=False
    )


def test_exec_runs_swaks_unmodified_and_judges() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--as", "90.12.23.34", "--", *SUBMIT)
    assert "*** 90.12.23.34 connects to 52.9" in done.stdout
    assert "235 2.7.0 Authentication successful    [auth.ok]" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "passed: 1 message(s) taken, every copy arrived (FAKE Exchange Online)"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_exec_reaches_high_volume_email_at_its_own_address() -> None:
    skip_without(["Linux", "namespaces for users", "ip", "swaks"])
    tenant = str(library() / "tenants" / "xyz-com-pl-hve.yaml")
    done = ran(
        "exec", "--tenant", tenant, "--expect", "refused", "--",
        "swaks", "--server", "smtp.hve.mx.microsoft:587", "--tls", "--tls-verify",
        "--auth", "LOGIN", "--auth-user", "devices@xyz.com.pl", "--auth-password", "Devices-2026",
        "--from", "devices@xyz.com.pl", "--to", "anna@customer.example",
    )  # fmt: skip
    assert "*** 192.0.2.1 connects to 130.107.37.108:587" in done.stdout
    assert "235 2.7.0 Authentication successful    [auth.ok]" in done.stdout
    assert "550 5.5.105 External sending is not supported" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_exec_fails_with_the_reason_and_the_fix() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--", *SUBMIT[:-5], "wrong", *SUBMIT[-4:])
    assert "fix:      Sign in to Outlook on the web" in done.stdout
    assert "FAILED: refused: 535 5.7.139" in done.stdout
    assert done.returncode == 1


def test_exec_injects_faults_and_can_expect_a_refusal() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--fault", "mail:451:1", "--expect", "refused", "--json", "--", *SUBMIT)
    document = json.loads(done.stdout)
    assert (document["passed"], document["why"][:13], done.returncode) == (True, "refused: 451 ", 0)
    assert "*** INJECTED: reply" in document["transcript"]


ELSEWHERE = """scenario: a program sends to a customer's mail server, which knows anna only
drivers: [namespace]
tenant: {name: contoso, accepted_domains: [contoso.com]}
dns:
  - {zone: customer.example, records: [{name: mail, type: A, data: 203.0.113.9}]}
elsewhere:
  address: 203.0.113.9
  name: mail.customer.example
  behaves: know-users
  users: [anna@customer.example]
  starttls: true
when:
  - run: swaks --server mail.customer.example --tls --tls-verify --from a@contoso.com --to TO
then:
  - encrypted: true
  - taken_elsewhere: TAKEN
"""


@pytest.mark.parametrize(("to", "taken"), [("anna", "[anna@customer.example]"), ("bert", "[]")])
def test_a_server_elsewhere_is_found_by_its_name_in_a_namespace(
    tmp_path: Path, to: str, taken: str
) -> None:
    skip_without(["Linux", "namespaces for users", "ip", "swaks"])
    path = tmp_path / "elsewhere.exo.yaml"
    path.write_text(ELSEWHERE.replace("TO", f"{to}@customer.example").replace("TAKEN", taken))
    (scenario,) = load_paths([path])
    assert finish(scenario, "namespace").failures == ()


HASTY = """scenario: a client waits a second for the banner
drivers: [command]
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
service: {faults: [{at: banner, does: delay, seconds: LATE}]}
when:
  - run:
      command: "python3 send.py"
      files:
        send.py: |
          import smtplib
          with smtplib.SMTP("{mx_host}", {mx_port}, timeout=1) as client:
              client.sendmail("x@else.example", ["ann@contoso.com"], "From: x@else.example")
then: [{device: {sent: true}}, {accepted: 1}]
"""


@pytest.mark.parametrize(("late", "passes"), [("3s", False), ("100ms", True)])
def test_a_late_banner_is_waited_by_a_real_program(late: str, passes: bool, tmp_path: Path) -> None:
    (tmp_path / "hasty.exo.yaml").write_text(HASTY.replace("LATE", late))
    done = ran("run", "hasty.exo.yaml", "--driver", "command", cwd=tmp_path)
    assert done.returncode == (0 if passes else 1), done.stdout
    assert ("timed out" in done.stdout) is not passes
    assert "*** INJECTED: delay" in done.stdout or passes


ONE_BY_ONE = """scenario: each program's mail is its own
drivers: [command]
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
when:
  - run: &mail
      command: "python3 send.py"
      files:
        send.py: |
          import smtplib
          with smtplib.SMTP("{mx_host}", {mx_port}, timeout=20) as client:
              client.sendmail("x@else.example", ["ann@contoso.com"], "From: x@else.example")
  - run: {command: "python3 -c pass"}
  - run: *mail
then:
  - junked: {to: [ann@contoso.com], job: 1}
  - junked: {to: [], job: 2}
  - junked: {to: [ann@contoso.com], job: 3}
"""


def test_what_a_program_led_to_is_its_own_job(tmp_path: Path) -> None:
    (tmp_path / "mail.exo.yaml").write_text(ONE_BY_ONE)
    done = ran("run", "mail.exo.yaml", "--driver", "command", cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_exec_waits_for_what_a_fault_asks() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--fault", "banner:delay=3", "--", *SUBMIT, "--timeout", "1")
    assert "*** INJECTED: delay" in done.stdout
    assert "FAILED: it connected and sent nothing" in done.stdout
    assert done.returncode == 1


def test_exec_says_what_it_skipped() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--expect", "refused", "--", *SUBMIT[:-5], "wrong", *SUBMIT[-4:])
    assert "*** skipped: 5 s\n<~* 535 5.7.139" in done.stdout


IMPATIENT = """import os, smtplib, ssl, sys
tries, host, port, *login = sys.argv[1:]
people, mail = ["ann@contoso.com", "anna@customer.example"], sys.stdin.read()
def send():
    with smtplib.SMTP(host, int(port), timeout=1) as client:
        if login:
            trusted = ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])
            client.starttls(context=trusted)
            client.login(*login)
        client.sendmail("scanner@contoso.com", people, mail)
for left in reversed(range(int(tries))):
    try:
        send()
        break
    except OSError:
        if not left:
            raise
"""


@pytest.mark.parametrize(
    ("tries", "said", "code"),
    [
        (1, "failed  A3  banner 20 seconds late: nothing arrived", 1),
        (2, "noted   A3  banner 20 seconds late: it gave up, and got through when it came back", 0),
    ],
)
def test_a_program_that_waits_a_second_never_sees_a_banner_20_seconds_late(
    tries: int, said: str, code: int, tmp_path: Path
) -> None:
    (tmp_path / "send.py").write_text(IMPATIENT)
    command = f"python3 {tmp_path / 'send.py'} {tries}"
    (tmp_path / "mine.yaml").write_text(
        f"name: mine\nsubmission: {command} {{host}} {{submission_port}} {{user}} {{password}}\n"
        f"relay: {command} {{mx_host}} {{mx_port}}\n"
    )
    done = ran("certify", "mine.yaml", "--driver", "command", "--levels", "A", cwd=tmp_path)
    assert "passed  A1" in done.stdout
    assert said in done.stdout
    assert done.returncode == code


@pytest.fixture
def shadows(tmp_path: Path) -> Path:
    """A folder whose modules break whoever imports them."""
    for name in ("fake_exo", "fake_exo_harness", "harness", "json", "os", "signal", "socket",
                 "subprocess", "yaml"):  # fmt: skip
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('from the working folder')\n")
    return tmp_path


def test_exec_takes_nothing_from_the_working_folder(shadows: Path) -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--expect", "nothing", "--", "sh", "-c", "ls json.py", cwd=shadows)
    assert (done.stdout.splitlines()[0], done.stderr, done.returncode) == ("json.py", "", 0)


def test_doctor_and_run_take_nothing_from_the_working_folder(shadows: Path) -> None:
    (shadows / "bench.exo.yaml").write_text(LOOPBACK)
    done = ran("run", "bench.exo.yaml", "--driver", "command", cwd=shadows)
    assert (done.stderr, done.returncode) == ("", 0), done.stdout
    assert "working folder" not in ran("doctor", cwd=shadows).stdout


LOOPBACK = """scenario: a program that says nothing
drivers: [command]
tenant: {name: contoso, accepted_domains: [contoso.com]}
when: [{run: {command: "true"}}]
then: [{device: {sent: true}}]
"""


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("no-such-program", "No such file or directory"),
        ("/etc/passwd", "Permission denied"),
        ("/etc", "Permission denied"),
    ],
)
def test_a_program_that_is_not_there_is_told_by_its_name(command: str, why: str) -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--", command)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr == f"fake-exo: {command}: {why}\n"


ENDS = [
    (signal.SIGINT, 130),
    (signal.SIGTERM, 143),
    (signal.SIGHUP, 129),
    (signal.SIGKILL, -9),
]


def _hears_hangups() -> None:
    """Also where the tests run under nohup."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.mark.parametrize(("end", "code"), ENDS, ids=["ctrl-c", "term", "hup", "crash"])
def test_nothing_that_exec_started_stays_behind(
    end: signal.Signals, code: int, tmp_path: Path
) -> None:
    skip_without(["namespaces for users", "ip"])
    mark = f"61.{os.getpid()}{int(end)}"
    process = subprocess.Popen(
        [FAKE_EXO, "exec", "--", "sh", "-c", f"sleep {mark} & sleep {mark}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=_hears_hangups,
    )
    wait_until(lambda: len(running(mark)) >= 2)
    process.send_signal(end)
    assert process.wait(20) == code
    wait_until(lambda: not running(mark))
    assert end is signal.SIGKILL or list(tmp_path.iterdir()) == []


def test_ctrl_c_pressed_again_and_again_leaves_nothing_either(tmp_path: Path) -> None:
    skip_without(["namespaces for users", "ip"])
    mark = f"61.{os.getpid()}9"
    process = subprocess.Popen(
        [FAKE_EXO, "exec", "--", "sh", "-c", f"trap '' INT; sleep {mark} & sleep {mark}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        preexec_fn=_hears_hangups,
    )
    wait_until(lambda: len(running(mark)) >= 2)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.02)
    wait_until(lambda: not running(mark))
    assert list(tmp_path.iterdir()) == []


def test_a_program_cannot_take_away_what_stands_in_for_the_systems_files() -> None:
    """Nor /proc, behind which the processes outside lie."""
    skip_without(["namespaces for users", "ip"])
    script = "for at in /proc /etc/resolv.conf; do umount -l $at && echo $at uncovered; done"
    done = ran("exec", "--expect", "nothing", "--", "sh", "-c", f"{script}; echo tried")
    assert done.stdout.splitlines()[0] == "tried"


def test_a_program_takes_words_and_an_environment_of_any_size() -> None:
    skip_without(["namespaces for users", "ip"])
    program = ["sh", "-c", "echo ${#BIG} ${#1}", "sh", "x" * 99_999]
    done = subprocess.run(
        [FAKE_EXO, "exec", "--expect", "nothing", "--", *program],
        capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "BIG": "y" * 100_001},
    )  # fmt: skip
    assert done.stdout.splitlines()[0] == "100001 99999"
    assert (done.stderr, done.returncode) == ("", 0)


FORGER = """import os, socket, stat, sys
found = 0
for fd in range(3, 300):
    try:
        if stat.S_ISSOCK(os.fstat(fd).st_mode):
            socket.socket(fileno=os.dup(fd)).send(b'{"ended": 1, "code": 0}')
    except OSError:
        continue
    found += 1
print(found, "open")
sys.exit(7)
"""


def test_a_program_finds_no_line_to_fake_exo_and_cannot_forge_its_exit_code() -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--expect", "nothing", "--json", "--", sys.executable, "-c", FORGER)
    assert (json.loads(done.stdout)["exit"], done.stderr) == (7, "0 open\n")


def shell(line: str) -> "subprocess.CompletedProcess[str]":
    """A line of a shell, in which $EXO is the command."""
    environment = {**os.environ, "EXO": FAKE_EXO}
    return subprocess.run(
        ["sh", "-c", line], capture_output=True, text=True, timeout=60, env=environment, check=False
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_what_was_closed_before_is_no_file_of_ours_in_the_program(closed: str) -> None:
    skip_without(["namespaces for users", "ip"])
    look = "[ /proc/self/fd/0 -ef /dev/null -o -t 0 -o -p /proc/self/fd/0 ] && exit 0; exit 9"
    done = shell(f"\"$EXO\" exec --json --expect nothing -- sh -c '{look}' {closed}")
    assert done.returncode == 0
    assert not done.stdout or json.loads(done.stdout)["exit"] == 0


@pytest.mark.parametrize(("expect", "code"), [("nothing", 0), ("refused", 1)])
def test_the_exit_code_is_the_verdict_when_nobody_reads(expect: str, code: int) -> None:
    skip_without(["namespaces for users", "ip"])
    done = shell(f'{{ "$EXO" exec --json --expect {expect} -- sleep 1; echo $? >&2; }} | true')
    assert done.stderr.strip() == str(code)


PORTS = """import socket, sys
for host, port in (pair.split(":") for pair in sys.argv[1:]):
    try:
        socket.create_connection((host, int(port)), 0.5)
        print("open")
    except OSError as error:
        print(type(error).__name__)
"""


def test_what_is_not_served_is_silent_at_every_address() -> None:
    skip_without(["namespaces for users", "ip"])
    served = ["smtp.office365.com:587", "xyz-com-pl.mail.protection.outlook.com:25"]
    silent = ["smtp.office365.com:53", "xyz-com-pl.mail.protection.outlook.com:587",
              "smtp.office365.com:465", "198.18.0.53:25"]  # fmt: skip
    done = ran("exec", "--", sys.executable, "-c", PORTS, *served, *silent)
    assert done.stdout.splitlines()[:6] == ["open"] * 2 + ["TimeoutError"] * 4


EIGHT = """import smtplib, ssl, threading
gate = threading.Barrier(8)
def one(number):
    with smtplib.SMTP("smtp.office365.com", 587) as client:
        client.starttls(context=ssl.create_default_context())
        client.login("scanner@xyz.com.pl", "Scan-2015")
        client.mail("scanner@xyz.com.pl")
        client.rcpt("anna@customer.example")
        gate.wait()
        client.docmd("DATA")
        gate.wait()
        client.send(b"From: scanner@xyz.com.pl\\r\\n\\r\\n%d\\r\\n.\\r\\n" % number)
        client.getreply()
threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def test_five_of_eight_at_once_are_lost_and_the_verdict_fails() -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--", sys.executable, "-c", EIGHT)
    assert done.returncode == 1, done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "FAILED: 5 of 8 copies were refused and not sent again: 432 4.3.2 Concurrent connections"
    )


STARRED = """import smtplib, ssl
with smtplib.SMTP("smtp.office365.com", 587) as client:
    client.starttls(context=ssl.create_default_context())
    client.ehlo()
    client.docmd("AUTH PLAIN AGEAYg==")
    client.docmd("*")
raise SystemExit(1)
"""


def test_the_refusal_that_decided_is_named_and_not_the_last() -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--", sys.executable, "-c", STARRED)
    assert "500 5.3.3 Unrecognized command" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "FAILED: refused: 504 5.7.4 Unrecognized authentication type ["
    )


OLD = """import smtplib, ssl, warnings
warnings.simplefilter("ignore")
context = ssl.create_default_context()
context.set_ciphers("ALL:@SECLEVEL=0")
context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
smtplib.SMTP("smtp.office365.com", 587).starttls(context=context)
"""
NO_TRUST = """import smtplib, ssl
smtplib.SMTP("smtp.office365.com", 587).starttls(context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
"""
AT_ONCE = """import smtplib
smtplib.SMTP_SSL("smtp.office365.com", 587)
"""


@pytest.mark.parametrize(
    ("program", "said", "fix"),
    [
        (OLD, "the client offers TLS 1.1 at most, the service TLS 1.2 to 1.3", "TLS 1.2 or later"),
        (NO_TRUST, "it does not know the authority", "$SSL_CERT_FILE"),
        (AT_ONCE, "The client begins with TLS", "Choose STARTTLS"),
    ],
    ids=["old", "no-trust", "at-once"],
)
def test_a_handshake_that_fails_is_told_with_its_cause_and_the_fix(
    program: str, said: str, fix: str
) -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--", sys.executable, "-c", program)
    last = done.stdout.splitlines()[-1]
    assert last.startswith("FAILED: TLS failed: ")
    assert said in last
    assert fix in last.partition("Fix: ")[2]
    assert done.returncode == 1


def test_faults_of_tls_and_the_dns_are_met_by_a_real_program() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--fault", "tls:expired", "--", *SUBMIT)
    assert "TLS failed: SSLV3_ALERT_CERTIFICATE_EXPIRED" in done.stdout
    assert "*** INJECTED: TLS certificate expired\n" in done.stdout
    done = ran("exec", "--fault", "tls:wrong-name", "--", *SUBMIT)
    assert done.stdout.splitlines()[-1] == (
        "FAILED: 1 message(s) taken, every copy arrived, and its password went to a server whose "
        "certificate it should refuse (host name mismatch) (FAKE Exchange Online)"
    )
    done = ran("exec", "--fault", "dns:nxdomain", "--", *SUBMIT)
    assert "*** asked: smtp.office365.com A (NXDOMAIN; INJECTED: nxdomain)" in done.stdout
    assert "FAILED: it never connected; it asked for " in done.stdout


def test_mail_that_is_taken_and_an_exit_code_that_says_no_are_a_finding() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--", "sh", "-c", '"$@"; exit 7', "sh", *SUBMIT)
    assert done.stdout.splitlines()[-1] == (
        "FAILED: 1 message(s) taken, every copy arrived, and yet the program ended with exit 7: "
        "it may send again (FAKE Exchange Online)"
    )
    assert done.returncode == 1


def test_refused_mail_and_an_exit_code_of_0_are_told() -> None:
    skip_without(["namespaces for users", "ip", "swaks"])
    done = ran("exec", "--fault", "mail:550", "--expect", "refused", "--",
               "sh", "-c", '"$@"; exit 0', "sh", *SUBMIT)  # fmt: skip
    assert done.stdout.splitlines()[-1] == (
        "passed: refused: 550 5.0.0 Injected by fake-exo, and yet the program ended with exit 0, "
        "as if all were well (FAKE Exchange Online)"
    )


def test_a_program_has_its_time_and_no_more() -> None:
    skip_without(["namespaces for users", "ip"])
    done = ran("exec", "--timeout", "0.5", "--", "sleep", "50")
    assert "; the program was ended when its time was over" in done.stdout.splitlines()[-1]
    done = ran("exec", "--timeout", "0", "--expect", "nothing", "--", "true")
    assert done.returncode == 0


def running(mark: str) -> list[str]:
    """Processes whose command line has the mark, and is that of a sleep."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[:2] == [b"sleep", mark.encode()]:
                found.append(folder.name)
    return found


def wait_until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 20
    while not true():
        assert time.monotonic() < limit, "it never became true"
        time.sleep(0.05)


def test_doctor_names_what_is_missing_and_what_to_do() -> None:
    done = ran("doctor", "--json")
    found = {row["name"]: row for row in json.loads(done.stdout)["found"]}
    assert found["swaks"]["met"] is (shutil.which("swaks") is not None)
    assert all(row["remedy"] for row in found.values())
    assert done.returncode == (0 if all(row["met"] for row in found.values()) else 4)


BENCH = """scenario: a device on the bench
drivers: [physical]
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}
device: {profile: konica-bizhub-c220, settings: {smtp_server: 192.168.1.10, port: 25}}
when: [{scan: {to: [ann@contoso.com], pages: 2}}]
then: [{accepted: 1}, {device: {sent: true}}]
"""


def test_a_device_on_the_bench_is_told_what_to_enter_waited_for_and_judged(tmp_path: Path) -> None:
    (tmp_path / "bench.exo.yaml").write_text(BENCH)
    process = subprocess.Popen(
        [FAKE_EXO, "run", "bench.exo.yaml", "--driver", "physical", "--patience", "30"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    told = []
    assert process.stderr is not None
    for line in process.stderr:
        told.append(line.rstrip())
        if "waiting" in line:
            break
    (port,) = (re.findall(r"as 127\.0\.0\.1:(\d+)", line)[0] for line in told if "mx," in line)
    with smtplib.SMTP("127.0.0.1", int(port)) as client:
        client.sendmail("c220@monitor.example", ["ann@contoso.com"], "From: <c@monitor.example>")
    said, _ = process.communicate(timeout=30)
    assert "  Network > E-Mail > E-Mail TX (SMTP)" in told
    assert any(row.startswith("    SMTP Server Address             192.168.1.10") for row in told)
    assert told[-2:] == ["  then scan 2 page(s) to ann@contoso.com", "  waiting 30 s ..."]
    assert (process.returncode, "passed bench (physical)" in said) == (0, True), said


def test_nobody_comes_and_the_wait_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "bench.exo.yaml").write_text(BENCH)
    done = ran("run", "bench.exo.yaml", "--driver", "physical", "--patience", "0.2", cwd=tmp_path)
    assert "  nobody came" in done.stderr
    assert done.returncode == 1
