"""Authentication and the mail transaction, as a profile does them."""

import base64
from collections.abc import Generator, Sequence

from fake_exo_harness.devices.actions import Action, Outcome, Reply, Send, StartTls, TlsOptions
from fake_exo_harness.devices.options import Options
from fake_exo_harness.devices.profiles import Profile
from fake_exo_harness.devices.talk import GaveUp, Run, Talk, refusal

_PROMPTS = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")  # "Username:", "Password:"
_KNOWN = ("LOGIN", "PLAIN")  # mechanisms that can be carried out here


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


# ---- authentication ----------------------------------------------------------------------------


def authenticate(talk: Talk, profile: Profile, user: str, password: str) -> Run:
    """Sign in, or do what this device does when it cannot."""
    for mechanism in _mechanisms(talk, profile):
        answer = yield from _attempt(talk, profile, mechanism, user, password)
        if answer.code == 235:
            return
        reaction = profile.auth["on_504" if answer.code == 504 else "on_535"]
        if reaction == "continue":
            return
        if reaction == "fail" or mechanism == _mechanisms(talk, profile)[-1]:
            raise refusal("auth", answer)


def _mechanisms(talk: Talk, profile: Profile) -> list[str]:
    """What the device will try, in its order. Gives up when it must not go on."""
    auth = profile.auth
    if auth.get("only_over_tls") and not talk.secured:
        raise GaveUp("auth", "unencrypted connection")
    order = [mechanism for mechanism in auth["order"] if mechanism in _KNOWN]
    offered = talk.capabilities.get("AUTH", "").split()
    usable = [mechanism for mechanism in order if mechanism in offered]
    if usable:
        return usable
    reaction = auth["not_advertised"]
    if reaction == "fail":
        raise GaveUp("auth", "no usable mechanism is offered")
    return order[:1] if reaction == "send" else []


def _attempt(
    talk: Talk, profile: Profile, mechanism: str, user: str, password: str
) -> Generator[Action, Outcome, Reply]:
    name = mechanism.lower() if profile.auth["lower_case"] else mechanism
    initial = bool(profile.auth["initial_response"].get(mechanism))
    if mechanism == "PLAIN":
        steps = [_b64(f"\0{user}\0{password}")]
    else:
        steps = [_b64(user), _b64(password)]
    first = f"AUTH {name} {steps.pop(0)}" if initial else f"AUTH {name}"
    answer = yield from talk.ask(first, "auth", secret=initial)
    while answer.code == 334 and steps:
        if profile.auth["strict_prompts"] and answer.text not in _PROMPTS:
            raise GaveUp("auth", f"unexpected prompt {answer.text}")
        answer = yield from talk.ask(steps.pop(0), "auth", secret=True)
    return answer


# ---- telnet ------------------------------------------------------------------------------------


def type_lines(talk: Talk, lines: Sequence[str], tls: TlsOptions) -> Run:
    """Lines as typed. STARTTLS starts the handshake, DATA is followed up to the dot, BDAT n by n
    bytes of the next line."""
    waiting = list(lines)
    while waiting:
        line = waiting.pop(0)
        verb, _, argument = line.partition(" ")
        if verb.upper() == "BDAT" and waiting and _carries(argument):
            yield Send(f"{line}\r\n{waiting.pop(0)}".encode("latin-1", "replace"))
        else:
            yield Send(line.encode("utf-8", "surrogateescape") + b"\r\n")
        answer = yield from talk.reply(verb.lower() or "line", timeout=86_400)
        if verb.upper() == "STARTTLS" and answer.code == 220:
            yield StartTls(tls)
        while answer.code == 354 and waiting:
            typed = waiting.pop(0)
            yield Send(typed.encode("utf-8") + b"\r\n")
            if typed == ".":
                answer = yield from talk.reply("final-dot", timeout=86_400)


def _carries(argument: str) -> bool:
    """Whether a chunk of this size has bytes: "22 LAST" does, "0" and "x" have none."""
    size = argument.split()[:1]
    return bool(size) and size[0].isdigit() and int(size[0]) > 0


# ---- transaction -------------------------------------------------------------------------------


def parts(profile: Profile, options: Options, content: bytes) -> list[bytes]:
    """The mail, or with binary division on its parts, each a message/partial of its own."""
    size = int(options.number("divided_mail_size", 0))
    if not options.on("binary_division") or not size or len(content) <= size:
        return [content]
    head = content.partition(b"\r\n\r\n")[0]
    kept = b"\r\n".join(
        line for line in head.split(b"\r\n") if line.lower().startswith((b"from:", b"to:", b"subj"))
    )
    pieces = [content[i : i + size] for i in range(0, len(content), size)]
    label = b'\r\nMIME-Version: 1.0\r\nContent-Type: message/partial; id="scan@%s"; '
    name = profile.id.encode("ascii")
    return [
        kept + label % name + b"number=%d; total=%d\r\n\r\n" % (n, len(pieces)) + piece
        for n, piece in enumerate(pieces, 1)
    ]


