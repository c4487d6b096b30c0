"""What authentication asks of DNS: one question, one answer, both plain values.

This package knows no zone, no socket and no cache. Whoever calls it hands in something with an
`answer` method; `LiteralResolver` is such a thing written out as a dictionary, for tests and
for small scenarios. Imported by everything in `fake_exo.mail.authentication`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

NOERROR = "NOERROR"
NXDOMAIN = "NXDOMAIN"
SERVFAIL = "SERVFAIL"

# RFC 1034 3.6.2 asks for chains to be followed and loops to be noticed; eight is what common
# resolvers allow before they answer SERVFAIL.
CNAME_LIMIT = 8


@dataclass(frozen=True, slots=True)
class ResolverAnswer:
    """What a stub resolver reports: CNAMEs followed, only values of the type asked for.

    `rcode`: NOERROR, NXDOMAIN, SERVFAIL, REFUSED, TIMEOUT or any other name; `values`: in
    presentation form. TXT: the strings of one record joined. MX: "preference host". A, AAAA:
    an address. PTR: a name. Bytes beyond ASCII in a TXT arrive as the characters U+0080-U+00FF.
    """

    rcode: str
    values: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether nothing is known: neither "these are the records" nor "there are none"."""
        return self.rcode not in (NOERROR, NXDOMAIN)

    @property
    def void(self) -> bool:
        """A "void lookup" of RFC 7208 4.6.4: no error, and nothing there."""
        return not self.failed and not self.values


class Resolver(Protocol):
    def answer(self, name: str, type: str) -> ResolverAnswer:
        """Never raises. Only names for which `is_queryable` holds are asked for."""
        ...


def is_queryable(name: str) -> bool:
    """Whether DNS could carry the name: 253 characters, labels of 1 to 63."""
    return 0 < len(name) <= 253 and all(0 < len(label) <= 63 for label in name.split("."))


class LiteralResolver:
    """A resolver over `{"contoso.com": {"TXT": ["v=spf1 -all"]}}`.

    Names are matched without case and without the final dot. `{"CNAME": ["other"]}` is followed.
    `{"SERVFAIL": []}` or `{"TIMEOUT": []}` beside the records makes every type that is not
    listed fail in that way. `asked` keeps the questions, in order.
    """

    def __init__(self, names: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._names = {_key(name): dict(types) for name, types in names.items()}
        self.asked: list[tuple[str, str]] = []

    def answer(self, name: str, type: str) -> ResolverAnswer:
        self.asked.append((name, type))
        for _ in range(CNAME_LIMIT):
            types = self._names.get(_key(name))
            if types is None:
                return ResolverAnswer(NXDOMAIN)
            if type in types or "CNAME" not in types:
                return _direct(types, type)
            name = types["CNAME"][0]
        return ResolverAnswer(SERVFAIL)


def _direct(types: Mapping[str, Sequence[str]], type: str) -> ResolverAnswer:
    failure = next((rcode for rcode in (SERVFAIL, "REFUSED", "TIMEOUT") if rcode in types), NOERROR)
    if type in types:
        return ResolverAnswer(NOERROR, tuple(types[type]))
    return ResolverAnswer(failure)


def _key(name: str) -> str:
    return name.rstrip(".").lower()
