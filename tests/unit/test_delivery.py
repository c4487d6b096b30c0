"""Where copies end: folders, groups, forwards, other tenants, and what is reported of them.

Oracles: the sender-facing texts of Exchange's reports, Set-Mailbox, Set-DistributionGroup, the
limits of the service description, and the outbound limit's definition of who is outside.
"""

from collections.abc import Iterable

import pytest

from fake_exo import (
    AcceptedDomain,
    ConnectorType,
    Contact,
    DomainType,
    Estate,
    Group,
    InboundConnector,
    Mailbox,
    Organization,
    Report,
    Reported,
    Settled,
    Tenant,
    World,
    Zone,
    parse_zone,
)
from fake_exo.exchange.dsn import enhanced

OURS, STRANGER, EDGE = "203.0.113.7", "198.51.100.9", "52.101.68.36"
DEVICES = InboundConnector(
    "Devices",
    connector_type=ConnectorType.ON_PREMISES,
    sender_ip_addresses=(OURS,),
    treat_messages_as_internal=True,
)


def contoso(*people: Mailbox | Group | Contact, **more: object) -> Tenant:
    fields: dict[str, object] = {
        "accepted_domains": (AcceptedDomain("contoso.com", default=True),),
        "connectors": (DEVICES,),
        "mailboxes": (
            Mailbox("scan@contoso.com"),
            *(p for p in people if isinstance(p, Mailbox)),
        ),
        "groups": tuple(p for p in people if isinstance(p, Group)),
        "contacts": tuple(p for p in people if isinstance(p, Contact)),
        **more,
    }
    return Tenant("contoso", **fields)  # type: ignore[arg-type]


def sent(
    tenants: Iterable[Tenant],
    *to: str,
    sender: str = "scan@contoso.com",
    ip: str = OURS,
    notify: str = "",
    extra: str = "",
    content: str = "From: <scan@contoso.com>\r\nSubject: page\r\n\r\nhello",
    zones: Iterable[Zone] = (),
    limits: dict[str, float] | None = None,
) -> World:
    world = World(Estate.of(list(tenants), zones=list(zones), limits=limits or {}))
    pipe = world.connect(EDGE, 25, ip)
    assert pipe is not None
    asked = f" NOTIFY={notify}" if notify else ""
    for line in (
        "EHLO relay.contoso.com",
        f"MAIL FROM:<{sender}>{extra}",
        *(f"RCPT TO:<{each}>{asked}" for each in to),
        "DATA",
        f"{content}\r\n.",
    ):
        pipe.send(line.encode() + b"\r\n")
    assert pipe.take().decode("utf-8", "replace").splitlines()[-1][:3] == "250"
    return world


def ends(world: World) -> list[tuple[str, str]]:
    """Each copy's recipient and fate, in their order."""
    outcomes = [event.outcome for event in world.ledger if isinstance(event, Settled)]
    return [(outcome.recipient, outcome.fate.value) for outcome in outcomes]


def why(world: World) -> list[str]:
    """The enhanced codes of the bounces."""
    outcomes = [event.outcome for event in world.ledger if isinstance(event, Settled)]
    return [enhanced(each.detail) for each in outcomes if each.fate.value == "bounced"]


def reports(world: World) -> list[Report]:
    return [event.report for event in world.ledger if isinstance(event, Reported)]


# ---- forwards and folders ----------------------------------------------------------------------


def test_a_forward_goes_on_and_keeps_a_copy() -> None:
    away = Mailbox("away@contoso.com", forward_to="anna@customer.example")
    assert ends(sent([contoso(away)], "away@contoso.com")) == [
        ("away@contoso.com", "delivered"),
        ("anna@customer.example", "sent-out"),
    ]


def test_junk_is_not_forwarded() -> None:
    away = Mailbox("away@contoso.com", forward_to="anna@customer.example")
    world = sent([contoso(away)], "away@contoso.com", ip=STRANGER)
    assert ends(world) == [("away@contoso.com", "junked")]


