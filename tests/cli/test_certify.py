"""`fake-exo certify`: a bundled profile, its evidence in four forms, and a program of one's own."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from fake_exo_harness.certify import CASES, LEVELS
from fake_exo_harness.cli import cli


def ran(*words: str) -> Result:
    return CliRunner().invoke(cli, ["certify", *words], catch_exceptions=False)


def test_every_level_has_cases_with_ids_of_their_own() -> None:
    assert {case.level for case in CASES} == set(LEVELS)
    assert len({case.id for case in CASES}) == len(CASES)


def test_a_relay_passes_and_comes_back_when_told_to() -> None:
    done = ran("well-behaved-mta", "--levels", "AGH")
    assert done.exit_code == 0
    assert "    passed H1  432: three at once: it came back, after 900 s" in done.stdout
    assert "    passed G2  550 at mail: shown:" in done.stdout
    assert done.stdout.splitlines()[-1].startswith(
        "CERTIFIED against a FAKE Exchange Online as of 2026-11-01; digest "
    )


def test_a_bizhub_is_certified_with_notes() -> None:
    done = ran("konica-bizhub-c220", "--levels", "ABCD")
    assert done.exit_code == 0
    assert "    noted  B3  TLS 1.3 only: it cannot; TLS 1.2 is enough for now" in done.stdout
    assert "    passed D1  From is somebody else: shown:" in done.stdout


def test_a_device_that_shows_success_for_refused_mail_fails() -> None:
    done = ran("toshiba-kyocera-office500", "--levels", "A")
    assert done.exit_code == 1
    assert "NOT CERTIFIED" in done.stdout


def test_mail_in_clear_text_is_noted() -> None:
    done = ran("exim-smtp", "--levels", "B")
    assert "    noted  B9  STARTTLS refused at the relay: the mail went in clear" in done.stdout


def test_the_same_subject_and_seed_have_the_same_digest_in_both_drivers() -> None:
    digests = {
        json.loads(ran("konica-bizhub-c220", "--levels", "AD", "--json", *more).stdout)["digest"]
        for more in ([], [], ["--driver", "socket"])
    }
    assert len(digests) == 1


def test_the_evidence_is_written_in_three_forms(tmp_path: Path) -> None:
    paths = {kind: tmp_path / f"evidence.{kind}" for kind in ("json", "xml", "html")}
    done = ran("konica-bizhub-c220", "--levels", "AB", "--json-file", str(paths["json"]),
               "--junit", str(paths["xml"]), "--html", str(paths["html"]))  # fmt: skip
    assert done.exit_code == 0
    document = json.loads(paths["json"].read_text())
    assert (document["subject"], document["levels"]["A"]) == ("konica-bizhub-c220", "passed")
    assert "250 2.1.0 Sender OK    [mail.ok]" in "\n".join(document["cases"][0]["transcript"])
    suite = ElementTree.fromstring(paths["xml"].read_text())
    assert (suite.get("tests"), suite.get("failures")) == (str(len(document["cases"])), "0")
    page = paths["html"].read_text()
    assert "<h1>konica-bizhub-c220 and Microsoft 365</h1>" in page
    assert document["digest"] in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []  # nothing from elsewhere
    assert "<script" not in page


def test_html_shows_what_a_program_says_as_text(tmp_path: Path) -> None:
    mine = tmp_path / "mine.yaml"
    command = "sh -c \"echo '<b>no</b>'; exit 1\""
    mine.write_text(f"name: mine\nsubmission: {json.dumps(command)}\nrelay: 'false'\n")
    page = tmp_path / "mine.html"
    done = ran(str(mine), "--driver", "command", "--levels", "A", "--html", str(page))
    assert done.exit_code == 1
    assert "<b>no</b>" not in page.read_text()
    assert "&lt;b&gt;no&lt;/b&gt;" in page.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bizhub"], "nothing is named 'bizhub'"),
        (["swaks", "--driver", "memory"], "swaks needs --driver namespace or command"),
        (["konica-bizhub-c220", "--driver", "namespace"], "needs --driver memory or socket"),
        (["konica-bizhub-c220", "--levels", "AZ"], "no level Z; there are A to J"),
        (["bad.yaml"], "wants name, submission and relay"),
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
