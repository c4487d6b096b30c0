"""`fake-exo device new`: a first profile from answers, from pasted logs and from recordings."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli
from fake_exo_harness.devices import Profile, read_profile
from fake_exo_harness.devices.observed import log_lines, observed

ARROWS = """
Nov 12 10:01:02 [12] <- 220 mail ESMTP
Nov 12 10:01:02 [12] -> ehlo scanbox
Nov 12 10:01:02 [12] <- 250-mail
Nov 12 10:01:02 [12] <- 250 AUTH LOGIN PLAIN
Nov 12 10:01:03 [12] -> AUTH login c2Nhbg==
Nov 12 10:01:03 [12] <- 334 UGFzc3dvcmQ6
Nov 12 10:01:03 [12] -> eHh4
Nov 12 10:01:03 [12] <- 535 5.7.3 no
Nov 12 10:01:04 [12] -> MAIL FROM: <a@b.example> SIZE=100
Nov 12 10:01:04 [12] <- 530 5.7.57 no
Nov 12 10:01:04 [12] -> QUIT
"""
BARE = """220 mail ESMTP
HELO [192.168.1.21]
250 mail
mail from:a@b.example
250 ok
rcpt to:x@y.example
250 ok
data
354 go on
From: Hall scanner <a@b.example>
Subject: x
X-Mailer: SB 1.0
Content-Type: image/tiff; name=a.tif
Content-Disposition: attachment; filename="a.tif"
Content-Transfer-Encoding: base64

220 stands in the message
.
250 ok
quit
221 bye
"""
DUET = """S: 220 a
C: EHLO box
S: 502 no
C: HELO box
S: 250 b
C: QUIT
S: 221 c
"""


def ran(folder: Path, *words: object, typed: str = "") -> Result:
    given = ["device", "new", "--output", str(folder / "scanbox.yaml"), *map(str, words)]
    return CliRunner().invoke(cli, given, input=typed, catch_exceptions=False)


def made(folder: Path, *words: object, typed: str = "") -> Profile:
    path = folder / "scanbox.yaml"
    done = ran(folder, "scanbox", *words, typed=typed)
    assert (done.exit_code, done.stderr) == (0, "")
    return read_profile(path)


def test_a_log_with_arrows_and_times_is_read(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text(ARROWS, "utf-8")
    found = made(tmp_path, "--from", log, "--vendor", "Scanbox", "--model", "SB-1")
    assert (found.vendor, found.model, found.confidence) == ("Scanbox", "SB-1", "high")
    assert (found.hello.first, found.hello.name, found.hello.lower_case) == (
        "EHLO", "scanbox", True,
    )  # fmt: skip
    assert (found.auth.order, found.auth.initial_response) == (("LOGIN",), ("LOGIN",))
    assert (found.auth.lower_case, found.auth.after) == (True, {"535": "continue", "any": "fail"})
    assert (found.commands.space, found.envelope.size, found.tls.policy) == (True, True, "never")


def test_a_log_without_any_marks_is_read_and_its_message_is_none_of_the_dialogue() -> None:
    assert observed(log_lines(BARE)) == {
        "hello": {"first": "HELO", "name": "[192.168.1.21]"},
        "tls": {"policy": "never"},
        "auth": {"order": []},
        "envelope": {"brackets": False, "display_name": ["Hall scanner"]},
        "data": {
            "date": False,
            "message_id": False,
            "headers": {"X-Mailer": "SB 1.0"},
            "attachment": "a.tif",
            "attachment_type": "image/tiff",
            "encoding": "base64",
        },
        "commands": {"lower_case": True},
    }


def test_who_greets_again_after_a_refusal_and_leaves_only_tests() -> None:
    assert observed(log_lines(DUET)) == {
        "hello": {"first": "EHLO", "name": "box", "fallback": "HELO"},
        "test": "hello",
    }


def test_what_our_own_transcripts_show_comes_back(tmp_path: Path) -> None:
    scenario = tmp_path / "a.exo.yaml"
    scenario.write_text(
        "scenario: a\ntenant: {name: contoso, accepted_domains: [contoso.com],"
        " mailboxes: [ann@contoso.com]}\ndevice: {profile: apcupsd-smtp, settings: {smtp_server:"
        " contoso-com.mail.protection.outlook.com, from_address: a@partner.net}}\n"
        "when: [{send: {to: [ann@contoso.com]}}]\nthen: [{accepted: 1}]\n",
        "utf-8",
    )
    log = tmp_path / "log.txt"
    log.write_text(CliRunner().invoke(cli, ["run", "-v", str(scenario)]).stdout, "utf-8")
    found = made(tmp_path, "--from", log)
    assert (found.hello.first, found.hello.name) == ("HELO", "ups.corp.example")
    assert (found.hello.lower_case, found.commands.lower_case) == (True, True)
    assert found.tls.policy == "never"


def test_a_recording_will_do_too(tmp_path: Path) -> None:
    recording = tmp_path / "session.yaml"
    recording.write_text(
        "- id: a\n  endpoint: mx\n  year: 2026\n  steps:\n"
        "  - {c: (connect), s: ['220 a']}\n  - {c: EHLO box, s: ['250 b']}\n"
        "  - {c: 'MAIL FROM:<a@b.example>', s: ['250 c']}\n",
        "utf-8",
    )
    assert made(tmp_path, "--from", recording).hello.name == "box"


def test_what_is_no_dialogue_is_refused(tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    log.write_text("nothing of this kind\n", "utf-8")
    done = ran(tmp_path, "scanbox", "--from", log)
    assert done.exit_code == 1
    assert done.stderr == f"fake-exo: {log}: no SMTP dialogue is in this file\n"


def test_answers_are_asked_for_and_nothing_is_written_over(tmp_path: Path) -> None:
    typed = "Scanbox\nSB-1\nscanner\nHELO\nhall\nnever\nnone\nhost\n"
    found = made(tmp_path, typed=typed)
    assert (found.kind, found.hello.first, found.hello.name) == ("scanner", "HELO", "hall")
    assert (found.tls.policy, found.auth.order) == ("never", ())
    assert found.envelope.mail_from[0].use == "{host}@{domain}"
    again = ran(tmp_path, "scanbox", "--no-input")
    assert (again.exit_code, "is there already" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("option", "value", "seen"),
    [
        ("--signs-in", "PLAIN,LOGIN", lambda p: p.auth.order == ("PLAIN", "LOGIN")),
        ("--sender", "login", lambda p: p.envelope.mail_from[0].use == "{user_name}"),
        ("--encryption", "ssl", lambda p: p.settings["tls"].options[1].value == "ssl"),
        ("--hello-name", "hall", lambda p: p.hello.name == "hall"),
    ],
)
def test_what_is_given_need_not_be_asked(
    option: str, value: str, seen: object, tmp_path: Path
) -> None:
    assert seen(made(tmp_path, "--no-input", option, value))  # type: ignore[operator]


def test_a_mechanism_that_nobody_knows_is_refused_with_the_nearest(tmp_path: Path) -> None:
    done = ran(tmp_path, "scanbox", "--no-input", "--signs-in", "LOGON")
    assert done.exit_code == 2
    assert 'did you mean "LOGIN"?' in done.stderr
