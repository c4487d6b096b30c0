"""The table of a tenant's kinds of objects: files, `change:` and the directory go by it."""

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args, get_type_hints

import pytest
from fake_exo_harness.runner import Verdict, finish
from fake_exo_harness.scenario import load_paths, load_tenants

from fake_exo import OBJECTS, Contact, Estate, ServiceError, Tenant, admin

GIVEN = {
    "accepted_domains": "{name: fabrikam.com, type: InternalRelay}",
    "mailboxes": "{address: bob@contoso.com, password: P-1}",
    "groups": "{address: all@contoso.com, members: [ann@contoso.com]}",
    "contacts": "{address: eve@contoso.com, external_address: eve@partner.net}",
    "hve_accounts": "{address: bulk@contoso.com, billing_status: BillingPolicyValid}",
    "connectors": "{name: Office, connector_type: OnPremises, sender_ip_addresses: [203.0.113.7]}",
    "authentication_policies": "{name: Devices, allow_basic_auth_smtp: true}",
}
HEAD = "name: contoso\naccepted_domains: [contoso.com]\nmailboxes: [ann@contoso.com]\n"
KEYS = [row.key for row in OBJECTS]


def tenant(path: Path, text: str) -> Tenant:
    path.write_text(text)
    return load_tenants(path)[0]


def test_every_list_of_objects_on_a_tenant_has_its_row_and_its_class() -> None:
    hints = get_type_hints(Tenant)
    lists = {f.name: get_args(hints[f.name])[0] for f in fields(Tenant) if get_args(hints[f.name])}
    assert lists == {row.key: row.model for row in OBJECTS}
    assert all(is_dataclass(row.model) for row in OBJECTS)
    assert set(GIVEN) == set(KEYS)


@pytest.mark.parametrize("row", OBJECTS, ids=KEYS)
def test_an_object_from_a_file_is_the_one_that_its_verb_adds(
    row: tuple[object, ...], tmp_path: Path
) -> None:
    _, key, identity, verb, _ = row
    alone = tenant(tmp_path / "a.yaml", "name: n\naccepted_domains: [contoso.com]\n")
    domains = "" if key == "accepted_domains" else "accepted_domains: [contoso.com]\n"
    listed = tenant(tmp_path / "b.yaml", f"name: n\n{domains}{key}: [{GIVEN[str(key)]}]\n")
    (made,) = getattr(listed, str(key))
    given = {f.name: getattr(made, f.name) for f in fields(made)}
    name = given.pop(str(identity))
    added = admin.changed(alone, str(verb), name, given)
    assert getattr(added, str(key))[-1] == made
    assert admin.changed(added, str(verb), name.upper(), {}) == added  # found, not added again


def test_a_new_object_that_lacks_a_field_is_refused_with_its_name() -> None:
    with pytest.raises(ServiceError, match="a new Contact needs external_address"):
        admin.changed(Tenant("contoso"), "contact", "eve@contoso.com", {})


def test_a_contact_added_on_the_way_leads_out(tmp_path: Path) -> None:
    path = tmp_path / "contact.exo.yaml"
    path.write_text(
        f"scenario: a contact\ntenant:\n  {HEAD.replace(chr(10), chr(10) + '  ')}\n"
        "device: {profile: prtg-direct, public_ip: 203.0.113.7,"
        " settings: {from_address: a@partner.net}}\n"
        "when:\n"
        "- change: {contact: {address: eve@contoso.com, external_address: eve@partner.net}}\n"
        "- send: {to: [eve@contoso.com], size: 0}\n"
        "then: [{sent_out: [eve@partner.net]}]\n"
    )
    (scenario,) = load_paths([path])
    assert finish(scenario).verdict is Verdict.PASSED


def test_whoever_has_an_address_is_known_to_the_directory() -> None:
    made = Tenant("n", contacts=(Contact("eve@contoso.com", "eve@partner.net"),))
    assert Estate.of([made]).directory.recipient("EVE@contoso.com") is not None
