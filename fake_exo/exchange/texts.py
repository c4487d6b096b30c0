"""What Exchange Online says and what it limits: its data files, read once a process."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from fake_exo.rules.catalogue import Catalogue, load_data, read_catalogue
from fake_exo.rules.limits import Limit, read_limits

EARLIEST = date(2015, 1, 1)  # what the service was before, no source of ours tells
_DATA = "fake_exo.exchange.data"
# What each stands for, in any text. A number that only the real service knows is 0; what has not
# been said yet is empty.
PLACEHOLDERS = {
    "advertised": "SIZE as EHLO has it",
    "as_number": "a number of the service's own, here 0",
    "auth_error": "the refusal of the sign-in before",
    "auth_user": "who is signed in",
    "ban_code": "the last number of 5.7.606 to 5.7.649",
    "bytes": "size of the message with the service's own fields",
    "client_ip": "the client's address",
    "diagnostics": "the pairs of numbers of a mailbox server",
    "domain": "the domain of the last recipient",
    "duration": "a time of the service's own, here 0",
    "edge": "name of the host without its domain",
    "edge_fqdn": "name of the host",
    "from_address": "the address in From, before the message MAIL's",
    "from_domain": "its domain",
    "frontend": "name of the host without its domain",
    "frontend_fqdn": "name of the host",
    "garbage": "what the command began with, as bytes",
    "header": "the header field at fault",
    "hops": "the brackets of all hosts that the reply came by",
    "host": "name of the host",
    "internal_id": "a number of the mailbox server",
    "ip_range": "a range of the service's own, here 0",
    "iso_utc": "the moment, 2026-11-01T12:00:00.000Z",
    "kbps": "speed of the transfer",
    "length": "length of the command, or of the chunk",
    "mailbox_server": "name of the mailbox server",
    "message_id": "Message-ID, or one made up",
    "most": "how much may be",
    "mx_id": "an id of the MX host",
    "recipient": "the recipient, or the last one that was taken",
    "recipient_domain": "its domain",
    "remote_text": "what another server said, here 0",
    "rfc1123_date": "the moment, Sun, 1 Nov 2026 12:00:00",
    "seconds": "time of the transfer",
    "session_id": "id of the session",
    "size": "how much there is",
    "suffix": "the bracket behind refusals, of the day",
}


def data(name: str) -> Any:  # noqa: ANN401 - YAML is what it is; callers check
    """A file of the service's data folder, parsed."""
    return load_data(_DATA, name)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue of replies."""
    return read_catalogue(data("replies.yaml"), frozenset(PLACEHOLDERS))


@lru_cache(maxsize=1)
def limits_table() -> Mapping[str, Limit]:
    """The shipped limits by id."""
    return read_limits(data("limits.yaml")["limits"])


def every_limit() -> tuple[Limit, ...]:
    """All limits of the service, in the order of its data."""
    return tuple(limits_table().values())
