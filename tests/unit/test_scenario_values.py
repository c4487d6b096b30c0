"""Scalars mean what their author wrote, and nothing that YAML makes of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from fake_exo_harness.forms import values


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (values.integer, "0", 0),
        (values.integer, "-12", -12),
        (values.number, "1.5", 1.5),
        (values.boolean, "Yes", True),
        (values.boolean, "off", False),
        (values.duration, "24h", 86_400.0),
        (values.duration, "1d 2h", 93_600.0),
        (values.duration, "90 min", 5_400.0),
        (values.duration, "500ms", 0.5),
        (values.duration, "5", 5.0),
        (values.size, "25 MB", 26_214_400),
        (values.size, "300KB", 307_200),
        (values.size, "1.5 MB", 1_572_864),
        (values.size, "17", 17),
        (values.address, '"john doe"@contoso.com', '"john doe"@contoso.com'),
        (values.domain, "m\u00fcller.de", "m\u00fcller.de"),
        (values.ip, "2001:DB8::1", "2001:db8::1"),
        (values.network, "192.0.2.0/24", "192.0.2.0/24"),
        (values.connector_ip, "90.12.23.32/27", "90.12.23.32/27"),
        (values.day, "2015-02-19", date(2015, 2, 19)),
        (values.moment, "2015-02-19", datetime(2015, 2, 19, 12, tzinfo=UTC)),
        (values.moment, "2026-11-01T08:30", datetime(2026, 11, 1, 8, 30, tzinfo=UTC)),
        (values.scalar, "587", 587),
        (values.scalar, "010", "010"),
        (values.scalar, "1:30", "1:30"),
        (values.scalar, "true", True),
        (values.scalar, "off", "off"),
        (values.scalar, "no", "no"),
    ],
)
def test_a_good_value_is_read(read: Callable[[str], object], raw: str, value: object) -> None:
    assert read(raw) == value


@pytest.mark.parametrize(
    ("read", "raw", "said"),
    [
        (values.integer, "010", "a whole number is wanted"),
        (values.integer, "1_000", "a whole number is wanted"),
        (values.number, "1e3", "a number is wanted"),
        (values.boolean, "maybe", "true or false is wanted"),
        (values.duration, "5 fortnights", "a duration is wanted"),
        (values.duration, "", "a duration is wanted"),
        (values.size, "25 Mbit", "a size is wanted"),
        (values.address, "scan", "a mail address is wanted"),
        (values.address, "a@b@c", "a mail address is wanted"),
        (values.domain, "a..b", "a domain name is wanted"),
        (values.ip, "1.2.3", "an IP address is wanted"),
        (values.connector_ip, "2001:db8::1", "a connector takes single IPv4 addresses"),
        (values.connector_ip, "10.0.0.0/23", "split the network"),
        (values.day, "19.02.2015", "a date is wanted"),
        (values.moment, "yesterday", "a date is wanted"),
    ],
)
def test_a_bad_value_says_what_is_wanted(
    read: Callable[[str], object], raw: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        read(raw)
