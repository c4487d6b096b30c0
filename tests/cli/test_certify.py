"""`fake-exo certify`: a bundled profile, its evidence in four forms, and a program of one's own."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.certify import CASES, LEVELS, Certified, Grade
from fake_exo_harness.certify import Result as CaseResult
from fake_exo_harness.certify.sentence import sentence
from fake_exo_harness.cli import cli


def ran(*words: str) -> Result:
    return CliRunner().invoke(cli, ["certify", *words], catch_exceptions=False)


def last(done: Result) -> str:
    return done.stdout.splitlines()[-1]


def test_every_level_has_cases_with_ids_of_their_own() -> None:
    assert {case.level for case in CASES} == set(LEVELS)
    assert len({case.id for case in CASES}) == len(CASES)


def test_a_relay_passes_and_comes_back_when_told_to() -> None:
    done = ran("well-behaved-mta", "--levels", "AGH")
    assert done.exit_code == 0
    assert "    passed  H1  432: three at once: it came back, after 900 s" in done.stdout
    assert "    passed  G2  550 at mail: shown:" in done.stdout
    assert last(done).startswith(
        "CERTIFIED: A G H, 1 note (FAKE Exchange Online as of 2026-11-01, digest "
    )


def test_with_notes_it_is_certified_unless_they_are_not_wanted() -> None:
    done = ran("konica-bizhub-c220", "--levels", "ACDH")
    assert "    noted   H1  432: three at once: it did not come back: a job is" in done.stdout
    assert (done.exit_code, last(done)[:28]) == (0, "CERTIFIED: A C D H, 2 notes ")
    strict = ran("konica-bizhub-c220", "--levels", "ACDH", "--strict")
    assert (strict.exit_code, last(strict)) == (1, last(done))
    assert ran("konica-bizhub-c220", "--levels", "ACD", "--strict").exit_code == 0


@pytest.mark.parametrize("kind", ["B4", "B5", "B6"])
def test_a_password_that_goes_to_a_strangers_certificate_fails_tls(kind: str) -> None:
    done = ran("konica-bizhub-c220", "--levels", "BC")
    row = next(line for line in done.stdout.splitlines() if f" {kind} " in line)
    assert row.startswith("    failed ")
    assert row.endswith(": it does not check: its password went to a stranger")
    assert (done.exit_code, last(done)[:36]) == (1, "NOT CERTIFIED: C, 2 notes; not B (FA")


def test_who_checks_certificates_passes_tls() -> None:
    done = ran("well-behaved-mta", "--levels", "B")
    assert done.exit_code == 0
    assert "    passed  B4  expired certificate: refused: SSLV3_ALERT_CERTIFICATE_EXPIRED" in (
        done.stdout
    )


def test_a_device_that_shows_success_for_refused_mail_fails() -> None:
    done = ran("toshiba-kyocera-office500", "--levels", "A")
    assert done.exit_code == 1
    assert "    failed  A2  a mail by relay: " in done.stdout


def test_mail_in_clear_text_is_noted() -> None:
    done = ran("exim-smtp", "--levels", "B")
    assert "    noted   B9  STARTTLS refused at the relay: the mail went in clear" in done.stdout


def test_a_certificate_is_of_a_day() -> None:
    early = ran("konica-bizhub-c220", "--levels", "A", "--as-of", "2017-03-01")
    assert "(FAKE Exchange Online as of 2017-03-01, digest " in last(early)
    late = ran("konica-bizhub-c220", "--levels", "A", "--as-of", "2027-02-01")
    assert "AUTH was refused: 535 5.7.139 Authentication unsuccessful, basic" in late.stdout
    assert last(late).startswith("NOT CERTIFIED: no level; not A (FAKE Exchange Online as of 2027")


def test_the_end_of_basic_authentication_is_a_level() -> None:
    done = ran("konica-bizhub-c220", "--levels", "K", "--json")
    rows = {case["id"]: case for case in json.loads(done.stdout)["cases"]}
    assert rows["K1"]["why"].startswith("AUTH LOGIN, a password: refused from the end of December")
    assert {id_: row["grade"] for id_, row in rows.items()} == {
        "K1": "noted",
        "K2": "passed",
        "K3": "passed",
        "K4": "passed",
        "K5": "passed",
        "K6": "not run",
    }
    for id_, reply in (("K2", "535 5.7.139"), ("K4", "550 5.7.30")):
        assert any(line.startswith(f"<~* {reply}") for line in rows[id_]["transcript"])
    assert rows["K6"]["beyond"] is True
    assert json.loads(done.stdout)["said"] == "no level, 1 note; not run K6"
    assert done.exit_code == 0


def test_the_same_subject_and_seed_have_the_same_digest_in_both_drivers() -> None:
    digests = {
        json.loads(ran("konica-bizhub-c220", "--levels", "AD", "--json", *more).stdout)["digest"]
        for more in ([], [], ["--driver", "socket"])
    }
    assert len(digests) == 1


def test_the_evidence_is_written_in_three_forms(tmp_path: Path) -> None:
    paths = {kind: tmp_path / f"evidence.{kind}" for kind in ("json", "xml", "html")}
    done = ran("konica-bizhub-c220", "--levels", "AHK", "--json-file", str(paths["json"]),
               "--junit", str(paths["xml"]), "--html", str(paths["html"]))  # fmt: skip
    assert done.exit_code == 0
    document = json.loads(paths["json"].read_text())
    assert (document["subject"], document["levels"]["A"]) == ("konica-bizhub-c220", "passed")
    assert "250 2.1.0 Sender OK    [mail.ok]" in "\n".join(document["cases"][0]["transcript"])
    suite = ElementTree.fromstring(paths["xml"].read_text())
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == [str(len(document["cases"])), "0", "0", "1"]
    notes = [row.get("name") for row in suite.iter("testcase") if row.find("properties")]
    assert notes == ["H1 432: three at once", "H2 421 in the middle", "K1 how it signs in"]
    assert [
        row.get("name") for row in suite.iter("testcase") if row.find("skipped") is not None
    ] == ["K6 a token from the identity provider, and a new one when that is over"]
    page = paths["html"].read_text()
    assert "<h1>konica-bizhub-c220 against a FAKE Exchange Online</h1>" in page
    assert document["digest"] in page
    assert "A H, 3 notes; not run K6</p>" in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []  # nothing from elsewhere
    assert "<script" not in page


def test_beside_older_evidence_the_comparison_decides(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    assert ran("konica-bizhub-c220", "--levels", "B", "--json-file", str(old)).exit_code == 1
    same = ran("konica-bizhub-c220", "--levels", "B", "--against", str(old))
    assert (same.exit_code, last(same)) == (0, "NOTHING WORSE: all as before")
    strict = ran("konica-bizhub-c220", "--levels", "B", "--against", str(old), "--strict")
    assert strict.exit_code == 1
    late = ran("konica-bizhub-c220", "--levels", "B", "--as-of", "2027-02-01",
               "--against", str(old), "--json", "--html", str(tmp_path / "new.html"))  # fmt: skip
    assert late.exit_code == 1
    against = json.loads(late.stdout)["against"]
    assert (against["sound"], against["counts"]["worse"]) == (False, 5)
    assert against["changes"][0]["id"] == "B1"
    assert "- <~  235 2.7.0 Authentication successful    [auth.ok]" in against["changes"][0]["wire"]
    assert "Worse than before: 5 worse" in (tmp_path / "new.html").read_text()


def test_two_firmware_versions_are_two_profiles_compared(tmp_path: Path) -> None:
    files = {}
    for version, name in (("1.0", "box"), ("2.0", "box.acme.example")):
        files[version] = tmp_path / f"{version}.yaml"
        files[version].write_text(
            f"vendor: ACME\nmodel: ScanBox, firmware {version}\nlike: konica-bizhub-c220\n"
            f"kind: mfp\nconfidence: low\nhello: {{name: {name}}}\n"
        )
    old = tmp_path / "old.json"
    assert ran(str(files["1.0"]), "--levels", "AI", "--json-file", str(old)).exit_code == 0
    done = ran(str(files["2.0"]), "--levels", "AI", "--driver", "socket", "--against", str(old))
    lines = done.stdout.splitlines()
    first = lines.index("changed on the wire: A1 a mail by submission")
    assert lines[first + 1 : first + 5] == [
        "    -  -> EHLO box",
        "    +  -> EHLO box.acme.example",
        "    -  ~> EHLO box",
        "    +  ~> EHLO box.acme.example",
    ]
    assert "changed on the wire as A1: A3 A4 I3" in lines
    assert (done.exit_code, last(done)) == (0, "NOTHING WORSE: 5 changed on the wire")


def test_several_pieces_of_evidence_are_one_page(tmp_path: Path) -> None:
    files = [str(tmp_path / f"{name}.json") for name in ("telnet", "exim-smtp")]
    for file in files:
        assert ran(Path(file).stem, "--levels", "I", "--json-file", file).stdout
    page = tmp_path / "fleet.html"
    done = CliRunner().invoke(cli, ["evidence", *files, "--html", str(page)])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[0] == f"{'':<9}  A B C D E F G H I J K"
    assert '<a class="' in page.read_text()
    assert 'href="#s2-I"' in page.read_text()
    assert 'id="s2-I"' in page.read_text()
    two = CliRunner().invoke(cli, ["evidence", *files, "--against", files[0]])
    assert (two.exit_code, "give one FILE" in two.stderr) == (2, True)


def test_html_shows_what_a_program_says_as_text(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    command = "sh -c \"echo '<b>no</b>'; exit 1\""
    mine.write_text(f"name: mine\nsubmission: {json.dumps(command)}\nrelay: 'false'\n")
    page = tmp_path / "mine.html"
    done = ran(str(mine), "--driver", "command", "--levels", "A", "--html", str(page))
    assert done.exit_code == 1
    assert (
        "    failed  A1  a mail by submission: nothing arrived: it never connected" in done.stdout
    )
    assert "<b>no</b>" not in page.read_text()
    assert "&lt;b&gt;no&lt;/b&gt;" in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bizhub"], "nothing is named 'bizhub'"),
        (["swaks", "--driver", "memory"], "swaks needs --driver namespace or command"),
        (["konica-bizhub-c220", "--driver", "namespace"], "--driver memory, socket or physical"),
        (["konica-bizhub-c220", "--levels", "AZ"], "no level Z; there are A to K"),
        (["bad.yaml"], "wants name, submission and relay"),
        (["konica-bizhub-c220", "--as-of", "1990-01-01"], "before 2015-01-01 nothing is known"),
        (["none.yaml"], "none.yaml: [Errno 2] No such file or directory"),
    ],
)
def test_bad_input_is_told(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("name: mine\nsubmit: x\n")
    done = CliRunner().invoke(cli, ["certify", *words])
    assert said in done.output
    assert done.exit_code == 2


PROGRAM = """import smtplib, ssl, sys
stops, ends, host, port, sender, people, *login = sys.argv[1:]
with smtplib.SMTP(host, int(port), timeout=20) as client:
    if login:
        client.starttls(context=ssl._create_unverified_context())
        client.login(*login)
    client.ehlo_or_helo_if_needed()
    if stops:
        client.mail(sender)
    else:
        client.sendmail(sender, people.split(","), sys.stdin.read())
