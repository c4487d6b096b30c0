"""A client that says any bytes, and what must hold of whatever it hears: the form of replies, and
the order of things in a session (RFC 5321 4.1.4, 4.2)."""

import re
from collections.abc import Iterable

from fake_exo import (
    Accepted,
    Closed,
    Estate,
    Event,
    MailHost,
    Opened,
    Replied,
    Settings,
    TlsStarted,
    World,
    example_tenant,
    mx_host,
    transcript,
)
from fake_exo.drive import Offer, Pipe, looked_up
from fake_exo.rules.stage import Stage

_LINE = re.compile(r"[2345]\d\d[ -]")
_BLOCKS = re.compile(rb"(?<=STARTTLS\r\n)", re.IGNORECASE)
_ELSEWHERE = "203.0.113.9"
_ESTATE = Estate.of([example_tenant()], elsewhere=[MailHost(_ELSEWHERE, "greylist", starttls=True)])
_NAMES = ("smtp.office365.com", mx_host("contoso.com"), "smtp-hve.office365.com")
_PORTS = (587, 25, 587)
_KNOWN = 512  # octets of a line, RFC 5321 4.5.3.1.5, beside what it quotes of the client
_MOST = 700  # octets said for a line that came


def conversation(data: bytes) -> None:
    """The first octet says where and how: endpoint, certificate, whether byte by byte."""
    how, said = data[:1] or b"\0", data[1:]
    world = World(_ESTATE, seed=1, settings=Settings(skip_delays=True))
    pipe = _opened(world, how[0] % 4)
    heard = bytearray(pipe.take())
    for block in _BLOCKS.split(said):
        for piece in _cut(block, how[0] >> 4):
            pipe.send(piece)
        heard += pipe.take()
        if pipe.upgrading:
            pipe.start_tls(Offer(certificate_names=["contoso.com"]))
    if not pipe.closed:
        pipe.close()
    check_replies(bytes(heard), said)
    check_order(world.ledger)
    for line in transcript(world.ledger, 1):
        assert line.text.isprintable(), line


def _cut(block: bytes, size: int) -> Iterable[bytes]:
    """As it came, or in pieces of some octets."""
    if not size or len(block) > 4000:
        return (block,)
    return (block[at : at + size] for at in range(0, len(block), size))


def _opened(world: World, place: int) -> Pipe:
    address, port = _ELSEWHERE, 25
    if place < len(_NAMES):
        address = looked_up(world.lookup(_NAMES[place], "A"), "A").data[0]
        port = _PORTS[place]
    pipe = world.connect(address, port, "203.0.113.7")
    assert pipe is not None
    return pipe


def check_replies(heard: bytes, said: bytes) -> None:
    """Each line has a code, ends as it must, can be printed, and is not longer than it may be."""
    text = heard.decode("utf-8")
    assert text.endswith("\r\n"), text[-100:]
    lines = text.split("\r\n")[:-1]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        assert _LINE.match(line) or line[3:] == "", line
        assert line.isprintable(), line
        assert len(line.encode()) + 2 <= _KNOWN + len(said), line[:200]
        if line[3:4] == "-":
            assert following[:3] == line[:3], (line, following)
    assert len(heard) <= _MOST * (said.count(b"\r\n") + 3) + 2 * len(said)


def check_order(events: Iterable[Event]) -> None:
    """No step without the one that it needs, and nothing after the end."""
    state = _State()
    for event in events:
        assert not state.closed or not isinstance(event, Replied | Accepted | TlsStarted), event
        state.see(event)
    assert state.closed


class _State:
    """What a client may do now, by the replies that it has heard."""

    def __init__(self) -> None:
        self.opened = self.closed = self.secured = self.greeted = False
        self.signed_in = self.sender = self.data = False
        self.recipients = self.promised = 0

    def see(self, event: Event) -> None:
        match event:
            case Opened():
                assert not self.opened
                self.opened = True
            case Closed():
                assert self.opened
                assert not self.closed
                self.closed = True
            case TlsStarted():
                assert not self.secured
                self.secured, self.greeted, self.signed_in = True, False, False
                self._end()
            case Accepted():
                self._accepted(event)
            case Replied() if event.data[:1] in (b"2", b"3"):
                self._took(event)
            case Replied() if event.stage is Stage.MESSAGE:
                self._end()

    def _end(self) -> None:
        self.sender = self.data = False
        self.recipients = 0

    def _accepted(self, event: Accepted) -> None:
        assert self.sender
        assert len(event.message.recipients) == self.recipients > 0
        self.promised += 1

    def _took(self, event: Replied) -> None:
        code = int(event.data[:3])
        match event.to:
            case "EHLO" | "HELO":
                self.greeted = True
                self._end()
            case "AUTH" if code == 235:
                assert self.greeted and not self.signed_in
                self.signed_in = True
            case "MAIL":
                assert self.greeted and not self.sender
                self.sender = True
            case "RCPT":
                assert self.sender
                self.recipients += 1
            case "DATA":
                assert self.recipients
                self.data = True
            case "RSET":
                self._end()
            case "END-OF-DATA" | "BDAT":
                self._taken(event)

    def _taken(self, event: Replied) -> None:
        """Who promises to deliver has the message; a chunk that is not the last does not."""
        if event.to == "END-OF-DATA" or self.promised:
            assert self.promised == 1, event
            self.promised = 0
            self._end()
