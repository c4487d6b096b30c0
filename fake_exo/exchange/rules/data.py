"""DATA and BDAT, and the decision at the end of the message."""

from datetime import date

from fake_exo.exchange.attribution import NOBODY
from fake_exo.exchange.conditions import header_from_qualifies, may_send_as
from fake_exo.exchange.directory import domain_of
from fake_exo.exchange.facts import ALL, MX, SUBMISSION, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.quotas import outside
from fake_exo.exchange.tenant import ThresholdAction
from fake_exo.exchange.usage import Count
from fake_exo.mail.fields import MessageFacts
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.stage import Stage
from fake_exo.smtp.session import Phase

_CHECKED_AT_END = Period(since=date(2018, 9, 1))
_CONCURRENCY = Period(since=date(2018, 9, 1))
_DMARC_HONORED = Period(since=date(2023, 8, 1))  # the change was announced for that summer
_MESSAGE_RATE_WORDS = Period(since=date(2026, 1, 1))  # the wording is of 2026


def _message(facts: Facts) -> MessageFacts:
    assert facts.message is not None
    return facts.message


def _no_mail(facts: Facts) -> bool:
    return facts.session.phase < Phase.SENDER


def _no_recipient(facts: Facts) -> bool:
    return facts.session.phase < Phase.RECIPIENTS


def _chunks_begun(facts: Facts) -> bool:
    return facts.session.phase is Phase.CHUNKS


def _binary(facts: Facts) -> bool:
    mail = facts.session.mail_from
    return mail is not None and mail.parameters.get("BODY", "").upper() == "BINARYMIME"


def _bad_syntax(facts: Facts) -> bool:
    return facts.command.problem == "syntax"


def _over_service_size(facts: Facts) -> bool:
    largest = facts.limit("service.message_size_max")
    return largest is not None and _message(facts).size > largest


def _over_header_size(facts: Facts) -> bool:
    largest = facts.limit("message.header_size")
    return largest is not None and _message(facts).header_size > largest


def _looping(facts: Facts) -> bool:
    most = facts.limit("loop.iterations")
    return most is not None and _message(facts).received_count > most


def _no_from(facts: Facts) -> bool:
    return bool(_message(facts).from_problem)


def _several_from(facts: Facts) -> bool:
    return len(_message(facts).from_addresses) > 1 and not _message(facts).sender


def _header_from_foreign(facts: Facts) -> bool:
    """Between 2017 and 2023 relay with a foreign envelope sender rested on the header From."""
    attribution = facts.attribution
    if attribution is NOBODY or attribution.originating or attribution.hosted is not None:
        return False
    return not _from_accepted(facts)


def _from_accepted(facts: Facts) -> bool:
    matched = facts.attribution.matched
    if matched is None:
        return False
    domains = (domain_of(address) for address in _message(facts).from_addresses)
    hosted = (facts.env.directory.hosted(domain) for domain in domains)
    return any(h is not None and h.tenant.name == matched.tenant.name for h in hosted)


def _qualifying_period_only(facts: Facts) -> bool:
    return header_from_qualifies(facts) and _header_from_foreign(facts)


def _judged(facts: Facts, refusal: str) -> bool:
    return facts.judgement is not None and facts.judgement.refusal == refusal


def _dmarc_reject(facts: Facts) -> bool:
    return _judged(facts, "5.7.509")


def _unauthenticated_ipv6(facts: Facts) -> bool:
    return _judged(facts, "4.7.26")


def _restricted(facts: Facts) -> bool:
    user = facts.session.mailbox
    if user is None:
        return False
    return user.restricted or facts.env.usage.blocked(user.address, facts.now)


def _over_outbound_policy(facts: Facts) -> bool:
    """The administrator's own limits on a mailbox, per hour and per day."""
    user, tenant = facts.session.mailbox, facts.session.tenant
    if user is None or tenant is None:
        return False
    policy, people = tenant.organization, facts.session.recipients
    if policy.action_when_threshold_reached is ThresholdAction.ALERT:
        return False
    out = sum(outside(tenant, facts.env.directory, r.address) for r in people)
    rows = (
        (policy.recipient_limit_external_per_hour, "policy.outbound_external_per_hour",
         Count.EXTERNAL_HOUR, out),
        (policy.recipient_limit_internal_per_hour, "policy.outbound_internal_per_hour",
         Count.INTERNAL_HOUR, len(people) - out),
        (policy.recipient_limit_per_day, "policy.outbound_per_day",
         Count.RECIPIENTS_DAY, len(people)),
    )  # fmt: skip
    return any(
        (most := own or facts.limit(limit)) and _used(facts, what) + more > most
        for own, limit, what, more in rows
    )


