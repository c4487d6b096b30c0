"""docs/api.md does what it says: its fake is started, its commands run and compared."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_exo_harness.api.routes import ROUTES
from fake_exo_harness.api.search import MAIL_KEYS, SESSION_KEYS

from tests.docs.test_documents import pattern, ran

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = _BLOCK.findall(PAGE)


@pytest.fixture
def ports(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The page's fake, on free ports; what the page calls them, and what they are."""
    for _, name, body in BLOCKS:
        if "." in name:
            (tmp_path / name).write_text(body)
    (started,) = (body.split() for _, name, body in BLOCKS if name == "serving")
    command = [str(Path(sys.executable).parent / started[0]), *started[1:], "--ports", "any"]
    process = subprocess.Popen(
        [*command, "--json", "-q"], stdout=subprocess.PIPE, text=True, cwd=tmp_path
    )
    assert process.stdout is not None
    places = json.loads(process.stdout.readline())
    mx = next(row["listens_on"] for row in places["listeners"] if row["endpoint"] == "mx")
    yield {"127.0.0.1:1025": mx, "http://127.0.0.1:8025": places["http"]}
    process.terminate()
    process.communicate(timeout=20)


def test_the_page_does_what_it_says(tmp_path: Path, ports: dict[str, str]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    for kind, name, body in BLOCKS:
        for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:] if kind == "console" else ():
            assert not name
            command, _, expected = part.partition("\n")
            for told, there in ports.items():
                command = command.replace(told, there)
            said = ran(command, tmp_path).replace("\r\n", "\n")
            said = said if said.endswith("\n") or not said else said + "\n"
            wanted = pattern(expected.rstrip("\n"))
            assert re.fullmatch(wanted + "\n*", said), f"$ {command}\n{said}\n{wanted}"


def test_every_route_and_every_key_of_a_search_is_explained() -> None:
    named = {row.path.strip("/").split("/")[0] for row in ROUTES if row.of == "world"}
    words = set(re.findall(r"[a-z]+", PAGE))
    assert named - words == set()
    keys = {f"{key}:" for key in (*MAIL_KEYS, *SESSION_KEYS) if key}
    assert {key for key in keys if key not in PAGE} == set()
