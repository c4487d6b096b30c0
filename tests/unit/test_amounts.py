"""Counts that are modest one by one and not together are errors of the file, told as it is read."""

import time
from pathlib import Path

import pytest
from fake_exo_harness.forms.problems import ScenarioError
from fake_exo_harness.scenario import load_file

HEAD = (
    "scenario: x\ntenant: {name: c, accepted_domains: [c.com], mailboxes: [a@c.com]}\n"
    "then: [{accepted: 0}]\n"
)
DIRECT = "{profile: prtg-direct, settings: {from_address: a@b.example}}"
ONE = f"device: {DIRECT}\n"
MANY = ONE.replace("device:", "devices: {d:").replace("}}\n", "}, count: 50000}}\n")
LINE = "device: {profile: telnet, settings: {smtp_server: smtp.office365.com}}\n"
A_THOUSAND = (
    "when: [&s {send: {to: &t [" + "a@c.com," * 999 + "a@c.com]}}," + " *s," * 999 + " *s]\n"
)


def problem(text: str, tmp_path: Path) -> str:
    path = tmp_path / "x.exo.yaml"
    path.write_text(HEAD + text)
    began = time.thread_time()
    with pytest.raises(ScenarioError) as caught:
        load_file(path)
    assert time.thread_time() - began < 20
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ONE + "when: [{send: {to: [a@c.com], recipients: 1000, repeat: 3000}}]\n",
         "this comes to more than 2,000,000 copies of mail; lower repeat or recipients"),
        (ONE + "when: [" + "{send: {to: [a@c.com], repeat: 60000}}, " * 2 + "]\n",
         "more than 100,000 mails that somebody sends; lower repeat, or let fewer devices send"),
        (ONE + "when: [{send: {to: [a@c.com], size: 1 GB, repeat: 65}}]\n",
         "more than 68,719,476,736 bytes of mail; lower size, pages or repeat"),
        (MANY + "when: [{send: {to: [a@c.com], repeat: 3}, device: d}]\n", "no device is named"),
        (MANY + "when: [{send: {to: [a@c.com], repeat: 3}, devices: [d]}]\n",
         "more than 100,000 mails that somebody sends"),
        (LINE + "when: [{say: {lines: [" + "NOOP, " * 30 + "], repeat: 100000}}]\n",
         "more than 2,000,000 lines that somebody types; lower repeat"),
        (f"drivers: [memory]\ndevices: {{d: {DIRECT}}}\nwhen: [{{advance: 3000d}}]\n"
         "traffic: [{devices: [d], every: 1m, send: {to: [a@c.com]}}]\n",
         "more than 2,000,000 mails of traffic; let less time pass, or less often or fewer send"),
        (ONE.replace("device:", "devices: {a:").replace("}}\n", "}, count: 99999}, b: ") +
         DIRECT.replace("}}", "}, count: 2}}\n") + "when: [{advance: 1s}]\n",
         "there are more than 100,000 devices; lower count"),
        (ONE + A_THOUSAND, "too much for one file; look for aliases within aliases"),
    ],
    ids=["recipients", "repeats", "bytes", "no such device", "devices", "lines", "traffic",
         "groups", "aliases"],
)  # fmt: skip
def test_what_is_too_much_together_is_told(text: str, told: str, tmp_path: Path) -> None:
    assert told in problem(text, tmp_path)


def test_what_a_rehearsal_may_want_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "x.exo.yaml"
    path.write_text(
        HEAD + ONE + "when: [{send: {to: [a@c.com], recipients: 19, repeat: 100000}}]\n"
    )
    (found,) = load_file(path)
    assert len(found.when) == 1