def _used(facts: Facts, what: Count) -> int:
    user = facts.session.mailbox
    return facts.env.usage.total(what, user.address, facts.now) if user is not None else 0


def _too_fast(facts: Facts) -> bool:
    most = facts.limit("submission.messages_per_minute")
    return most is not None and _used(facts, Count.MESSAGES_MINUTE) >= most


def _throttled(facts: Facts, limit: str, rule: str) -> bool:
    """Too many refusals of one kind: blocked even for good messages. No number is published."""
    most, user = facts.limit(limit), facts.session.mailbox
    if most is None or user is None:
        return False
    who = f"{user.address} {rule}"
    return facts.env.usage.total(Count.ERRORS_HOUR, who, facts.now) >= most


def _full_throttled(facts: Facts) -> bool:
    return _throttled(facts, "submission.error_throttle_mailbox_full", "message.sender-full")


def _send_as_throttled(facts: Facts) -> bool:
    return _throttled(facts, "submission.error_throttle_send_as_denied", "message.send-as-denied")


def _recipients_throttled(facts: Facts) -> bool:
    return _throttled(facts, "submission.error_throttle_too_many_recipients", "message.recipients")


def _invalid_throttled(facts: Facts) -> bool:
    return _throttled(facts, "submission.error_throttle_invalid_recipients", "ndr-5110")


def _send_as_denied(facts: Facts) -> bool:
    message = _message(facts)
    used = [*message.from_addresses, message.sender] if message.sender else message.from_addresses
    return not all(may_send_as(facts, address) for address in used)


def _sender_full(facts: Facts) -> bool:
    return facts.session.mailbox is not None and facts.session.mailbox.full


def _too_many_at_once(facts: Facts) -> bool:
    most = facts.limit("submission.concurrent_connections")
    user = facts.session.mailbox
    return user is not None and most is not None and facts.env.usage.in_flight(user.address) > most


def _over_mailbox_size(facts: Facts) -> bool:
    user = facts.session.mailbox
    own = user.max_send_size if user is not None else None
    largest = own if own is not None else facts.limit("submission.message_size_default_send")
    return largest is not None and _message(facts).size > largest


def recipient_limit(facts: Facts) -> float | None:
    """Recipients a message: the lower of the mailbox's and the organisation's limit."""
    user, tenant = facts.session.mailbox, facts.session.tenant
    if user is None or tenant is None:
        return None
    service = facts.limit("submission.recipients_per_message_max")
    default = facts.limit("submission.recipients_per_message_default")
    mine = user.recipient_limit if user.recipient_limit is not None else default
    own = tenant.organization.max_recipient_envelope_limit
    whole = own if own is not None else facts.limit("tenant.max_recipient_envelope_limit")
    given = [limit for limit in (mine, whole, service) if limit is not None]
    return min(given, default=None)


def _too_many_recipients(facts: Facts) -> bool:
    most = recipient_limit(facts)
    return most is not None and len(facts.session.recipients) > most


def _day_quota(facts: Facts) -> bool:
    user = facts.session.mailbox
    most = facts.limit("submission.recipients_per_day")
    if user is None or most is None:
        return False
    sent = facts.env.usage.total(Count.RECIPIENTS_DAY, user.address, facts.now)
    return sent + len(facts.session.recipients) > most


DATA = (
    Rule("data.after-chunk", Stage.DATA, ALL, _chunks_begun, "assumed-mix-bdat-data",
         why="DATA after BDAT in one transaction.", fix="One or the other.",
         confidence=Confidence.LOW),
    Rule("data.before-mail", Stage.DATA, ALL, _no_mail, "bdat-503",
         why="DATA came before MAIL was accepted.", fix="Heed the reply to MAIL.",
         confidence=Confidence.LOW),
    Rule("data.before-rcpt", Stage.DATA, ALL, _no_recipient, "data-503",
         why="No recipient was accepted.", fix="Heed the replies to RCPT.",
         confidence=Confidence.MEDIUM),
    Rule("data.binary", Stage.DATA, ALL, _binary, "assumed-binarymime-needs-bdat",
         why="BODY=BINARYMIME was announced, which only BDAT can carry.", fix="Use BDAT.",
         confidence=Confidence.LOW),
)  # fmt: skip

