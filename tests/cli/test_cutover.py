"""`fake-exo cutover`: the timeline of a small move, minute by minute."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from fake_exo_harness.cli import cli

MOVE = """scenario: two printers move
drivers: [memory]
tenant:
  name: contoso
  accepted_domains: [contoso.com]
  mailboxes: [ann@contoso.com]
  connectors:
    - name: Printers
      connector_type: OnPremises
      sender_ip_addresses: [203.0.113.7]
      treat_messages_as_internal: true
elsewhere: [198.51.100.25]
dns: [{zone: contoso.com, records: [{name: smtp, type: A, data: 198.51.100.25, ttl: 3600}]}]
devices:
  printer:
    profile: konica-bizhub-c220
    count: 2
    public_ip: 203.0.113.7
    quirks: [honours-ttl]
    settings: {smtp_server: smtp.contoso.com, port: 25, administrator_address: "p{n}@contoso.com"}
traffic:
  - {devices: [printer], every: 1h, start: 10m, spread: 1h, send: {to: [ann@contoso.com], size: 0}}
when:
  - advance: 2h
  - publish: {zone: contoso.com, records: [{name: smtp, type: A, data: 52.101.68.36, ttl: 60}]}
  - retire: 198.51.100.25
  - advance: 2h
then:
  - lost: {device: printer, count: LOST}
"""


def ran(tmp_path: Path, lost: int, *arguments: str) -> tuple[int, str]:
    path = tmp_path / "move.exo.yaml"
    path.write_text(MOVE.replace("LOST", str(lost)))
    done = CliRunner().invoke(cli, ["cutover", str(path), *arguments], catch_exceptions=False)
    return done.exit_code, done.stdout


def test_the_report_says_who_sent_where_and_what_was_lost(tmp_path: Path) -> None:
    code, printed = ran(tmp_path, 0)
    assert code == 0
    assert printed.splitlines()[:-1] == [
        "move: two printers move",
        "2026-11-01 12:00  the beginning",
        "                  printer (2 devices): 4 mails",
        "                         4 to 198.51.100.25",
        "2026-11-01 14:00  the zone contoso.com is published anew",
        "2026-11-01 14:00  the mail server 198.51.100.25 is switched off",
        "                  printer (2 devices): 4 mails",
        "                         4 to 52.101.68.36",
    ]


def test_within_the_ttl_the_old_address_is_asked_and_the_mail_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "move.exo.yaml"
    path.write_text(MOVE.replace("ttl: 3600", "ttl: 9000").replace("LOST", "2"))
    done = CliRunner().invoke(cli, ["cutover", str(path)], catch_exceptions=False)
    assert "     2 LOST, 2026-11-01 14:10 to 2026-11-01 14:40" in done.stdout
    assert "2 x connect: timeout" in done.stdout
    assert done.exit_code == 0


def test_json_holds_every_mail(tmp_path: Path) -> None:
    code, printed = ran(tmp_path, 0, "--json")
    (document,) = json.loads(printed)["cutovers"]
    assert (code, document["mails"], document["lost"]) == (0, 8, 0)
    assert document["sent"][0] == {
        "at": "2026-11-01 12:10",
        "device": "printer-1",
        "to": "198.51.100.25",
        "recipients": 1,
        "arrived": 1,
        "elsewhere": True,
        "lost": False,
        "why": "",
    }


def test_a_wrong_expectation_fails_and_says_what_was_lost(tmp_path: Path) -> None:
    code, printed = ran(tmp_path, 1)
    assert code == 1
    assert "expected: 1" in printed
    assert "got:      0: nothing was lost" in printed


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("drivers: [memory]\n", "", "traffic needs drivers: [memory]"),
        ("devices: [printer]", "devices: [scanner]", 'no device is named "scanner"'),
        ("every: 1h", "every: 500ms", "traffic every second or faster is a load test"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = tmp_path / "move.exo.yaml"
    path.write_text(MOVE.replace("LOST", "0").replace(old, new))
    done = CliRunner().invoke(cli, ["cutover", str(path)], catch_exceptions=False)
    assert words in done.stderr
    assert done.exit_code == 1


def test_what_is_set_before_its_time_is_told(tmp_path: Path) -> None:
    path = tmp_path / "move.exo.yaml"
    early = "as_of: 2017-01-01\n" + MOVE.replace("LOST", "0")
    path.write_text(
        early.replace("tenant:\n", "tenant:\n  organization: {reject_direct_send: true}\n")
    )
    why = "the service of 2017-01-01 does not have it yet: it came on 2025-04-01"
    done = CliRunner().invoke(cli, ["cutover", str(path)], catch_exceptions=False)
    told = f"  not rehearsed: organization.reject_direct_send: {why}"
    assert done.stdout.splitlines()[-1] == told
    done = CliRunner().invoke(cli, ["cutover", str(path), "--json"], catch_exceptions=False)
    (found,) = json.loads(done.stdout)["cutovers"]
    assert found["not_rehearsed"] == [{"word": "organization.reject_direct_send", "why": why}]