def quarantining(policy: str) -> Zone:
    text = f'$TTL 3600\n@ TXT "v=spf1 -all"\n_dmarc TXT "v=DMARC1; p={policy}"\n'
    return parse_zone(text, "partner.example")


@pytest.mark.parametrize(
    ("policy", "honoured", "fate"),
    [
        ("quarantine", True, "quarantined"),
        ("quarantine", False, "junked"),
        ("reject", False, "junked"),
        ("none", True, "junked"),
    ],
)
def test_a_domains_dmarc_policy_counts_where_the_tenant_honours_it(
    policy: str, honoured: bool, fate: str
) -> None:
    tenant = contoso(organization=Organization(honor_dmarc_policy=honoured))
    world = sent(
        [tenant],
        "scan@contoso.com",
        sender="x@partner.example",
        ip=STRANGER,
        content="From: <x@partner.example>\r\n\r\nhello",
        zones=[quarantining(policy)],
    )
    assert ends(world) == [("scan@contoso.com", fate)]


def test_quarantine_is_not_forwarded_either() -> None:
    away = Mailbox("away@contoso.com", forward_to="anna@customer.example")
    world = sent(
        [contoso(away)],
        "away@contoso.com",
        sender="x@partner.example",
        ip=STRANGER,
        content="From: <x@partner.example>\r\n\r\nhello",
        zones=[quarantining("quarantine")],
    )
    assert ends(world) == [("away@contoso.com", "quarantined")]


FABRIKAM = Tenant(
    "fabrikam",
    accepted_domains=(AcceptedDomain("fabrikam.com"),),
    mailboxes=(Mailbox("fay@fabrikam.com"), Mailbox("full@fabrikam.com", full=True)),
)


@pytest.mark.parametrize(
    ("to", "end"),
    [
        ("anna@customer.example", "bounced"),
        ("fay@fabrikam.com", "delivered"),  # another tenant of the service is not "external" here
        ("scan@contoso.com", "delivered"),
    ],
)
def test_forwarding_to_the_outside_may_be_off(to: str, end: str) -> None:
    away = Mailbox("away@contoso.com", forward_to=to)
    tenant = contoso(away, organization=Organization(external_forwarding=False))
    world = sent([tenant, FABRIKAM], "away@contoso.com")
    assert ends(world) == [("away@contoso.com", "delivered"), (to, end)]
    assert why(world) == (["5.7.520"] if end == "bounced" else [])


def test_a_forward_that_bounces_names_the_mailbox_that_it_came_through() -> None:
    away = Mailbox("away@contoso.com", forward_to="anna@customer.example")
    office = Group("office@contoso.com", members=("away@contoso.com",))
    tenant = contoso(away, office, organization=Organization(external_forwarding=False))
    for to in ("away@contoso.com", "office@contoso.com"):
        world = sent([tenant], to)
        outcomes = [event.outcome for event in world.ledger if isinstance(event, Settled)]
        assert [(o.recipient, o.original_recipient) for o in outcomes][-1] == (
            "anna@customer.example",
            to,
        )


def test_forwards_in_a_circle_end() -> None:
    one = Mailbox("one@contoso.com", forward_to="two@contoso.com")
    two = Mailbox("two@contoso.com", forward_to="one@contoso.com")
    assert ends(sent([contoso(one, two)], "one@contoso.com")) == [
        ("one@contoso.com", "delivered"),
        ("two@contoso.com", "delivered"),
    ]


def nested(depth: int) -> list[Group]:
    """Groups within groups; in the last of them Ann."""
    names = [f"g{n}@contoso.com" for n in range(depth)]
    return [
        Group(a, members=(b,)) for a, b in zip(names, [*names[1:], "ann@contoso.com"], strict=True)
    ]


@pytest.mark.parametrize(("depth", "arrives"), [(1, True), (20, True), (21, False)])
def test_groups_within_groups_are_followed_twenty_deep(depth: int, arrives: bool) -> None:
    world = sent([contoso(Mailbox("ann@contoso.com"), *nested(depth))], "g0@contoso.com")
    assert ends(world) == ([("ann@contoso.com", "delivered")] if arrives else [])


def test_a_contact_sends_on_to_its_address_outside() -> None:
    contact = Contact("partner@contoso.com", external_address="p@customer.example")
    assert ends(sent([contoso(contact)], "partner@contoso.com")) == [
        ("p@customer.example", "sent-out")
    ]


def test_everybody_gets_one_copy() -> None:
    office = Group("office@contoso.com", members=("ann@contoso.com", "scan@contoso.com"))
    world = sent(
        [contoso(Mailbox("ann@contoso.com"), office)], "ANN@contoso.com", "office@contoso.com"
    )
    assert sorted(ends(world)) == [
        ("ANN@contoso.com", "delivered"),
        ("scan@contoso.com", "delivered"),
    ]


# ---- what fails after 250 ----------------------------------------------------------------------

BIG = "From: <scan@contoso.com>\r\n\r\n" + ("x" * 70 + "\r\n") * 30  # 2,190 bytes


@pytest.mark.parametrize(
    ("mailbox", "code"),
    [
        (Mailbox("ann@contoso.com", full=True), "5.2.2"),
        (Mailbox("ann@contoso.com", max_receive_size=2_000), "5.2.3"),
        (Mailbox("ann@contoso.com", max_receive_size=1_000_000), None),
        (Mailbox("ann@contoso.com", accepts_external=False), None),  # the sender is a colleague
    ],
)
def test_a_mailbox_takes_mail_or_not(mailbox: Mailbox, code: str | None) -> None:
    world = sent([contoso(mailbox)], "ann@contoso.com", content=BIG)
    assert why(world) == ([] if code is None else [code])


def test_the_size_itself_is_still_taken() -> None:
    size = len(BIG) + 2
    exact = contoso(Mailbox("ann@contoso.com", max_receive_size=size))
    assert why(sent([exact], "ann@contoso.com", content=BIG)) == []
    smaller = contoso(Mailbox("ann@contoso.com", max_receive_size=size - 1))
    assert why(sent([smaller], "ann@contoso.com", content=BIG)) == ["5.2.3"]
    unset = contoso(Mailbox("ann@contoso.com"))
    limits = {"submission.message_size_default_receive": float(size - 1)}
    assert why(sent([unset], "ann@contoso.com", content=BIG, limits=limits)) == ["5.2.3"]


@pytest.mark.parametrize(
    ("ip", "sender", "code"),
    [(OURS, "scan@contoso.com", None), (STRANGER, "scan@contoso.com", "5.7.12")],
)
def test_a_mailbox_for_colleagues_refuses_who_only_says_so(
    ip: str, sender: str, code: str | None
) -> None:
    inside = contoso(Mailbox("ann@contoso.com", accepts_external=False))
    world = sent([inside], "ann@contoso.com", sender=sender, ip=ip)
    assert why(world) == ([] if code is None else [code])


def test_a_colleague_of_another_tenant_is_outside() -> None:
    closed = Tenant(
        "fabrikam",
        accepted_domains=(AcceptedDomain("fabrikam.com"),),
        mailboxes=(Mailbox("fay@fabrikam.com", accepts_external=False),),
    )
    assert why(sent([contoso(), closed], "fay@fabrikam.com")) == ["5.7.12"]


@pytest.mark.parametrize(
    ("group", "code"),
    [
        (Group("office@contoso.com", members=("scan@contoso.com",)), "5.7.133"),
        (Group("office@contoso.com", members=("scan@contoso.com",), unified=True), "5.7.193"),
        (Group("office@contoso.com", members=("scan@contoso.com",), accepts_external=True), None),
    ],
)
def test_a_group_refuses_strangers_by_default(group: Group, code: str | None) -> None:
    world = sent(
        [contoso(group)], "office@contoso.com", sender="x@partner.example", ip=STRANGER,
        content="From: <x@partner.example>\r\n\r\nhello",
    )  # fmt: skip
    assert why(world) == ([] if code is None else [code])


@pytest.mark.parametrize(
    ("size", "limits", "code"),
    [
        (10, {"group.large_group_threshold": 10, "group.large_message_size": 2_000}, "5.2.3"),
        (9, {"group.large_group_threshold": 10, "group.large_message_size": 2_000}, None),
        (10, {"group.large_group_threshold": 10, "group.large_message_size": 2_192}, None),
        (20, {"group.large_group_threshold": 10, "group.large_message_size": 9_000,
              "group.members_max": 20, "group.largest_message_size": 2_000}, "5.2.3"),
        (19, {"group.large_group_threshold": 10, "group.large_message_size": 9_000,
              "group.members_max": 20, "group.largest_message_size": 2_000}, None),
    ],
)  # fmt: skip
def test_large_groups_take_small_messages_only(
    size: int, limits: dict[str, float], code: str | None
) -> None:
    tenant = contoso(Group("all@contoso.com", member_count=size))
    world = sent([tenant], "all@contoso.com", content=BIG, limits=limits)
    assert why(world) == ([] if code is None else [code])


def test_unknown_people_bounce_in_other_words_inside_and_outside() -> None:
    relay = AcceptedDomain("lab.example", type=DomainType.INTERNAL_RELAY)
    tenant = contoso(accepted_domains=(AcceptedDomain("contoso.com"), relay))
    assert why(sent([tenant], "nobody@contoso.com")) == ["5.1.10"]
    assert why(sent([tenant], "nobody@lab.example")) == ["5.4.14"]
    assert why(sent([tenant, FABRIKAM], "nobody@fabrikam.com")) == ["5.4.1"]


# ---- who is outside ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("to", "counts"),
    [
        ("anna@customer.example", True),
        ("fay@fabrikam.com", True),  # other tenants count as external
        ("scan@contoso.com", False),
        ("kim@mail.lab.example", False),  # of an internal relay domain that matches subdomains
        ("kim@mail.shop.example", True),  # a subdomain of one that does not
    ],
)
def test_recipients_outside_the_tenant_use_up_its_quota(to: str, counts: bool) -> None:
    lab = AcceptedDomain("lab.example", type=DomainType.INTERNAL_RELAY, match_subdomains=True)
    shop = AcceptedDomain("shop.example", type=DomainType.INTERNAL_RELAY)
    tenant = contoso(accepted_domains=(AcceptedDomain("contoso.com"), lab, shop))
    world = sent([tenant, FABRIKAM], to)
    used = [g.used for g in world.usage() if (g.who, g.limit) == ("contoso", "tenant.terrl")]
    assert used == ([1] if counts else [])


# ---- reports -----------------------------------------------------------------------------------


def test_of_mail_that_is_dropped_nothing_is_ever_told() -> None:
    """A report that bounces is dropped, and no report tells of it."""
    gone = contoso(Mailbox("full@contoso.com", full=True))
    world = sent([gone], "full@contoso.com", sender="left@contoso.com", notify="SUCCESS,FAILURE")
    (report,) = reports(world)
    assert (report.kind, report.to) == ("failed", "left@contoso.com")
    assert [outcome.fate.value for outcome in report.outcomes] == ["dropped"]