CHUNK = (
    Rule("chunk.syntax", Stage.CHUNK, ALL, _bad_syntax, "assumed-bdat-syntax",
         why="The command is not BDAT size [LAST].", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("chunk.before-mail", Stage.CHUNK, ALL, _no_mail, "bdat-503",
         why="BDAT came before MAIL was accepted.", fix="Heed the reply to MAIL.",
         confidence=Confidence.LOW),
    Rule("chunk.before-rcpt", Stage.CHUNK, ALL, _no_recipient, "data-503",
         why="No recipient was accepted.", fix="Heed the replies to RCPT.",
         confidence=Confidence.LOW),
)  # fmt: skip

MESSAGE = (
    Rule("message.service-size", Stage.MESSAGE, ALL, _over_service_size, "mail-552-534",
         why="The message is larger than the service takes at all.",
         fix="Lower the resolution, split by pages, or send a link.",
         confidence=Confidence.MEDIUM),
    Rule("message.header-size", Stage.MESSAGE, ALL, _over_header_size, "data-552-header",
         why="The header section is larger than the service takes; the number is not published.",
         fix="Shorten the headers.", evidence=("capture 2019-09 smtp.office365.com",)),
    Rule("message.dmarc", Stage.MESSAGE, MX, _dmarc_reject, "eod-509",
         why="The domain in From asks for mail that fails DMARC to be refused, neither SPF nor "
             "DKIM passes for it, and no connector vouches for the client.",
         fix="Put the address into the domain's SPF record and send from the same domain; or a "
             "connector; or client submission.",
         evidence=("Microsoft: NDR codes 2024-10",), active=_DMARC_HONORED),
    Rule("message.ipv6-unauthenticated", Stage.MESSAGE, MX, _unauthenticated_ipv6, "eod-4.7.26",
         why="Anonymous mail over IPv6 must pass SPF or DKIM.",
         fix="Switch IPv6 off in the device, or put the address into SPF (ip6:) or a connector.",
         evidence=("Microsoft: NDR codes 2024-10",), confidence=Confidence.MEDIUM),
    Rule("message.loop", Stage.MESSAGE, MX, _looping, "eod-5414",
         why="The message carries more Received headers than the loop limit.",
         fix="Look for a connector that sends the mail back.",
         evidence=("capture 2025-11-06 MX",)),
    Rule("message.from-missing", Stage.MESSAGE, ALL, _no_from, "eod-512",
         why="The From header is missing or holds no valid address.",
         fix="Enter a whole address, in angle brackets behind a display name, as From.",
         evidence=("Microsoft: NDR codes 2024-10",), confidence=Confidence.MEDIUM),
    Rule("message.several-from", Stage.MESSAGE, ALL, _several_from, "eod-5.1.20",
         why="From names several addresses and there is no Sender header.",
         fix="One address in From.", evidence=("Microsoft: 550 5.1.20",)),
    Rule("message.relay.header-from", Stage.MESSAGE, MX, _qualifying_period_only,
         "rcpt-564-attr36",
         why="A connector matches, but envelope sender, certificate and header From are all "
             "outside the tenant's accepted domains.",
         fix="Use a sender in an accepted domain.",
         evidence=("Microsoft: relay requirements 2024-01",), confidence=Confidence.MEDIUM),
    Rule("message.restricted", Stage.MESSAGE, SUBMISSION, _restricted, "eod-5.1.8",
         why="The mailbox is restricted for sending spam.",
         fix="Change the password, then unblock the user under Restricted entities.",
         evidence=("Microsoft: fix 5.1.8",), confidence=Confidence.MEDIUM),
    Rule("message.outbound-policy", Stage.MESSAGE, SUBMISSION, _over_outbound_policy, "eod-5.1.8",
         why="The mailbox is over the recipients an hour or a day that the outbound spam policy "
             "of the tenant allows; it is now blocked, for the rest of the day or for good.",
         fix="Raise the policy's limits for this mailbox, or send less; then unblock it.",
         evidence=("Set-HostedOutboundSpamFilterPolicy",), confidence=Confidence.MEDIUM),
    Rule("message.throttled-full", Stage.MESSAGE, SUBMISSION, _full_throttled,
         "assumed-throttled-mailbox-full",
         why="A row of full-mailbox errors: the mailbox is blocked for a while, whatever it sends.",
         fix="Empty the mailbox and wait.", confidence=Confidence.LOW),
    Rule("message.throttled-send-as", Stage.MESSAGE, SUBMISSION, _send_as_throttled,
         "assumed-throttled-send-as",
         why="A row of refusals of Send As: the mailbox is blocked for a while, whatever it sends.",
         fix="Correct the From address in the device, then wait.", confidence=Confidence.LOW),
    Rule("message.throttled-recipients", Stage.MESSAGE, SUBMISSION, _recipients_throttled,
         "assumed-throttled-too-many-recipients",
         why="A row of messages with too many recipients: the mailbox is blocked for a while.",
         fix="Use a group, then wait.", confidence=Confidence.LOW),
    Rule("message.throttled-invalid", Stage.MESSAGE, SUBMISSION, _invalid_throttled,
         "assumed-throttled-invalid-recipients",
         why="A row of mails to nobody: the mailbox is blocked for a while, whatever it sends.",
         fix="Correct the address book of the device, then wait.", confidence=Confidence.LOW),
    Rule("message.too-fast", Stage.MESSAGE, SUBMISSION, _too_fast, "any-4.5.127",
         why="The mailbox sent more messages within a minute than it may.",
         fix="Spread the messages, or retry after a minute as a mail server would.",
         evidence=("copies of the service description",), confidence=Confidence.LOW,
         active=_MESSAGE_RATE_WORDS, switch="reject-over-message-rate"),
    Rule("message.too-many-at-once", Stage.MESSAGE, SUBMISSION, _too_many_at_once,
         "message-concurrent",
         why="More than three messages of this mailbox were on their way at once.",
         fix="One mailbox a device, or a concurrency of two or three with retries.",
         evidence=("capture 2025-09-30", "Microsoft: SMTP submission improvements 2024-01"),
         active=_CONCURRENCY),
    Rule("message.send-as-denied", Stage.MESSAGE, SUBMISSION, _send_as_denied,
         "message-send-as-denied",
         why="The From (or Sender) header is neither an address of the signed-in mailbox nor one "
             "that it may send as. MAIL FROM had been accepted.",
         fix="Make the device's sender (on the bizhub: administrator address) the same as the "
             "login, or grant Send As with Add-RecipientPermission.",
         evidence=("capture 2023-06", "test 2026-08-13"), active=_CHECKED_AT_END),
    Rule("message.sender-full", Stage.MESSAGE, SUBMISSION, _sender_full, "eod-5.2.2-full",
         why="The sending mailbox is full, so no copy can be kept in Sent Items.",
         fix="Empty the mailbox, or give it a larger quota.",
         evidence=("Microsoft: SMTP submission improvements 2024-01",)),
    Rule("message.mailbox-size", Stage.MESSAGE, SUBMISSION, _over_mailbox_size,
         "eod-size-submission",
         why="The message as transmitted (base64 adds a third) is larger than the mailbox may "
             "send, whatever EHLO announced.",
         fix="Lower the resolution, split by pages, or raise MaxSendSize (at most 150 MB).",
         evidence=("capture 2024-11",), confidence=Confidence.MEDIUM),
    Rule("message.recipients", Stage.MESSAGE, SUBMISSION, _too_many_recipients, "eod-recipients",
         why="More recipients than one message of this mailbox may have.",
         fix="Use a group (it counts as one), or several messages.",
         evidence=("Set-Mailbox -RecipientLimits 2026-08",), confidence=Confidence.MEDIUM),
    Rule("message.day-quota", Stage.MESSAGE, SUBMISSION, _day_quota, "eod-5.2.0-quota",
         why="The mailbox has reached its recipients for the past 24 hours.",
         fix="Wait until the sliding day has moved on; for bulk mail use another service.",
         evidence=("Microsoft: SMTP submission improvements 2024-01",),
         confidence=Confidence.MEDIUM),
)  # fmt: skip
