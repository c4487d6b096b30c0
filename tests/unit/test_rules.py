"""Rules at their edges: the first and last days, what hangs up, and a limit exactly reached.

Oracles: days, switches and figures as Microsoft and captures give them, written out here.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from fake_exo import (
    AcceptedDomain,
    AccessToken,
    AuthenticationPolicy,
    BlockedAddress,
    BlockList,
    ConnectorType,
    Contact,
    Estate,
    HveAccount,
    InboundConnector,
    Mailbox,
    Organization,
    Replied,
    Settings,
    Tenant,
    ThresholdAction,
    World,
)
from fake_exo.drive import Offer, Pipe, rules_in_force
from fake_exo.exchange.rules import RULES
from fake_exo.rules.rule import After

EDGE, OURS, STRANGER = "52.101.68.36", "203.0.113.7", "198.51.100.9"

# ---- days --------------------------------------------------------------------------------------

# Rule, where it holds, and its first day and the day after its last; all others hold always.
DAYS: tuple[tuple[str, str, date | None, date | None], ...] = (
    ("auth.basic-off-by-default", "submission", date(2026, 12, 31), None),
    ("auth.legacy-tls", "submission", date(2021, 9, 1), None),
    ("mail.no-brackets", "submission", date(2018, 9, 1), None),
    ("mail.send-as-denied", "submission", None, date(2018, 9, 1)),
    ("rcpt.no-brackets", "mx", date(2018, 9, 1), None),
    ("rcpt.relay.not-accepted-domain", "mx", date(2017, 7, 5), None),
    ("rcpt.behind-unknown", "mx", date(2023, 1, 1), date(2024, 1, 1)),
    ("rcpt.direct-send-rejected", "mx", date(2025, 4, 1), None),
    ("message.dmarc", "mx", date(2023, 8, 1), None),
    ("message.too-fast", "submission", date(2026, 1, 1), None),
    ("message.too-many-at-once", "submission", date(2018, 9, 1), None),
    ("message.send-as-denied", "submission", date(2018, 9, 1), None),
    ("hve.basic-ended", "hve", date(2028, 9, 1), None),
    ("hve.billing", "hve", date(2026, 6, 1), None),
    ("hve.outside", "hve", date(2025, 6, 1), None),
    ("hve.outside-a-day", "hve", None, date(2025, 6, 1)),
    ("hve.inside-a-day", "hve", None, date(2026, 3, 31)),
)
SWITCHES = {
    "auth.credentials-plain": "plain-535",
    "rcpt.behind-unknown": "behind-refused-recipient",
    "rcpt.two-regions": "recipients-of-two-regions",
    "auth.basic-removed": "basic-removed",
    "auth.basic-off-by-default": "basic-off-by-default",
    "mail.no-brackets": "strict-angle-brackets",
    "mail.null-sender": "submission-null-sender",
    "rcpt.no-brackets": "strict-angle-brackets",
    "rcpt.reserved": "reserved-recipients",
    "rcpt.single-label": "single-label-recipients",
    "rcpt.bad-hello": "bad-hello-at-recipient",
    "rcpt.wrong-region": "wrong-region",
    "message.too-fast": "reject-over-message-rate",
    "other.too-many-errors": "too-many-errors",
    "hve.basic-ended": "hve-basic-ended",
    "hve.without-policy": "hve-policy-is-needed",
    "hve.billing": "hve-billing-at-sign-in",
    "hve.session-token": "hve-token-ends-session",
}
CLOSING = {
    "auth.legacy-tls": After.CLOSE,
    "auth.legacy-tls-not-allowed": After.CLOSE,
    "mail.not-authenticated": After.CLOSE_IF_PIPELINED,
    "other.idle": After.CLOSE,
    "other.session-timeout": After.CLOSE,
    "other.too-many-errors": After.CLOSE,
    "other.quit": After.CLOSE,
}


def holds(rule: str, endpoint: str, day: date) -> bool:
    switches = {SWITCHES[rule]: True} if rule in SWITCHES else {}
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    world = World(Estate.of([Tenant("contoso")], switches=switches), as_of=noon)
    return rule in rules_in_force(world, endpoint)


@pytest.mark.parametrize(("rule", "endpoint", "since", "until"), DAYS, ids=lambda v: str(v))
def test_a_rule_begins_and_ends_on_its_day(
    rule: str, endpoint: str, since: date | None, until: date | None
) -> None:
    day = timedelta(days=1)
    if since is not None:
        assert [holds(rule, endpoint, each) for each in (since - day, since)] == [False, True]
    if until is not None:
        assert [holds(rule, endpoint, each) for each in (until - day, until)] == [True, False]


def test_no_other_rule_has_a_day_a_switch_or_an_end_of_its_own() -> None:
    dated = {r.id: (r.active.since, r.active.until) for r in RULES}
    assert {k: v for k, v in dated.items() if any(v)} == {r: (s, u) for r, _, s, u in DAYS}
    assert {rule.id: rule.switch for rule in RULES if rule.switch} == SWITCHES
    closing = {rule.id: rule.after for rule in RULES if rule.after is not After.KEEP}
    assert closing == CLOSING


# ---- at the MX host ----------------------------------------------------------------------------


def mx(
    world: World, *, ip: str = STRANGER, sender: str = "x@partner.example", hello: str = "h"
) -> Pipe:
    pipe = world.connect(EDGE, 25, ip)
    assert pipe is not None
    pipe.send(f"EHLO {hello}\r\nMAIL FROM:<{sender}>\r\n".encode())
    pipe.take()
    return pipe


def answer(pipe: Pipe, line: str) -> str:
    pipe.send(line.encode() + b"\r\n")
    return pipe.take().decode("utf-8", "replace").splitlines()[-1]


def contoso(*connectors: InboundConnector, **organization: object) -> Tenant:
    return Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com", default=True),),
        mailboxes=(Mailbox("ann@contoso.com"),),
        connectors=connectors,
        organization=Organization(**organization),  # type: ignore[arg-type]
    )


DEVICES = InboundConnector(
    "Devices", connector_type=ConnectorType.ON_PREMISES, sender_ip_addresses=(OURS,)
)


@pytest.mark.parametrize(
    ("allowed", "blocked", "taken"),
    [
        ((), (), True),
        ((), (STRANGER,), False),
        ((STRANGER,), (STRANGER,), True),  # the allow list goes before the block list
        (("198.51.100.0/24",), ("198.51.100.9",), True),
        (("198.51.100.10",), ("198.51.100.9",), False),
        ((), ("198.51.100.0/28",), False),
        ((), ("198.51.100.16/28",), True),
        ((), ("198.51.100.9-198.51.100.20",), False),
        ((), ("198.51.100.1-198.51.100.9",), False),
        ((), ("198.51.100.10-198.51.100.20",), True),
        ((), ("198.51.100.1-198.51.100.8",), True),
        ((), ("203.0.113.1", "198.51.100.9"), False),
    ],
)
def test_the_tenants_own_lists_of_addresses(
    allowed: tuple[str, ...], blocked: tuple[str, ...], taken: bool
) -> None:
    world = World([contoso(ip_allow_list=allowed, ip_block_list=blocked)])
    reply = answer(mx(world), "RCPT TO:<ann@contoso.com>")
    assert reply.startswith("250" if taken else "550 5.7.513")


def test_a_tenants_lists_are_no_other_tenants() -> None:
    other = Tenant(
        "fabrikam",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        mailboxes=(Mailbox("fay@fabrikam.com"),),
        organization=Organization(ip_block_list=(STRANGER,)),
    )
    world = World([contoso(), other])
    assert answer(mx(world), "RCPT TO:<ann@contoso.com>").startswith("250")
    assert answer(mx(world), "RCPT TO:<fay@fabrikam.com>").startswith("550 5.7.513")
    assert answer(mx(world), "RCPT TO:<x@customer.example>").startswith("550 5.7.64")


@pytest.mark.parametrize(
    ("which", "ip", "allowed", "code"),
    [
        (BlockList.BANNED, OURS, (OURS,), "550 5.7.1 "),  # the allow list hides the list's name
        (BlockList.MANUAL, OURS, (OURS,), "550 5.7.1 "),
        (BlockList.SPAMHAUS, OURS, (OURS,), "550 5.7.1 "),
        (BlockList.BANNED, OURS, (), "550 5.7.606"),
        (BlockList.BANNED, STRANGER, (STRANGER,), "550 5.7.606"),  # no connector: nothing hidden
        (BlockList.MANUAL, OURS, (), "550 5.7.511"),
        (BlockList.THROTTLED, STRANGER, (), "451 4.7.500"),
        (BlockList.THROTTLED, OURS, (), "250"),  # whom a connector names is not slowed
    ],
)
def test_block_lists_with_and_without_the_allow_list(
    which: BlockList, ip: str, allowed: tuple[str, ...], code: str
) -> None:
    estate = Estate.of(
        [contoso(DEVICES, ip_allow_list=allowed)], blocked=[BlockedAddress(ip, which)]
    )
    reply = answer(mx(World(estate), ip=ip, sender="s@contoso.com"), "RCPT TO:<ann@contoso.com>")
    assert reply.startswith(code)
    hidden = bool(allowed) and ip == OURS
    assert ("Blocked by Customer Allow list" in reply or "Customer Allow list" in reply) is hidden


def test_what_an_address_brings_shows_against_its_figure() -> None:
    world = World(Estate.of([contoso()], limits={"mx.ip_throttle": 7}))
    pipe = mx(world)
    for line in ("RCPT TO:<ann@contoso.com>", "DATA"):
        answer(pipe, line)
    answer(pipe, "From: <x@partner.example>\r\n\r\nhello\r\n.")
    gauges = {(g.kind, g.who, g.limit): (g.used, g.most) for g in world.usage()}
    assert gauges["address", STRANGER, "mx.ip_throttle"] == (1, 7)
    assert gauges["recipient", "ann@contoso.com", "receive.messages_per_hour"] == (1, 3600)
    assert [k for k in gauges if k[2] == "receive.single_sender_share"] != []


@pytest.mark.parametrize(
    ("domain", "refused"),
    [("test", True), ("x.test", True), ("x.example", True), ("x.invalid", True),
     ("localhost", True), ("a.localhost", True), ("example.com", False), ("x.testing", False)],
)  # fmt: skip
def test_reserved_names_are_refused_where_that_is_switched_on(domain: str, refused: bool) -> None:
    world = World(Estate.of([contoso(DEVICES)], switches={"reserved-recipients": True}))
    reply = answer(mx(world, ip=OURS, sender="s@contoso.com"), f"RCPT TO:<a@{domain}>")
    rules = [event.rule for event in world.ledger if isinstance(event, Replied)]
    assert (rules[-1] == "rcpt.reserved") is refused, reply


@pytest.mark.parametrize(("most", "second"), [(1, "451 4.7.500"), (2, "250")])
def test_an_address_is_slowed_when_its_figure_is_reached(most: float, second: str) -> None:
    world = World(Estate.of([contoso()], limits={"mx.ip_throttle": most}))
    pipe = mx(world)
    for line in (
        "RCPT TO:<ann@contoso.com>",
        "DATA",
        "From: <x@partner.example>\r\n\r\nhello\r\n.",
    ):
        last = answer(pipe, line)
    assert last.startswith("250 2.6.0")
    assert answer(mx(world), "RCPT TO:<ann@contoso.com>").startswith(second)


@pytest.mark.parametrize(("most", "replies"), [(1, ["250", "452"]), (2, ["250", "250"])])
def test_recipients_of_one_domain_are_counted(most: float, replies: list[str]) -> None:
    tenant = Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com"), AcceptedDomain("shop.example")),
        mailboxes=tuple(
            Mailbox(each) for each in ("a@contoso.com", "b@contoso.com", "c@shop.example")
        ),
    )
    pipe = mx(World(Estate.of([tenant], limits={"mx.same_domain_recipients": most})))
    said = [answer(pipe, f"RCPT TO:<{n}@contoso.com>")[:3] for n in "ab"]
    assert said == replies
    assert answer(pipe, "RCPT TO:<c@shop.example>").startswith("250")


def test_a_domain_that_receives_nothing_and_a_tenant_without_people() -> None:
    off = AcceptedDomain("off.example", sending_to_domain_disabled=True)
    tenant = Tenant("contoso", accepted_domains=(off,), mailboxes=(Mailbox("a@off.example"),))
    assert answer(mx(World([tenant])), "RCPT TO:<a@off.example>").startswith("550 5.4.1")
    somebody = (Contact("a@off.example", external_address="x@y.example"),)
    for contacts in ((), somebody):
        bare = Tenant(
            "contoso", accepted_domains=(AcceptedDomain("off.example"),), contacts=contacts
        )
        reply = answer(mx(World([bare])), "RCPT TO:<a@off.example>")
        assert reply.startswith("250") is bool(contacts)
        assert ("no mail-enabled subscriptions" in reply) is not bool(contacts)


@pytest.mark.parametrize(
    ("sender", "rejects", "taken"),
    [
        ("scan@contoso.com", True, False),
        ("scan@contoso.com", False, True),
        ("x@partner.example", True, True),
        ("", True, True),
        ("x@fabrikam.com", True, True),  # another tenant's domain is not the recipient's own
    ],
)
def test_direct_send_is_own_mail_that_nobody_vouches_for(
    sender: str, rejects: bool, taken: bool
) -> None:
    other = Tenant("fabrikam", accepted_domains=(AcceptedDomain("fabrikam.com"),))
    world = World([contoso(reject_direct_send=rejects), other])
    reply = answer(mx(world, sender=sender), "RCPT TO:<ann@contoso.com>")
    assert reply.startswith("250" if taken else "550 5.7.68")


# ---- submission --------------------------------------------------------------------------------

HELLO = "From: <app@contoso.com>\r\n\r\nhello"


def signed_in(
    world: World, login: str = "YXBwQGNvbnRvc28uY29t", secret: str = "UmlnaHQtMQ=="
) -> Pipe:
    place = next(world.index.named("submission"))
    pipe = world.connect(place.addresses[0], 587, OURS)
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    pipe.start_tls(Offer())
    pipe.send(b"EHLO h\r\nAUTH LOGIN\r\nYXBwQGNvbnRvc28uY29t\r\nUmlnaHQtMQ==\r\n")
    assert pipe.take().decode().splitlines()[-1].startswith("235")
    return pipe


def mailed(pipe: Pipe, *to: str, content: str = HELLO) -> str:
    """The last reply to a mail."""
    people = to or ("ann@contoso.com",)
    for line in ("MAIL FROM:<app@contoso.com>", *(f"RCPT TO:<{each}>" for each in people), "DATA"):
        answer(pipe, line)
    return answer(pipe, f"{content}\r\n.")


def application(**more: object) -> Tenant:
    organization = more.pop("organization", Organization())
    box = Mailbox("app@contoso.com", password="Right-1", **more)  # type: ignore[arg-type]
    return Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com", default=True),),
        mailboxes=(box, Mailbox("ann@contoso.com")),
        organization=organization,  # type: ignore[arg-type]
    )


SIZE = len(HELLO) + 2


@pytest.mark.parametrize(
    ("limits", "mailbox", "taken"),
    [
        ({"service.message_size_max": SIZE}, {}, True),
        ({"service.message_size_max": SIZE - 1}, {}, False),
        ({"submission.message_size_default_send": SIZE}, {}, True),
        ({"submission.message_size_default_send": SIZE - 1}, {}, False),
        ({"submission.message_size_default_send": 1}, {"max_send_size": SIZE}, True),
        ({}, {"max_send_size": SIZE - 1}, False),
        ({"message.header_size": len("From: <app@contoso.com>\r\n\r\n")}, {}, True),
        ({"message.header_size": len("From: <app@contoso.com>\r\n") - 1}, {}, False),
    ],
)
def test_a_size_exactly_reached_is_taken(
    limits: dict[str, float], mailbox: dict[str, object], taken: bool
) -> None:
    world = World(Estate.of([application(**mailbox)], limits=limits))
    assert mailed(signed_in(world)).startswith("250") is taken


@pytest.mark.parametrize(
    ("limits", "organization", "mailbox", "taken"),
    [
        ({"submission.recipients_per_message_default": 2}, {}, {}, True),
        ({"submission.recipients_per_message_default": 1}, {}, {}, False),
        ({"submission.recipients_per_message_default": 1}, {}, {"recipient_limit": 2}, True),
        ({}, {}, {"recipient_limit": 1}, False),
        ({}, {"max_recipient_envelope_limit": 1}, {"recipient_limit": 500}, False),
        ({}, {"max_recipient_envelope_limit": 2}, {"recipient_limit": 500}, True),
        ({"submission.recipients_per_message_max": 1}, {}, {"recipient_limit": 500}, False),
        ({"submission.recipients_per_day": 2}, {}, {}, True),
        ({"submission.recipients_per_day": 1}, {}, {}, False),
    ],
)
def test_recipients_exactly_reached_are_taken(
    limits: dict[str, float],
    organization: dict[str, object],
    mailbox: dict[str, object],
    taken: bool,
) -> None:
    whole = Organization(**organization)  # type: ignore[arg-type]
    world = World(Estate.of([application(organization=whole, **mailbox)], limits=limits))
    reply = mailed(signed_in(world), "ann@contoso.com", "anna@customer.example")
    assert reply.startswith("250") is taken


def test_a_day_of_recipients_is_counted_over_messages() -> None:
    world = World(Estate.of([application()], limits={"submission.recipients_per_day": 3}))
    pipe = signed_in(world)
    assert mailed(pipe, "a@x.example", "b@x.example").startswith("250")
    assert mailed(pipe, "c@x.example", "d@x.example").startswith("554 5.2.0")
    assert mailed(pipe, "c@x.example").startswith("250")
    assert mailed(pipe, "d@x.example").startswith("554 5.2.0")


@pytest.mark.parametrize(
    ("policy", "to", "taken"),
    [
        ({"recipient_limit_external_per_hour": 1}, ["anna@customer.example"], True),
        ({"recipient_limit_external_per_hour": 1}, ["a@x.example", "b@x.example"], False),
        ({"recipient_limit_external_per_hour": 1}, ["ann@contoso.com", "a@x.example"], True),
        ({"recipient_limit_internal_per_hour": 1}, ["ann@contoso.com", "a@x.example"], True),
        ({"recipient_limit_internal_per_hour": 1}, ["ann@contoso.com", "app@contoso.com"], False),
        ({"recipient_limit_per_day": 1}, ["ann@contoso.com", "a@x.example"], False),
        ({"recipient_limit_per_day": 2}, ["ann@contoso.com", "a@x.example"], True),
        (
            {
                "recipient_limit_per_day": 1,
                "action_when_threshold_reached": ThresholdAction.ALERT,
            },
            ["ann@contoso.com", "a@x.example"],
            True,
        ),
    ],
)
def test_the_outbound_policy_counts_inside_and_outside(
    policy: dict[str, object], to: list[str], taken: bool
) -> None:
    organization = Organization(**policy)  # type: ignore[arg-type]
    world = World([application(organization=organization)])
    reply = mailed(signed_in(world), *to)
    assert reply.startswith("250" if taken else "550 5.1.8")


@pytest.mark.parametrize(
    ("limit", "mails", "replies"),
    [
        (
            {"recipient_limit_internal_per_hour": 2},
            [["ann@contoso.com", "a@x.example"], ["ann@contoso.com"], ["ann@contoso.com"]],
            ["250", "250", "550"],
        ),
        (
            {"recipient_limit_external_per_hour": 2},
            [["ann@contoso.com", "a@x.example"], ["b@x.example"], ["c@x.example"]],
            ["250", "250", "550"],
        ),
        (
            {"recipient_limit_per_day": 3},
            [["ann@contoso.com", "a@x.example"], ["b@x.example"], ["ann@contoso.com"]],
            ["250", "250", "550"],
        ),
    ],
)
def test_the_outbound_policy_counts_over_messages(
    limit: dict[str, object], mails: list[list[str]], replies: list[str]
) -> None:
    world = World([application(organization=Organization(**limit))])  # type: ignore[arg-type]
    pipe = signed_in(world)
    assert [mailed(pipe, *to)[:3] for to in mails] == replies


def test_another_tenant_is_outside_for_the_outbound_policy() -> None:
    other = Tenant(
        "fabrikam",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        mailboxes=(Mailbox("fay@fabrikam.com"),),
    )
    policy = Organization(recipient_limit_external_per_hour=1)
    world = World([application(organization=policy), other])
    pipe = signed_in(world)
    assert mailed(pipe, "fay@fabrikam.com").startswith("250")
    assert mailed(pipe, "fay@fabrikam.com").startswith("550 5.1.8")


@pytest.mark.parametrize(("most", "second"), [(1, "4"), (2, "2")])
def test_messages_a_minute_exactly_reached(most: float, second: str) -> None:
    estate = Estate.of(
        [application()],
        limits={"submission.messages_per_minute": most},
        switches={"reject-over-message-rate": True},
    )
    pipe = signed_in(World(estate))
    assert mailed(pipe).startswith("250")
    assert mailed(pipe)[0] == second


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("From: <app@contoso.com>, <ann@contoso.com>\r\n\r\nhello", "550 5.1.20"),
        ("From: <app@contoso.com>, <app@contoso.com>\r\nSender: <app@contoso.com>\r\n\r\n.", "250"),
        ("From: <app@contoso.com>\r\nSender: <ann@contoso.com>\r\n\r\nhello", "554 5.2.252"),
        ("From: <ann@contoso.com>\r\nSender: <app@contoso.com>\r\n\r\nhello", "554 5.2.252"),
        ("From: <APP@contoso.com>\r\n\r\nhello", "250"),
        ("To: <app@contoso.com>\r\n\r\nhello", "550 5.7.512"),
    ],
)  # fmt: skip
def test_from_and_sender_are_both_looked_at(content: str, code: str) -> None:
    assert mailed(signed_in(World([application()])), content=content).startswith(code)


@pytest.mark.parametrize(("hops", "taken"), [(3, True), (4, False)])
def test_received_fields_exactly_reached(hops: int, taken: bool) -> None:
    world = World(Estate.of([contoso()], limits={"loop.iterations": 3}))
    pipe = mx(world)
    for line in ("RCPT TO:<ann@contoso.com>", "DATA"):
        answer(pipe, line)
    fields = "Received: by a.example\r\n" * hops
    reply = answer(pipe, f"{fields}From: <x@partner.example>\r\n\r\nhello\r\n.")
    assert reply.startswith("250" if taken else "554 5.4.14")


def test_eleven_errors_are_ten_too_many_where_they_are_counted() -> None:
    world = World(Estate.of([contoso()], switches={"too-many-errors": True}))
    pipe = mx(world)
    said = [answer(pipe, "HALLO")[:3] for _ in range(11)]
    assert said == ["500"] * 10 + ["421"]
    assert pipe.closed


# ---- signing in --------------------------------------------------------------------------------


def sign_in(tenant: Tenant) -> str:
    world = World([tenant], settings=Settings(tarpit=False))
    place = next(world.index.named("submission"))
    pipe = world.connect(place.addresses[0], 587, OURS)
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    pipe.start_tls(Offer())
    pipe.send(b"EHLO h\r\nAUTH LOGIN\r\nYXBwQGNvbnRvc28uY29t\r\nUmlnaHQtMQ==\r\n")
    return pipe.take().decode().splitlines()[-1]


@pytest.mark.parametrize(
    ("created", "day", "by"),
    [
        (date(2020, 1, 31), date(2026, 11, 1), "235"),
        (date(2020, 2, 1), date(2026, 11, 1), "535"),  # organisations made after January 2020
    ],
)
def test_young_organisations_have_sign_in_off(created: date, day: date, by: str) -> None:
    tenant = Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com"),),
        mailboxes=(Mailbox("app@contoso.com", password="Right-1"),),
        created=created,
    )
    assert sign_in(tenant).startswith(by)


@pytest.mark.parametrize(
    ("organization", "mailbox", "by"),
    [
        (True, None, "535 5.7.139"),
        (True, False, "235"),  # the mailbox goes before the organisation
        (False, True, "535 5.7.139"),
        (None, True, "535 5.7.139"),
        (False, None, "235"),
    ],
)
def test_the_mailboxs_switch_goes_before_the_organisations(
    organization: bool | None, mailbox: bool | None, by: str
) -> None:
    tenant = application(
        smtp_client_authentication_disabled=mailbox,
        organization=Organization(smtp_client_authentication_disabled=organization),
    )
    assert sign_in(tenant).startswith(by)


@pytest.mark.parametrize(
    ("mailbox", "by"),
    [
        ({"shared": True}, "535"),
        ({"enabled": False}, "535"),
        ({"licensed": False}, "550"),
        ({}, "235"),
    ],
)
def test_who_has_no_password_of_its_own_does_not_sign_in(
    mailbox: dict[str, object], by: str
) -> None:
    assert sign_in(application(**mailbox))[:3] == by


# ---- High Volume Email -------------------------------------------------------------------------

NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def hve(account: HveAccount, limits: dict[str, float] | None = None, **people: object) -> World:
    tenant = Tenant(
        "contoso",
        accepted_domains=(AcceptedDomain("contoso.com", default=True),),
        mailboxes=(Mailbox("ann@contoso.com"), Mailbox("bob@contoso.com")),
        hve_accounts=(account,),
        authentication_policies=(AuthenticationPolicy("HVE", allow_basic_auth_smtp=True),),
        **people,  # type: ignore[arg-type]
    )
    estate = Estate.of([tenant], limits=limits or {})
    return World(estate, as_of=NOON, settings=Settings(tarpit=False))


def at_hve(world: World, *login: str) -> tuple[Pipe, str]:
    pipe = world.connect(next(world.index.named("hve")).addresses[0], 587, OURS)
    assert pipe is not None
    pipe.send(b"EHLO h\r\nSTARTTLS\r\n")
    pipe.start_tls(Offer())
    pipe.send(b"EHLO h\r\n")
    pipe.take()
    replies = [answer(pipe, line) for line in login]
    return pipe, replies[-1]


LOGIN = ("AUTH LOGIN", "YXBwQGNvbnRvc28uY29t", "UmlnaHQtMQ==")
XOAUTH2 = "AUTH XOAUTH2 dXNlcj1hcHBAY29udG9zby5jb20BYXV0aD1CZWFyZXIgdG9rZW4BAQ=="


@pytest.mark.parametrize(
    ("left", "taken"),
    [(timedelta(minutes=10), True), (timedelta(minutes=10, seconds=-1), False),
     (timedelta(0), False), (timedelta(days=1), True), (None, True)],
)  # fmt: skip
def test_a_token_that_ends_within_ten_minutes_is_refused(
    left: timedelta | None, taken: bool
) -> None:
    expires = None if left is None else NOON + left
    token = AccessToken("token", application="app-1", expires=expires, permissions=("Mail.Send",))
    account = HveAccount("app@contoso.com", access_tokens=(token,), allowed_applications=("APP-1",))
    _, reply = at_hve(hve(account), XOAUTH2)
    assert reply.startswith("235") is taken


@pytest.mark.parametrize(
    ("left", "rule"),
    [(-1, "hve.token-expired"), (0, "hve.token-expired"), (1, "hve.token-expiring"),
     (599, "hve.token-expiring"), (600, "auth.ok")],
)  # fmt: skip
def test_a_token_that_has_ended_is_told_from_one_that_soon_does(left: int, rule: str) -> None:
    token = AccessToken("token", application="a", expires=NOON + timedelta(seconds=left))
    account = HveAccount("app@contoso.com", access_tokens=(token,), allowed_applications=("a",))
    world = hve(account)
    at_hve(world, XOAUTH2)
    assert [event.rule for event in world.ledger if isinstance(event, Replied)][-1] == rule


def test_rules_are_listed_by_stage_and_each_once() -> None:
    listed = rules_in_force(World([contoso()]), "mx")
    assert listed[0] == "connect.banner-mx"
    assert listed.index("hello.ehlo-mx") < listed.index("mail.ok") < listed.index("rcpt.ok")
    assert len(set(listed)) == len(listed)


ACCOUNT = HveAccount("app@contoso.com", password="Right-1", authentication_policy="HVE")


@pytest.mark.parametrize(
    ("limits", "to", "taken"),
    [
        ({"hve.recipients_per_message": 2}, ["ann", "bob"], True),
        ({"hve.recipients_per_message": 1}, ["ann", "bob"], False),
        ({"hve.recipient_rate": 2}, ["ann", "bob"], True),
        ({"hve.recipient_rate": 1}, ["ann", "bob"], False),
        ({"hve.message_size": SIZE}, ["ann"], True),
        ({"hve.message_size": SIZE - 1}, ["ann"], False),
    ],
)
def test_high_volume_limits_exactly_reached_are_taken(
    limits: dict[str, float], to: Iterable[str], taken: bool
) -> None:
    pipe, reply = at_hve(hve(ACCOUNT, limits), *LOGIN)
    assert reply.startswith("235")
    last = mailed(pipe, *(f"{each}@contoso.com" for each in to))
    assert last.startswith("250") is taken


@pytest.mark.parametrize(("most", "taken"), [(2, True), (1, False), (0, False)])
def test_the_previews_recipients_outside_are_counted(most: float, taken: bool) -> None:
    pipe, _ = at_hve(hve(ACCOUNT, {"hve.external_recipients": most}), *LOGIN)
    last = mailed(pipe, "a@x.example", "b@x.example", "ann@contoso.com")
    assert last.startswith("250") is taken


def test_where_nobody_outside_is_written_to_that_limit_plays_no_part() -> None:
    pipe, _ = at_hve(hve(ACCOUNT, {"hve.external_recipients": 0}), *LOGIN)
    assert mailed(pipe, "ann@contoso.com").startswith("250")
