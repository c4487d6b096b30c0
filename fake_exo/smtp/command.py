"""A client command as it was understood.

Named tuples where one is made for every command: a frozen dataclass costs three times as much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Attempt:
    """An AUTH exchange as far as it has come.

    `step` is "user", "password" or "token" while the server must prompt; "complete",
    "cancelled" or "undecodable" when it must answer. `lacks`: the first part that XOAUTH2 data
    do not have, "data", "user", "auth", "bearer" or "token".
    """

    mechanism: str
    step: str
    user: str = ""
    secret: str = ""
    lacks: str = ""


class Command(NamedTuple):
    """`problem` names what the grammar found wrong: "", "syntax", "address", "parameter"."""

    verb: str
    argument: str = ""
    address: str = ""
    parameters: Mapping[str, str] = _NOTHING
    problem: str = ""
    attempt: Attempt | None = None
    length: int = 0  # of the first token of an unknown command; 0: not text
    size: int = 0  # octets of a BDAT chunk
    last: bool = False
