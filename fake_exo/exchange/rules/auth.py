"""AUTH: what is offered, the prompts, and the gates a sign-in must pass, in their order.

An attempt must pass every gate: transport, mailbox switch over tenant switch, retirement of Basic
authentication, authentication policy, security defaults, Conditional Access, then the password.
The order of the last four is not documented.
"""

from datetime import date

from fake_exo.exchange.facts import ALL, LEGACY, MX, SIGNS_IN, SUBMISSION, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.exchange.tenant import Account, AuthenticationPolicy, Mailbox, SignIn, Tenant
from fake_exo.kernel.endpoint import Trait
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.rule import After, always
from fake_exo.rules.stage import Stage
from fake_exo.smtp.command import Attempt
from fake_exo.smtp.session import Phase

# LOGIN alone on 2017-02-10, XOAUTH2 beside it on 2017-11-28.
_TOKENS = Period(since=date(2017, 11, 28))
_OLD_TLS_REFUSED = Period(since=date(2021, 9, 1), first_seen=date(2022, 3, 9))
OFF_BY_DEFAULT_SINCE = date(2020, 2, 1)  # "organizations created after January 2020"
_BASIC_OFF = Period(since=date(2026, 12, 31))
_SOURCES = (
    "Learn: authenticated-client-smtp-submission",
    "Set-CASMailbox, Set-TransportConfig 2026-05",
)


def _attempt(facts: Facts) -> Attempt:
    assert facts.command.attempt is not None
    return facts.command.attempt


def _account(facts: Facts) -> tuple[Tenant, Account] | None:
    known = facts.env.directory.login(_attempt(facts).user)
    return None if known is None else (known.tenant, known.account)


def _mailbox(facts: Facts) -> tuple[Tenant, Mailbox] | None:
    known = facts.env.directory.login(_attempt(facts).user)
    if known is None or not isinstance(known.account, Mailbox):
        return None
    return known.tenant, known.account


def _no_hello(facts: Facts) -> bool:
    return facts.session.phase is Phase.CONNECTED


def _before_tls(facts: Facts) -> bool:
    return facts.session.tls is None


def _signed_in(facts: Facts) -> bool:
    return facts.session.user is not None


def _not_offered(facts: Facts) -> bool:
    mechanism = _attempt(facts).mechanism
    return mechanism != "LOGIN" and not (mechanism == "XOAUTH2" and _TOKENS.holds(facts.day))


def _old_tls(facts: Facts) -> bool:
    return facts.session.tls is not None and facts.session.tls.legacy


def _old_tls_refused(facts: Facts) -> bool:
    return _old_tls(facts) and Trait.OLD_TLS not in facts.session.endpoint.can


def _old_tls_not_allowed(facts: Facts) -> bool:
    account = _account(facts)
    if not _old_tls(facts) or account is None:
        return False
    return not account[0].organization.allow_legacy_tls_clients


def _cancelled(facts: Facts) -> bool:
    return _attempt(facts).step == "cancelled"


def _undecodable(facts: Facts) -> bool:
    return _attempt(facts).step == "undecodable"


def _undecodable_login(facts: Facts) -> bool:
    return _undecodable(facts) and _basic(facts)


def _wants_user(facts: Facts) -> bool:
    return _attempt(facts).step == "user"


def _wants_password(facts: Facts) -> bool:
    return _attempt(facts).step == "password"


def _wants_token(facts: Facts) -> bool:
    return _attempt(facts).step == "token"


def _basic(facts: Facts) -> bool:
    return _attempt(facts).mechanism == "LOGIN"


def _mailbox_off(facts: Facts) -> bool:
    account = _mailbox(facts)
    return account is not None and account[1].smtp_client_authentication_disabled is True


def _tenant_off(facts: Facts) -> bool:
    account = _mailbox(facts)
    if account is None or account[1].smtp_client_authentication_disabled is not None:
        return False
    switch = account[0].organization.smtp_client_authentication_disabled
    by_age = account[0].created >= OFF_BY_DEFAULT_SINCE <= facts.day
    return by_age if switch is None else switch


def _basic_removed(facts: Facts) -> bool:
    return _basic(facts)


