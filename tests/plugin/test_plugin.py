"""The pytest plugin, as a project sees it that has nothing but scenario files and tests."""

import re
import subprocess
import sys
from pathlib import Path

# Pytester forgets what is imported inside it, and imports it anew: then classes are not the same.
import fake_exo_harness.runner  # noqa: F401
import pytest

MX = "contoso-com.mail.protection.outlook.com"
README = Path(__file__).parents[2] / "README.md"
TENANT = "tenant: {name: c, accepted_domains: [contoso.com], mailboxes: [ann@contoso.com]}\n"
GOOD = (
    "scenario: mail comes in\n"
    + TENANT
    + """device:
  profile: prtg-direct
  settings: {from_address: probe@monitor.example}
when:
  - send: {to: [ann@contoso.com], size: 1 KB}
then:
  - accepted: 1
"""
)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """An empty project whose settings are its own."""
    pytester.makeini("[pytest]")
    return pytester


def write(project: pytest.Pytester, name: str, text: str) -> None:
    (project.path / name).write_text(text)


def test_a_file_becomes_one_item_a_driver_with_stable_names(project: pytest.Pytester) -> None:
    write(project, "inbound.exo.yaml", GOOD)
    result = project.runpytest_inprocess("-v")
    result.stdout.fnmatch_lines(
        ["inbound.exo.yaml::inbound?memory? PASSED*", "inbound.exo.yaml::inbound?socket? PASSED*"]
    )
    result.assert_outcomes(passed=2)


def test_one_driver_can_be_chosen(project: pytest.Pytester) -> None:
    write(project, "inbound.exo.yaml", GOOD)
    project.runpytest_inprocess("--exo-driver=memory").assert_outcomes(passed=1)


def test_cases_and_documents_have_ids_of_their_own(project: pytest.Pytester) -> None:
    cases = "cases:\n  - case: one\n  - case: two\n"
    write(project, "mail.exo.yaml", f"{GOOD}{cases}---\n{GOOD}")
    result = project.runpytest_inprocess("--exo-driver=memory", "--collect-only", "-q")
    names = [line for line in result.outlines if "::" in line]
    assert names == [
        "mail.exo.yaml::mail[one][memory]",
        "mail.exo.yaml::mail[two][memory]",
        "mail.exo.yaml::mail-2[memory]",
    ]


def test_one_case_is_selected_by_its_name(project: pytest.Pytester) -> None:
    write(project, "mail.exo.yaml", f"{GOOD}cases:\n  - case: one\n  - case: two\n")
    result = project.runpytest_inprocess("mail.exo.yaml::mail[two][memory]")
    result.assert_outcomes(passed=1)


def test_workers_of_xdist_share_the_scenarios(project: pytest.Pytester) -> None:
    write(project, "mail.exo.yaml", f"{GOOD}cases:\n  - case: one\n  - case: two\n")
    project.runpytest_subprocess("-n", "2").assert_outcomes(passed=4)


@pytest.mark.parametrize("ci", ["", "true"], ids=["desk", "ci"])
@pytest.mark.parametrize("workers", ["0", "1"])
def test_a_failure_shows_line_expectation_transcript_reason_and_fix(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, workers: str
) -> None:
    monkeypatch.setenv("CI", ci)  # pytest then prints whole messages in its summary
    monkeypatch.setenv("BUILD_NUMBER", ci)
    text = GOOD.replace("to: [ann@contoso.com]", "to: [bob@contoso.com]")
    write(project, "inbound.exo.yaml", text.replace("accepted: 1", "reply: {to: RCPT, code: 250}"))
    result = project.runpytest_subprocess("--exo-driver=memory", "-n", workers)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*inbound.exo.yaml:9:5: reply to RCPT*",
            "*- reply: {to: RCPT, code: 250}",
            "*expected: 250*",
            "*got:*550*",
            "*rule:*rcpt.unknown (confidence *",
            "*why:*nobody in it has this address*",
            "*fix:*Correct the address*",
            "*~> RCPT TO:<bob@contoso.com>",
            "<~* 550 5.4.1 Recipient address rejected: Access denied*rcpt.unknown?",
            "FAILED inbound.exo.yaml::inbound?memory? - *",
        ]
    )
    assert str(result.stdout).count("RCPT TO:<bob@contoso.com>") == 1
    assert "Traceback" not in str(result.stdout)


def test_a_file_with_errors_shows_them_and_no_traceback(project: pytest.Pytester) -> None:
    write(project, "bad.exo.yaml", GOOD.replace("send:", "sent:"))
    result = project.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ['*bad.exo.yaml:7:5: "sent" is not a step; did you mean "send"?', "*- sent: {to:*"]
    )
    assert "harness/" not in str(result.stdout)


def test_strict_confidence_fails_what_rests_on_low_replies(project: pytest.Pytester) -> None:
    low = GOOD.replace("accepted: 1", "rule: other.help")
    low = low.replace("profile: prtg-direct", "profile: telnet")
    low = re.sub(
        r"settings: .*", "settings: {smtp_server: contoso-com.mail.protection.outlook.com}", low
    )
    low = re.sub(r"- send: .*", "- say: [HELP]", low)
    write(project, "low.exo.yaml", low)
    project.runpytest_inprocess("--exo-driver=memory").assert_outcomes(passed=1)
    result = project.runpytest_inprocess("--exo-driver=memory", "--exo-strict-confidence")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*rests on replies that nobody has captured (low confidence)*"])


