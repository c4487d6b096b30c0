"""Banner, HELO and EHLO, STARTTLS."""

from fake_exo.exchange.facts import ALL, MX, SIGNS_IN, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import always
from fake_exo.rules.stage import Stage
from fake_exo.smtp.session import Phase


def _invalid_name(facts: Facts) -> bool:
    return facts.command.problem == "syntax"


def _helo(facts: Facts) -> bool:
    return facts.command.verb == "HELO"


def _over_tls(facts: Facts) -> bool:
    return facts.session.tls is not None


def _argument(facts: Facts) -> bool:
    return bool(facts.command.argument)


def _no_hello(facts: Facts) -> bool:
    return facts.session.phase is Phase.CONNECTED


CONNECT = (
    Rule("connect.banner-submission", Stage.CONNECT, SIGNS_IN, always, "banner-submission",
         why="The front end of smtp.office365.com greets; anybody may connect.",
         evidence=("capture 2025-04-26 smtp.office365.com:587",)),
    Rule("connect.banner-mx", Stage.CONNECT, MX, always, "banner-mx",
         why="An edge server of the service greets; anybody may connect.",
         evidence=("capture 2025-06-22 MX",)),
)  # fmt: skip

HELLO = (
    Rule("hello.invalid-name", Stage.HELLO, ALL, _invalid_name, "ehlo-invalid-domain",
         why="The name after HELO or EHLO is neither a host name nor an address literal.",
         fix="Give the device a host name of letters, digits and hyphens.",
         evidence=("capture 2025-04-26 smtp.office365.com:587", "capture 2026-01-10 MX")),
    Rule("hello.helo-submission", Stage.HELLO, SIGNS_IN, _helo, "helo-submission",
         why="HELO is answered with one line: it shows neither STARTTLS nor AUTH.",
         evidence=("capture 2022-11-17 smtp-mail.outlook.com",)),
    Rule("hello.helo-mx", Stage.HELLO, MX, _helo, "helo-mx",
         why="HELO is answered with one line: it shows no STARTTLS.",
         evidence=("capture 2019-09-26 MX",)),
    Rule("hello.ehlo-submission-tls", Stage.HELLO, SIGNS_IN, _over_tls, "ehlo-submission-post",
         why="Over TLS the list offers AUTH LOGIN XOAUTH2 where STARTTLS stood.",
         evidence=("capture 2025-04-26 smtp.office365.com:587",)),
    Rule("hello.ehlo-mx-tls", Stage.HELLO, MX, _over_tls, "ehlo-mx-post",
         why="Over TLS the MX host no longer offers STARTTLS, and never AUTH.",
         evidence=("inferred from the list before TLS",), confidence=Confidence.MEDIUM),
    Rule("hello.ehlo-submission", Stage.HELLO, SIGNS_IN, always, "ehlo-submission-pre",
         why="Before TLS no AUTH is offered.",
         evidence=("capture 2025-04-26 smtp.office365.com:587",)),
    Rule("hello.ehlo-mx", Stage.HELLO, MX, always, "ehlo-mx-pre",
         why="The MX host offers STARTTLS and never AUTH.",
         evidence=("capture 2022-07-04 MX",)),
)  # fmt: skip

STARTTLS = (
    Rule("starttls.again", Stage.STARTTLS, ALL, _over_tls, "assumed-starttls-again",
         why="The session is encrypted already.",
         fix="Send STARTTLS once.", confidence=Confidence.LOW),
    Rule("starttls.argument", Stage.STARTTLS, ALL, _argument, "assumed-syntax",
         why="STARTTLS takes no argument.",
         fix="Send STARTTLS alone on its line.", confidence=Confidence.LOW),
    Rule("starttls.before-hello", Stage.STARTTLS, ALL, _no_hello, "mail-503-hello",
         why="STARTTLS came before HELO or EHLO.",
         fix="Greet first.", confidence=Confidence.MEDIUM),
    Rule("starttls.ok", Stage.STARTTLS, ALL, always, "starttls-ok",
         why="The handshake may begin.",
         evidence=("capture 2025-04-26 smtp.office365.com:587",)),
)  # fmt: skip
