"""High Volume Email: what its endpoint asks beside what every endpoint with accounts asks.

Nobody has captured a whole session: codes are measured by users or listed by Microsoft, most words
are ours. What is not attested at all has a switch.
"""

from datetime import date, timedelta

from fake_exo.exchange.directory import domain_of
from fake_exo.exchange.facts import HVE as ON
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.facts import Facts
from fake_exo.exchange.quotas import outside
from fake_exo.exchange.tenant import AccessToken, BillingStatus, Contact, HveAccount
from fake_exo.exchange.usage import Count
from fake_exo.mail.fields import MessageFacts
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Attempt

# Days of which only the month, or "mid 2025", is published: the first that fits.
_PREVIEW = Period(until=date(2026, 3, 31))
_OUTSIDE_ALLOWED = Period(until=date(2025, 6, 1))
_OUTSIDE_REFUSED = Period(since=date(2025, 6, 1))
_BILLED = Period(since=date(2026, 6, 1))
_BASIC_ENDED = Period(since=date(2028, 9, 1))
# A token was refused 8 minutes and a half before its end (2025-01); Microsoft says about ten.
_SOON = timedelta(minutes=10).total_seconds()
_MEASURED = ("postfix-entra-relay 2026-08, measured",)
_OAUTH = ("Learn: oauth-high-volume-mails-m365",)
_TROUBLE = ("Learn: troubleshoot-high-volume-email-m365",)


def _attempt(facts: Facts) -> Attempt:
    assert facts.command.attempt is not None
    return facts.command.attempt


def _message(facts: Facts) -> MessageFacts:
    assert facts.message is not None
    return facts.message


# ---- AUTH ----------------------------------------------------------------------------------------


def _basic(facts: Facts) -> bool:
    return _attempt(facts).mechanism == "LOGIN"


def _undecodable(facts: Facts) -> bool:
    return not _basic(facts) and _attempt(facts).step == "undecodable"


def _no_data(facts: Facts) -> bool:
    return _attempt(facts).lacks == "data"


def _no_user(facts: Facts) -> bool:
    return _attempt(facts).lacks == "user"


def _no_auth(facts: Facts) -> bool:
    return _attempt(facts).lacks == "auth"


def _no_bearer(facts: Facts) -> bool:
    return _attempt(facts).lacks == "bearer"


def _no_token(facts: Facts) -> bool:
    return _attempt(facts).lacks == "token"


def _account(facts: Facts) -> HveAccount | None:
    known = facts.env.directory.login(_attempt(facts).user)
    account = known.account if known is not None else None
    return account if isinstance(account, HveAccount) else None


def _token(facts: Facts) -> AccessToken | None:
    account = _account(facts)
    return None if account is None else account.token(_attempt(facts).secret)


def _mailboxes_own(facts: Facts) -> bool:
    """The token is good, but of somebody with a mailbox."""
    known = facts.env.directory.login(_attempt(facts).user)
    if known is None or isinstance(known.account, HveAccount):
        return False
    return _attempt(facts).secret in known.account.access_tokens


def _token_unknown(facts: Facts) -> bool:
    return not _basic(facts) and _token(facts) is None and not _mailboxes_own(facts)


def _no_account(facts: Facts) -> bool:
    return _account(facts) is None


def _left(token: AccessToken | None, now: float) -> float:
    """Seconds for which a token is still good."""
    if token is None or token.expires is None:
        return float("inf")
    return token.expires.timestamp() - now


def _expired(facts: Facts) -> bool:
    return _left(_token(facts), facts.now) <= 0


def _expires_soon(facts: Facts) -> bool:
    return _left(_token(facts), facts.now) < _SOON


def _without_permission(facts: Facts) -> bool:
    token = _token(facts)
    return token is not None and "mail.send" not in map(str.lower, token.permissions)


def _not_allowed(facts: Facts) -> bool:
    """The page names application ids, a relay in production compares object ids: both count."""
    account, token = _account(facts), _token(facts)
    if account is None or token is None:
        return False
    allowed = {entry.lower() for entry in account.allowed_applications}
    return allowed.isdisjoint({token.application.lower(), token.service_principal.lower()})


def _without_policy(facts: Facts) -> bool:
    """What a policy says is judged at both endpoints; here there must be one."""
    known = facts.env.directory.login(_attempt(facts).user)
    if not _basic(facts) or known is None:
        return False
    default = known.tenant.organization.default_authentication_policy
    return known.account.authentication_policy is None and default is None


def _not_billed(facts: Facts) -> bool:
    account = _account(facts)
    return account is not None and account.billing_status is not BillingStatus.VALID


# ---- MAIL, RCPT and the message ------------------------------------------------------------------


def _own(facts: Facts, address: str) -> bool:
    """Whether an address is the account's: in the preview any of its addresses was."""
    user = facts.session.user
    if not isinstance(user, HveAccount):
        return False
    aliases = _PREVIEW.holds(facts.day) or facts.env.service.on("hve-aliases-send")
    own = (user.address, *user.aliases) if aliases else (user.address,)
    return address.lower() in map(str.lower, own)


