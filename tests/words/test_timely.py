"""What is set before its time, or after it, is told: the day before and the day of it; where only
a span is known, at both ends and within."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from fake_exo_harness.cli import cli
from fake_exo_harness.commands.given import world_of
from fake_exo_harness.commands.tenant_files import TenantFiles
from fake_exo_harness.scenario import load_file
from fake_exo_harness.words import unrehearsed, words

from fake_exo import Fault, Settings, every_switch
from fake_exo.exchange.rules import RULES

TENANT = {"name": "contoso", "accepted_domains": ["contoso.com"], "mailboxes": ["ann@contoso.com"]}
SCENARIO = {
    "scenario": "settings by day",
    "drivers": ["memory"],
    "tenant": TENANT,
    "device": {"profile": "telnet"},
    "when": [{"say": ["QUIT"]}],
    "then": [{"no_reply": "DATA"}],
}
REJECTS = {"organization": {"reject_direct_send": True}}
BLOCKED = {"connectors": [{"name": "P", "sender_ip_addresses": ["203.0.113.7"], "blocked": True}]}
OFF = {"mailboxes": [{"address": "a@contoso.com", "smtp_client_authentication_disabled": True}]}
ALIAS = {"organization": {"send_from_alias_enabled": True}}
SKIPS = {
    "connectors": [{"name": "P", "sender_ip_addresses": ["203.0.113.7"], "ef_skip_last_ip": True}]
}
TOKEN = {"mailboxes": [{"address": "a@contoso.com", "access_tokens": ["t"]}]}


def file(folder: Path, day: str, **more: object) -> Path:
    path = folder / "days.exo.yaml"
    path.write_text(yaml.safe_dump({**SCENARIO, "as_of": day, **more}))
    return path


def told(folder: Path, day: str, **more: object) -> list[str]:
    (scenario,) = load_file(file(folder, day, **more))
    return [f"{word}: {why}" for word, why in unrehearsed(scenario)]


@pytest.mark.parametrize(
    ("keys", "day", "word"),
    [
        (REJECTS, "2025-03-31", "organization.reject_direct_send"),
        (OFF, "2018-08-31", "mailbox.smtp_client_authentication_disabled"),
        ({"authentication_policies": ["P"]}, "2018-10-16", "tenant.authentication_policies"),
        ({"organization": {"security_defaults": True}}, "2019-10-21",
         "organization.security_defaults"),
        ({"organization": {"allow_legacy_tls_clients": True}}, "2021-08-31",
         "organization.allow_legacy_tls_clients"),
        ({"hve_accounts": [{"address": "bulk@contoso.com"}]}, "2024-03-31", "tenant.hve_accounts"),
    ],
)  # fmt: skip
def test_a_setting_is_told_until_the_day_on_which_it_came(
    tmp_path: Path, keys: dict[str, object], day: str, word: str
) -> None:
    came = date.fromordinal(date.fromisoformat(day).toordinal() + 1)
    assert told(tmp_path, day, tenant={**TENANT, **keys}) == [
        f"{word}: the service of {day} does not have it yet: it came on {came}"
    ]
    assert told(tmp_path, str(came), tenant={**TENANT, **keys}) == []


@pytest.mark.parametrize(
    ("keys", "day", "why"),
    [
        (TOKEN, "2017-02-10", "mailbox.access_tokens: the service of 2017-02-10 does not have it "
         "yet: it came by 2017-11-28"),
        (TOKEN, "2017-02-11", "mailbox.access_tokens: whether the service of 2017-02-11 has it is "
         "not known: it came between 2017-02-10 and 2017-11-28"),
        (TOKEN, "2017-11-28", ""),
        (BLOCKED, "2022-05-30", "connector.blocked: the service of 2022-05-30 does not have it "
         "yet: it came by 2022-08-31"),
        (BLOCKED, "2022-08-30", "connector.blocked: whether the service of 2022-08-30 has it is "
         "not known: it came between 2022-05-30 and 2022-08-31"),
        (BLOCKED, "2022-08-31", ""),
        (ALIAS, "2021-01-24", "organization.send_from_alias_enabled: the service of 2021-01-24 "
         "does not have it yet: it came by 2022-01-25"),
        (ALIAS, "2022-01-24", "organization.send_from_alias_enabled: whether the service of "
         "2022-01-24 has it is not known: it came between 2021-01-24 and 2022-01-25"),
        (ALIAS, "2022-01-25", ""),
        (SKIPS, "2020-02-23", "connector.ef_skip_last_ip: whether the service of 2020-02-23 has it "
         "is not known: it is first seen on 2020-02-24"),
        (SKIPS, "2020-02-24", ""),
    ],
)  # fmt: skip
def test_of_a_span_both_ends_are_told(
    tmp_path: Path, keys: dict[str, object], day: str, why: str
) -> None:
    assert told(tmp_path, day, tenant={**TENANT, **keys}) == ([why] if why else [])


def test_a_tenant_made_after_the_day_of_the_service_is_told(tmp_path: Path) -> None:
    later = {**TENANT, "created": date(2027, 3, 1)}
    assert told(tmp_path, "2027-02-28", tenant=later) == [
        "tenant.created: contoso is made on 2027-03-01, and the service is of 2027-02-28"
    ]
    assert told(tmp_path, "2027-03-01", tenant=later) == []


def test_a_change_is_of_the_day_on_which_it_is_made(tmp_path: Path) -> None:
    change = {"change": {"organization": {"reject_direct_send": True}}}
    assert told(tmp_path, "2025-03-30", when=[{"advance": "24h"}, change]) == [
        "organization.reject_direct_send: the service of 2025-03-31 does not have it yet: it came "
        "on 2025-04-01"
    ]
    assert told(tmp_path, "2025-03-30", when=[{"advance": "48h"}, change]) == []


def test_an_object_that_a_change_adds_is_told_as_its_list_is(tmp_path: Path) -> None:
    change = {"change": {"authentication_policy": {"name": "P", "allow_basic_auth_smtp": True}}}
    assert told(tmp_path, "2018-10-16", when=[change])[0].startswith(
        "tenant.authentication_policies: the service of 2018-10-16 does not have it yet"
    )
    assert told(tmp_path, "2018-10-17", when=[change]) == []


@pytest.mark.parametrize(
    ("service", "day", "why"),
    [
        ({"switches": {"behind-refused-recipient": True}}, "2022-12-31",
         "behind-refused-recipient: what it switches is there since 2023-01-01 until 2024-01-01, "
         "not on 2022-12-31"),
        ({"switches": {"behind-refused-recipient": False}}, "2023-01-01", ""),
        ({"switches": {"behind-refused-recipient": False}}, "2023-12-31", ""),
        ({"switches": {"behind-refused-recipient": True}}, "2024-01-01",
         "behind-refused-recipient: what it switches is there since 2023-01-01 until 2024-01-01, "
         "not on 2024-01-01"),
        ({"switches": {"too-many-errors": True}}, "2015-02-19", ""),
        ({"limits": {"tenant.terrl": 5}}, "2025-04-30",
         "tenant.terrl: the service has this limit since 2025-05-01, not on 2025-04-30"),
        ({"limits": {"tenant.terrl": 5}}, "2025-05-01", ""),
        ({"limits": {"submission.recipients_per_day": 5}}, "2015-02-19", ""),
        ({"texts": {"auth-139-tenant": "535 5.7.139 no"}}, "2021-06-30",
         "text auth-139-tenant: the service says it since 2021-07-01, not on 2021-06-30"),
        ({"texts": {"auth-139-tenant": "535 5.7.139 no"}}, "2021-07-01", ""),
        ({"faults": [{"at": "noop", "reply": "auth-legacy-tls"}]}, "2021-08-31",
         "fault auth-legacy-tls: the service says it since 2021-09-01, not on 2021-08-31"),
        ({"faults": [{"at": "noop", "reply": "auth-legacy-tls"}]}, "2021-09-01", ""),
    ],
)  # fmt: skip
def test_what_a_scenario_chooses_of_the_service_is_of_the_day_or_told(
    tmp_path: Path, service: dict[str, object], day: str, why: str
) -> None:
    assert told(tmp_path, day, service=service) == ([why] if why else [])


def test_what_comes_while_the_scenario_lasts_is_not_told(tmp_path: Path) -> None:
    service = {"limits": {"tenant.terrl": 5}}
    assert told(tmp_path, "2025-04-30", service=service, when=[{"advance": "1d"}]) == []


def test_check_tells_it_and_finds_no_error(tmp_path: Path) -> None:
    path = file(tmp_path, "2024-06-01", tenant={**TENANT, **REJECTS})
    result = CliRunner().invoke(cli, ["check", str(path)])
    assert result.exit_code == 0
    assert (
        f"{path}:1:1: not rehearsed: organization.reject_direct_send: the service of 2024-06-01 "
        "does not have it yet: it came on 2025-04-01"
    ) in result.output


def test_check_tells_of_a_tenant_by_the_day_of_the_service(tmp_path: Path) -> None:
    path = tmp_path / "contoso.yaml"
    path.write_text(yaml.safe_dump({**TENANT, "created": date(2027, 1, 1)}))
    result = CliRunner().invoke(cli, ["check", str(path)])
    assert result.exit_code == 0
    assert "not rehearsed: tenant.created of contoso: contoso is made on 2027-01-01" in (
        result.output
    )


def test_serve_and_exec_tell_it_of_their_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "contoso.yaml"
    path.write_text(yaml.safe_dump({**TENANT, **REJECTS}))
    settings = Settings(faults=(Fault(at="noop", reply="auth-139-tenant"),))
    world_of(TenantFiles([path]), [], as_of=datetime(2020, 1, 1, tzinfo=UTC), settings=settings)
    assert capsys.readouterr().err == (
        "not rehearsed: organization.reject_direct_send of contoso: the service of 2020-01-01 "
        "does not have it yet: it came on 2025-04-01\n"
        "not rehearsed: fault auth-139-tenant: the service says it since 2021-07-01, not on "
        "2020-01-01\n"
    )


@pytest.mark.parametrize("switch", every_switch(), ids=lambda switch: switch.name)
def test_a_switch_of_rules_has_their_days(switch: object) -> None:
    name, active = getattr(switch, "name"), getattr(switch, "active")  # noqa: B009
    days = {(r.active.since, r.active.until) for r in RULES if r.switch == name} - {(None, None)}
    assert days <= {(active.since, active.until)}


def test_every_day_of_a_setting_has_its_source() -> None:
    dated = [word.since for word in words("tenant").values() if word.since is not None]
    assert dated
    assert all(s.source and s.confidence in ("high", "medium", "low") for s in dated)
    assert [s for s in dated if s.last_seen and s.last_seen >= s.day] == []
    assert [s for s in dated if s.first_seen and s.first_seen < s.day] == []
