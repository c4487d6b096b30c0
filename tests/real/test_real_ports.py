"""`serve` and the driver `physical` on the real ports, in a network where nothing else listens."""

import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fake_exo_harness.namespaces import prerequisites

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
MX = "xyz-com-pl.mail.protection.outlook.com"


def inside(folder: Path, script: str) -> list[str]:
    """What a shell script prints in a network of its own with two addresses beside loopback;
    `$served` is where `serve` says that it listens."""
    missing = [p for p in prerequisites() if not p.met and p.name in ("namespaces for users", "ip")]
    if missing:
        pytest.skip(f"{missing[0].name} is missing: {missing[0].remedy}")
    if shutil.which("dig") is None:
        pytest.skip("dig is missing: it asks the name server as devices do")
    text = textwrap.dedent(
        f"""
        set -e
        ip link set lo up
        ip addr add 192.0.2.9/32 dev lo
        ip addr add 192.0.2.10/32 dev lo
        served={folder}/served
        serve() {{
          {FAKE_EXO} serve --real-ports --json -q --ca {folder}/ca "$@" >$served &
          server=$!
          until [ -s $served ]; do :; done
        }}
        python={sys.executable}
        """
    ) + textwrap.dedent(script)
    (folder / "script.sh").write_text(text + "\nkill -INT $server; wait $server\n")
    done = subprocess.run(
        ["unshare", "-rn", "sh", str(folder / "script.sh")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_on_loopback_each_endpoint_has_an_address_of_its_own(tmp_path: Path) -> None:
    inside(tmp_path, "serve")
    served = json.loads((tmp_path / "served").read_text())
    places = {(row["endpoint"], row["port"]): row["listens_on"] for row in served["listeners"]}
    assert places["submission", 587] == "127.0.0.1:587"
    assert places["submission", 25] == "127.0.0.1:25"
    assert places["mx", 25] == "127.25.0.1:25"
    assert (served["dns"], served["not_served"]) == ("127.0.0.1:53", [])


def test_one_address_is_submission_at_587_mx_at_25_and_the_rest_is_told(tmp_path: Path) -> None:
    said = inside(
        tmp_path,
        f"""
        serve --bind 192.0.2.9
        dig +short smtp.office365.com @192.0.2.9 | tail -n 1
        dig +short {MX} @192.0.2.9
        dig +short smtp.hve.mx.microsoft @192.0.2.9
        """,
    )
    served = json.loads((tmp_path / "served").read_text())
    places = {(row["endpoint"], row["port"]): row["listens_on"] for row in served["listeners"]}
    assert places == {("submission", 587): "192.0.2.9:587", ("mx", 25): "192.0.2.9:25"}
    gone = {(row["endpoint"], row["port"]): row["taken_by"] for row in served["not_served"]}
    assert gone["submission", 25] == "mx"
    assert said == ["192.0.2.9", "192.0.2.9"]


def test_on_a_wildcard_the_dns_answers_with_the_address_that_was_asked(tmp_path: Path) -> None:
    said = inside(
        tmp_path,
        f"""
        serve --bind 0.0.0.0
        dig +short smtp.office365.com @192.0.2.9 | tail -n 1
        dig +short {MX} @192.0.2.10
        dig +short +tcp {MX} @192.0.2.9
        """,
    )
    assert said == ["192.0.2.9", "192.0.2.10", "192.0.2.9"]


def test_an_address_can_be_advertised_in_place_of_those(tmp_path: Path) -> None:
    said = inside(
        tmp_path,
        f"""
        serve --bind 0.0.0.0 --advertise 198.51.100.7
        dig +short smtp.office365.com @192.0.2.9 | tail -n 1
        dig +short {MX} @127.0.0.1
        """,
    )
    assert said == ["198.51.100.7", "198.51.100.7"]


def test_nothing_leads_to_the_real_service(tmp_path: Path) -> None:
    """No address of Microsoft's, no IPv6, no name of the hosts where users sign in."""
    said = inside(
        tmp_path,
        f"""
        serve
        for name in smtp.office365.com outlook.office365.com smtp-mail.outlook.com {MX}; do
          dig +short $name A @127.0.0.1 | tail -n 1
          dig +short $name AAAA @127.0.0.1 | grep : || true
        done
        dig +short login.microsoftonline.com ANY @127.0.0.1
        dig +noall +comments login.microsoftonline.com A @127.0.0.1 | grep -o NXDOMAIN
        """,
    )
    assert said == ["127.0.0.1", "127.0.0.1", "127.0.0.1", "127.25.0.1", "NXDOMAIN"]


@pytest.mark.parametrize(
    ("mode", "status", "mail_exchanger"),
    [
        ("internet", "NOERROR", ["10 mx.internet.example."]),
        ("nxdomain", "NXDOMAIN", []),
        ("refused", "REFUSED", []),
    ],
)
def test_names_of_others_are_as_asked_for(
    tmp_path: Path, mode: str, status: str, mail_exchanger: list[str]
) -> None:
    said = inside(
        tmp_path,
        f"""
        serve --foreign {mode}
        dig +noall +comments customer.example MX @127.0.0.1 | grep -o 'status: [A-Z]*'
        dig +short customer.example MX @127.0.0.1
        dig +short customer.example A @127.0.0.1
        """,
    )
    assert said == [f"status: {status}", *mail_exchanger]


def test_a_device_with_production_settings_reaches_the_fake_by_its_names(tmp_path: Path) -> None:
    """The resolver is the fake's, host names and ports are those of the day of the cutover."""
    (tmp_path / "device.py").write_text(
        textwrap.dedent(
            f"""
            import smtplib, ssl, subprocess
            def find(name):
                asked = ["dig", "+short", name, "@127.0.0.1"]
                return subprocess.run(asked, capture_output=True, text=True).stdout.split()[-1]
            context = ssl.create_default_context(cafile={str(tmp_path / "ca" / "ca.pem")!r})
            with smtplib.SMTP(find("smtp.office365.com"), 587) as client:
                client._host = "smtp.office365.com"
                client.starttls(context=context)
                client.login("scanner@xyz.com.pl", "Scan-2015")
                print(client.noop()[0])
            with smtplib.SMTP(find("{MX}"), 25) as client:
                print(client.ehlo()[0])
            """
        )
    )
    said = inside(tmp_path, f"serve\n$python {tmp_path}/device.py")
    assert said == ["250", "250"]


def test_a_bench_can_be_reached_on_the_real_ports(tmp_path: Path) -> None:
    """What docs/real.md recommends: the driver `physical` with --real-ports."""
    (tmp_path / "bench.exo.yaml").write_text(
        textwrap.dedent(
            """
            scenario: a device on the bench
            id: bench
            tenant: {name: contoso, accepted_domains: [contoso.com],
                     mailboxes: [{address: ann@contoso.com}]}
            device: {profile: telnet, public_ip: 192.0.2.77,
                     settings: {smtp_server: contoso-com.mail.protection.outlook.com, port: 25}}
            drivers: [physical]
            when: [{send: {to: [ann@contoso.com]}}]
            then: [{accepted: 1}]
            """
        )
    )
    (tmp_path / "device.py").write_text(
        textwrap.dedent(
            """
            import smtplib
            client = smtplib.SMTP("127.25.0.1", 25)
            mail = "From: x@customer.example\\n\\nhi"
            client.sendmail("x@customer.example", ["ann@contoso.com"], mail)
            client.quit()
            """
        )
    )
    said = inside(
        tmp_path,
        f"""
        cd {tmp_path}
        {FAKE_EXO} run bench.exo.yaml --driver physical --real-ports --patience 20 >bench 2>&1 &
        bench=$!
        until grep -q waiting bench; do :; done
        $python device.py
        wait $bench
        cat bench
        serve
        """,
    )
    assert "listening: mx, port 25, as 127.25.0.1:25" in said
    assert any(line.startswith("passed bench (physical)") for line in said), said


def test_mail_to_a_domain_of_nobody_reaches_a_server_on_the_internet(tmp_path: Path) -> None:
    """A relay that delivers by MX itself finds one, and it takes the mail."""
    (tmp_path / "relay.py").write_text(
        textwrap.dedent(
            """
            import smtplib, subprocess
            def ask(*words):
                asked = ["dig", "+short", *words, "@127.0.0.1"]
                return subprocess.run(asked, capture_output=True, text=True).stdout.split()[-1]
            host = ask("customer.example", "MX").rstrip(".")
            address = ask(host, "A")
            with smtplib.SMTP(address, 25) as client:
                mail = "From: scanner@xyz.com.pl\\n\\nhi"
                print(client.sendmail("scanner@xyz.com.pl", ["anna@customer.example"], mail))
            """
        )
    )
    said = inside(tmp_path, f"serve\n$python {tmp_path}/relay.py")
    assert said == ["{}"]
