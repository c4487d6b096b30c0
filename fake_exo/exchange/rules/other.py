"""NOOP, RSET, QUIT, VRFY, EXPN, HELP, what is no command at all, and what a clock decides."""

from collections.abc import Callable

from fake_exo.exchange.facts import ALL, MX, Facts
from fake_exo.exchange.facts import ExchangeRule as Rule
from fake_exo.rules.period import Confidence
from fake_exo.rules.rule import After, always
from fake_exo.rules.stage import Stage


def _verb(name: str) -> Callable[[Facts], bool]:
    def says(facts: Facts) -> bool:
        return facts.command.verb == name

    return says


def _binary(facts: Facts) -> bool:
    return facts.command.length == 0


_TOLERATED_ERRORS = 10


def _errors(facts: Facts) -> bool:
    return facts.session.errors >= _TOLERATED_ERRORS


OTHER = (
    Rule("other.idle", Stage.OTHER, ALL, _verb("IDLE"), "idle-timeout",
         why="Five minutes passed without client input.",
         fix="Shorten the pauses of the client; end commands and data with CRLF.",
         confidence=Confidence.MEDIUM, after=After.CLOSE),
    Rule("other.session-timeout", Stage.OTHER, MX, _verb("EXPIRED"), "session-timeout",
         why="The session lasted longer than the service allows.",
         fix="Open a new connection now and then.",
         confidence=Confidence.MEDIUM, after=After.CLOSE),
    Rule("other.too-many-errors", Stage.OTHER, ALL, _errors, "too-many-errors",
         why="Too many errors in one session.", fix="Heed the first error.",
         confidence=Confidence.LOW, after=After.CLOSE, switch="too-many-errors"),
    Rule("other.line-too-long", Stage.OTHER, ALL, _verb("LONG"), "assumed-line-too-long",
         why="A command line is longer than the service takes.", fix="Correct the client.",
         confidence=Confidence.LOW),
    Rule("other.noop", Stage.OTHER, ALL, _verb("NOOP"), "noop", why="Nothing to do.",
         confidence=Confidence.MEDIUM),
    Rule("other.rset", Stage.OTHER, ALL, _verb("RSET"), "rset",
         why="The transaction is forgotten.", evidence=("capture 2019-09 smtp.office365.com",)),
    Rule("other.quit", Stage.OTHER, ALL, _verb("QUIT"), "quit",
         why="The client says good-bye.", evidence=("capture 2025-09-27",), after=After.CLOSE),
    Rule("other.help", Stage.OTHER, ALL, _verb("HELP"), "help",
         why="The list of commands.", confidence=Confidence.LOW),
    Rule("other.vrfy", Stage.OTHER, ALL, _verb("VRFY"), "vrfy",
         why="Addresses are never confirmed.", confidence=Confidence.LOW),
    Rule("other.expn", Stage.OTHER, ALL, _verb("EXPN"), "expn",
         why="Lists are never expanded.", confidence=Confidence.LOW),
    Rule("other.not-text", Stage.OTHER, ALL, _binary, "unknown-command-binary",
         why="What came is not text: binary data, a TLS hello on a clear port, or lines that do "
             "not end with CRLF.",
         fix="Choose STARTTLS instead of SSL; end lines with CRLF.",
         evidence=("capture 2024-03-03 smtp.office365.com:587",)),
    Rule("other.unknown", Stage.OTHER, ALL, always, "unknown-command",
         why="No such command; the reply names the length of its first word.",
         fix="Correct the client.", evidence=("capture 2024-05-24 smtp.office365.com:587",)),
)  # fmt: skip
