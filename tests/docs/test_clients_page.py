"""docs/clients.md is made from the tables, and each client has met each situation."""

from collections.abc import Callable
from pathlib import Path

from tests.real.clients import page
from tests.real.clients.rows import HERE, clients, outcomes, situations

PAGE = HERE.parents[2] / "docs" / "clients.md"


def test_the_page_is_the_one_that_the_tables_make(kept: Callable[[Path, str], str]) -> None:
    made = page.markdown()
    assert kept(PAGE, made) == made


def test_each_client_has_met_each_situation() -> None:
    met = {id_: set(row) for id_, row in outcomes().items()}
    assert met == {client.id: {s.id for s in situations()} for client in clients()}