def test_a_demanded_confidence_fails_where_it_is_demanded(project: pytest.Pytester) -> None:
    write(project, "sure.exo.yaml", GOOD + "confidence: medium\n")
    asked = GOOD.replace("accepted: 1", "rule: other.help").replace("prtg-direct", "telnet")
    asked = re.sub(r"settings: .*", f"settings: {{smtp_server: {MX}}}", asked)
    asked = re.sub(r"- send: .*", "- say: [HELP]", asked)
    write(project, "asked.exo.yaml", asked + "confidence: medium\n")
    result = project.runpytest_inprocess("--exo-driver=memory")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*asked.exo.yaml:10:*: confidence (job 1)",
            "*expected: medium",
            "*got: *low: 214-*",
            "*rule: *other.help*",
        ]
    )


def test_scenarios_marked_low_are_counted_at_the_end(project: pytest.Pytester) -> None:
    write(project, "marked.exo.yaml", GOOD + "confidence: low\n")
    result = project.runpytest_inprocess("--exo-driver=both", "-rP")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*Captured confidence call*", "marked low confidence"])
    result.stdout.fnmatch_lines(["exo: 2 passed: marked low confidence"])
    result = project.runpytest_inprocess("--exo-driver=memory", "--exo-strict-confidence")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*marked as resting on guesses (confidence: low)*"])


def test_what_was_not_run_is_not_green_and_says_what_to_raise(project: pytest.Pytester) -> None:
    write(project, "small.exo.yaml", GOOD + "service: {keep: 5}\n")
    result = project.runpytest("--exo-driver", "memory")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["not run: job 1 (device) had gone from the record before it was *"]
    )
    result.stdout.fnmatch_lines(["FAILED small.exo.yaml::small* - not run: job 1 (device) had*"])


SHADOW = "raise RuntimeError('taken from the working folder')\n"


@pytest.mark.parametrize("name", ["harness.py", "harness/__init__.py", "namespaces.py", "cli.py"])
def test_a_project_may_have_modules_of_any_name(project: pytest.Pytester, name: str) -> None:
    path = project.path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(SHADOW)
    write(project, "inbound.exo.yaml", GOOD)
    project.makepyfile("def test_ours(exo):\n    assert exo.outbox == ()\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q"],
        cwd=project.path, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_the_example_of_the_readme_passes(project: pytest.Pytester) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
    project.makepyfile(example)
    project.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_fixture_waits_counts_tells_time_and_names(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
        import smtplib
        from fake_exo import AcceptedDomain, Mailbox, Tenant, mx_host

        def test_direct_send(exo_world):
            exo = exo_world(
                Tenant("t", accepted_domains=(AcceptedDomain("my-own.com"),),
                       mailboxes=(Mailbox("ann@my-own.com"),)),
                public_ip="198.51.100.9",
            )
            assert exo.dns(mx_host("my-own.com")).rcode == "NOERROR"
            assert exo.dns("nobody.example").rcode == "REFUSED"
            began = exo.clock.now()
            with smtplib.SMTP(exo.host, exo.mx_port) as client:
                client.sendmail("x@else.example", "ann@my-own.com", "From: x@else.example\\n\\nhi")
            (message,) = exo.wait_for(1)
            assert message.client_ip == "198.51.100.9"
            assert [copy.recipient for copy in exo.outbox] == ["ann@my-own.com"]
            exo.clock.advance(3600)
            assert exo.clock.now() - began >= 3600
            assert any("mail FROM" in line.text for lines in exo.transcripts() for line in lines)
        """
    )
    project.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_the_plugin_alone_loads_nothing_of_the_service() -> None:
    program = (
        "import sys, fake_exo_harness.pytest_plugin;"
        "print([m for m in sys.modules if m.partition('.')[0] in ('fake_exo', 'yaml', 'dkim')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_project_has_profiles_and_quirks_of_its_own(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nexo_profiles = devices\nexo_quirks = devices/quirks.py")
    (project.path / "devices").mkdir()
    write(project, "devices/scanbox.yaml", "like: prtg-direct\nmodel: SB-100\n")
    text = "from fake_exo_harness.devices import Quirk\nQUIRKS = [Quirk('shy', 'nothing')]\n"
    write(project, "devices/quirks.py", text)
    own = GOOD.replace("profile: prtg-direct", "profile: scanbox\n  quirks: [shy]")
    write(project, "inbound.exo.yaml", own)
    project.runpytest_subprocess("--exo-driver=memory").assert_outcomes(passed=1)


def test_what_is_wrong_with_them_ends_the_run(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nexo_profiles = devices")
    result = project.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*devices: no profile (?.yaml) is in this folder"])


def test_scenarios_name_files_of_their_project_and_what_the_ini_allows(
    pytester: pytest.Pytester, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("shared")
    (elsewhere / "tenant.yaml").write_text("{name: c, accepted_domains: [c.com]}\n")
    text = (
        "scenario: x\ndevice: {profile: telnet, settings: {smtp_server: smtp.office365.com}}\n"
        "when: [{say: [QUIT]}]\nthen: [{rule: other.quit}]\ntenant: {include: PATH}\n"
    )
    pytester.path.joinpath("sub").mkdir()
    pytester.path.joinpath("tenant.yaml").write_text("{name: c, accepted_domains: [c.com]}\n")
    inside = pytester.path / "sub" / "in.exo.yaml"
    outside = pytester.path / "sub" / "out.exo.yaml"
    inside.write_text(text.replace("PATH", "../tenant.yaml"))
    outside.write_text(text.replace("PATH", str(elsewhere / "tenant.yaml")))
    pytester.makeini("[pytest]\n")
    run = pytester.runpytest_subprocess("--exo-driver", "memory")
    run.assert_outcomes(errors=1)
    run.stdout.fnmatch_lines(["*in pytest.ini exo_allow_path*"])
    pytester.makeini(f"[pytest]\nexo_allow_path = {elsewhere}\n")
    pytester.runpytest_subprocess("--exo-driver", "memory").assert_outcomes(passed=2)
