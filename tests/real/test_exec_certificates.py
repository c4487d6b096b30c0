"""Client certificates of real programs in `exec` and `serve`: ours, one's own, and neither."""

import json
import shutil
import smtplib
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from fake_exo_harness.namespaces import prerequisites

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
HOST = "contoso-com.mail.protection.outlook.com"
TENANT = """name: contoso
accepted_domains: [{name: contoso.com, default: true}]
connectors:
  - {name: Relay, connector_type: OnPremises, tls_sender_certificate_name: relay.contoso.com}
"""
SEND = f"""import os, smtplib, ssl, sys
context = ssl.create_default_context()
if len(sys.argv) > 1:
    context.load_cert_chain(sys.argv[1])
with smtplib.SMTP("{HOST}", timeout=20) as client:
    client.starttls(context=context)
    client.sendmail("ann@contoso.com", ["anna@customer.example"], "From: ann@contoso.com")
"""


@pytest.fixture(autouse=True)
def tenant(tmp_path: Path) -> None:
    (tmp_path / "contoso.yaml").write_text(TENANT)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A certificate that signs itself, with its key, as an administrator makes it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    path = tmp_path / "own.pem"
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=relay.contoso.com"]
    subprocess.run(
        ["openssl", *words, "-keyout", str(path), "-out", str(tmp_path / "certificate.pem")],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + (tmp_path / "certificate.pem").read_text())
    return path


def ran(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    for prerequisite in prerequisites("exec"):
        if not prerequisite.met:
            pytest.skip(f"{prerequisite.name} is missing: {prerequisite.remedy}")
    command = [FAKE_EXO, "exec", "--tenant", "contoso.yaml", *words]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, cwd=folder, check=False
    )


def test_the_certificate_that_is_handed_out_counts(tmp_path: Path) -> None:
    asked = ("--client-cert", "relay.contoso.com", "--")
    done = ran(tmp_path, *asked, sys.executable, "-c", SEND, "{certificate}")
    assert ", client certificate relay.contoso.com\n" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


def test_its_files_are_in_the_environment_too(tmp_path: Path) -> None:
    script = 'cmp "$FAKE_EXO_CLIENT_CERT" "$0" && cmp "$FAKE_EXO_CLIENT_P12" "$1" && echo same'
    asked = ("--client-cert", "relay.contoso.com", "--expect", "nothing", "--", "sh", "-c")
    done = ran(tmp_path, *asked, script, "{certificate}", "{certificate_p12}")
    assert done.stdout.splitlines()[0] == "same"


def test_one_that_was_not_shown_is_told(tmp_path: Path) -> None:
    asked = ("--client-cert", "relay.contoso.com", "--expect", "refused", "--")
    done = ran(tmp_path, *asked, sys.executable, "-c", SEND)
    assert "*** the certificate of --client-cert was not shown; only port 25 asks" in done.stdout


@pytest.mark.parametrize(("trusted", "code"), [(False, 1), (True, 0)])
def test_ones_own_counts_when_it_is_trusted(
    own: Path, trusted: bool, code: int, tmp_path: Path
) -> None:
    asked = ("--trust-client-ca", str(own)) if trusted else ()
    done = ran(tmp_path, *asked, "--json", "--", sys.executable, "-c", SEND, str(own))
    document = json.loads(done.stdout)
    problem = "" if trusted else "self-signed certificate"
    assert document["client_certificates"] == [
        {"names": ["relay.contoso.com"], "counts_for_nothing": problem}
    ]
    assert done.returncode == code


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--trust-client-ca", "contoso.yaml"], "there is no certificate in it, PEM or DER"),
        (["--trust-client-ca", "nowhere.pem"], "File 'nowhere.pem' does not exist"),
        (["--client-cert", ""], "it wants host names, like relay.contoso.com"),
        (["--client-cert", "m\u00fcller.example"], "it wants host names, like relay.contoso.com"),
    ],
)
def test_what_is_no_certificate_and_no_name_is_told(
    words: list[str], said: str, tmp_path: Path
) -> None:
    done = ran(tmp_path, *words, "--", "true")
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr


def test_serve_hands_one_out_and_takes_it_away_at_the_end(tmp_path: Path) -> None:
    words = ["--ports", "any", "--json", "--quiet", "--client-cert", "relay.contoso.com"]
    process = subprocess.Popen(
        [FAKE_EXO, "serve", "contoso.yaml", *words], cwd=tmp_path,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    places = json.loads(process.stdout.readline())
    (mx,) = (row["listens_on"] for row in places["listeners"] if row["endpoint"] == "mx")
    context = ssl.create_default_context(cafile=places["ca"])
    context.load_cert_chain(places["client_certificate"])
    host, port = mx.split(":")
    with smtplib.SMTP(host, int(port), timeout=20) as client:
        client.starttls(context=context)
        client.sendmail("ann@contoso.com", ["anna@customer.example"], "From: ann@contoso.com")
    bag = Path(places["client_certificate_p12"])
    _, certificate, _ = pkcs12.load_key_and_certificates(bag.read_bytes(), b"fake-exo")
    assert certificate is not None
    process.terminate()
    process.wait(20)
    process.stdout.close()
    assert not bag.exists()
