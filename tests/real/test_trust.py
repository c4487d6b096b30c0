"""Programs with production settings trust the fake as they trust the real service, wherever they
look for their authorities."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fake_exo_harness.namespaces import prerequisites

FAKE_EXO = str(Path(sys.executable).parent / "fake-exo")
CONNECT = (
    "openssl s_client -starttls smtp -connect smtp.office365.com:587 -brief -verify_return_error"
)
JAVA = """import java.io.*;
import java.net.*;
import javax.net.ssl.*;

public class Handshake {
    public static void main(String[] words) throws Exception {
        Socket plain = new Socket("smtp.office365.com", 587);
        BufferedReader in = new BufferedReader(new InputStreamReader(plain.getInputStream()));
        in.readLine();
        for (String command : new String[] {"EHLO h", "STARTTLS"}) {
            plain.getOutputStream().write((command + "\\r\\n").getBytes());
            String line = in.readLine();
            while (line.charAt(3) == '-') line = in.readLine();
        }
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        SSLSocket secured =
            (SSLSocket) factory.createSocket(plain, "smtp.office365.com", 587, true);
        SSLParameters checks = secured.getSSLParameters();
        checks.setEndpointIdentificationAlgorithm("HTTPS");
        secured.setSSLParameters(checks);
        secured.startHandshake();
        System.out.println("trusted");
    }
}
"""


def said(*words: str, needs: str, home: Path | None = None) -> list[str]:
    """What a program printed in the lab, without the variables that name the bundle."""
    for prerequisite in prerequisites("exec"):
        if not prerequisite.met:
            pytest.skip(f"{prerequisite.name} is missing: {prerequisite.remedy}")
    if shutil.which(needs) is None:
        pytest.skip(f"{needs} is missing")
    forget = ["env", "-u", "SSL_CERT_FILE", "-u", "SSL_CERT_DIR"]
    environment = {**os.environ, **({"HOME": str(home)} if home else {})}
    command = [FAKE_EXO, "exec", "--json", "--expect", "nothing", "--", *forget, *words]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=False, env=environment
    )
    return done.stderr.splitlines()  # a program's own lines go there beside JSON


@pytest.mark.parametrize(
    "where", ["", "-CApath /etc/ssl/certs -no-CAfile"], ids=["usual", "hashed"]
)
def test_openssl(where: str) -> None:
    if not Path("/etc/ssl/certs").is_dir():
        pytest.skip("this system has no /etc/ssl/certs")
    assert "Verification: OK" in said("sh", "-c", f"{CONNECT} {where} </dev/null", needs="openssl")


def test_the_roots_of_the_service_are_stood_in_for_by_their_names_and_others_are_not() -> None:
    """A program that is told one root by its file, which is the wrong one, fails as it will."""
    named = Path("/etc/ssl/certs/DigiCert_Global_Root_G2.pem")
    other = Path("/etc/ssl/certs/ISRG_Root_X1.pem")
    if not (named.exists() and other.exists()):
        pytest.skip("this system has no authorities by name")
    words = f"{CONNECT} -no-CApath -CAfile"
    script = f"{words} {named} </dev/null; {words} {other} </dev/null"
    lines = said("sh", "-c", script, needs="openssl")
    assert lines.count("Verification: OK") == 1
    assert any("unable to get local issuer certificate" in line for line in lines)


def test_java(tmp_path: Path) -> None:
    (tmp_path / "Handshake.java").write_text(JAVA)
    assert said("java", str(tmp_path / "Handshake.java"), needs="javac")[-1] == "trusted"


@pytest.mark.parametrize("there", [True, False], ids=["there", "not-yet"])
def test_chromiums_database(there: bool, tmp_path: Path) -> None:
    database = tmp_path / ".pki" / "nssdb"
    if there:
        database.mkdir(parents=True)
        (database / "own").write_text("of before")
    lines = said("certutil", "-L", "-d", f"sql:{database}", needs="certutil", home=tmp_path)
    assert ["fake-exo", "C,,"] in [line.split() for line in lines]
    assert [path.name for path in tmp_path.rglob("*")] == (
        [".pki", "nssdb", "own"] if there else []
    )
