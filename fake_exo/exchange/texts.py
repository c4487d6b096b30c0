"""What Exchange Online says and what it limits: its data files, read once a process."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from fake_exo.rules.catalogue import Catalogue, load_data, read_catalogue
from fake_exo.rules.limits import Limit, read_limits

EARLIEST = date(2015, 1, 1)  # what the service was before, no source of ours tells
_DATA = "fake_exo.exchange.data"
PLACEHOLDERS = frozenset(
    [
        "suffix",
        "frontend",
        "edge",
        "frontend_fqdn",
        "edge_fqdn",
        "client_ip",
        "rfc1123_date",
        "session_id",
        "iso_utc",
        "mailbox_server",
        "message_id",
        "internal_id",
        "bytes",
        "seconds",
        "kbps",
        "length",
        "auth_error",
        "auth_user",
        "from_address",
        "recipient",
        "recipient_domain",
        "from_domain",
        "mx_id",
        "as_number",
        "diagnostics",
        "duration",
        "ip_range",
        "domain",
        "ban_code",
        "hops",
        "remote_text",
        "header",
        "size",
        "most",
        "advertised",
        "garbage",
        "host",
    ]
)


def data(name: str) -> Any:  # noqa: ANN401 - YAML is what it is; callers check
    """A file of the service's data folder, parsed."""
    return load_data(_DATA, name)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The shipped catalogue of replies."""
    return read_catalogue(data("replies.yaml"), PLACEHOLDERS)


@lru_cache(maxsize=1)
def limits_table() -> Mapping[str, Limit]:
    """The shipped limits by id."""
    return read_limits(data("limits.yaml")["limits"])


def every_limit() -> tuple[Limit, ...]:
    """All limits of the service, in the order of its data."""
    return tuple(limits_table().values())
