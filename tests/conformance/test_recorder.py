"""Recordings with their world: read in the words of scenarios, made from runs, masked, replayed."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from fake_exo_harness.cli import cli
from fake_exo_harness.conformance import load_recordings, replay
from fake_exo_harness.forms.problems import ScenarioError
from fake_exo_harness.library import library
from fake_exo_harness.scenario import load_paths, load_tenants
from fake_exo_harness.scenario.written import masked, written

from fake_exo import Estate, Settings

HEAD = "- {id: one, endpoint: submission, year: 2026, date: 2026-11-01, "
WORLD = (
    "world: {tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: "
    "[{address: scanner@contoso.com, password: Right-Now-1, access_tokens: [a-token]}]}, %s}, "
)
SIGN_IN = (
    "steps: [{c: AUTH LOGIN, s: ['334 VXNlcm5hbWU6']}, {c: '{user}', s: ['334 UGFzc3dvcmQ6']}, "
    "{c: '{password}', s: ['%s']}]}"
)
GOOD = "235 2.7.0 Authentication successful"
BAD = "535 5.7.139 Authentication unsuccessful, the user credentials were incorrect. [..."


def same(folder: Path, text: str) -> bool:
    path = folder / "r.yaml"
    path.write_text(text)
    (recording,) = load_recordings(path)
    return replay(recording).same


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ("user: scanner@contoso.com", GOOD),  # with what is right in this world
        ("user: scanner@contoso.com, password: wrong", BAD),
        ("user: nobody@contoso.com, password: Right-Now-1", BAD),
        (
            "user: scanner@contoso.com, service: {faults: [{at: auth-end, text: 454 4.7.0 later}]}",
            "454 4.7.0 later",
        ),
    ],
)
def test_a_world_is_stated_in_the_words_of_scenarios(said: str, reply: str, tmp_path: Path) -> None:
    assert same(tmp_path, HEAD + WORLD % said + SIGN_IN % reply)
    other = GOOD if reply != GOOD else BAD
    assert not same(tmp_path, HEAD + WORLD % said + SIGN_IN % other)


@pytest.mark.parametrize(
    ("whole", "reply"),
    [("", "250 2.1.0 Sender OK"), ("whole: true, ", "503 5.5.2 Send hello first [...")],
)
def test_of_a_whole_session_nothing_is_filled_in(whole: str, reply: str, tmp_path: Path) -> None:
    steps = (
        "steps: [{c: '(connect smtp.office365.com:587)'}, {c: 'MAIL FROM:<scanner@contoso.com>',"
    )
    text = f"{HEAD}{whole}{WORLD % 'user: scanner@contoso.com'}{steps} s: ['{reply}']}}]}}"
    assert same(tmp_path, text)


@pytest.mark.parametrize(
    ("world", "said"),
    [
        ("world: {}, ", ":1:72: one of tenant: and tenants: is wanted here"),
        ("world: {tenant: {name: x}, tenants: []}, ", "one of tenant: and tenants: is wanted"),
        ("world: {tenant: {name: x}, sevice: {}}, ", 'did you mean "service"?'),
        ("world: {tenant: {name: x}, service: {limits: {mx.x: 1}}}, ", 'no limit is named "mx.x"'),
        ("world: {tenant: {name: x, mailbox: []}}, ", 'did you mean "mailboxes"?'),
        (
            "circumstances: {connector: true}, world: {tenant: {name: x}}, ",
            "circumstances: connector: this belongs into world: where there is one",
        ),
    ],
)
def test_a_world_that_cannot_be_is_told_with_its_place(
    world: str, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(f"{HEAD}{world}steps: []}}")
    with pytest.raises(ScenarioError) as failed:
        load_recordings(path)
    assert said in str(failed.value)


def test_what_is_set_up_is_written_in_words_that_give_it_back(tmp_path: Path) -> None:
    """For every tenant and every estate of the bundled library."""
    for path in sorted((library() / "tenants").glob("*.yaml")):
        tenants = load_tenants(path)
        (tmp_path / "t.yaml").write_text(yaml.safe_dump(words(Estate.of(tenants))["tenants"]))
        assert load_tenants(tmp_path / "t.yaml") == tenants, path
    for scenario in load_paths([library() / "submission", library() / "relay", library() / "hve"]):
        (tmp_path / "t.yaml").write_text(
            yaml.safe_dump(words(Estate.of(scenario.tenants))["tenants"])
        )
        assert load_tenants(tmp_path / "t.yaml") == scenario.tenants, scenario.id


def words(estate: Estate) -> dict[str, object]:
    return written(estate, Settings())


SCENARIO = """
scenario: a scan
id: scan
tenant: {name: contoso, accepted_domains: [contoso.com], mailboxes: [
  {address: scanner@contoso.com, password: Secret-Word-7}, {address: ann@contoso.com}]}
