"""The mail transaction, in a client's manner."""

from collections.abc import Iterator, Sequence

from fake_exo.smtp.client.actions import Dialogue, Reply, Write
from fake_exo.smtp.client.manner import Manner
from fake_exo.smtp.client.talk import GaveUp, Talk, refusal

_TAKEN = (250, 251)


def send(
    talk: Talk, sender: str, recipients: Sequence[str], content: bytes, until: str = "mail"
) -> Dialogue[list[str]]:
    """One message. Returns the recipients that the server refused while it took others. `until`:
    "sender" or "rcpt" where the client stops after them."""
    for command in talk.manner.before_mail:
        yield from talk.ask(command, "mail")
    mail = _mail(talk, sender, content)
    rcpts = [f"RCPT TO:{_path(talk.manner, address)}" for address in recipients]
    if until == "mail" and _flies(talk):
        return (yield from _in_one_flight(talk, [mail, *rcpts], recipients, content))
    answer = yield from talk.ask(mail, "mail")
    if answer.code != 250 and talk.remedy is not None and (yield from talk.remedy("mail", answer)):
        answer = yield from talk.ask(mail, "mail")
    if answer.code != 250:
        talk.refused("mail", answer)
    if until == "sender":
        return []
    refused = yield from _recipients(talk, rcpts, recipients)
    if until == "mail":
        yield from _content(talk, content)
    return refused


def _flies(talk: Talk) -> bool:
    """Whether commands go out in one flight: where that is offered, or blindly."""
    manner = talk.manner.pipelining
    return manner == "blind" or (manner != "none" and "PIPELINING" in talk.capabilities)


def _chunks(talk: Talk) -> bool:
    chunking = talk.manner.chunking
    return chunking == "blind" or (chunking == "offered" and "CHUNKING" in talk.capabilities)


def _mail(talk: Talk, sender: str, content: bytes) -> str:
    manner, offered = talk.manner, talk.capabilities
    parameters = []
    if manner.size and "SIZE" in offered:
        parameters.append(f"SIZE={len(content)}")
    if manner.body and ("8BITMIME" in offered or manner.body == "BINARYMIME" in offered):
        parameters.append(f"BODY={manner.body}")
    if manner.parameters:
        parameters.append(manner.parameters)
    text = "".join(f" {each}" for each in parameters)
    shown = text.lower() if manner.lower_case_parameters else text
    return f"MAIL FROM:{_path(manner, sender)}{shown}"


def _path(manner: Manner, address: str) -> str:
    return f"{' ' * manner.space}{f'<{address}>' if manner.brackets else address}"


def _recipients(talk: Talk, rcpts: Sequence[str], recipients: Sequence[str]) -> Dialogue[list[str]]:
    refused: list[str] = []
    last: Reply | None = None
    for text, address in zip(rcpts, recipients, strict=True):
        answer = yield from talk.ask(text, "rcpt")
        if answer.code not in _TAKEN:
            if talk.manner.on_reject == "reset":
                yield from talk.ask("RSET", "rcpt")
            if talk.manner.on_reject != "continue":
                talk.refused("rcpt", answer)
            refused.append(address)
            last = answer
    if last is not None and len(refused) == len(recipients):
        talk.refused("rcpt", last)
    return refused


def _in_one_flight(
    talk: Talk, texts: Sequence[str], recipients: Sequence[str], content: bytes
) -> Dialogue[list[str]]:
    """MAIL, all RCPT and maybe DATA without waiting (RFC 2920)."""
    with_data = talk.manner.pipelining != "envelope" and not _chunks(talk)
    lines = [*texts, "DATA"] if with_data else [*texts]
    yield Write(b"".join(talk.command(line).data for line in lines))
    mail = yield from talk.reply("mail")
    if mail.code != 250:
        yield from _rest_unheeded(talk, len(lines) - 1, mail)
    answers = []
    for _ in recipients:
        answers.append((yield from talk.reply("rcpt")))
    data = (yield from talk.reply("data")) if with_data else None
    refused = [a for a, r in zip(recipients, answers, strict=True) if r.code not in _TAKEN]
    if len(refused) == len(recipients):
        yield from _ended(talk, data)
        raise refusal("rcpt", answers[-1], talk.manner.reaction("rcpt", answers[-1]))
    yield from _after_flight(talk, content, data)
    return refused


def _rest_unheeded(talk: Talk, count: int, mail: Reply) -> Dialogue[None]:
    """After a refused MAIL: what else comes is read, as far as the server stays for it. Gives up
    because of the refusal."""
    failure = refusal("mail", mail, talk.manner.reaction("mail", mail))
    try:
        last = mail
        for _ in range(count):
            last = yield from talk.reply("mail")
        yield from _ended(talk, last)
    except GaveUp as lost:
        failure.lost = lost.lost
    raise failure


def _ended(talk: Talk, data: Reply | None) -> Dialogue[None]:
    """What was granted must be ended before anything else is said."""
    if data is not None and data.code == 354:
        yield Write(b".\r\n")
        yield from talk.reply("final-dot", timeout=talk.final)


def _after_flight(talk: Talk, content: bytes, data: Reply | None) -> Dialogue[None]:
    if data is None:
        yield from _content(talk, content)
    elif data.code == 354:
        yield from _after_354(talk, content, final_dot=True)
    else:
        talk.refused("data", data)


def _content(talk: Talk, content: bytes) -> Dialogue[None]:
    if _chunks(talk):
        yield from _in_chunks(talk, content)
        return
    answer = yield from talk.ask("DATA", "data")
    if answer.code != 354:
        talk.refused("data", answer)
        return
    yield from _after_354(talk, content, final_dot=talk.manner.final_dot)


def _in_chunks(talk: Talk, content: bytes) -> Dialogue[None]:
    """BDAT by BDAT, each after the answer to the one before."""
    waiting = list(_pieces(talk.manner, content))
    while len(waiting) > 1:
        piece = waiting.pop(0)
        yield Write(f"BDAT {len(piece)}\r\n".encode("ascii") + piece)
        answer = yield from talk.reply("data", timeout=talk.final)
        if answer.code != 250:
            raise refusal("data", answer, talk.manner.reaction("data", answer))
    yield Write(f"BDAT {len(waiting[0])} LAST\r\n".encode("ascii") + waiting[0])
    yield from _verdict(talk)


def _pieces(manner: Manner, content: bytes) -> Iterator[bytes]:
    size = manner.chunk_size or max(1, len(content))
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    yield from pieces or [b""]
    if manner.chunk_last == "alone":
        yield b""


def _after_354(talk: Talk, content: bytes, *, final_dot: bool) -> Dialogue[None]:
    stuffed = _stuffed(content) if talk.manner.stuffs else content
    if not final_dot:
        yield Write(stuffed + b"\n.\n")  # no CRLF around the dot: no end for a strict server
    else:
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        yield Write(stuffed + end)
    yield from _verdict(talk)


def _stuffed(content: bytes) -> bytes:
    """Lines that begin with a dot get another (RFC 5321 4.5.2)."""
    stuffed = content.replace(b"\n.", b"\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed


def _verdict(talk: Talk) -> Dialogue[None]:
    answer = yield from talk.reply("final-dot", timeout=talk.final)
    if answer.code != 250:
        talk.refused("final-dot", answer)
