"""Which TLS an endpoint speaks on a day: versions and cipher suites, from data/service.yaml, and
whether clients are asked for a certificate."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from fake_exo.exchange.texts import data
from fake_exo.kernel.endpoint import Endpoint, Trait
from fake_exo.rules.period import Confidence, Period
from fake_exo.tls.choice import TlsChoice


class Spoken(NamedTuple):
    """`oldest`: how sure it is that the day still takes, or does not take, the oldest version."""

    choice: TlsChoice
    oldest: Confidence


class Dated(NamedTuple):
    """`where`: ids of endpoints, none for all."""

    where: tuple[str, ...]
    period: Period
    value: str
    confidence: Confidence


@lru_cache(maxsize=256)
def spoken(endpoint: Endpoint, day: date) -> Spoken:
    """What an endpoint speaks on a day."""
    oldest = _first(rows()["oldest"], endpoint, day)
    newest = _first(rows()["newest"], endpoint, day)
    suites = _first(rows()["ciphers"], endpoint, day)
    minimum = "1.0" if Trait.OLD_TLS in endpoint.can else oldest.value
    asked = "optional" if Trait.ATTRIBUTES in endpoint.can else "none"
    choice = TlsChoice(minimum, newest.value, ciphers=suites.value, client_certificate=asked)
    return Spoken(choice, oldest.confidence if oldest.period.sure(day) else Confidence.LOW)


@lru_cache(maxsize=1)
def rows() -> Mapping[str, tuple[Dated, ...]]:
    """The table, by what it says: oldest and newest version, cipher suites."""
    return {what: tuple(map(_row, listed)) for what, listed in data("service.yaml")["tls"].items()}


def _row(given: Mapping[str, Any]) -> Dated:
    confidence = Confidence[given["confidence"].upper()]
    return Dated(tuple(given.get("where", ())), Period.of(given), str(given["value"]), confidence)


def _first(listed: Iterable[Dated], endpoint: Endpoint, day: date) -> Dated:
    heard = (endpoint.id, endpoint.dialect)
    here = (row for row in listed if not row.where or not set(heard).isdisjoint(row.where))
    return next(row for row in here if row.period.holds(day))
