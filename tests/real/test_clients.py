"""Real clients with production settings in each situation of the table: what they do is what
`docs/clients.md` says."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from fake_exo_harness.namespaces import prerequisites

from tests.real.clients.__main__ import main
from tests.real.clients.meeting import build, met, outcome
from tests.real.clients.rows import Client, Situation, clients, outcomes, situations

CASES = [(c, s) for c in clients() for s in situations()]
Made = Callable[[Client], Path]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Programs are built once."""
    return cache(lambda client: build(client, tmp_path_factory.mktemp("client")))


def skip_without(client: Client) -> None:
    """What the client needs, and this machine lacks; or who asks for more than the quick ones."""
    for found in prerequisites():
        if found.name in ("namespaces for users", "ip") and not found.met:
            pytest.skip(f"{found.name} is missing: {found.remedy}")
    if not client.quick and not os.environ.get("FAKE_EXO_EVERY_CLIENT"):
        pytest.skip("not one of the quick clients; `sh run clients` runs all")
    if client.lacks:
        pytest.skip(f"{client.lacks} is missing: {client.install}")
    if client.users and (os.geteuid() or len(_users()) < 2):
        pytest.skip("it wants users of its own, which only root can give it in a namespace")


def _users() -> range:
    return range(int(Path("/proc/self/uid_map").read_text("ascii").split()[2]))


@pytest.mark.parametrize(("client", "situation"), CASES, ids=[f"{c.id}-{s.id}" for c, s in CASES])
def test_a_client_does_what_the_table_says(
    client: Client, situation: Situation, made: Made, tmp_path: Path
) -> None:
    skip_without(client)
    seen = met(client, situation, made(client), tmp_path)
    expected = outcomes().get(client.id, {}).get(situation.id, ())  # a new one has none yet
    assert outcome(seen, situation) in expected, str(seen)


def test_a_client_that_nobody_knows_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["swaks", "outlook"])
    assert "no client outlook; clients.yaml has the ids" in capsys.readouterr().err


def test_only_what_is_lacking_is_installed(capsys: pytest.CaptureFixture[str]) -> None:
    """Python's own client is always here: nothing is asked of a registry, and nothing said."""
    assert main(["python", "--install"]) == 0
    assert capsys.readouterr() == ("", "")
