"""The words of `service:`: switches, limits, TLS, and what is injected."""

from collections.abc import Sequence
from typing import Any

from yaml.nodes import MappingNode, Node

from fake_exo import (
    CERTIFICATES,
    DnsFault,
    Estate,
    Fault,
    ServiceError,
    TlsChoice,
    check_words,
    service_facts,
)
from fake_exo_harness.forms import values
from fake_exo_harness.forms.kinds import (
    BOOL,
    COUNT,
    DURATION,
    IP,
    LIMIT,
    NUMBER_OF,
    SIZE,
    TEXT,
    known,
)
from fake_exo_harness.forms.nodes import (
    BAD,
    FORMS,
    Form,
    Kind,
    Reading,
    Shape,
    formed,
    many,
    named,
    one,
    optional,
    word,
)
from fake_exo_harness.scenario import model


def _switches() -> Sequence[str]:
    return tuple(service_facts()["switches"])


def _limits() -> Sequence[str]:
    return tuple(service_facts()["limits"])


def _replies() -> Sequence[str]:
    return tuple(service_facts()["replies"])


def _reply_id(raw: str) -> str:
    return known(raw, service_facts()["replies"], "reply")


def _chance(raw: str) -> float:
    value = values.number(raw)
    if not 0 <= value <= 1:
        raise ValueError("a chance is 0 to 1")
    return value


_FAULT = Shape(
    {
        "reply": one(_reply_id),
        "at": word(*service_facts()["fault_places"]),
        "text": TEXT,
        "does": word(*service_facts()["faults"]),
        "value": TEXT,
        "seconds": DURATION,
        "times": optional(COUNT),
        "skip": NUMBER_OF,
        "close": BOOL,
        "client": IP,
        "hello": TEXT,
        "sender": TEXT,
        "recipient": TEXT,
        "connection": COUNT,
        "chance": one(_chance),
        "name": TEXT,
    }
)


@formed(Form("shape", _FAULT))
def fault(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _FAULT.read(reading, node)
    if found is None:
        return BAD
    said = {key.value for key, _ in node.value}  # a bad one is told already
    if not {"reply", "text", "does"} & said:
        return reading.bad(node, "one of reply, text and does is wanted here")
    if not {"reply", "at"} & said:
        return reading.bad(node, '"at" is missing here', "say at which stage")
    for _, value in (pair for pair in node.value if pair[0].value == "text" and "text" in found):
        try:
            check_words(found["text"])
        except ServiceError as error:
            return reading.bad(value, str(error))
    return Fault(**found) if said <= set(found) else BAD


FAULT: Kind = fault

_TLS = Shape(
    {
        "minimum": word("1.0", "1.1", "1.2", "1.3"),
        "maximum": word("1.0", "1.1", "1.2", "1.3"),
        "certificate": word(*CERTIFICATES),
        "ciphers": TEXT,
        "client_certificate": word("none", "optional", "required"),
    }
)


@formed(Form("shape", _TLS))
def tls(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _TLS.read(reading, node)
    if found is None:
        return BAD
    try:
        return TlsChoice(**found)
    except ValueError as error:
        return reading.bad(node, str(error))


_DNS_FAULT = Shape(
    {
        "name": TEXT,
        "type": TEXT,
        "does": word(*service_facts()["dns_faults"]),
        "times": optional(COUNT),
        "skip": NUMBER_OF,
        "chance": one(_chance),
        "seconds": DURATION,
    },
    ("name", "does"),
)


@formed(Form("shape", _DNS_FAULT))
def dns_fault(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = _DNS_FAULT.read(reading, node)
    return DnsFault(**found) if found is not None and _DNS_FAULT.complete(found) else BAD


DNS_FAULT: Kind = dns_fault
_WORDS = named(TEXT, _replies, "reply")


@formed(FORMS[_WORDS])
def _texts(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    """Words of one's own for replies, by id; each must be a reply that a client could read."""
    found = _WORDS(reading, node)
    for key, value in node.value if isinstance(node, MappingNode) else ():
        try:
            Estate.of((), texts={k: v for k, v in (found or {}).items() if k == key.value})
        except ServiceError as error:
            reading.bad(value, str(error))
    return found


SERVICE = Shape(
    {
        "tarpit": BOOL,
        "switches": named(BOOL, _switches, "switch"),
        "limits": named(LIMIT, _limits, "limit"),
        "texts": _texts,
        "faults": many(fault),
        "dns_faults": many(dns_fault),
        "magic_recipients": BOOL,
        "tls": tls,
        "keep": COUNT,
        "keep_bytes": SIZE,
    }
)


@formed(Form("shape", SERVICE))
def service(reading: Reading, node: Node) -> Any:  # noqa: ANN401
    found = SERVICE.read(reading, node)
    return BAD if found is None else model.ServiceSpec(**found)
