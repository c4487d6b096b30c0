"""SPF records as values: which TXT is one, and what its terms say (RFC 7208, 4.5, 5, 6, 12).

No look-ups and no verdicts here. The whole record is judged before any of it is used, because
4.6 makes a syntax error anywhere a permerror. Imported by `spf`.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network

from fake_exo.mail.authentication import spf_macro

VERSION = "v=spf1"

_TERM = re.compile(r"([-+?~]?)([A-Za-z][A-Za-z0-9_.-]*)(.*)", re.DOTALL)
_CIDR = re.compile(r"(?:/([0-9]+))?(?://([0-9]+))?\Z")
# toplabel: letters, digits, hyphens inside; at least one that is not a digit.
_DOMAIN_END = re.compile(
    r"\.(?=[A-Za-z0-9-]*[A-Za-z-])[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.?\Z"
)
_NUMBER = re.compile(r"0|[1-9][0-9]*")


class SpfSyntaxError(ValueError):
    """A term that the grammar of section 12 does not allow; the text names it."""


@dataclass(frozen=True, slots=True)
class Directive:
    """A mechanism with its qualifier. `domain` is the domain-spec, unexpanded; empty if absent."""

    text: str
    qualifier: str
    mechanism: str
    domain: str = ""
    prefix4: int = 32
    prefix6: int = 128
    network: IPv4Network | IPv6Network | None = None


@dataclass(frozen=True, slots=True)
class SpfRecord:
    directives: tuple[Directive, ...]
    redirect: str = ""
    explanation: str = ""

    @property
    def has_all(self) -> bool:
        return any(directive.mechanism == "all" for directive in self.directives)


def is_spf(text: str) -> bool:
    """4.5: the version, then a space or the end."""
    return text[:7].rstrip(" ").lower() == VERSION and (len(text) == 6 or text[6] == " ")


def parse(text: str) -> SpfRecord:
    """The record of a text that `is_spf` accepts.

    Raises: SpfSyntaxError.
    """
    if not text.isascii():
        raise SpfSyntaxError("the record holds characters beyond US-ASCII")  # 3.1
    directives: list[Directive] = []
    modifiers: dict[str, str] = {}
    for term in text[len(VERSION) :].split(" "):
        if term:
            _read_term(term, directives, modifiers)
    return SpfRecord(tuple(directives), modifiers.get("redirect", ""), modifiers.get("exp", ""))


def _read_term(term: str, directives: list[Directive], modifiers: dict[str, str]) -> None:
    match = _TERM.fullmatch(term)
    if match is None:
        raise SpfSyntaxError(f"neither mechanism nor modifier: {term}")
    qualifier, name, rest = match.groups()
    if rest.startswith("=") and not qualifier:
        _read_modifier(term, name.lower(), rest[1:], modifiers)
    else:
        directives.append(_directive(term, qualifier or "+", name.lower(), rest))


def _read_modifier(term: str, name: str, value: str, modifiers: dict[str, str]) -> None:
    if name not in ("redirect", "exp"):
        # 6: unknown modifiers are ignored, yet must be well-formed.
        _macro_string(term, value, spf_macro.EXPLANATION_LETTERS)
        return
    if name in modifiers:
        raise SpfSyntaxError(f"{name}= appears twice")  # 6: permerror
    modifiers[name] = _domain_spec(term, value)


def _directive(term: str, qualifier: str, name: str, rest: str) -> Directive:
    if name in ("a", "mx"):
        return _address_directive(term, qualifier, name, rest)
    if name in ("ip4", "ip6"):
        network = _network(term, name, rest)
        return Directive(term, qualifier, name, network=network)
    if name == "all" and not rest:
        return Directive(term, qualifier, name)
    if name in ("include", "exists") or (name == "ptr" and rest):
        return Directive(term, qualifier, name, _after_colon(term, rest))
    if name == "ptr":
        return Directive(term, qualifier, name)
    raise SpfSyntaxError(f"unknown mechanism or text after it: {term}")


def _address_directive(term: str, qualifier: str, name: str, rest: str) -> Directive:
    """`a` and `mx`: [":" domain-spec] [dual-cidr-length]; the length is taken off the end first."""
    cidr = _CIDR.search(rest)
    assert cidr is not None  # the pattern matches the empty end of any text
    prefix4 = _prefix(term, cidr[1], 32)
    prefix6 = _prefix(term, cidr[2], 128)
    spec = rest[: cidr.start()]
    domain = _after_colon(term, spec) if spec else ""
    return Directive(term, qualifier, name, domain, prefix4, prefix6)


def _network(term: str, name: str, rest: str) -> IPv4Network | IPv6Network:
    address, slash, digits = rest[1:].partition("/")
    family, most = (IPv4Network, 32) if name == "ip4" else (IPv6Network, 128)
    prefix = _prefix(term, digits if slash else None, most)
    try:
        network = ip_network(f"{address}/{prefix}", strict=False)
    except ValueError:
        network = None
    if not rest.startswith(":") or not isinstance(network, family) or "%" in address:
        raise SpfSyntaxError(f"not an {name} network: {term}")
    return network


def _prefix(term: str, digits: str | None, most: int) -> int:
    if digits is None:
        return most
    if len(digits) > 3 or not _NUMBER.fullmatch(digits) or int(digits) > most:
        raise SpfSyntaxError(f"not a prefix length: {term}")
    return int(digits)


def _after_colon(term: str, rest: str) -> str:
    if not rest.startswith(":"):
        raise SpfSyntaxError(f"a domain is expected: {term}")
    return _domain_spec(term, rest[1:])


def _domain_spec(term: str, text: str) -> str:
    """domain-spec = macro-string domain-end: the last part is a toplabel or a macro."""
    _macro_string(term, text, spf_macro.DOMAIN_LETTERS)
    if not spf_macro.ends_in_macro(text) and not _DOMAIN_END.search(text):
        raise SpfSyntaxError(f"not a domain: {term}")
    return text


def _macro_string(term: str, text: str, letters: frozenset[str]) -> None:
    try:
        spf_macro.check(text, letters)
    except spf_macro.MacroError as error:
        raise SpfSyntaxError(f"{error}: {term}") from error