def _token_over(facts: Facts) -> bool:
    return _left(facts.session.token, facts.now) <= 0


def _other_sender(facts: Facts) -> bool:
    return not _own(facts, facts.command.address)


def _other_from(facts: Facts) -> bool:
    return not all(_own(facts, address) for address in _message(facts).from_addresses)


def _outside(facts: Facts, address: str) -> bool:
    tenant, directory = facts.session.tenant, facts.env.directory
    if tenant is None:
        return False
    if outside(tenant, directory, address):
        return True
    known = directory.recipient(address)
    if known is None or not isinstance(known.recipient, Contact):
        return False
    led_out = outside(tenant, directory, known.recipient.external_address)
    return led_out and facts.env.service.on("hve-contacts-are-outside")


def _outside_recipient(facts: Facts) -> bool:
    return _outside(facts, facts.command.address)


def _used_up(facts: Facts, limit: str, what: Count, more: int) -> bool:
    tenant, most = facts.session.tenant, facts.limit(limit)
    if tenant is None or most is None or not more:
        return False
    return facts.env.usage.total(what, tenant.name, facts.now) + more > most


def _people(facts: Facts) -> tuple[int, int]:
    """How many recipients of the message are inside, and how many outside."""
    tenant, people = facts.session.tenant, facts.session.recipients
    assert tenant is not None
    directory = facts.env.directory
    away = sum(outside(tenant, directory, f"@{domain_of(r.address)}") for r in people)
    return len(people) - away, away


def _outside_used_up(facts: Facts) -> bool:
    more = _people(facts)[1]
    return _used_up(facts, "hve.external_recipients", Count.HVE_OUTSIDE_DAY, more)


def _inside_used_up(facts: Facts) -> bool:
    more = _people(facts)[0]
    return _used_up(facts, "hve.recipient_rate", Count.HVE_INSIDE_DAY, more)


def _too_many(facts: Facts) -> bool:
    most = facts.limit("hve.recipients_per_message")
    return most is not None and len(facts.session.recipients) > most


def _too_large(facts: Facts) -> bool:
    largest = facts.limit("hve.message_size")
    return largest is not None and _message(facts).size > largest


