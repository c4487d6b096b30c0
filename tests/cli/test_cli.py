"""The command line: what it prints, and the exit codes that it promises."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_exo_harness.cli import main

TENANT = "tenant: {name: c, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}\n"
GOOD = (
    "scenario: mail comes in\ntags: [inbound]\n"
    + TENANT
    + "device: {profile: prtg-direct, settings: {from_address: probe@monitor.example}}\n"
    "when: [{send: {to: [ann@contoso.com], size: 1 KB}}]\nthen: [{accepted: 1}]\n"
)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Calls the command line in an empty folder; returns exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.exo.yaml").write_text(GOOD)
    (tmp_path / "fails.exo.yaml").write_text(GOOD.replace("accepted: 1", "accepted: 2"))
    (tmp_path / "small.exo.yaml").write_text(GOOD + "service: {keep: 5}\n")
    (tmp_path / "bad.exo.yaml").write_text(GOOD.replace("then:", "than:"))

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["fake-exo", *arguments])
        code: int | str | None = 0
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
        said = capsys.readouterr()
        assert isinstance(code, int)
        return code, said.out, said.err

    return call


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["run", "good.exo.yaml"], 0),
        (["run", "--driver", "both", "good.exo.yaml"], 0),
        (["run", "fails.exo.yaml"], 1),
        (["run", "small.exo.yaml"], 1),
        (["run", "bad.exo.yaml"], 1),
        (["check", "bad.exo.yaml"], 1),
        (["check", "good.exo.yaml"], 0),
        (["run", "--driver", "pigeon", "good.exo.yaml"], 2),
        (["run", "nowhere.exo.yaml"], 2),
        (["fly"], 2),
        (["run", "--tag", "outbound", "good.exo.yaml"], 5),
        (["run", "-k", "no such thing", "good.exo.yaml"], 5),
        (["explain", "9.9.9"], 5),
        (["explain", "5.7.64"], 0),
        (["--help"], 0),
        (["--version"], 0),
    ],
)
def test_the_exit_code_is_the_one_promised(run: Run, arguments: list[str], code: int) -> None:
    got, _, errors = run(*arguments)
    assert (got, "Traceback" in errors) == (code, False)


def test_help_shows_whole_sentences_of_every_command(run: Run) -> None:
    _, out, _ = run("--help")
    assert "..." not in out.partition("Commands:")[2]
    assert "list         List scenarios with their tags and the point of the story that" in out


def test_list_shows_tags(run: Run) -> None:
    _, out, _ = run("list", "good.exo.yaml")
    assert out == "good: mail comes in  (inbound)\n"


@pytest.mark.parametrize(
    ("use", "names"),
    [
        ("memory", set()),
        ("exec", {"namespaces for users", "ip"}),
        ("docker", {"a container engine", "ports 25, 53 and 587"}),
    ],
)
def test_doctor_looks_at_what_one_use_needs(run: Run, use: str, names: set[str]) -> None:
    _, out, _ = run("doctor", "--for", use, "--json")
    assert {one["name"] for one in json.loads(out)["found"]} == names


def test_doctor_names_the_uses_that_there_are(run: Run) -> None:
    code, _, errors = run("doctor", "--for", "pigeons")
    assert (code, "there are memory, socket" in errors) == (2, True)


def test_help_lists_the_exit_codes(run: Run) -> None:
    _, out, _ = run("--help")
    for line in ("0    everything passed", "4    the environment is not fit", "130  interrupted"):
        assert line in out


def test_colour_is_for_terminals_or_on_demand(run: Run) -> None:
    assert "\x1b[" not in run("run", "good.exo.yaml")[1]
    assert "\x1b[32m" in run("run", "--color", "always", "good.exo.yaml")[1]


def test_quiet_says_only_what_failed(run: Run) -> None:
    code, out, _ = run("run", "-q", "good.exo.yaml", "fails.exo.yaml", "-k", "good")
    assert (code, out.count("\n")) == (0, 1)


def test_a_failure_is_json_with_place_reason_and_transcript(run: Run) -> None:
    code, out, errors = run("run", "--json", "fails.exo.yaml")
    document = json.loads(out)
    (only,) = document["runs"]
    assert (code, errors, document["version"]) == (1, "", 1)
    assert (only["id"], only["verdict"], only["driver"]) == ("fails", "failed", "memory")
    (failure,) = only["failures"]
    assert (failure["file"], failure["line"]) == ("fails.exo.yaml", 6)
    assert (failure["expected"], failure["got"]) == ("2", "1")
    assert any("MAIL FROM" in line for line in only["jobs"][0]["transcript"])


def test_a_refusal_in_json_says_why_and_what_to_change(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "refused.exo.yaml"
    path.write_text(GOOD.replace("to: [ann@", "to: [bob@"))
    _, out, _ = run("run", "--json", str(path))
    (refusal,) = json.loads(out)["runs"][0]["jobs"][0]["refusals"]
    assert (refusal["to"], refusal["rule"], refusal["confidence"]) == (
        "RCPT",
        "rcpt.unknown",
        "high",
    )
    assert refusal["reply"].startswith("550 5.4.1 Recipient address rejected: Access denied")
    assert refusal["fix"].startswith("Correct the address")


def test_errors_of_a_file_name_line_column_and_remedy(run: Run) -> None:
    code, _, errors = run("check", "bad.exo.yaml")
    assert code == 1
    assert 'bad.exo.yaml:6:1: "than" is not a key here; did you mean "then"?' in errors


def test_check_reads_tenant_and_zone_files_too(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text("name: c\nmailboxs: []\n")
    (tmp_path / "contoso.com.zone").write_text("@ IN A 192.0.2\n")
    code, _, errors = run("check", "tenant.yaml", "contoso.com.zone", "good.exo.yaml")
    assert code == 1
    assert 'tenant.yaml:2:1: "mailboxs" is not a key here' in errors
    assert "contoso.com.zone:1:8: '192.0.2' is no IPv4 address" in errors


def test_list_tells_tags_and_story(run: Run) -> None:
    code, out, _ = run("list", "--json", "good.exo.yaml")
    (row,) = json.loads(out)
    assert code == 0
    assert (row["id"], row["tags"], row["line"]) == ("good", ["inbound"], 1)


def test_the_bundled_library_is_listed_without_paths(run: Run) -> None:
    code, out, _ = run("list")
    assert code == 0
    assert "telnet-relay: the story's test by telnet  [method 1, point 6]" in out


def test_explain_finds_a_rule_by_code_id_and_words(run: Run) -> None:
    for what in ("5.7.57", "mail.not-authenticated", "client not authenticated"):
        code, out, _ = run("explain", what)
        assert (code, "fix:" in out) == (0, True)


def test_explain_in_json_has_evidence_and_confidence(run: Run) -> None:
    _, out, _ = run("explain", "--json", "rcpt.unknown")
    entries = json.loads(out)
    assert all(entry["reply"].startswith("rcpt-541-dbeb") for entry in entries)
    assert {entry["rule"] for entry in entries} == {"rcpt.unknown"}
    assert all(entry["evidence"] == ["capture 2026-07-13 MX"] for entry in entries)


def test_explain_reads_what_is_piped_in(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    log = b"said: 550 5.7.64\n TenantAttribution; Relay Access Denied [X] (in reply to RCPT TO)"
    for arguments in (["explain"], ["explain", "-"]):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(log)))
        code, out, _ = run(*arguments)
        assert (code, "rule:       rcpt.relay.no-connector" in out) == (0, True)
        assert "cause:      high confidence, by its words and code" in out


def test_explain_takes_words_without_quotes(run: Run) -> None:
    code, out, _ = run("explain", "452", "4.5.3", "Too", "many", "recipients", "(AS780090)")
    assert (code, "Wait an hour" in out) == (0, True)


def test_explain_shows_the_likeliest_causes_and_all_on_demand(run: Run) -> None:
    _, few, _ = run("explain", "550 5.7.1")
    _, every, _ = run("explain", "--all", "550 5.7.1")
    assert "more, less likely: --all" in few
    assert few.count("evidence:") == 5 < every.count("evidence:")
    assert every.startswith(few.rpartition("\n\n")[0])


def test_schema_prints_a_json_schema(run: Run) -> None:
    code, out, _ = run("schema")
    assert (code, json.loads(out)["title"]) == (0, "fake-exo scenario")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["serve", "--as", "90.12.23"], "'90.12.23' is no IP address"),
        (["serve", "--blocked", "x"], "'x' is no IP address"),
        (["serve", "--map", "127.0.0.2"], "--map wants LOCAL=PUBLIC"),
        (["serve", "--map", "127.0.0.2=y"], "'y' is no IP address"),
    ],
)
def test_serve_refuses_what_is_no_address(run: Run, arguments: list[str], said: str) -> None:
    code, _, errors = run(*arguments)
    assert code == 2
    assert said in errors


def test_serve_says_when_it_cannot_listen_or_write(run: Run, tmp_path: Path) -> None:
    code, _, errors = run("serve", "--bind", "192.0.2.77")
    assert code == 4
    assert "cannot listen: this machine has no address 192.0.2.77" in errors
    code, _, errors = run("serve", "--ca", str(tmp_path / "no" / "ca"))
    assert (code, "no authority can be kept: No such file" in errors) == (4, True)


@pytest.mark.parametrize("option", ["--html", "--junit", "--json-file"])
def test_a_file_in_no_folder_is_told_before_the_work_begins(run: Run, option: str) -> None:
    code, out, errors = run("certify", "python-smtplib", option, "nowhere/x")
    assert (code, out) == (2, "")
    assert "there is no folder nowhere; make it first" in errors


def test_what_the_machine_refuses_is_no_bug_of_ours(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.zone").mkdir()
    (tmp_path / "tenant.yaml").write_text("name: c\naccepted_domains: [contoso.com]\n")
    code, _, errors = run("audit", "tenant.yaml", "--zone", "folder.zone")
    assert (code, "internal error" in errors) == (4, False)
    assert "folder.zone: Is a directory" in errors


def test_serve_shows_the_errors_of_a_tenant_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "tenant.yaml").write_text("name: c\nmailboxs: []\n")
    code, _, errors = run("serve", "tenant.yaml")
    assert code == 1
    assert 'tenant.yaml:2:1: "mailboxs" is not a key here' in errors


def test_conformance_counts_and_gives_reasons(run: Run) -> None:
    code, out, _ = run("conformance", "--driver", "memory")
    assert code == 0
    assert re.match(r"\d+ of \d+ replays say what was recorded \(", out.splitlines()[-1])
    assert set(re.findall(r"^differs: ([^:]+): \S", out, re.MULTILINE)) == {
        "mx-banned-511", "mx-s3140-exim-2023", "mx-s3140-postfix-2026", "mx-swaks-spamhaus-2025",
        "mx-stale-tls-2024", "mx-telnet-olc-2025", "ndr-office365mail-11", "sub-emayili-147",
        "sub-nodemailer-949", "sub-phpmailer-1254",
    }  # fmt: skip


def test_conformance_with_a_session_that_differs_exits_1_and_shows_it(
    run: Run, tmp_path: Path
) -> None:
    steps = "  steps:\n  - {c: NOOP, s: [250 fine]}\n"
    (tmp_path / "mine.yaml").write_text(f"- id: mine\n  endpoint: mx\n  year: 2026\n{steps}")
    code, out, _ = run("conformance", "mine.yaml")
    assert code == 1
    assert "DIFFERS: mine (memory)" in out
    assert "  recorded: 250 fine" in out
    assert "  answered: 250 2.0.0 OK" in out


def test_a_long_option_does_what_its_letter_does(run: Run) -> None:
    told = "passed good (memory): mail comes in"
    assert told in run("run", "good.exo.yaml")[1]
    assert told not in run("run", "good.exo.yaml", "--quiet")[1]
    assert "*** 192.0.2.1 connects to " in run("run", "good.exo.yaml", "--verbose")[1]


def test_a_seed_makes_other_identifiers_and_the_same_one_the_same_evidence(run: Run) -> None:
    def digest(seed: str) -> str:
        said = run("certify", "telnet", "--levels", "A", "--seed", seed, "--json")[1]
        found = json.loads(said)
        assert found["seed"] == int(seed)
        return str(found["digest"])

    assert digest("3") == digest("3")
    assert digest("3") != digest("4")