sys.exit(int(ends))
"""


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """The file of a program: where it stops, and how it ends when all went well."""

    def made(stops: str = "", ends: int = 0) -> Path:
        (tmp_path / "send.py").write_text(PROGRAM)
        words = f"{sys.executable} {tmp_path / 'send.py'} '{stops}' {ends}"
        path, login = tmp_path / "mine.yaml", "{user} {password}"
        path.write_text(
            "name: mine\n"
            f"submission: {words} {{host}} {{submission_port}} {{from}} {{to}} {login}\n"
            f"relay: {words} {{mx_host}} {{mx_port}} {{from}} {{to}}\n"
        )
        return path

    return made


def by_command(path: Path, levels: str) -> Result:
    return ran(str(path), "--driver", "command", "--levels", levels)


def test_a_program_that_stops_at_mail_passes_nothing_and_the_cause_is_told_once(
    program: Callable[..., Path],
) -> None:
    done = by_command(program("mail", ends=1), "ABCDGJ")
    rows = [
        line
        for line in done.stdout.splitlines()
        if re.match(r"    (passed|noted|failed|not run) ", line)
    ]
    assert rows[0] == (
        "    failed  A1  a mail by submission: nothing arrived: it stopped after MAIL"
    )
    assert rows[2] == "    not run A3  banner 20 seconds late: as in A1"
    assert not [row for row in rows if row.startswith(("    passed", "    noted"))]
    assert done.stdout.count("it stopped after MAIL") == 2  # of submission, and of relay
    stranger = [row for row in rows if " B4 " in row or " B5 " in row or " B6 " in row]
    assert all(row.startswith("    failed ") for row in stranger)  # that was seen all the same
    assert last(done).startswith("NOT CERTIFIED: no level; not A B; not run C D G J (FAKE ")
    assert done.exit_code == 1


def test_without_the_plain_mail_asked_for_its_cause_is_told_with_the_first_case(
    program: Callable[..., Path],
) -> None:
    done = by_command(program("mail"), "CD")
    rows = [line.partition(": ")[2] for line in done.stdout.splitlines() if line[:4] == "    "]
    assert rows == [
        "a mail by submission (A1): nothing arrived: it stopped after MAIL",
        "as in C1",
        "as in C1",
        "as in C1",
    ]


def test_who_fails_by_himself_shows_nothing_by_failing(program: Callable[..., Path]) -> None:
    done = by_command(program(ends=7), "AG")
    assert (
        "    failed  A1  a mail by submission: it arrived, and is shown as failed: nothing (exit 7)"
    ) in done.stdout
    assert "    not run G1  451 at mail: as in A1" in done.stdout
    assert last(done).startswith("NOT CERTIFIED: no level; not A; not run G (FAKE ")


def test_the_mail_that_certify_supplied_is_not_judged(program: Callable[..., Path]) -> None:
    done = by_command(program(), "J")
    grades = [line.split(":")[0].strip() for line in done.stdout.splitlines() if line[:4] == "    "]
    assert grades == [
        "noted   J1  Date",
        "noted   J2  Message-ID",
        "passed  J3  line ends",
        "not run J4  line lengths",
        "not run J5  From in angle brackets",
        "not run J6  headers in ASCII",
        "not run J7  last part closed",
    ]
    assert last(done).startswith("CERTIFIED: no level, 2 notes; not run J4 to J7 (FAKE ")
    assert done.exit_code == 0


def test_a_program_that_is_told_addresses_is_not_asked_about_names(
    program: Callable[..., Path],
) -> None:
    done = by_command(program(), "I")
    assert last(done).startswith("CERTIFIED: no level; not run I (FAKE ")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/nowhere/prog --x", "/nowhere/prog: no such program on this machine"),
        ("no-such-prog", "no-such-prog: no such program on this machine"),
        ("sh -c no-such-prog", "no-such-prog: not found"),
    ],
)
def test_a_program_that_is_not_there_is_named(command: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"name: mine\nsubmission: {command}\nrelay: {command}\n")
    done = CliRunner().invoke(cli, ["certify", str(path), "--driver", "command"])
    assert (done.exit_code, done.stdout) == (4, "")
    assert done.stderr.startswith("fake-exo: ")
    assert said in done.stderr


def graded(**of: str) -> Certified:
    """By hand: each case of a level as its letter says, p(assed), n(oted), f(ailed), or - for not
    run."""
    grades = {"p": Grade.PASSED, "n": Grade.NOTED, "f": Grade.FAILED, "-": Grade.NOT_RUN}
    rows = (
        CaseResult(case.id, case.title, grades[letter], "why")
        for level, letters in of.items()
        for case, letter in zip((c for c in CASES if c.level == level), letters, strict=False)
    )
    return Certified("x", "x", "memory", 0, "2026-11-01", (), tuple(rows), "d" * 64)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (
            graded(A="pn", B="nn", C="pf", D="p", E="nn", F="n", G="pn", H="n", I="p", J="n"),
            "A B D to J, 9 notes; not C",
        ),
        (graded(A="pp", B="p", C="n"), "A to C, 1 note"),
        (graded(A="p", B="-", C="--", D="-", E="p"), "A E; not run B to D"),
        (graded(A="p", B="p-pp", C="pp-", G="p-----"), "A; not run B2 C3 G2 to G6"),
        (graded(A="f-", B="-"), "no level; not A; not run B"),
    ],
)
def test_the_last_line_names_levels_and_notes(found: Certified, said: str) -> None:
    assert sentence(found) == said
