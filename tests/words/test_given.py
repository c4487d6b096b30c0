"""`serve` and `exec` tell which keys of their tenants nothing depends on."""

from pathlib import Path

import pytest
from fake_exo_harness.commands.given import world_of
from fake_exo_harness.commands.tenant_files import TenantFiles

from fake_exo import Settings

TENANT = """name: contoso
accepted_domains: [contoso.com]
connectors: [{name: Devices, connector_type: OnPremises, sender_ip_addresses: [203.0.113.7]%s}]
"""


def told(tmp_path: Path, more: str, capsys: pytest.CaptureFixture[str]) -> str:
    file = tmp_path / "tenant.yaml"
    file.write_text(TENANT % more)
    world_of(TenantFiles([file]), [], as_of=None, settings=Settings())
    return capsys.readouterr().err


def test_a_key_without_effect_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(tmp_path, ", comment: the cellar", capsys) == (
        "not rehearsed: connector.comment of contoso: a remark: nothing follows from it at the "
        "service either\n"
    )


def test_nothing_is_told_of_keys_with_effect(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(tmp_path, ", treat_messages_as_internal: true", capsys) == ""
