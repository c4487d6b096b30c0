"""MAIL FROM."""

from datetime import date

from fake_exo.exchange.conditions import advertised, may_send_as
from fake_exo.exchange.facts import ALL, SIGNS_IN, SUBMISSION, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.rules.period import Confidence, Period
from fake_exo.rules.rule import After
from fake_exo.rules.stage import Stage
from fake_exo.smtp.session import Phase

# Send As was checked at MAIL until submission was reworked in September 2018.
_CHECKED_AT_MAIL = Period(until=date(2018, 9, 1))


def _no_hello(facts: Facts) -> bool:
    return facts.session.phase is Phase.CONNECTED


def _nested(facts: Facts) -> bool:
    return facts.session.phase > Phase.GREETED


def _before_tls(facts: Facts) -> bool:
    return facts.session.tls is None


def _after_refused_auth(facts: Facts) -> bool:
    return facts.session.user is None and bool(facts.session.auth_error)


def _not_signed_in(facts: Facts) -> bool:
    return facts.session.user is None


def _bad_address(facts: Facts) -> bool:
    return facts.command.problem == "address"


def _no_brackets(facts: Facts) -> bool:
    return facts.command.problem == "brackets"


def _bad_syntax(facts: Facts) -> bool:
    return facts.command.problem == "syntax"


def _bad_parameter(facts: Facts) -> bool:
    return facts.command.problem == "parameter"


def _null_sender(facts: Facts) -> bool:
    return facts.command.address == ""


def _declared_too_large(facts: Facts) -> bool:
    declared = facts.command.parameters.get("SIZE", "")
    largest = facts.limit(advertised(facts.session.endpoint))
    return declared.isdigit() and largest is not None and int(declared) > largest


def _not_allowed_sender(facts: Facts) -> bool:
    user, tenant = facts.session.mailbox, facts.session.tenant
    if user is None or tenant is None:
        return False
    return not may_send_as(facts, facts.command.address)


MAIL = (
    Rule("mail.before-hello", Stage.MAIL, ALL, _no_hello, "mail-503-hello",
         why="MAIL came before HELO or EHLO.", fix="Fill in the device's HELO name.",
         confidence=Confidence.MEDIUM),
    Rule("mail.nested", Stage.MAIL, ALL, _nested, "mail-503-nested",
         why="A second MAIL in one transaction.", fix="One sender a message.",
         confidence=Confidence.LOW),
    Rule("mail.before-tls", Stage.MAIL, SIGNS_IN, _before_tls, "mail-530-tls-submission",
         why="Client submission demands STARTTLS before anything else.",
         fix="Switch STARTTLS on; a device without TLS must use relay or direct send.",
         evidence=("capture 2024-05-22 smtp.office365.com:587", "capture 2026-03-05")),
    Rule("mail.after-refused-auth", Stage.MAIL, SIGNS_IN, _after_refused_auth,
         "mail-530-5757-autherr",
         why="The client went on to MAIL although AUTH had been refused; the service repeats the "
             "error of that AUTH inside this one.",
         fix="Cure the AUTH error that is quoted after 'Error:'.",
         evidence=("capture 2026-08-28 smtp.office365.com:587",)),
    Rule("mail.not-authenticated", Stage.MAIL, SIGNS_IN, _not_signed_in, "mail-not-authenticated",
         why="The client never authenticated.",
         fix="Switch SMTP authentication on, with the mailbox's user name and password.",
         evidence=("capture 2024-10-24 smtp.office365.com:587",),
         after=After.CLOSE_IF_PIPELINED),
    Rule("mail.syntax", Stage.MAIL, ALL, _bad_syntax, "assumed-syntax",
         why="The command is not MAIL FROM:<address>.", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("mail.invalid-address", Stage.MAIL, ALL, _bad_address, "mail-501-517",
         why="The sender is not an address: no @, or characters that do not belong there.",
         fix="Enter a whole mail address as sender in the device.",
         evidence=("Learn: test SMTP with telnet",), confidence=Confidence.MEDIUM),
    Rule("mail.no-brackets", Stage.MAIL, ALL, _no_brackets, "mail-501-517",
         why="The sender is not in angle brackets, which fails since the change of September 2018.",
         fix="Write the address as <scan@contoso.com>, or correct the client.",
         evidence=("Microsoft support: SMTP submission improvements 2024-01",),
         confidence=Confidence.MEDIUM, active=Period(since=date(2018, 9, 1)),
         switch="strict-angle-brackets"),
    Rule("mail.parameter", Stage.MAIL, ALL, _bad_parameter, "mail-501-554",
         why="An ESMTP parameter is unknown or malformed.", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("mail.null-sender", Stage.MAIL, SUBMISSION, _null_sender, "mail-501-517",
         why="Submission refuses the null sender.", fix="Set a sender address.",
         confidence=Confidence.LOW, switch="submission-null-sender"),
    Rule("mail.too-large", Stage.MAIL, ALL, _declared_too_large, "mail-552-534",
         why="The client announced more than the service takes at all.",
         fix="Lower the resolution, split by pages, or send a link.",
         confidence=Confidence.MEDIUM),
    Rule("mail.send-as-denied", Stage.MAIL, SUBMISSION, _not_allowed_sender, "mail-550-5760-old",
         why="The envelope sender is neither an address of the signed-in mailbox nor one that it "
             "may send as; the service of before September 2018 looked at MAIL.",
         fix="Make the device's administrator (sender) address the same as the login, or grant "
             "Send As.",
         evidence=("capture 2017-12",), active=_CHECKED_AT_MAIL),
)  # fmt: skip
