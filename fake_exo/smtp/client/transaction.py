"""The mail transaction, in a client's manner."""

from collections.abc import Sequence

from fake_exo.smtp.client.actions import Dialogue, Reply, Write
from fake_exo.smtp.client.manner import Manner
from fake_exo.smtp.client.talk import Talk, refusal


def send(talk: Talk, sender: str, recipients: Sequence[str], content: bytes) -> Dialogue[list[str]]:
    """One message. Returns the recipients that the server refused while it took others."""
    mail = _mail(talk, sender, len(content))
    rcpts = [f"RCPT TO:{_path(talk.manner, address)}" for address in recipients]
    chunked = talk.manner.chunking and "CHUNKING" in talk.capabilities
    if talk.manner.pipelining and "PIPELINING" in talk.capabilities:
        return (yield from _in_one_flight(talk, [mail, *rcpts], recipients, content, chunked))
    answer = yield from talk.ask(mail, "mail")
    if answer.code != 250:
        raise refusal("mail", answer)
    refused = yield from _recipients(talk, rcpts, recipients)
    yield from _content(talk, content, chunked)
    return refused


def _mail(talk: Talk, sender: str, size: int) -> str:
    text = f"MAIL FROM:{_path(talk.manner, sender)}"
    if talk.manner.size and "SIZE" in talk.capabilities:
        text += f" SIZE={size}"
    return text


def _path(manner: Manner, address: str) -> str:
    return f"<{address}>" if manner.brackets else address


def _recipients(talk: Talk, rcpts: Sequence[str], recipients: Sequence[str]) -> Dialogue[list[str]]:
    refused: list[str] = []
    last: Reply | None = None
    for text, address in zip(rcpts, recipients, strict=True):
        answer = yield from talk.ask(text, "rcpt")
        if answer.code not in (250, 251):
            if talk.manner.on_reject == "abort":
                raise refusal("rcpt", answer)
            refused.append(address)
            last = answer
    if last is not None and len(refused) == len(recipients):
        raise refusal("rcpt", last)
    return refused


def _in_one_flight(
    talk: Talk, texts: Sequence[str], recipients: Sequence[str], content: bytes, chunked: bool
) -> Dialogue[list[str]]:
    """MAIL, all RCPT and DATA without waiting (RFC 2920)."""
    lines = [*texts] if chunked else [*texts, "DATA"]
    yield Write(b"".join(talk.command(line).data for line in lines))
    mail = yield from talk.reply("mail")
    answers = []
    for _ in recipients:
        answers.append((yield from talk.reply("rcpt" if mail.code == 250 else "mail")))
    data = None if chunked else (yield from talk.reply("data"))
    refused = [a for a, r in zip(recipients, answers, strict=True) if r.code not in (250, 251)]
    nobody = mail.code != 250 or len(refused) == len(recipients)
    if nobody and data is not None and data.code == 354:
        yield Write(b".\r\n")  # what was granted must be ended before anything else is said
        yield from talk.reply("final-dot", timeout=talk.final)
    if mail.code != 250:
        raise refusal("mail", mail)
    if nobody:
        raise refusal("rcpt", answers[-1])
    if chunked:
        yield from _chunk(talk, content)
    elif data is not None and data.code == 354:
        yield from _after_354(talk, content, final_dot=True)
    elif data is not None:
        raise refusal("data", data)
    return refused


def _content(talk: Talk, content: bytes, chunked: bool) -> Dialogue[None]:
    if chunked:
        yield from _chunk(talk, content)
        return
    answer = yield from talk.ask("DATA", "data")
    if answer.code != 354:
        raise refusal("data", answer)
    yield from _after_354(talk, content, final_dot=talk.manner.final_dot)


def _chunk(talk: Talk, content: bytes) -> Dialogue[None]:
    yield Write(f"BDAT {len(content)} LAST\r\n".encode("ascii") + content)
    yield from _verdict(talk)


def _after_354(talk: Talk, content: bytes, *, final_dot: bool) -> Dialogue[None]:
    stuffed = content.replace(b"\n.", b"\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    if not final_dot:
        yield Write(stuffed + b"\n.\n")  # no CRLF around the dot: no end for a strict server
    else:
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        yield Write(stuffed + end)
    yield from _verdict(talk)


def _verdict(talk: Talk) -> Dialogue[None]:
    answer = yield from talk.reply("final-dot", timeout=talk.final)
    if answer.code != 250:
        raise refusal("final-dot", answer)
