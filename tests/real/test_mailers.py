"""The mailers of `docs/fixture.md` reach the fake as the page says."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from fake_exo import FakeExo
from tests.real.clients.meeting import build
from tests.real.clients.rows import PROGRAMS, Client, clients, home

PAGE = Path(__file__).parents[2] / "docs" / "fixture.md"
BLOCKS = dict(re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE))
SOURCES = {
    "nodemailer": "send.js",
    "phpmailer": "send.php",
    "jakarta-mail": "Send.java",
    "go": "send.go",
}
TO = "ann@customer.example"
Made = Callable[[str], tuple[Client, Path]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A client and its program, built once; skips where this machine lacks something."""
    known = {client.id: client for client in clients()}

    @cache
    def program(id_: str) -> tuple[Client, Path]:
        return known[id_], build(known[id_], tmp_path_factory.mktemp(id_))

    def with_tools(id_: str) -> tuple[Client, Path]:
        if lacking := known[id_].lacks:
            pytest.skip(f"{lacking} is missing: {known[id_].install}")
        return program(id_)

    return with_tools


@pytest.mark.parametrize("id_", SOURCES)
def test_the_page_shows_the_program_that_is_run(id_: str) -> None:
    name = SOURCES[id_]
    assert BLOCKS[name] == (PROGRAMS / id_ / name).read_text()


@pytest.mark.exo(public_ip="203.0.113.7")
@pytest.mark.parametrize("way", ["submission", "relay"])
@pytest.mark.parametrize("id_", SOURCES)
def test_a_program_is_pointed_at_the_fake_by_its_environment(
    id_: str, way: str, exo: FakeExo, made: Made
) -> None:
    client, folder = made(id_)
    told = exo.environment("relay" if way == "relay" else "submission")
    people = {"MAIL_FROM": exo.user, "MAIL_TO": TO, "NODE_PATH": str(home() / "node_modules")}
    subprocess.run(
        ["sh", "-c", client.command],
        cwd=folder,
        env={**os.environ, **told, **people},
        input=f"From: {exo.user}\r\nTo: {TO}\r\nSubject: page\r\n\r\nhello\r\n".encode(),
        check=True,
        timeout=120,
    )
    (mail,) = exo.wait_for(sent_out=TO)
    assert mail.subject == "page"
    assert mail.user == (exo.user if way == "submission" else "")
    assert mail.tls == ("TLSv1.3" if way == "submission" or id_ != "jakarta-mail" else "")


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("test_django.py", "django"),
        ("test_flask_mail.py", "flask_mail"),
        ("test_aiosmtplib.py", "aiosmtplib"),
    ],
)
def test_a_mailer_in_python_reaches_the_fake(name: str, package: str, tmp_path: Path) -> None:
    pytest.importorskip(package, reason=f"{package} is missing: pip install '.[dev]'")
    (tmp_path / name).write_text(BLOCKS[name])
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_test_of_a_program_passes(made: Made, tmp_path: Path) -> None:
    made("nodemailer")
    for name in ("test_program.py", "send.js"):
        (tmp_path / name).write_text(BLOCKS[name])
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_program.py"]
    modules = {**os.environ, "NODE_PATH": str(home() / "node_modules")}
    done = subprocess.run(
        words, cwd=tmp_path, env=modules, capture_output=True, text=True, check=False
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr
