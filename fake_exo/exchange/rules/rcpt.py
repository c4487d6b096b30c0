"""RCPT TO. At the MX endpoint: block lists, then attribution, then the tenant's own gates."""

from datetime import date

from fake_exo.exchange.conditions import RELAY_CONDITIONS, header_from_qualifies
from fake_exo.exchange.directory import domain_of, edge_blocks
from fake_exo.exchange.facts import ALL, MX, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.lists import BlockList, listed
from fake_exo.exchange.tenant import InboundConnector, Mailbox
from fake_exo.exchange.usage import Count
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.stage import Stage
from fake_exo.smtp.session import Phase

_RESERVED = ("test", "example", "invalid", "localhost")
_BRACKETS_SINCE = Period(since=date(2018, 9, 1))
_BEHIND_UNKNOWN = Period(since=date(2023, 1, 1), until=date(2024, 1, 1))
_REJECT_DIRECT_SEND = Period(since=date(2025, 4, 1))
_ATTRIBUTION = (
    "Exchange team blog: message attribution 2021",
    "Microsoft: relay requirements 2024-01",
)


def _no_mail(facts: Facts) -> bool:
    return facts.session.phase < Phase.SENDER


def _chunks_begun(facts: Facts) -> bool:
    return facts.session.phase is Phase.CHUNKS


def _bad_syntax(facts: Facts) -> bool:
    return facts.command.problem == "syntax"


def _bad_address(facts: Facts) -> bool:
    return facts.command.problem == "address"


def _no_brackets(facts: Facts) -> bool:
    return facts.command.problem == "brackets"


def _bad_parameter(facts: Facts) -> bool:
    return facts.command.problem == "parameter"


def _single_label(facts: Facts) -> bool:
    domain = domain_of(facts.command.address)
    return "." not in domain and not domain.startswith("[")


def _reserved(facts: Facts) -> bool:
    return domain_of(facts.command.address).rpartition(".")[2] in _RESERVED


def _server_name_in_hello(facts: Facts) -> bool:
    return facts.session.hello.lower().rstrip(".") in facts.session.hosts


def _on(facts: Facts, list_: BlockList) -> bool:
    lists = facts.env.reputation
    return bool(lists.entries) and lists.find(facts.session.client_ip, list_) is not None


def _banned(facts: Facts) -> bool:
    return _on(facts, BlockList.BANNED)


def _manual(facts: Facts) -> bool:
    return _on(facts, BlockList.MANUAL)


def _spamhaus(facts: Facts) -> bool:
    return _on(facts, BlockList.SPAMHAUS)


def _tenant_lists(facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    tenant = facts.attribution.tenant
    if tenant is None:
        return (), ()
    return tenant.organization.ip_allow_list, tenant.organization.ip_block_list


def _hidden_by_allow_list(facts: Facts) -> bool:
    if not facts.env.reputation.entries or not facts.attribution.originating:
        return False
    blocked = _spamhaus(facts) or _banned(facts) or _manual(facts)
    return blocked and listed(facts.session.client_ip, _tenant_lists(facts)[0])


def _customer_blocked(facts: Facts) -> bool:
    allowed, blocked = _tenant_lists(facts)
    client = facts.session.client_ip
    return bool(blocked) and listed(client, blocked) and not listed(client, allowed)


def _throttled(facts: Facts) -> bool:
    """Graylisting of addresses that nobody's connector names: listed, or busier than allowed."""
    if facts.attribution.matched is not None:
        return False
    most = facts.limit("mx.ip_throttle")
    address = facts.session.client_ip
    busy = (
        most is not None and facts.env.usage.total(Count.ADDRESS_HOUR, address, facts.now) >= most
    )
    return busy or _on(facts, BlockList.THROTTLED)


def _blocked_connector(facts: Facts) -> bool:
    origin = facts.attribution.origin
    return origin is not None and origin.connector.blocked


def _wrong_region(facts: Facts) -> bool:
    origin = facts.attribution.origin
    return origin is not None and origin.tenant.forest != facts.session.endpoint.site


def _behind_unknown(facts: Facts) -> bool:
    return facts.session.unknown > 0 and _incoming(facts)


def _of_another_region(facts: Facts) -> bool:
    """Whether a recipient that was taken lives in another region than this one."""
    hosted, directory = facts.attribution.hosted, facts.env.directory
    if hosted is None or not facts.session.by_domain:
        return False
    others = map(directory.hosted, facts.session.by_domain)
    return any(other and other.tenant.forest != hosted.tenant.forest for other in others)


def _not_hosted(facts: Facts) -> bool:
    attributed = facts.attribution
    return attributed.origin is None and attributed.hosted is None


def _relay_without_accepted_domain(facts: Facts) -> bool:
    if not _not_hosted(facts) or facts.attribution.matched is None:
        return False
    return not header_from_qualifies(facts)


def _relay_without_connector(facts: Facts) -> bool:
    return _not_hosted(facts) and facts.attribution.matched is None


def _incoming(facts: Facts) -> bool:
    attributed = facts.attribution
    return attributed.origin is None and attributed.hosted is not None


def _partner(facts: Facts) -> InboundConnector | None:
    return facts.attribution.partner if _incoming(facts) else None


def _partner_demands_tls(facts: Facts) -> bool:
    partner = _partner(facts)
    return partner is not None and partner.require_tls and facts.session.tls is None


def _partner_refuses(facts: Facts) -> bool:
    partner = _partner(facts)
    if partner is None or facts.attribution.partner_ok:
        return False
    return partner.restrict_domains_to_certificate or partner.restrict_domains_to_ip_addresses


def _direct_send_rejected(facts: Facts) -> bool:
    attributed = facts.attribution
    if not _incoming(facts) or attributed.hosted is None or attributed.partner_ok:
        return False
    tenant = attributed.hosted.tenant
    sender = facts.session.mail_from.address if facts.session.mail_from else ""
    hosted = facts.env.directory.hosted(domain_of(sender)) if sender else None
    own = hosted is not None and hosted.tenant.name == tenant.name
    return own and tenant.organization.reject_direct_send


def _edge_blocked(facts: Facts) -> bool:
    hosted = facts.attribution.hosted
    if not _incoming(facts) or hosted is None or not edge_blocks(hosted):
        return False
    return facts.env.directory.recipient(facts.command.address) is None


def _unlicensed(facts: Facts) -> bool:
    hosted = facts.attribution.hosted
    if not _incoming(facts) or hosted is None or not edge_blocks(hosted):
        return False
    known = facts.env.directory.recipient(facts.command.address)
    box = known.recipient if known is not None else None
    return isinstance(box, Mailbox) and not box.provisioned


def _domain_receives_nothing(facts: Facts) -> bool:
    hosted = facts.attribution.hosted
    return _incoming(facts) and hosted is not None and hosted.domain.sending_to_domain_disabled


def _no_mail_users(facts: Facts) -> bool:
    hosted = facts.attribution.hosted
    if not _incoming(facts) or hosted is None:
        return False
    return not (hosted.tenant.mailboxes or hosted.tenant.groups or hosted.tenant.contacts)


def _too_many_of_one_domain(facts: Facts) -> bool:
    most = facts.limit("mx.same_domain_recipients")
    taken = facts.session.by_domain
    return most is not None and taken.get(domain_of(facts.command.address), 0) >= most


RCPT = (
    Rule("rcpt.before-mail", Stage.RCPT, ALL, _no_mail, "rcpt-503",
         why="RCPT came before MAIL was accepted.", fix="Heed the reply to MAIL.",
         confidence=Confidence.MEDIUM),
    Rule("rcpt.after-chunk", Stage.RCPT, ALL, _chunks_begun, "assumed-mix-bdat-data",
         why="RCPT came after message data had begun.", fix="All recipients before BDAT.",
         confidence=Confidence.LOW),
    Rule("rcpt.syntax", Stage.RCPT, ALL, _bad_syntax, "assumed-syntax",
         why="The command is not RCPT TO:<address>.", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("rcpt.invalid-address", Stage.RCPT, ALL, _bad_address, "rcpt-501-513",
         why="The recipient is not an address.", fix="Correct the address book entry.",
         evidence=("Exchange capture 2024",)),
    Rule("rcpt.no-brackets", Stage.RCPT, ALL, _no_brackets, "rcpt-501-513",
         why="The recipient is not in angle brackets.", fix="Correct the client.",
         confidence=Confidence.MEDIUM, active=_BRACKETS_SINCE, switch="strict-angle-brackets"),
    Rule("rcpt.parameter", Stage.RCPT, ALL, _bad_parameter, "assumed-rcpt-parameter",
         why="An ESMTP parameter is unknown or malformed.", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("rcpt.reserved", Stage.RCPT, ALL, _reserved, "rcpt-rfc2606",
         why="The recipient's top-level domain is reserved for examples.",
         fix="Use a real domain.", confidence=Confidence.LOW, switch="reserved-recipients"),
    Rule("rcpt.single-label", Stage.RCPT, ALL, _single_label, "rcpt-516-single-label",
         why="The recipient's domain has no dot.", fix="Enter the whole address.",
         confidence=Confidence.MEDIUM, switch="single-label-recipients"),
    Rule("rcpt.bad-hello", Stage.RCPT, MX, _server_name_in_hello, "ehlo-bad-helo",
         why="The device greeted with the name of the server it talks to.",
         fix="Enter the device's own host name in its HELO field.",
         evidence=("Microsoft: NDR codes 2024-10",), confidence=Confidence.MEDIUM,
         switch="bad-hello-at-recipient"),
    Rule("rcpt.blocked-by-allow-list", Stage.RCPT, MX, _hidden_by_allow_list,
         "rcpt-1-allow-list",
         why="The address is in the connector, on the tenant's IP allow list, and on a block list; "
             "the allow list hides which.",
         fix="Take the address off the IP allow list, then look for the block list.",
         evidence=("Microsoft: unable to relay, blocked by allow list",),
         confidence=Confidence.MEDIUM),
    Rule("rcpt.banned", Stage.RCPT, MX, _banned, "rcpt-606",
         why="The public address is on Microsoft's list of blocked senders; a connector does not "
             "help.",
         fix="Find what sent the spam, then ask for removal at https://sender.office.com and wait "
             "up to a day.",
         evidence=("capture 2019-09-26 MX", "Microsoft: delist portal 2024-06")),
    Rule("rcpt.banned-manual", Stage.RCPT, MX, _manual, "rcpt-511",
         why="The public address is banned and under investigation; the portal does not work.",
         fix="Forward the refusal to delist@microsoft.com and wait up to 48 hours.",
         evidence=("capture 2023 MX", "Microsoft: delist portal 2024-06")),
    Rule("rcpt.spamhaus", Stage.RCPT, MX, _spamhaus, "rcpt-1-spamhaus-biz",
         why="The public address is on a Spamhaus list, as dynamic addresses usually are.",
         fix="Ask Spamhaus for removal, or use client submission, which looks at no list.",
         evidence=("capture 2026-03-01 MX",)),
    Rule("rcpt.customer-block-list", Stage.RCPT, MX, _customer_blocked, "rcpt-513",
         why="The tenant's own IP block list names the address.",
         fix="The tenant's administrator takes it off the connection filter.",
         evidence=("Microsoft: NDR codes 2024-10",)),
    Rule("rcpt.throttled", Stage.RCPT, MX, _throttled, "rcpt-500-busy",
         why="The address is new or sends much more than before, and no connector names it.",
         fix="Create a connector with the address; or retry later, as a mail server would.",
         evidence=("Microsoft: 451 4.7.500-699 2024-08",)),
    Rule("rcpt.connector-blocked", Stage.RCPT, MX, _blocked_connector, "rcpt-711",
         why="Microsoft blocked the inbound connector as compromised.",
         fix="Secure the sender, then unblock the connector under Restricted entities.",
         evidence=("Microsoft: remove blocked connectors",), confidence=Confidence.MEDIUM),
    Rule("rcpt.wrong-region", Stage.RCPT, MX, _wrong_region, "rcpt-451-4462",
         why="The smart host belongs to another region than the tenant.",
         fix="Use the tenant's own MX host name, never a number or another domain's name.",
         evidence=("Microsoft: wrong Office 365 region",), switch="wrong-region"),
    Rule("rcpt.relay.not-accepted-domain", Stage.RCPT, MX, _relay_without_accepted_domain,
         "rcpt-564-attr36",
         why="A connector matches, but neither MAIL FROM nor the certificate is in an accepted "
             "domain of its tenant, so nothing may be relayed to the outside.",
         fix="Use a sender in an accepted domain (on the bizhub: the administrator address), or "
             "verify the domain, or use a certificate.",
         evidence=_ATTRIBUTION, active=RELAY_CONDITIONS),
    Rule("rcpt.relay.no-connector", Stage.RCPT, MX, _relay_without_connector, "rcpt-541-relay",
         why="No enabled OnPremises connector of any tenant lists the public address (or the "
             "certificate), and the recipient's domain is not hosted here.",
         fix="Add the public address the mail really leaves from to the connector and to SPF.",
         evidence=_ATTRIBUTION),
    Rule("rcpt.partner-tls", Stage.RCPT, MX, _partner_demands_tls, "mail-530-570",
         why="A partner connector of the tenant demands TLS for this sender domain.",
         fix="Switch TLS on, or change the connector.",
         evidence=("New-InboundConnector 2026-05",), confidence=Confidence.MEDIUM),
    Rule("rcpt.partner-restricted", Stage.RCPT, MX, _partner_refuses, "rcpt-551",
         why="A partner connector covers the sender domain and restricts it to addresses or a "
             "certificate that this client does not have.",
         fix="Give the device's address a connector of type OnPremises.",
         evidence=("capture 2025-01-29 MX",)),
    Rule("rcpt.direct-send-rejected", Stage.RCPT, MX, _direct_send_rejected, "rcpt-568",
         why="The tenant rejects direct send: MAIL FROM is in one of its own domains and no "
             "connector vouches for the client.",
         fix="Create a connector for the public address or certificate, or use submission.",
         evidence=("Exchange team blog: direct send 2026-05",), active=_REJECT_DIRECT_SEND),
    Rule("rcpt.domain-disabled", Stage.RCPT, MX, _domain_receives_nothing,
         "rcpt-unknown-recipient",
         why="Receiving is switched off for the domain.", fix="Set-AcceptedDomain.",
         confidence=Confidence.LOW),
    Rule("rcpt.no-subscriptions", Stage.RCPT, MX, _no_mail_users, "rcpt-4444",
         why="The domain is set up, but the tenant has no mailbox, group or contact.",
         fix="Finish the set-up: licences and mailboxes before the cutover.",
         confidence=Confidence.MEDIUM),
    Rule("rcpt.behind-unknown", Stage.RCPT, MX, _behind_unknown, "rcpt-452-attr49",
         why="A recipient of this transaction was refused as unknown; the next were told to wait, "
             "in 2023.",
         fix="Take the unknown recipient out; a mail server sends the rest again by itself.",
         evidence=("capture 2023-03-15 MX",), confidence=Confidence.LOW,
         active=_BEHIND_UNKNOWN, switch="behind-refused-recipient"),
    Rule("rcpt.two-regions", Stage.RCPT, MX, _of_another_region, "rcpt-452-attr38",
         why="The recipient lives in another region than one that was taken in this transaction.",
         fix="Send one message for each region; a mail server does so when it tries again.",
         evidence=("Mailu#3013 2023-10",), confidence=Confidence.LOW,
         switch="recipients-of-two-regions"),
    Rule("rcpt.unlicensed", Stage.RCPT, MX, _unlicensed, "rcpt-unknown-recipient",
         why="The user has no licence, so there is no mailbox; that the edge says so is a guess.",
         fix="Assign a licence, or make it a shared mailbox.", confidence=Confidence.LOW),
    Rule("rcpt.unknown", Stage.RCPT, MX, _edge_blocked, "rcpt-unknown-recipient",
         why="The domain is authoritative and nobody in it has this address.",
         fix="Correct the address, or create the recipient; InternalRelay if it lives elsewhere.",
         evidence=("capture 2026-07-13 MX",)),
    Rule("rcpt.too-many-of-one-domain", Stage.RCPT, MX, _too_many_of_one_domain, "rcpt-452-453",
         why="More than 200 recipients of one domain in one message.",
         fix="Send the rest in a second message.",
         evidence=("Microsoft: NDR codes 2024-10",)),
)  # fmt: skip