device: {profile: konica-bizhub-c220, public_ip: 203.0.113.9, settings: {
  smtp_server: smtp.office365.com, port: 587, tls: starttls, authentication: "on",
  user_name: scanner@contoso.com, password: %s, administrator_address: scanner@contoso.com}}
when: [{send: {to: [ann@contoso.com]}}]
then: []
"""


def recorded(folder: Path, password: str, *words: str) -> tuple[Result, str]:
    (folder / "scan.exo.yaml").write_text(SCENARIO % password)
    out = folder / "out.yaml"
    asked = ["record", str(folder / "scan.exo.yaml"), "--out", str(out), *words]
    done = CliRunner().invoke(cli, asked, catch_exceptions=False)
    return done, out.read_text()


@pytest.mark.parametrize("driver", ["memory", "socket"])
def test_a_run_is_recorded_and_says_the_same_when_replayed(driver: str, tmp_path: Path) -> None:
    done, text = recorded(tmp_path, "Secret-Word-7", "--driver", driver)
    assert (done.exit_code, "1 session(s), secrets masked; 1 say the same when replayed" in (
        done.stdout)) == (0, True)  # fmt: skip
    assert "Secret-Word-7" not in text
    assert "- c: '{password}'" in text
    (recording,) = load_recordings(tmp_path / "out.yaml")
    assert recording.world is not None
    assert (recording.world.client_ip, recording.world.user) == (
        "203.0.113.9", "scanner@contoso.com")  # fmt: skip
    assert replay(recording).judged > 10


def test_secrets_are_kept_where_somebody_says_so(tmp_path: Path) -> None:
    done, text = recorded(tmp_path, "Secret-Word-7", "--keep-secrets")
    assert "1 session(s), with their secrets; 1 say the same when replayed" in done.stdout
    assert text.count("Secret-Word-7") == 2  # the mailbox's, and what was said


def test_a_wrong_password_stays_wrong_and_hidden(tmp_path: Path) -> None:
    done, text = recorded(tmp_path, "Wrong-Word-8")
    assert "1 say the same when replayed" in done.stdout
    assert "Wrong-Word-8" not in text
    assert "password: wrong" in text
    assert "535 5.7.139" in text


def test_masks_of_one_secret_are_alike_and_of_two_are_not() -> None:
    tenants = load_tenants(library() / "tenants" / "xyz-com-pl.yaml")
    estate, instead = masked(Estate.of(tenants))
    (made,) = estate.tenants.values()
    shown = [m.password for m in made.mailboxes if m.password]
    assert len(set(shown)) == len(shown) == len(instead)
    assert not set(shown) & set(instead)


def test_of_a_run_in_which_nobody_connects_nothing_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "none.exo.yaml").write_text(
        "scenario: x\ntenant: {name: x}\nwhen: [{advance: 1 s}]\nthen: []\n"
    )
    out = tmp_path / "out.yaml"
    done = CliRunner().invoke(cli, ["record", str(tmp_path / "none.exo.yaml"), "-o", str(out)])
    assert (done.exit_code, out.exists()) == (5, False)
    assert "nobody connected, and nothing is recorded" in done.stderr