@pytest.mark.parametrize(
    ("to", "notify", "kinds"),
    [
        ("scan@contoso.com", "", []),
        ("scan@contoso.com", "SUCCESS", ["delivered"]),
        ("scan@contoso.com", "success", ["delivered"]),
        ("scan@contoso.com", "FAILURE", []),
        ("anna@customer.example", "SUCCESS", ["relayed"]),
        ("full@contoso.com", "SUCCESS", []),
        ("full@contoso.com", "SUCCESS,FAILURE", ["failed"]),
        ("full@contoso.com", "NEVER", []),
        ("office@contoso.com", "SUCCESS", ["delivered"]),  # asked of the group, of its members
        ("office@contoso.com", "", []),
    ],
)
def test_reports_come_as_the_sender_asked(to: str, notify: str, kinds: list[str]) -> None:
    office = Group("office@contoso.com", members=("ann@contoso.com",))
    tenant = contoso(Mailbox("full@contoso.com", full=True), Mailbox("ann@contoso.com"), office)
    assert [r.kind for r in reports(sent([tenant], to, notify=notify))] == kinds


def text(world: World) -> str:
    return bytes(reports(world)[0].mail.content).decode()


def test_a_report_from_inside_is_the_system_mailboxs_and_one_to_the_outside_the_postmasters() -> (
    None
):
    full = contoso(Mailbox("full@contoso.com", full=True))
    inside = text(sent([full], "full@contoso.com"))
    box = "MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@contoso.onmicrosoft.com"
    assert f'From: "Microsoft Outlook" <{box}>' in inside
    outside = text(sent([full], "full@contoso.com", sender="x@partner.example", ip=STRANGER))
    assert 'From: "Microsoft Outlook" <postmaster@contoso.onmicrosoft.com>' in outside
    assert "To: <x@partner.example>" in outside


def test_a_report_quotes_what_the_sender_may_see() -> None:
    full = contoso(Mailbox("full@contoso.com", full=True))
    lines = text(sent([full], "full@contoso.com", extra=" ENVID=job17")).split("\r\n")
    assert lines[3] == "Subject: Undeliverable: page"
    assert "Delivery has failed to these recipients or groups:" in lines
    assert "Original-Envelope-Id: job17" in lines
    assert "Received-From-MTA: dns;relay.contoso.com" in lines
    assert "Final-Recipient: rfc822;full@contoso.com" in lines
    assert "Action: failed" in lines
    assert "Status: 5.2.2" in lines
    assert "Content-Type: text/rfc822-headers" in lines
    assert "Subject: page" in lines
    assert "hello" not in lines
    whole = text(sent([full], "full@contoso.com", extra=" RET=FULL")).split("\r\n")
    assert "Content-Type: message/rfc822" in whole
    assert "hello" in whole


def test_a_report_of_success_has_no_diagnosis() -> None:
    lines = text(sent([contoso()], "scan@contoso.com", notify="SUCCESS")).split("\r\n")
    assert "Subject: Delivered: page" in lines
    assert "Status: 2.0.0" in lines
    assert [line for line in lines if line.startswith("Diagnostic-Code")] == []
    assert [line for line in lines if line.startswith("Original-")] == []


def test_a_report_on_mail_that_left_says_that_it_was_relayed() -> None:
    lines = text(sent([contoso()], "anna@customer.example", notify="SUCCESS")).split("\r\n")
    assert "Subject: Relayed: page" in lines
    assert "Action: relayed" in lines
    assert "Status: 2.0.0" in lines


def test_a_report_on_a_copy_of_a_group_names_the_member() -> None:
    office = Group("office@contoso.com", members=("full@contoso.com",))
    tenant = contoso(Mailbox("full@contoso.com", full=True), office)
    (report,) = reports(sent([tenant], "office@contoso.com"))
    assert [o.recipient for o in report.of] == ["full@contoso.com"]
    assert [o.original_recipient for o in report.of] == ["office@contoso.com"]


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10"),
        ("Remote Server returned '554 5.2.2 mailbox full'", "5.2.2"),
        ("452 4.5.3 Too many", "4.5.3"),
        ("host 10.0.0.1 said 5.7.1", "5.7.1"),
        ("3.1.4 is no status", "5.0.0"),
        ("no code at all", "5.0.0"),
        ("", "5.0.0"),
    ],
)
def test_the_enhanced_code_is_found_in_a_text(detail: str, code: str) -> None:
    assert enhanced(detail) == code