def _basic_off_by_default(facts: Facts) -> bool:
    account = _account(facts)
    if not _basic(facts) or account is None:
        return False
    return not account[0].organization.basic_authentication_reenabled


def _policy_forbids(facts: Facts) -> bool:
    account = _account(facts)
    if not _basic(facts) or account is None:
        return False
    policy = _policy(*account)
    return policy is not None and not policy.allow_basic_auth_smtp


def _policy(tenant: Tenant, account: Account) -> AuthenticationPolicy | None:
    default = tenant.organization.default_authentication_policy
    name = account.authentication_policy or default
    return next((p for p in tenant.authentication_policies if p.name == name), None)


def _security_defaults(facts: Facts) -> bool:
    account = _account(facts)
    return _basic(facts) and account is not None and account[0].organization.security_defaults


def _sign_in(facts: Facts, state: SignIn) -> bool:
    account = _account(facts)
    return account is not None and account[1].sign_in is state


def _criteria(facts: Facts) -> bool:
    return _sign_in(facts, SignIn.BLOCKED_BY_CRITERIA)


def _locked(facts: Facts) -> bool:
    return _sign_in(facts, SignIn.LOCKED)


def _expired(facts: Facts) -> bool:
    return _password_right(facts) and _sign_in(facts, SignIn.PASSWORD_EXPIRED)


def _sts_down(facts: Facts) -> bool:
    return _sign_in(facts, SignIn.STS_UNREACHABLE)


def _sts_http(facts: Facts) -> bool:
    return _sign_in(facts, SignIn.STS_WITHOUT_HTTPS)


def _password_right(facts: Facts) -> bool:
    account = _account(facts)
    if account is None or account[1].password is None or _shared(account[1]):
        return False
    return account[1].password == _attempt(facts).secret and account[1].enabled


def _shared(account: Account) -> bool:
    return isinstance(account, Mailbox) and account.shared


def _password_wrong(facts: Facts) -> bool:
    return _basic(facts) and not _password_right(facts)


def _token_refused(facts: Facts) -> bool:
    """A token opens the mailboxes of whoever it was issued to: the own one, and those that the
    user has full access to."""
    known, secret = _mailbox(facts), _attempt(facts).secret
    if _basic(facts):
        return False
    if known is None:
        return True
    tenant, mailbox = known
    return secret not in mailbox.access_tokens and not any(
        secret in other.access_tokens and _has_full_access(other, mailbox)
        for other in tenant.mailboxes
        if other.full_access_to
    )


def _has_full_access(user: Mailbox, mailbox: Mailbox) -> bool:
    return mailbox.address.lower() in map(str.lower, user.full_access_to)


def _no_mailbox(facts: Facts) -> bool:
    account = _account(facts)
    if account is None:
        return False
    return not isinstance(account[1], Mailbox) or not account[1].provisioned


