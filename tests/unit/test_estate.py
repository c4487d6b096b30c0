"""What an estate is: a value that shares, is pickled small, and has one digest everywhere."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from fake_exo import (
    AcceptedDomain,
    AccessToken,
    BlockedAddress,
    ConnectorType,
    Estate,
    Group,
    HveAccount,
    InboundConnector,
    Mailbox,
    MailHost,
    ServiceError,
    Tenant,
    World,
    Zone,
    admin,
    parse_zone,
    present,
)


def hve(expires: datetime) -> HveAccount:
    return HveAccount("bulk@fabrikam.com", access_tokens=(AccessToken("t", "a", expires=expires),))


CONTOSO = Tenant(
    "contoso",
    accepted_domains=(AcceptedDomain("contoso.com", default=True),),
    mailboxes=(
        Mailbox("scanner@contoso.com", password="Scan2Mail!", aliases=("mfp@contoso.com",)),
        Mailbox("ann@contoso.com"),
    ),
    connectors=(
        InboundConnector(
            "Printers",
            connector_type=ConnectorType.ON_PREMISES,
            sender_ip_addresses=("203.0.113.7",),
        ),
    ),
)
FABRIKAM = Tenant(
    "fabrikam",
    accepted_domains=(AcceptedDomain("fabrikam.com"),),
    mailboxes=(Mailbox("bob@fabrikam.com"),),
    hve_accounts=(hve(datetime(2026, 1, 1, tzinfo=UTC)),),
)
BLOCKED = BlockedAddress("198.51.100.9")


def zone(text: str = "@ 3600 IN A 192.0.2.9\n", origin: str = "tailspin.example") -> Zone:
    return parse_zone(text, origin)


def estate() -> Estate:
    return Estate.of(
        [CONTOSO, FABRIKAM],
        zones=[zone()],
        blocked=[BLOCKED],
        elsewhere=[MailHost("192.0.2.50"), MailHost("192.0.2.51"), MailHost("192.0.2.52")],
        switches={"legacy-tls-handshake": True},
        limits={"group.members_max": 5.5, "mx.ip_throttle": 7},
    )


# ---- a value -------------------------------------------------------------------------------------


def test_what_was_pickled_is_equal_and_answers_the_same() -> None:
    before = estate()
    before.directory.recipient("mfp@contoso.com")
    before.naming.names(date(2026, 7, 1)).answer("contoso.com", "MX")
    after = pickle.loads(pickle.dumps(before))
    assert after == before
    assert after.digest() == before.digest()
    known = after.directory.recipient("MFP@contoso.com")
    assert known is not None
    assert known.recipient.address == "scanner@contoso.com"
    assert after.naming.names(date(2026, 7, 1)).answer("tailspin.example", "A").rcode == "NOERROR"


def test_neither_indexes_nor_rule_tables_are_pickled() -> None:
    used = estate()
    fresh = pickle.dumps(used)
    World(used).lookup("contoso.com", "MX")
    used.directory.login("ann@contoso.com")
    used.reputation.find("198.51.100.9", BLOCKED.list)
    assert len(pickle.dumps(used)) == len(fresh)
    assert len(fresh) < 4_000


CHANGES: dict[str, Callable[[Estate], Estate]] = {
    "another tenant": lambda e: e.with_tenant(Tenant("tailspin")),
    "a switch of a tenant": lambda e: e.with_tenant(replace(CONTOSO, trial=True)),
    "the day of a tenant": lambda e: e.with_tenant(replace(CONTOSO, created=date(2020, 1, 1))),
    "another mailbox": lambda e: e.with_mailbox("contoso", Mailbox("eve@contoso.com")),
    "a changed mailbox": lambda e: e.with_mailbox("contoso", Mailbox("ann@contoso.com", full=True)),
    "a mailbox less": lambda e: e.without_mailbox("fabrikam", "bob@fabrikam.com"),
    "the end of a token": lambda e: e.with_tenant(
        replace(FABRIKAM, hve_accounts=(hve(datetime(2026, 1, 2, tzinfo=UTC)),))
    ),
    "another zone": lambda e: e.with_zone(zone(origin="wingtip.example")),
    "another record": lambda e: e.with_zone(zone("@ 3600 IN A 192.0.2.10\n")),
    "another time to live": lambda e: e.with_zone(zone("@ 3601 IN A 192.0.2.9\n")),
    "another address on a list": lambda e: e.with_blocked(BlockedAddress("198.51.100.10")),
    "an address off a list": lambda e: e.without_blocked("198.51.100.9"),
    "a server elsewhere": lambda e: e.with_elsewhere(MailHost("192.0.2.53")),
    "a server that is another": lambda e: e.with_elsewhere(MailHost("192.0.2.50", "refuse")),
    "a server less": lambda e: e.without_elsewhere("192.0.2.50"),
    "a switch": lambda e: e.with_choices({"legacy-tls-handshake": False}),
    "a text": lambda e: e.with_choices(texts={"any-4.5.127": "451 4.5.127 Later"}),
    "a limit": lambda e: e.with_choices(limits={"mx.ip_throttle": 8}),
    "the order of tenants": lambda e: replace(
        e, directory=Estate.of([FABRIKAM, CONTOSO]).directory
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_whatever_is_different_is_unequal_and_has_another_digest(
    change: Callable[[Estate], Estate],
) -> None:
    before = estate()
    after = change(before)
    assert after != before
    assert after.digest() != before.digest()
    assert before == estate()  # and the one that it came from is as it was
    assert before.digest() == estate().digest()


def test_the_order_in_which_choices_and_zones_came_does_not_count() -> None:
    one = Estate.of([CONTOSO], elsewhere=[MailHost("192.0.2.1"), MailHost("192.0.2.2")]).with_zone(
        zone()
    )
    one = one.with_zone(zone(origin="wingtip.example")).with_choices({"legacy-tls-handshake": True})
    two = Estate.of(
        [CONTOSO],
        zones=[zone(origin="wingtip.example"), zone()],
        elsewhere=[MailHost("192.0.2.2"), MailHost("192.0.2.1")],
        switches={"legacy-tls-handshake": True},
    )
    assert one == two
    assert one.digest() == two.digest()


def test_the_digest_is_the_same_in_processes_with_other_hashes() -> None:
    path, here = __file__, estate().digest()
    code = (
        "import importlib.util as u; s = u.spec_from_file_location('it', {!r}); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); print(m.estate().digest())"
    )
    for seed in ("0", "1", "4711"):
        found = subprocess.run(
            [sys.executable, "-c", code.format(path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert found.stdout.strip() == here


# ---- sharing -------------------------------------------------------------------------------------


def test_a_changed_mailbox_shares_tenants_names_and_indexes() -> None:
    base = estate()
    fork = base.with_mailbox("contoso", Mailbox("ann@contoso.com", full=True))
    assert fork.tenants["fabrikam"] is base.tenants["fabrikam"]
    assert fork.tenants["contoso"].mailboxes[0] is base.tenants["contoso"].mailboxes[0]
    assert fork.naming is base.naming
    assert fork.reputation is base.reputation
    ours, theirs = fork.directory.indexes, base.directory.indexes
    assert ours.domains is theirs.domains
    assert ours.networks is theirs.networks
    assert ours.certificates is theirs.certificates
    assert ours.recipients._base is theirs.recipients._base


def test_what_a_fork_changes_is_unseen_by_the_base_and_by_other_forks() -> None:
    base = estate()
    full = base.with_mailbox("contoso", Mailbox("ann@contoso.com", full=True))
    gone = base.without_mailbox("contoso", "ann@contoso.com")

    def ann(of: Estate) -> object:
        known = of.directory.recipient("ann@contoso.com")
        return known and known.recipient

    assert ann(base) == Mailbox("ann@contoso.com")
    assert ann(full) == Mailbox("ann@contoso.com", full=True)
    assert ann(gone) is None


def test_many_changes_on_each_other_are_all_seen() -> None:
    fork = estate()
    for number in range(1_500):
        fork = fork.with_mailbox(
            "contoso", Mailbox(f"user{number % 700}@contoso.com", restricted=number >= 1_400)
        )
    assert len(fork.tenants["contoso"].mailboxes) == 702
    found = (
        fork.directory.recipient("user0@contoso.com"),
        fork.directory.recipient("user699@contoso.com"),
    )
    assert [known and known.recipient for known in found] == [
        Mailbox("user0@contoso.com", restricted=True),
        Mailbox("user699@contoso.com"),
    ]


# ---- what cannot be set up -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda: Estate.of([Tenant("x", forest="mars01")]), "unknown forest mars01; valid: "),
        (lambda: estate().with_tenant(Tenant("x", forest="mars01")), "unknown forest mars01"),
        (lambda: estate().with_mailbox("x", Mailbox("a@b.c")), "named x; valid: contoso, fabrikam"),
        (lambda: estate().without_mailbox("contoso", "eve@contoso.com"), "no mailbox eve@contoso"),
        (lambda: estate().with_choices({"warp": True}), "unknown switch warp; valid are: "),
        (lambda: Estate.of(limits={"warp": 9}), "unknown limit warp; valid are: "),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(change: Callable[[], Estate], words: str) -> None:
    with pytest.raises(ServiceError, match=words):
        change()


# ---- a run of it ---------------------------------------------------------------------------------


def test_a_change_is_seen_by_a_session_that_is_open() -> None:
    world = World(estate())
    host = world.lookup("contoso-com.mail.protection.outlook.com", "A").answers[0]
    pipe = world.connect(present(host.data), 25, "198.51.100.1")
    assert pipe is not None
    pipe.take()
    for line in (b"EHLO mfp\r\n", b"MAIL FROM:<a@example.org>\r\n"):
        pipe.send(line)
        pipe.take()
    pipe.send(b"RCPT TO:<eve@contoso.com>\r\n")
    refused = pipe.take()
    world.change(lambda estate: estate.with_mailbox("contoso", Mailbox("eve@contoso.com")))
    pipe.send(b"RCPT TO:<eve@contoso.com>\r\n")
    assert (refused[:9], pipe.take()[:9]) == (b"550 5.4.1", b"250 2.1.5")


def test_runs_of_one_estate_do_not_see_each_other() -> None:
    base = estate()
    one, two = World(base), World(base)
    one.update(replace(CONTOSO, mailboxes=()))
    admin.block(one, BlockedAddress("192.0.2.77"))
    one.publish(zone("@ 3600 IN A 192.0.2.99\n"))
    assert two.estate is base
    assert one.estate.tenants["contoso"].mailboxes == ()
    assert one.lookup("tailspin.example", "A") != two.lookup("tailspin.example", "A")


def test_a_list_that_ends_by_itself_leaves_later_entries() -> None:
    world = World(estate())
    admin.block(world, BlockedAddress("192.0.2.77"), lasts=60)
    admin.block(world, BlockedAddress("192.0.2.78"))
    world.advance(61)
    assert [e.address for e in world.estate.reputation.entries] == ["198.51.100.9", "192.0.2.78"]


def test_a_group_beyond_the_day_and_another_switch_are_refused_and_change_nothing() -> None:
    world = World(Estate.of([CONTOSO], limits={"group.members_max": 3}))
    before = world.estate
    group = Group("all@contoso.com", member_count=4)
    with pytest.raises(ServiceError, match=r"all@contoso\.com has 4 members; on .* may have 3"):
        world.update(replace(CONTOSO, groups=(group,)))
    with pytest.raises(ServiceError, match="switches and limits hold for a whole run"):
        world.change(lambda estate: estate.with_choices({"legacy-tls-handshake": True}))
    assert world.estate is before
