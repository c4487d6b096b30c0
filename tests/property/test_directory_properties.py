"""A directory that was changed answers as one that is made anew of the same tenants."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Contact,
    Group,
    InboundConnector,
    Mailbox,
    Tenant,
)
from fake_exo.exchange.directory import Directory
from fake_exo.exchange.tenant import HveAccount

# Few names, so that tenants and recipients get into each other's way.
ADDRESSES = [f"{user}@{domain}" for user in "abc" for domain in ("one.com", "two.com")]
DOMAINS = ["one.com", "two.com", "sub.one.com", "t1.onmicrosoft.com"]
NETWORKS = ["203.0.113.7", "203.0.113.0/24", "0.0.0.0/0"]
CERTIFICATES = [None, "mail.one.com", "*.one.com"]

addresses = st.sampled_from(ADDRESSES)
mailboxes = st.builds(
    Mailbox,
    address=addresses,
    aliases=st.lists(addresses, max_size=2).map(tuple),
    user_principal_name=st.none() | addresses,
)
groups = st.builds(Group, address=addresses)
hve_accounts = st.builds(HveAccount, address=addresses, user_principal_name=st.none() | addresses)
contacts = st.builds(Contact, address=addresses, external_address=st.just("x@example.org"))
domains = st.builds(
    AcceptedDomain,
    name=st.sampled_from(DOMAINS),
    verified=st.booleans(),
    match_subdomains=st.booleans(),
)
connectors = st.builds(
    InboundConnector,
    name=st.sampled_from(["first", "second"]),
    connector_type=st.sampled_from(ConnectorType),
    sender_ip_addresses=st.lists(st.sampled_from(NETWORKS), max_size=2).map(tuple),
    tls_sender_certificate_name=st.sampled_from(CERTIFICATES),
)


def some(strategy: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(strategy, max_size=3).map(tuple)


tenants = st.builds(
    Tenant,
    name=st.sampled_from(["t1", "t2", "t3"]),
    accepted_domains=some(domains),
    mailboxes=some(mailboxes),
    groups=some(groups),
    contacts=some(contacts),
    hve_accounts=some(hve_accounts),
    connectors=some(connectors),
)


def answers(directory: Directory) -> list[object]:
    """Everything that can be asked of it."""
    certificates = ["mail.one.com", "*.one.com", "host.one.com"]
    return [
        [directory.recipient(address.upper()) for address in ADDRESSES],
        [directory.login(address) for address in ADDRESSES],
        [directory.hosted(f"{below}{domain}") for domain in DOMAINS for below in ("", "x.")],
        [list(directory.connectors_for_address(ip)) for ip in ("203.0.113.7", "198.51.100.1")],
        [directory.connectors_for_certificate([name]) for name in certificates],
    ]


@given(st.lists(tenants, max_size=4), st.lists(tenants, max_size=6))
def test_replacing_tenants_one_by_one_leads_where_a_new_directory_does(
    first: list[Tenant], later: list[Tenant]
) -> None:
    changed = Directory(first)
    before = answers(changed)
    original = changed
    for tenant in later:
        changed = changed.with_tenant(tenant)
    assert answers(changed) == answers(Directory(changed.tenants.values()))
    assert answers(original) == before


@given(tenants, st.lists(mailboxes, min_size=1, max_size=6))
def test_mailboxes_one_by_one_lead_where_a_new_directory_does(
    tenant: Tenant, boxes: list[Mailbox]
) -> None:
    changed = Directory([tenant])
    for box in boxes:
        changed = changed.with_mailbox(tenant.name, box)
    assert answers(changed) == answers(Directory(changed.tenants.values()))


@given(tenants, st.integers(0, 2), mailboxes)
def test_a_tenant_that_shares_most_mailboxes_leads_where_a_new_directory_does(
    tenant: Tenant, at: int, box: Mailbox
) -> None:
    boxes = tenant.mailboxes
    for kept in (boxes[:at] + boxes[at + 1 :], (*boxes[:at], box, *boxes[at:]), boxes[::-1]):
        changed = Directory([tenant]).with_tenant(replace(tenant, mailboxes=kept))
        assert answers(changed) == answers(Directory(changed.tenants.values()))