AUTH = (
    Rule("auth.before-hello", Stage.AUTH, ALL, _no_hello, "mail-503-hello",
         why="AUTH came before HELO or EHLO.", fix="Greet first.", confidence=Confidence.MEDIUM),
    Rule("auth.not-at-mx", Stage.AUTH, MX, always, "auth-504-mx",
         why="The MX endpoint never authenticates anybody.",
         fix="Switch authentication off for relay and direct send, or use smtp.office365.com.",
         evidence=("capture 2017 MX",)),
    Rule("auth.before-tls", Stage.AUTH, SIGNS_IN, _before_tls, "auth-504-pretls",
         why="Before STARTTLS no mechanism exists, so every AUTH is unrecognised. Credentials that "
             "came with it have crossed the network in clear text.",
         fix="Switch STARTTLS on in the device, then change the password.",
         evidence=("capture 2017 smtp.office365.com:587", "Microsoft Q&A 2020")),
    Rule("auth.again", Stage.AUTH, SIGNS_IN, _signed_in, "assumed-auth-again",
         why="The session has signed in already.", fix="Authenticate once a session.",
         confidence=Confidence.LOW),
    Rule("auth.mechanism", Stage.AUTH, SIGNS_IN, _not_offered, "auth-504-mech",
         why="Only LOGIN and XOAUTH2 are offered; PLAIN, CRAM-MD5 and NTLM are not.",
         fix="Choose LOGIN (or OAuth) as authentication method in the device or library.",
         evidence=("capture 2025-10-09 smtp.office365.com:587",)),
    Rule("auth.cancelled", Stage.AUTH, SIGNS_IN, _cancelled, "auth-no-mech-cancel",
         why="The client cancelled the exchange with *.", confidence=Confidence.LOW),
    Rule("auth.undecodable", Stage.AUTH, SIGNS_IN, _undecodable_login, "auth-bad-base64",
         why="The line is not base64.", fix="Encode user name and password as base64.",
         confidence=Confidence.LOW),
    Rule("auth.undecodable-token", Stage.AUTH, SUBMISSION, _undecodable, "auth-bad-base64",
         why="The XOAUTH2 data are not base64.", fix="Encode user and token as one base64 line.",
         confidence=Confidence.LOW),
    Rule("auth.ask-user", Stage.AUTH, SIGNS_IN, _wants_user, "auth-login-user",
         why="LOGIN asks for the user name.",
         evidence=("capture 2022-11-17 smtp-mail.outlook.com",)),
    Rule("auth.ask-password", Stage.AUTH, SIGNS_IN, _wants_password, "auth-login-pass",
         why="LOGIN asks for the password.",
         evidence=("capture 2022-11-17 smtp-mail.outlook.com",)),
    Rule("auth.ask-token", Stage.AUTH, SIGNS_IN, _wants_token, "auth-xoauth2-noir",
         why="XOAUTH2 without initial response asks for the token.",
         evidence=("Microsoft: authenticate SMTP by using OAuth, 2025-09",)),
    Rule("auth.legacy-tls-not-allowed", Stage.AUTH, LEGACY, _old_tls_not_allowed,
         "auth-legacy-tls",
         why="The session runs over TLS 1.0 or 1.1, and the organisation does not allow that. What "
             "this host says then is not captured.",
         fix="Set-TransportConfig -AllowLegacyTLSClients $true, or a client with TLS 1.2.",
         evidence=("Microsoft support: printers, scanners and LOB applications 2022-04",),
         confidence=Confidence.LOW, after=After.CLOSE),
    Rule("auth.legacy-tls", Stage.AUTH, SIGNS_IN, _old_tls_refused, "auth-legacy-tls",
         why="The session runs over TLS 1.0 or 1.1; the refusal comes behind the password, which "
             "the service has then got.",
         fix="Firmware with TLS 1.2, or relay or direct send, where TLS is optional.",
         evidence=("PHPMailer#2647, 2022-03-09",), after=After.CLOSE, active=_OLD_TLS_REFUSED),
    Rule("auth.mailbox-disabled", Stage.AUTH, SUBMISSION, _mailbox_off, "auth-139-mailbox",
         why="SMTP AUTH is switched off for this mailbox; its switch wins over the organisation's.",
         fix="Set-CASMailbox -SmtpClientAuthenticationDisabled $false for the mailbox.",
         evidence=_SOURCES),
    Rule("auth.tenant-disabled", Stage.AUTH, SUBMISSION, _tenant_off, "auth-139-tenant",
         why="SMTP AUTH is switched off for the organisation (the default of tenants created after "
             "January 2020), and the mailbox does not say otherwise.",
         fix="Set-CASMailbox -SmtpClientAuthenticationDisabled $false for this mailbox; leave the "
             "organisation's switch as it is.",
         evidence=_SOURCES),
    Rule("auth.basic-removed", Stage.AUTH, SUBMISSION, _basic_removed, "auth-basic-retired",
         why="Basic authentication is gone for client submission.",
         fix="OAuth, High Volume Email, or relay through a connector.",
         evidence=("Exchange team blog 2026-01-27",), switch="basic-removed"),
    Rule("auth.basic-off-by-default", Stage.AUTH, SUBMISSION, _basic_off_by_default,
         "auth-139-basic-disabled",
         why="From the end of December 2026 Basic authentication is off unless the administrator "
             "enables it again. The text of this phase is not published.",
         fix="OAuth; or re-enable Basic authentication for SMTP AUTH while that is possible.",
         evidence=("Exchange team blog 2026-01-27",), confidence=Confidence.LOW,
         active=_BASIC_OFF, switch="basic-off-by-default"),
    Rule("auth.policy", Stage.AUTH, SIGNS_IN, _policy_forbids, "auth-139-basic-disabled",
         why="The authentication policy of the user, or the organisation's default one, does not "
             "allow Basic authentication for SMTP.",
         fix="Assign the mailbox a policy with AllowBasicAuthSmtp, or use OAuth.",
         evidence=("New-AuthenticationPolicy 2026-05",)),
    Rule("auth.security-defaults", Stage.AUTH, SIGNS_IN, _security_defaults,
         "auth-139-secdefaults",
         why="Security defaults are on in Entra: they forbid Basic authentication.",
         fix="OAuth; or replace security defaults by Conditional Access that exempts the mailbox.",
         evidence=("Learn: authenticated-client-smtp-submission",), confidence=Confidence.MEDIUM),
    Rule("auth.criteria", Stage.AUTH, SIGNS_IN, _criteria, "auth-139-criteria",
         why="Conditional Access, a block of legacy authentication or multi-factor authentication "
             "stopped the sign-in.",
         fix="A service mailbox without MFA and exempt from the policy, OAuth, or relay.",
         evidence=("capture 2026-07-01 smtp.office365.com:587",)),
    Rule("auth.locked", Stage.AUTH, SIGNS_IN, _locked, "auth-139-locked",
         why="The account is locked after too many bad sign-ins.",
         fix="Unlock it in Entra and correct the password in every device that uses it.",
         evidence=("capture 2026-08-28 smtp.office365.com:587",)),
    Rule("auth.sts-unreachable", Stage.AUTH, SIGNS_IN, _sts_down, "auth-139-sts",
         why="The domain is federated and its on-premises sign-in service does not answer.",
         fix="A cloud-only account for devices.",
         evidence=("Microsoft support: printers, scanners and LOB applications 2024-10",)),
    Rule("auth.sts-without-https", Stage.AUTH, SIGNS_IN, _sts_http, "auth-139-sts-https",
         why="The domain is federated and its sign-in service does not speak HTTPS.",
         fix="HTTPS on the sign-in service, or a cloud-only account for devices.",
         evidence=("Microsoft support: printers, scanners and LOB applications 2024-10",)),
    Rule("auth.password-expired", Stage.AUTH, SIGNS_IN, _expired, "auth-139-expired",
         why="The password is right but has expired.",
         fix="A password without expiry for device mailboxes.", confidence=Confidence.LOW),
    Rule("auth.credentials-plain", Stage.AUTH, SIGNS_IN, _password_wrong,
         "auth-bad-credentials-plain",
         why="User name or password is wrong (aliases do not sign in); the reply does not say so.",
         fix="Correct user name (the user principal name) and password in the device.",
         evidence=("public file #68372804999 2026-09-25",), confidence=Confidence.LOW,
         switch="plain-535"),
    Rule("auth.credentials", Stage.AUTH, SIGNS_IN, _password_wrong, "auth-bad-credentials",
         why="User name or password is wrong, the account is disabled, or it has no password of "
             "its own (a shared mailbox). Aliases do not sign in, only the user principal name.",
         fix="Sign in to Outlook on the web with the same name and password; watch for a password "
             "longer than the device's field.",
         evidence=("capture 2025 smtp.office365.com:587",)),
    Rule("auth.token", Stage.AUTH, SUBMISSION, _token_refused, "auth-xoauth2-fail",
         why="The token is not one that this service accepts.",
         fix="Get a token for https://outlook.office365.com with SMTP.Send, for this mailbox.",
         evidence=("Microsoft: authenticate SMTP by using OAuth, 2025-09",)),
    Rule("auth.no-mailbox", Stage.AUTH, SUBMISSION, _no_mailbox, "auth-550-mailbox-access",
         why="The account has no usable mailbox: the licence is missing, or it is a High Volume "
             "Email account.",
         fix="Assign an Exchange Online licence to the account; a High Volume Email account uses "
             "smtp.hve.mx.microsoft.",
         evidence=("capture 2018 smtp.office365.com:587",), confidence=Confidence.MEDIUM),
)  # fmt: skip