def send(
    talk: Talk, profile: Profile, sender: str, recipients: Sequence[str], content: bytes
) -> Generator[Action, Outcome, list[str]]:
    """One message. Returns the recipients that the server refused while it took others."""
    mail = _mail(talk, profile, sender, len(content))
    rcpts = [f"RCPT TO:{_path(profile, address)}" for address in recipients]
    chunked = bool(profile.data["chunking"]) and "CHUNKING" in talk.capabilities
    if profile.rcpt["pipelining"] and "PIPELINING" in talk.capabilities:
        return (yield from _in_one_flight(talk, [mail, *rcpts], recipients, content, chunked))
    answer = yield from talk.ask(mail, "mail")
    if answer.code != 250:
        raise refusal("mail", answer)
    refused = yield from _recipients(talk, profile, rcpts, recipients)
    yield from _content(talk, profile, content, chunked)
    return refused


def _mail(talk: Talk, profile: Profile, sender: str, size: int) -> str:
    text = f"MAIL FROM:{_path(profile, sender)}"
    if profile.envelope["size"] and "SIZE" in talk.capabilities:
        text += f" SIZE={size}"
    return text


def _path(profile: Profile, address: str) -> str:
    return f"<{address}>" if profile.envelope.get("brackets", True) else address


def _recipients(
    talk: Talk, profile: Profile, rcpts: Sequence[str], recipients: Sequence[str]
) -> Generator[Action, Outcome, list[str]]:
    refused: list[str] = []
    last: Reply | None = None
    for text, address in zip(rcpts, recipients, strict=True):
        answer = yield from talk.ask(text, "rcpt")
        if answer.code not in (250, 251):
            if profile.rcpt["on_reject"] == "abort":
                raise refusal("rcpt", answer)
            refused.append(address)
            last = answer
    if last is not None and len(refused) == len(recipients):
        raise refusal("rcpt", last)
    return refused


def _in_one_flight(
    talk: Talk, texts: Sequence[str], recipients: Sequence[str], content: bytes, chunked: bool
) -> Generator[Action, Outcome, list[str]]:
    """MAIL, all RCPT and DATA without waiting (RFC 2920)."""
    lines = [*texts] if chunked else [*texts, "DATA"]
    yield Send(b"".join(talk.command(line).data for line in lines))
    mail = yield from talk.reply("mail")
    answers = []
    for _ in recipients:
        answers.append((yield from talk.reply("rcpt" if mail.code == 250 else "mail")))
    data = None if chunked else (yield from talk.reply("data"))
    if mail.code != 250:
        raise refusal("mail", mail)
    refused = [a for a, r in zip(recipients, answers, strict=True) if r.code not in (250, 251)]
    if len(refused) == len(recipients):
        raise refusal("rcpt", answers[-1])
    if chunked:
        yield from _chunk(talk, content)
    elif data is not None and data.code == 354:
        yield from _after_354(talk, content, final_dot=True)
    elif data is not None:
        raise refusal("data", data)
    return refused


def _content(talk: Talk, profile: Profile, content: bytes, chunked: bool) -> Run:
    if chunked:
        yield from _chunk(talk, content)
        return
    answer = yield from talk.ask("DATA", "data")
    if answer.code != 354:
        raise refusal("data", answer)
    yield from _after_354(talk, content, final_dot=bool(profile.data["final_dot"]))


def _chunk(talk: Talk, content: bytes) -> Run:
    yield Send(f"BDAT {len(content)} LAST\r\n".encode("ascii") + content)
    yield from _verdict(talk)


def _after_354(talk: Talk, content: bytes, *, final_dot: bool) -> Run:
    stuffed = content.replace(b"\n.", b"\n..")
    if stuffed.startswith(b"."):
        stuffed = b"." + stuffed
    if not final_dot:
        yield Send(stuffed + b"\n.\n")  # no CRLF around the dot: no end for a strict server
    else:
        end = b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"
        yield Send(stuffed + end)
    yield from _verdict(talk)


def _verdict(talk: Talk) -> Run:
    answer = yield from talk.reply("final-dot", timeout=talk.final)
    if answer.code != 250:
        raise refusal("final-dot", answer)
