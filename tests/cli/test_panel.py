"""`fake-exo panel`: what to enter, in the words of the device's own pages."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli


def panel(*words: str) -> Result:
    return CliRunner().invoke(cli, ["panel", *words])


def test_the_way_to_the_bench_comes_before_the_password() -> None:
    lines = panel("konica-bizhub-c220", "--bind", "192.168.1.10").stdout.splitlines()
    dns = lines.index("  DNS server of the device: 192.168.1.10, and no second one")
    password = next(n for n, line in enumerate(lines) if line.startswith("  Password"))
    assert dns < password
    assert "  Use SSL/TLS                     Start TLS" in lines
    assert "  Port No.                        587" in lines
    assert lines[-1] == "At the bench: fake-exo serve --real-ports --bind 192.168.1.10"


@pytest.mark.parametrize(
    ("words", "server"),
    [
        (["--bind", "192.168.1.10"], "smtp.office365.com"),
        (["--bind", "192.168.1.10", "--relay"], "xyz-com-pl.mail.protection.outlook.com"),
        (["--bind", "192.168.1.10", "--reach", "address"], "192.168.1.10"),
        (["--name", "bench.office.example", "--reach", "name"], "bench.office.example"),
        (["--set", "smtp_server=other.example"], "other.example"),
    ],
)
def test_the_server_is_the_service_or_the_bench(words: list[str], server: str) -> None:
    done = panel("konica-bizhub-c220", "--json", *words)
    pages = json.loads(done.stdout)[0]["pages"]
    assert pages[0]["page"] == "Network > E-Mail > E-Mail TX (SMTP)"
    fields = {field["setting"]: field["value"] for field in pages[0]["fields"]}
    assert fields["smtp_server"] == server


def test_the_devices_of_a_scenario_keep_their_own_settings(tmp_path: Path) -> None:
    path = tmp_path / "two.exo.yaml"
    path.write_text(
        "scenario: two\nid: two\ntenant: {name: contoso, accepted_domains: [contoso.com]}\n"
        "device: {profile: konica-bizhub-c220, public_ip: 192.0.2.7,\n"
        "         settings: {smtp_server: mx.contoso.com, port: 25}}\n"
        "when: [{send: {to: [a@contoso.com]}}]\nthen: [{accepted: 0}]\n"
    )
    said = panel(str(path)).stdout
    assert "  SMTP Server Address             mx.contoso.com" in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["bizhub"], 1, 'no device profile is named "bizhub"; did you mean "konica-'),
        (["konica-bizhub-c22"], 1, 'did you mean "konica-bizhub-c220"?'),
        (["telnet", "--bind", "here"], 2, "'here' is no IP address"),
        (["telnet", "--reach", "address"], 2, "--reach address needs --bind ADDRESS"),
        (["telnet", "--reach", "name"], 2, "--reach name needs --name NAME"),
        (["telnet", "--name", "smtp.office365.com"], 2, "is the service's own"),
        (["telnet", "--name", "-x.example"], 2, "is no host name"),
        (["telnet", "--set", "port"], 2, "--set wants SETTING=VALUE, not 'port'"),
        (["konica-bizhub-c220", "--set", "prot=25"], 1, 'did you mean "port"?'),
        (["konica-bizhub-c220", "--set", "port=0"], 1, 'does not take "0": a port is 1 to 65535'),
    ],
)
def test_what_cannot_be_entered_is_told(words: list[str], code: int, said: str) -> None:
    done = panel(*words)
    assert (done.exit_code, said in done.output) == (code, True), done.output
