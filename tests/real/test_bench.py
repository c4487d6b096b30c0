"""A bench and a device beside it, each in a network of its own, joined by a cable: the device's
name server is the bench, ports are the real ones, settings those of the day of the cutover."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fake_exo_harness.namespaces import prerequisites

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
BENCH, NAME = "192.168.1.10", "bench.office.example"
MX = "xyz-com-pl.mail.protection.outlook.com"

_DEVICE = """
import smtplib, ssl, sys
host, port, ca = sys.argv[1], int(sys.argv[2]), sys.argv[3]
with smtplib.SMTP(host, port, timeout=20) as client:
    client.starttls(context=ssl.create_default_context(cafile=ca))
    if port == 587:
        client.login("scanner@xyz.com.pl", "Scan-2015")
    client.sendmail("scanner@xyz.com.pl", ["administrator@xyz.com.pl"], "From: scanner@xyz.com.pl\\r\\n\\r\\nhi")
print("sent to", host)
"""  # noqa: E501


def at_the_bench(folder: Path, script: str) -> list[str]:
    """What a shell script prints on a bench; `at_device` runs something on the device, `$FAKE_EXO`
    is the command, `serve` starts it with these options and waits until it listens."""
    missing = [p for p in prerequisites() if not p.met and p.name in ("namespaces for users", "ip")]
    if missing:
        pytest.skip(f"{missing[0].name} is missing: {missing[0].remedy}")
    (folder / "device.py").write_text(_DEVICE)
    (folder / "resolv.conf").write_text(f"nameserver {BENCH}\n")
    text = textwrap.dedent(
        f"""
        set -e
        cd {folder}
        FAKE_EXO={FAKE_EXO}
        ip link set lo up
        unshare -n sleep 100 & cable=$!
        server=
        trap 'kill $cable $server' EXIT
        until [ "$(readlink /proc/$cable/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do :; done
        ip link add bench type veth peer name device netns $cable
        ip addr add {BENCH}/24 dev bench
        ip link set bench up
        at_device() {{ nsenter -t $cable -n "$@"; }}
        at_device ip addr add 192.168.1.50/24 dev device
        at_device ip link set device up
        mount --bind resolv.conf /etc/resolv.conf
        sent() {{ at_device {sys.executable} device.py "$1" "$2" ca/ca.pem; }}
        serve() {{
          $FAKE_EXO serve --real-ports -q --bind {BENCH} --ca ca "$@" >served & server=$!
          until [ -s served ]; do :; done
        }}
        """
    )
    (folder / "script.sh").write_text(text + textwrap.dedent(script))
    done = subprocess.run(
        ["unshare", "-rnm", "sh", str(folder / "script.sh")],
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_a_device_finds_the_bench_by_its_dns_or_by_name_or_by_address(tmp_path: Path) -> None:
    """Each with certificates checked: chain, and name or address."""
    said = at_the_bench(
        tmp_path,
        f"""
        serve --name {NAME}
        sent smtp.office365.com 587
        sent {MX} 25
        sent {NAME} 587
        sent {BENCH} 587
        """,
    )
    assert said == [
        "sent to smtp.office365.com",
        f"sent to {MX}",
        f"sent to {NAME}",
        f"sent to {BENCH}",
    ]


def test_a_port_that_is_taken_is_told_with_who_holds_it(tmp_path: Path) -> None:
    said = at_the_bench(
        tmp_path,
        f"""
        serve
        $FAKE_EXO serve --real-ports --bind {BENCH} 2>&1 && exit 1 || echo $?
        $FAKE_EXO serve --real-ports --bind 192.168.1.11 2>&1 && exit 1 || echo $?
        """,
    )
    assert said[0].startswith(f"fake-exo: cannot listen: {BENCH}:587 is taken by fake-exo (")
    assert said[0].endswith(
        "); end that, or choose another address with --bind, or free ports with --ports any"
    )
    assert said[2] == (
        "fake-exo: cannot listen: this machine has no address 192.168.1.11; see `ip address`"
    )
    assert (said[1], said[3]) == ("4", "4")


def test_the_driver_physical_waits_for_a_device_beside_it(tmp_path: Path) -> None:
    (tmp_path / "bench.exo.yaml").write_text(
        textwrap.dedent(
            """
            scenario: the scanner on the bench
            id: scanner
            tenant: {name: contoso, accepted_domains: [contoso.com],
                     mailboxes: [{address: ann@contoso.com}]}
            device: {profile: konica-bizhub-c220, public_ip: 192.0.2.77,
                     settings: {smtp_server: contoso-com.mail.protection.outlook.com, port: 25,
                                administrator_address: x@customer.example}}
            drivers: [physical]
            when: [{send: {to: [ann@contoso.com]}}]
            then: [{accepted: 1}]
            """
        )
    )
    (tmp_path / "press.py").write_text(
        textwrap.dedent(
            """
            import smtplib
            client = smtplib.SMTP("contoso-com.mail.protection.outlook.com", 25, timeout=20)
            mail = "From: x@customer.example\\r\\n\\r\\nhi"
            client.sendmail("x@customer.example", ["ann@contoso.com"], mail)
            client.quit()
            """
        )
    )
    said = at_the_bench(
        tmp_path,
        f"""
        $FAKE_EXO run bench.exo.yaml --driver physical --bind {BENCH} --real-ports \\
          --patience 20 >told 2>&1 & bench=$!
        until grep -q waiting told; do :; done
        at_device {sys.executable} press.py
        wait $bench
        cat told
        """,
    )
    assert "listening: mx, port 25, as 192.168.1.10:25" in said
    assert "    DNS server of the device: 192.168.1.10, and no second one" in said
    assert "  Network > E-Mail > E-Mail TX (SMTP)" in said
    assert any(line.startswith("passed scanner (physical)") for line in said), said


# A person who reads what to do, does it with a device that knows only its settings, and answers.
_PERSON = """
import re, subprocess, sys
checks, quits, command = sys.argv[1], sys.argv[2], sys.argv[3:]
bench = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
case = people = ""
for line in bench.stderr:
    print(line, end="", file=sys.stderr)
    if found := re.match(r"([A-K]\\d+)  ", line):
        case = found[1]
    elif line.startswith("  then send "):
        people = line.rpartition(" to ")[2].strip()
    elif line.startswith("  when it has finished"):
        device = [sys.executable, "scanner.py", case, people.replace(" ", ""), checks]
        shown = "quit" if case == quits else "skip nobody waits so long" if case == "A3" else ""
        if not shown:
            there = ["nsenter", "-t", sys.argv[-1], "-n", *device]
            shown = subprocess.run(there, capture_output=True, text=True).stdout.strip()
        bench.stdin.write(f"{shown}\\n")
        bench.stdin.flush()
sys.exit(bench.wait())
"""

_SCANNER = """
import smtplib, ssl, sys
case, people, checks = sys.argv[1:]
relay = case == "A2"
host = "contoso-com.mail.protection.outlook.com" if relay else "smtp.office365.com"
try:
    with smtplib.SMTP(host, 25 if relay else 587, timeout=20) as client:
        if not relay:
            client.starttls(context=ssl.create_default_context(cafile=checks))
            client.login("scanner@contoso.com", "wrong" if case == "C1" else "Scan-2026")
        mail = f"From: <scanner@contoso.com>\\r\\nMessage-ID: <{case}@scanner>\\r\\n\\r\\nhi"
        client.sendmail("scanner@contoso.com", people.split(","), mail)
    print("ok Sent")
except (smtplib.SMTPException, OSError) as error:
    print("error", type(error).__name__)
"""


def certified_by_hand(folder: Path, script: str) -> list[str]:
    """`certify AUTHORITY QUITS WORDS...` certifies with a scanner that trusts this file, and a
    person who leaves at this case."""
    (folder / "person.py").write_text(_PERSON)
    (folder / "scanner.py").write_text(_SCANNER)
    certify = f"""
        certify() {{
          checks=$1; quits=$2; shift 2
          {sys.executable} person.py $checks $quits $FAKE_EXO certify konica-bizhub-c220 \\
            --driver physical --bind {BENCH} --real-ports "$@" --seed 0 --firmware $cable 2>told
        }}
        """
    return at_the_bench(folder, textwrap.dedent(certify) + textwrap.dedent(script))


def test_a_device_on_a_bench_is_certified_in_two_sessions(tmp_path: Path) -> None:
    said = certified_by_hand(
        tmp_path,
        """
        certify ca/ca.pem A4 --levels AC --ca ca && exit 1 || echo "left: $?"
        cat told
        certify ca/ca.pem none --levels AC --ca ca --json-file e.json || echo "ended: $?"
        grep '^[A-K][0-9]' told
        """,
    )
    assert "left: 1" in said
    first, rest = said[: said.index("left: 1")], said[said.index("left: 1") + 1 :]
    assert first == []
    assert "  DNS server of the device: 192.168.1.10, and no second one" in [x[2:] for x in rest]
    assert "  change Use SSL/TLS: OFF (page Network > E-Mail > E-Mail TX (SMTP))" in rest
    assert (
        "left; certify-konica-bizhub-c220.json has what was judged, the same command goes on"
        in (rest)
    )
    assert "    passed  A1  a mail by submission: 2 copies arrived" in rest
    assert "    not run A3  banner 20 seconds late: skipped: nobody waits so long" in rest
    assert (
        "    passed  C1  wrong password: shown: SMTPAuthenticationError; 1 refused sign-in(s)"
        in (rest)
    )
    assert rest.count("C1  wrong password") == 1
    assert "ended: 1" in rest  # what was skipped was not run
    kept = json.loads((tmp_path / "e.json").read_text())
    assert [case["id"] for case in kept["cases"]] == [
        "A1",
        "A2",
        "A3",
        "A4",
        "A5",
        "C1",
        "C2",
        "C3",
    ]
    assert kept["described"].startswith(
        "Konica Minolta bizhub C220, C280, C360 (2009 generation) on"
    )


def test_what_cannot_be_tested_without_an_authority_is_said(tmp_path: Path) -> None:
    """A scanner that checks certificates, and has only the world's authorities."""
    said = certified_by_hand(
        tmp_path,
        """
        certify /etc/ssl/certs/ca-certificates.crt none --levels AC --no-authority || echo $?
        """,
    )
    why = "not testable here: it takes no authority of ours, and refuses the certificate"
    assert any(line.startswith(f"    not run A1  a mail by submission: {why}") for line in said)
    assert "    passed  A2  a mail by relay: 2 copies arrived" in said
    assert "    not run C1  wrong password: as in A1" in said
