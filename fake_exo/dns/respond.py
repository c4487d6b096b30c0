"""From a query's octets to the answer's: what a server owes to any packet. Pure.

Which records answer is decided in `names`; this is the protocol around it (RFC 1035, 2181, 6891).
"""

from dataclasses import dataclass, replace

from fake_exo.dns.names import Names
from fake_exo.dns.packet import HEADER, Edns, Malformed, Packer, Question, read_question
from fake_exo.dns.records import Answer, type_name
from fake_exo.dns.spoiling import UNANSWERED, DnsFault, DnsFaults, faulty

MIN_UDP = 512  # octets without EDNS, RFC 1035 2.3.4
MAX_UDP = 1232  # what we offer and send at most: fits one IPv6 packet; DNS Flag Day 2020
MAX_TCP = 65_535

RCODES = {
    "NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5,
    "BADVERS": 16,
}  # fmt: skip
# Types that only questions have and that we do not serve; ANY is served.
_META = {
    "OPT": "FORMERR", "TKEY": "NOTIMP", "TSIG": "FORMERR", "IXFR": "REFUSED", "AXFR": "REFUSED",
    "MAILB": "NOTIMP", "MAILA": "NOTIMP",
}  # fmt: skip
_IN = 1
_QR, _AA, _TC = 0x8000, 0x0400, 0x0200
_RA = 0x0080  # ours stands for the resolver that a network hands out: aliases come followed
_KEPT = 0x7910  # opcode, RD and CD come back as they came; AD stays 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What a packet asked and how it was answered, for a log. Empty name and type: unreadable.
    `answers`: records that the asker can use; `fault`: what was done to the answer."""

    name: str
    type: str
    rcode: str
    truncated: bool = False
    answers: int = 0
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """`octets` empty: the question is known and stays unanswered. `delay` in seconds."""

    octets: bytes
    asked: Asked
    delay: float = 0.0


def respond(packet: bytes, names: Names, *, tcp: bool) -> bytes | None:
    """The answer to a packet, or None where silence is due: no whole header, or no query."""
    response = response_to(packet, names, tcp=tcp)
    return None if response is None else response.octets


def response_to(
    packet: bytes, names: Names, *, tcp: bool, faults: DnsFaults | None = None
) -> Response | None:
    """As `respond`, with what the log wants to know, and with a fault where one is due."""
    if len(packet) < HEADER.size or packet[2] & 0x80:
        return None
    if packet[2] & 0x78:
        return _bare(packet, "NOTIMP")
    try:
        question = read_question(packet)
    except Malformed:
        return _bare(packet, "FORMERR")
    answer = _answer(question, names)
    fault = faults.turn(question.name, type_name(question.type)) if faults else None
    if fault is None:
        return _packed(packet, question, answer, MAX_TCP if tcp else _room(question.edns))
    return _faulty(packet, question, answer, fault, tcp)


def _faulty(
    packet: bytes, question: Question, answer: Answer, fault: DnsFault, tcp: bool
) -> Response:
    name, type_ = question.name, type_name(question.type)
    if fault.does == "formerr-on-edns" and question.edns is not None:
        octets = _bare(packet, "FORMERR").octets
        return Response(octets, Asked(name, type_, "FORMERR", fault=fault.does))
    if fault.does == "silent" or (fault.does == "truncated" and tcp):
        return Response(b"", Asked(name, type_, UNANSWERED, fault=fault.does))
    room = MAX_TCP if tcp else _room(question.edns)
    found = _packed(
        packet, question, faulty(answer, fault), 0 if fault.does == "truncated" else room
    )
    octets, asked = found.octets, replace(found.asked, fault=fault.does)
    if fault.does == "wrong-id":
        octets, asked = bytes([octets[0] ^ 0x55]) + octets[1:], replace(asked, answers=0)
    return Response(octets, asked, fault.seconds if fault.does == "slow" else 0.0)


def _bare(packet: bytes, rcode: str) -> Response:
    """A header alone: no opcode but QUERY is known, or nothing behind the header is."""
    id_, flags, *_ = HEADER.unpack_from(packet)
    octets = HEADER.pack(id_, _QR | _RA | flags & _KEPT | RCODES[rcode], 0, 0, 0, 0)
    return Response(octets, Asked("", "", rcode))


def _room(edns: Edns | None) -> int:
    return MIN_UDP if edns is None else max(MIN_UDP, min(edns.payload, MAX_UDP))


def _answer(question: Question, names: Names) -> Answer:
    if question.edns is not None and question.edns.version > 0:
        return Answer("BADVERS", authoritative=False)
    type_ = type_name(question.type)
    if type_ in _META:
        return Answer(_META[type_], authoritative=False)
    if question.class_ != _IN:
        return Answer("REFUSED", authoritative=False)
    return names.answer(f"{question.name}.", type_)


def _packed(packet: bytes, question: Question, answer: Answer, room: int) -> Response:
    octets = _message(packet, question, answer, 0)
    truncated = len(octets) > room
    if truncated:
        short = Answer(answer.rcode, answer.authoritative)
        octets = _message(packet, question, short, _TC)
    usable = 0 if truncated else len(answer.answers)
    asked = Asked(question.name, type_name(question.type), answer.rcode, truncated, usable)
    return Response(bytes(octets), asked)


def _message(packet: bytes, question: Question, answer: Answer, more_flags: int) -> bytearray:
    packer = Packer()
    packer.question(question)
    sections = (answer.answers, answer.authority, answer.additional)
    for section in sections:
        for record in section:
            packer.record(record)
    rcode, edns = RCODES[answer.rcode], question.edns
    if edns is not None:
        packer.opt(MAX_UDP, rcode >> 4, edns.dnssec_ok)
    id_, flags, *_ = HEADER.unpack_from(packet)
    flags = (
        _QR | _RA | flags & _KEPT | rcode & 15 | more_flags | (_AA if answer.authoritative else 0)
    )
    counts = [len(section) for section in sections]
    counts[2] += edns is not None
    HEADER.pack_into(packer.octets, 0, id_, flags, 1, *counts)
    return packer.octets
