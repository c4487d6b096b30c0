"""`fake-exo explain` knows every limit and switch."""

import json

import pytest
from click.testing import CliRunner
from fake_exo_harness.cli import cli
from fake_exo_harness.words import words

from fake_exo import every_limit, every_switch


def said(*words_: str) -> str:
    result = CliRunner().invoke(cli, ["explain", *words_])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("name", [limit.id for limit in every_limit()])
def test_a_limit_is_explained_by_what_it_does_or_why_nothing(name: str) -> None:
    lines = said(name).splitlines()
    assert lines[0] == name
    assert any(line.startswith(("  does:  ", "  not rehearsed: ")) for line in lines)


@pytest.mark.parametrize("switch", every_switch(), ids=lambda switch: switch.name)
def test_a_switch_is_explained_by_what_it_does_and_why_it_is_one(switch: object) -> None:
    name, reason = getattr(switch, "name"), getattr(switch, "reason")  # noqa: B009
    found = said(name.upper())
    assert reason in found
    assert "does:" in found


def test_every_word_in_the_data_is_one_of_the_service() -> None:
    assert sorted(words("limits")) == sorted(limit.id for limit in every_limit())
    assert sorted(words("switches")) == sorted(switch.name for switch in every_switch())


def test_a_limit_tells_its_value_its_days_and_how_to_set_it() -> None:
    found = said("tenant.terrl")
    assert "stands at:     round(500 * n**0.7 + 9500) external recipients / 24 h" in found
    assert "other days:    until 2025-05-01 none" in found
    assert "service: {limits: {tenant.terrl: ...}}" in found


def test_a_limit_as_json() -> None:
    (found,) = json.loads(said("mx.same_domain_recipients", "--json"))
    assert found["stands at"] == "200 envelope recipients"
    assert found["exceeded"] == "452 4.5.3"


def test_all_limits_and_switches_are_listed_a_line_each() -> None:
    names = [line.split()[0] for line in said("--list").splitlines()]
    assert names == [*(x.id for x in every_limit()), *(x.name for x in every_switch())]
