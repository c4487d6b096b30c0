"""Examples to begin from: what the project's own tests and scenarios are made of, and shapes in
which readers of other programs have failed."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import yaml
from fake_exo_harness.conformance.recordings import shipped
from fake_exo_harness.library import library

HERE = Path(__file__).parents[1]
_LONGEST = 3_000  # octets of a scenario: longer ones are slow to read, and tell no more


@cache
def _listed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load((HERE / "fuzz" / "seeds.yaml").read_text("ascii"))
    return found


def listed(name: str) -> tuple[bytes, ...]:
    """Those of `seeds.yaml`."""
    return tuple(text.encode("latin-1") for text in _listed()[name])


@cache
def letters() -> tuple[bytes, ...]:
    """Sender, HELO and message, with a NUL between them."""
    return tuple(b"a@x.example\0h\0" + message for message in listed("header"))


@cache
def pastes() -> tuple[bytes, ...]:
    rows = yaml.safe_load((HERE / "unit" / "data" / "pasted.yaml").read_text("utf-8"))
    return tuple(str(row["text"]).encode() for row in rows)


@cache
def scenarios() -> tuple[bytes, ...]:
    found = sorted(library().rglob("*.exo.yaml"))
    bad = sorted((HERE / "bad").glob("*.exo.yaml"))
    return tuple(_parts(path.read_bytes() for path in (*found, *bad)))


def _parts(texts: Iterable[bytes]) -> Iterable[bytes]:
    for text in texts:
        yield from (part for part in text.split(b"\n---\n") if len(part) < _LONGEST)


@cache
def tenants() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((library() / "tenants").glob("*.yaml")))


@cache
def recordings() -> tuple[bytes, ...]:
    whole = shipped().read_bytes()
    return tuple(b"- id: " + part for part in whole.split(b"\n- id: ")[1:])
