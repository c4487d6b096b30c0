"""Bytes of one command line to a `Command`. Says what is wrong, never what is answered.

Tolerance follows captures: verbs in any case, a space after `FROM:`, parameters of MAIL and RCPT
with their values untouched (xtext and base64 are case-sensitive).
"""

import re
from collections.abc import Mapping

from fake_exo.smtp.command import Command

VERBS = frozenset(
    [
        "HELO",
        "EHLO",
        "STARTTLS",
        "AUTH",
        "MAIL",
        "RCPT",
        "DATA",
        "BDAT",
        "RSET",
        "NOOP",
        "QUIT",
        "HELP",
        "VRFY",
        "EXPN",
    ]
)

_PATH = re.compile(r"<(?:@[^:<>]*:)?(?P<address>[^<>]*)>(?P<rest>(?: .*)?)", re.DOTALL)
_BARE = re.compile(r"(?P<address>[^\s<>]+)(?P<rest>(?: .*)?)", re.DOTALL)
_QUOTED = re.compile(r'<(?P<address>"(?:[^"\\]|\\.)*"@[^<>\s]+)>(?P<rest>(?: .*)?)', re.DOTALL)
_ADDRESS = re.compile(
    r'(?:"(?:[^"\\\x00-\x1f\x7f-\x9f]|\\[ -~])*"|[^\s@<>",;:\\()\[\]\x00-\x1f\x7f-\x9f]+)'
    r"@(?:[^\s@<>,;()\x00-\x1f\x7f-\x9f]+)"
)
_LABEL = re.compile(r"[^\W_](?:[\w-]*\w)?|_[\w-]+|[\w-]*_[\w-]*")
_LITERAL = re.compile(r"\[(?:IPv6:)?[0-9A-Fa-f:.]+\]|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+(?:%\w+)?")
_NUMBER = re.compile(r"\d{1,20}")
_GARBAGE = re.compile(r"[^\x20-\x7e]*")

# Longest local part 64, domain 255, address 320 octets or less (RFC 5321 4.5.3.1).
_LOCAL, _DOMAIN, _WHOLE = 64, 255, 320


def _one_of(*words: str) -> "re.Pattern[str]":
    return re.compile("|".join(words), re.IGNORECASE)


# Parameter name -> pattern its value must match; None: it takes no value.
_MAIL_PARAMETERS: Mapping[str, "re.Pattern[str] | None"] = {
    "SIZE": _NUMBER,
    "BODY": _one_of("7BIT", "8BITMIME", "BINARYMIME"),
    "SMTPUTF8": None,
    "RET": _one_of("FULL", "HDRS"),
    "ENVID": re.compile(r"[\x21-\x7e]{1,100}"),
    "AUTH": re.compile(r"[\x21-\x7e]+"),
    "XOORG": re.compile(r"[\x21-\x7e]+"),
}
_RCPT_PARAMETERS: Mapping[str, "re.Pattern[str] | None"] = {
    "NOTIFY": re.compile(r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY))*", re.I),
    "ORCPT": re.compile(r"[\w.-]+;[\x21-\x7e]+"),
}


def parse(line: bytes) -> Command:
    """One line without its CRLF. Never raises."""
    text = line.decode("utf-8", "replace")  # no lone surrogates: what encodes them would raise
    verb, _, argument = text.lstrip(" ").partition(" ")
    verb = verb.upper()
    if verb in VERBS:
        parser = _PARSERS.get(verb, Command)
        return parser(verb, argument.strip(" "))
    return _unknown(line, text)


def _unknown(line: bytes, text: str) -> Command:
    """What is no text has no length; its argument is a question mark for each character that the
    line begins with and nobody can print, one at least."""
    if all(32 <= byte < 127 or byte == 9 for byte in line):
        words = line.split(None, 1)
        return Command("UNKNOWN", length=len(words[0]) if words else len(line))
    garbage = _GARBAGE.match(text)
    return Command("UNKNOWN", "?" * max(garbage.end() if garbage else 0, 1))


def _hello(verb: str, argument: str) -> Command:
    return Command(verb, argument, problem="" if _host_ok(argument) else "syntax")


def _host_ok(name: str) -> bool:
    """Single labels, dotted quads, literals and no name at all are taken; "MacBook.." is not."""
    if not name or _LITERAL.fullmatch(name):
        return True
    labels = name.removesuffix(".").split(".")
    return len(name) <= _DOMAIN and all(len(x) <= 63 and _LABEL.fullmatch(x) for x in labels)


def _mail(verb: str, argument: str) -> Command:
    return _path(verb, "FROM", argument, _MAIL_PARAMETERS, null=True)


def _rcpt(verb: str, argument: str) -> Command:
    return _path(verb, "TO", argument, _RCPT_PARAMETERS, null=False)


def _path(
    verb: str,
    keyword: str,
    argument: str,
    known: Mapping[str, "re.Pattern[str] | None"],
    *,
    null: bool,
) -> Command:
    head, colon, rest = argument.partition(":")
    if not colon or head.strip().upper() != keyword:
        return Command(verb, argument, problem="syntax")
    rest = rest.lstrip(" ")
    match = (_QUOTED.fullmatch(rest) if '"' in rest else None) or _PATH.fullmatch(rest)
    brackets = match is not None
    match = match or _BARE.fullmatch(rest)
    if match is None:
        return Command(verb, argument, problem="address")
    address = match["address"].strip(" ")
    parameters = _parameters(match["rest"], known) if match["rest"] else {}
    problem = _problem(address, brackets, parameters, null=null)
    return Command(verb, argument, address, parameters or {}, problem)


def _problem(
    address: str, brackets: bool, parameters: Mapping[str, str] | None, *, null: bool
) -> str:
    if not _address_ok(address, null=null):
        return "address"
    if not brackets:
        return "brackets"
    return "parameter" if parameters is None else ""


def _address_ok(address: str, *, null: bool) -> bool:
    if not address:
        return null
    local, _, domain = address.rpartition("@")
    short = len(address) <= _LOCAL or (
        len(local) <= _LOCAL and len(domain) <= _DOMAIN and len(address) <= _WHOLE
    )
    return short and _ADDRESS.fullmatch(address) is not None and ".." not in domain


def _parameters(
    text: str, known: Mapping[str, "re.Pattern[str] | None"]
) -> Mapping[str, str] | None:
    """Names upper-cased, values as sent; None when one is unknown, malformed or repeated."""
    found: dict[str, str] = {}
    for word in text.split():
        name, equals, value = word.partition("=")
        name = name.upper()
        if name not in known or name in found:
            return None
        pattern = known[name]
        fits = not equals if pattern is None else bool(pattern.fullmatch(value))
        if not fits:
            return None
        found[name] = value
    return found


def _bdat(verb: str, argument: str) -> Command:
    words = argument.split()
    wellformed = 1 <= len(words) <= 2 and _NUMBER.fullmatch(words[0]) is not None
    last = len(words) == 2 and words[1].upper() == "LAST"
    if not wellformed or (len(words) == 2 and not last):
        return Command(verb, argument, problem="syntax")
    return Command(verb, argument, size=int(words[0]), last=last)


def _nothing_after(verb: str, argument: str) -> Command:
    return Command(verb, argument, problem="syntax" if argument else "")


_PARSERS = {
    "HELO": _hello,
    "EHLO": _hello,
    "MAIL": _mail,
    "RCPT": _rcpt,
    "BDAT": _bdat,
    "DATA": _nothing_after,
}