HVE = (
    Rule("hve.xoauth2.nothing", Stage.AUTH, ON, _no_data, "assumed-hve-5-5-121",
         why="XOAUTH2 came without its data.", fix="Send user and token in one base64 text.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.xoauth2.undecodable", Stage.AUTH, ON, _undecodable, "assumed-hve-5-5-122",
         why="The XOAUTH2 data are not base64.", fix="Encode user and token as one base64 line.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.xoauth2.no-user", Stage.AUTH, ON, _no_user, "assumed-hve-5-5-123",
         why="The XOAUTH2 data have no user=.", fix="Begin with user= and the account's name.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.xoauth2.no-auth", Stage.AUTH, ON, _no_auth, "hve-xoauth2-data",
         why="The XOAUTH2 data have no auth= behind the user and a byte 1.",
         fix="user=NAME^Aauth=Bearer TOKEN^A^A, with ^A the byte 1.",
         evidence=("sasl-xoauth2#110, 2025-09",), confidence=Confidence.MEDIUM),
    Rule("hve.xoauth2.no-bearer", Stage.AUTH, ON, _no_bearer, "assumed-hve-5-5-125",
         why="Behind auth= there is no word Bearer.",
         fix="Put Bearer and a space before the token.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.xoauth2.no-token", Stage.AUTH, ON, _no_token, "assumed-hve-5-5-126",
         why="Behind Bearer there is no token.", fix="Get a token before signing in.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.basic-ended", Stage.AUTH, ON, _basic, "assumed-hve-basic-ended",
         why="Passwords work until September 2028; the words of the end are not published.",
         fix="OAuth with the application permission Mail.Send.",
         evidence=("Exchange team blog: continued support for Basic authentication, 2026-04",),
         confidence=Confidence.LOW, active=_BASIC_ENDED, switch="hve-basic-ended"),
    Rule("hve.without-policy", Stage.AUTH, ON, _without_policy, "auth-139-basic-disabled",
         why="Neither the account nor the organisation has an authentication policy, and a "
             "password needs one with AllowBasicAuthSmtp.",
         fix="Set-User -AuthenticationPolicy with a policy of New-AuthenticationPolicy "
             "-AllowBasicAuthSmtp.",
         evidence=_TROUBLE, confidence=Confidence.LOW, switch="hve-policy-is-needed"),
    Rule("hve.token", Stage.AUTH, ON, _token_unknown, "hve-xoauth2-failed",
         why="The token is not one that this account accepts.",
         fix="Get a token for https://outlook.office365.com/.default with the application "
             "permission Mail.Send, and name the account as user.",
         evidence=_MEASURED, confidence=Confidence.MEDIUM),
    Rule("hve.not-an-account", Stage.AUTH, ON, _no_account, "assumed-hve-not-an-account",
         why="The credentials are right, but of a mailbox; only High Volume Email accounts sign in "
             "here.",
         fix="Sign in with an account of New-MailUser -HighVolumeMail, or use smtp.office365.com.",
         evidence=_MEASURED, confidence=Confidence.LOW),
    Rule("hve.token-expired", Stage.AUTH, ON, _expired, "assumed-hve-token-expired",
         why="The token has expired.", fix="Get a new token before it expires.",
         evidence=_OAUTH, confidence=Confidence.LOW),
    Rule("hve.token-expiring", Stage.AUTH, ON, _expires_soon, "hve-token-expiring",
         why="The token is good for less than about ten minutes: a session must not outlive it.",
         fix="Renew the token at least ten minutes before its end (refresh_window 600).",
         evidence=("sasl-xoauth2#98, 2025-01",), confidence=Confidence.MEDIUM),
    Rule("hve.token-permissions", Stage.AUTH, ON, _without_permission,
         "hve-token-permissions",
         why="The token does not carry the application permission Mail.Send of Office 365 Exchange "
             "Online; SMTP.SendAsApp is of no use here.",
         fix="Add Mail.Send (application) to the app registration and consent as administrator.",
         evidence=_OAUTH, confidence=Confidence.MEDIUM),
    Rule("hve.application", Stage.AUTH, ON, _not_allowed, "hve-app-not-allowed",
         why="The application is not on the account's list.",
         fix="Add-HVEAppAccess for the account, then wait about five minutes.",
         evidence=("Add-HVEAppAccess",), confidence=Confidence.MEDIUM),
    Rule("hve.billing", Stage.AUTH, ON, _not_billed, "assumed-hve-billing",
         why="The account has no valid billing policy, without which it cannot send. Stage and "
             "words are not published.",
         fix="Set-HVEAccount -BillingPolicyId; Get-HVEAccountBillingPolicy must say "
             "BillingPolicyValid.",
         evidence=("Get-HVEAccountBillingPolicy", *_TROUBLE), confidence=Confidence.LOW,
         active=_BILLED, switch="hve-billing-at-sign-in"),
    Rule("hve.session-token", Stage.MAIL, ON, _token_over, "assumed-hve-session-token",
         why="The token with which the session began has expired: a session must not outlive it. "
             "Where that is looked at is not published.",
         fix="Open a new session with a new token.",
         evidence=_OAUTH, confidence=Confidence.LOW, switch="hve-token-ends-session"),
    Rule("hve.sender", Stage.MAIL, ON, _other_sender, "assumed-hve-mail-from",
         why="MAIL FROM is not the account's own address; Send As does not exist here.",
         fix="Set the sender of every device to the account, or let a relay rewrite it.",
         evidence=_MEASURED, confidence=Confidence.MEDIUM),
    Rule("hve.outside", Stage.RCPT, ON, _outside_recipient, "hve-external",
         why="The recipient is outside the tenant; a contact that leads out counts as well.",
         fix="Send such mail by client submission, a connector or another service.",
         evidence=("tiagoscarvalho.com", "Exchange team blog 2025"), confidence=Confidence.MEDIUM,
         active=_OUTSIDE_REFUSED),
    Rule("hve.from", Stage.MESSAGE, ON, _other_from, "assumed-hve-header-from",
         why="The From header is not the account's own address.",
         fix="Set From in every device to the account; put the scanner's name into the display "
             "name, and people into Reply-To.",
         evidence=_MEASURED, confidence=Confidence.MEDIUM),
    Rule("hve.recipients", Stage.MESSAGE, ON, _too_many, "eod-recipients",
         why="More than 50 recipients in one message.",
         fix="Use a distribution list, which counts as one, or messages of 50.",
         evidence=("Learn: high-volume-mails-m365",), confidence=Confidence.LOW),
    Rule("hve.size", Stage.MESSAGE, ON, _too_large, "eod-size-submission",
         why="The message as transmitted (base64 adds a third) is larger than 10 MB, whatever EHLO "
             "announced.",
         fix="Lower the resolution, split by pages, or send large scans by client submission.",
         evidence=("Learn: high-volume-mails-m365",), confidence=Confidence.LOW),
    Rule("hve.outside-a-day", Stage.MESSAGE, ON, _outside_used_up, "assumed-hve-day-quota",
         why="In the preview a tenant could write to 2,000 recipients outside in a day.",
         fix="Wait, or send by another service.",
         evidence=("Exchange team blog: High Volume Email 2024-04",), confidence=Confidence.LOW,
         active=_OUTSIDE_ALLOWED),
    Rule("hve.inside-a-day", Stage.MESSAGE, ON, _inside_used_up, "assumed-hve-day-quota",
         why="In the preview a tenant could write to 100,000 recipients inside in a day.",
         fix="Wait; there is no such limit since general availability.",
         evidence=("Exchange team blog: High Volume Email 2024-04",), confidence=Confidence.LOW,
         active=_PREVIEW),
)  # fmt: skip
