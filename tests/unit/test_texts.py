"""Every rule has a text wherever and whenever it holds; a world may put its own words in."""

from datetime import date

import pytest

from fake_exo import Estate, ServiceError, Tenant, World
from fake_exo.exchange.desk import resolved
from fake_exo.exchange.endpoint import index
from fake_exo.exchange.texts import catalogue
from fake_exo.rules.catalogue import DataError
from fake_exo.rules.period import Confidence

DAY = date(2026, 11, 1)
SUBMISSION, MX = (next(index("eurprd04", DAY).named(id_)) for id_ in ("submission", "mx"))


def banner(texts: dict[str, str]) -> bytes:
    world = World(Estate.of([Tenant("contoso")], texts=texts), as_of=DAY)
    pipe = world.connect("52.98.171.242", 587, "192.0.2.1")
    assert pipe is not None
    return pipe.take()


def test_every_rule_says_something_at_each_endpoint_on_each_day_of_change() -> None:
    assert resolved() > 0  # raises DataError for the first that does not


def test_a_reply_without_a_text_for_an_endpoint_is_an_error_of_the_data() -> None:
    with pytest.raises(DataError, match="'session-timeout' is for submission on 2026-11-01"):
        catalogue().pick("session-timeout", SUBMISSION, DAY)
    assert catalogue().pick("session-timeout", MX, DAY).confidence is Confidence.MEDIUM


def test_a_world_can_have_words_of_its_own() -> None:
    own = {"banner-submission-2024": "220 {frontend_fqdn} our words"}
    assert banner(own).endswith(b".eurprd04.prod.outlook.com our words\r\n")
    assert b"Microsoft ESMTP MAIL Service ready" in banner({})


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"no-such": "220 x"}, "unknown reply no-such"),
        ({"quit": "good bye"}, "begins with no reply code"),
        ({"quit": "221 {nobody}"}, "unknown placeholders"),
        ({"quit": "221 {"}, "cannot be '221 {'"),
    ],
)
def test_words_that_are_no_reply_are_refused(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(ServiceError, match=problem):
        Estate.of([Tenant("contoso")], texts=texts)


def test_a_day_before_all_sources_is_refused() -> None:
    with pytest.raises(ServiceError, match="of the service before 2015-01-01 nothing is known"):
        World([Tenant("contoso")], as_of=date(2014, 12, 31))
    assert World([Tenant("contoso")], as_of=date(2015, 1, 1)).day == date(2015, 1, 1)
