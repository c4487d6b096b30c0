"""Somebody with telnet: lines as typed, one answer each."""

from collections.abc import Sequence

from fake_exo.drive import Dialogue, StartTls, Talk, TlsOptions, Write


def type_lines(talk: Talk, lines: Sequence[str], tls: TlsOptions) -> Dialogue[None]:
    """Lines as typed. STARTTLS starts the handshake, DATA is followed up to the dot, BDAT n by n
    bytes of the next line."""
    waiting = list(lines)
    while waiting:
        line = waiting.pop(0)
        verb, _, argument = line.partition(" ")
        if verb.upper() == "BDAT" and waiting and _carries(argument):
            yield Write(f"{line}\r\n{waiting.pop(0)}".encode("latin-1", "replace"))
        else:
            yield Write(line.encode("utf-8", "surrogateescape") + b"\r\n")
        answer = yield from talk.reply(verb.lower() or "line", timeout=86_400)
        if verb.upper() == "STARTTLS" and answer.code == 220:
            yield StartTls(tls)
        while answer.code == 354 and waiting:
            typed = waiting.pop(0)
            yield Write(typed.encode("utf-8") + b"\r\n")
            if typed == ".":
                answer = yield from talk.reply("final-dot", timeout=86_400)


def _carries(argument: str) -> bool:
    """Whether a chunk of this size has bytes: "22 LAST" does, "0" and "x" have none."""
    size = argument.split()[:1]
    return bool(size) and size[0].isdigit() and int(size[0]) > 0
