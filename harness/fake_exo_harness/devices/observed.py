"""What a log of a device's dialogue tells of it: the beginnings of a profile.

Logs are other people's: arrows, names and times before each line differ. A line that begins with
three digits is the server's, one that begins with a command the client's; what is sent between 354
and the dot is the message. What the log does not show is not guessed.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from email.parser import BytesHeaderParser
from email.policy import compat32
from typing import Any, NamedTuple

from fake_exo.drive import MECHANISMS

_VERBS = "EHLO|HELO|STARTTLS|AUTH|MAIL|RCPT|DATA|BDAT|RSET|NOOP|QUIT"
_COMMAND = re.compile(rf"(?:^|[\s:>\])\"'|])((?:{_VERBS})(?:$|[\s:]).*)$", re.IGNORECASE)
_REPLY = re.compile(r"(?:^|[\s:<\])\"'|*])([2-5]\d\d(?:[ -].*)?)$")
_ARROW = re.compile(
    r"^\s*(?:\[[^\]]*\]\s*)?(?:<?[-=~]+\*?>?|[CS]:|client:|server:|[<>]+)?\s?", re.I
)
_ENCODINGS = ("base64", "quoted-printable", "8bit")
Document = dict[str, Any]


class LogLine(NamedTuple):
    client: bool
    text: str


def log_lines(text: str) -> list[LogLine]:
    """The lines of a log, each with who said it."""
    found: list[LogLine] = []
    in_message = False
    for raw in text.splitlines():
        line = _message_line(raw) if in_message else _line(raw)
        if line is None:
            continue
        found.append(line)
        if not line.client:
            in_message = line.text.startswith("354")
        elif in_message and line.text == ".":
            in_message = False
    return found


def _line(raw: str) -> LogLine | None:
    """The reply or the command of a line; None for what is neither."""
    reply, command = _REPLY.search(raw), _COMMAND.search(raw)
    if reply is not None and (command is None or reply.start() < command.start()):
        return LogLine(False, reply[1])
    if command is not None:
        return LogLine(True, command[1].rstrip())
    rest = _ARROW.sub("", raw, count=1).strip()
    return LogLine(True, rest) if _ARROW.match(raw)[0].strip() and rest else None  # type: ignore[index]


def _message_line(raw: str) -> LogLine:
    """A line of a message, which may be anything; the reply behind a dot that is not shown."""
    reply = re.match(r"\s*(?:<[-~=]+\*?|S:|<+|server:)\s*([2-5]\d\d[ -].*)$", raw, re.I)
    return LogLine(False, reply[1]) if reply else LogLine(True, _ARROW.sub("", raw, count=1))


# ---- what is seen --------------------------------------------------------------------------------


def observed(lines: Sequence[LogLine]) -> Document:
    """The keys of a profile that a dialogue shows."""
    said = list(_exchanges(lines))
    parts = {
        "hello": _hello(said),
        "tls": _tls(said),
        "auth": {**_auth(said), **_after_refusal(lines)},
        "envelope": _envelope(lines, said),
        "data": _data(lines, said),
        "commands": _commands(said),
    }
    found: Document = {key: part for key, part in parts.items() if part}
    verbs = [_verb(text) for text, _ in said]
    if verbs and not {"DATA", "BDAT", "MAIL"} & set(verbs):
        found["test"] = "hello" if {"EHLO", "HELO"} & set(verbs) else "connect"
    return found


def _exchanges(lines: Iterable[LogLine]) -> Iterator[tuple[str, str]]:
    """Each command with the code of its reply, "" where none is shown; not what is in a message."""
    waiting: str | None = None
    granted = False
    for line in lines:
        if line.client and not granted:
            if waiting is not None:
                yield waiting, ""
            waiting = line.text
        elif not line.client:
            granted = line.text.startswith("354")
            if waiting is not None:
                yield waiting, line.text[:3]
            waiting = None
    if waiting is not None:
        yield waiting, ""


def _verb(text: str) -> str:
    return re.split(r"[\s:]", text, maxsplit=1)[0].upper()


def _hello(said: Sequence[tuple[str, str]]) -> Document:
    greetings = [(text, code) for text, code in said if _verb(text) in ("EHLO", "HELO")]
    if not greetings:
        return {}
    first, code = greetings[0]
    found: Document = {"first": _verb(first), "name": first[5:].strip()}
    if first[:4].islower():
        found["lower_case"] = True
    second = _verb(greetings[1][0]) if len(greetings) > 1 else ""
    if code[:1] in ("4", "5"):
        found["fallback"] = second if second and second != found["first"] else "none"
    elif second and second != found["first"]:
        found["also"] = second
    verbs = [_verb(text) for text, _ in said]
    if "STARTTLS" in verbs and not {"EHLO", "HELO"} & set(verbs[verbs.index("STARTTLS") :]):
        found["after_tls"] = False
    return found


def _tls(said: Sequence[tuple[str, str]]) -> Document:
    verbs = [_verb(text) for text, _ in said]
    if "STARTTLS" in verbs:
        return {}
    return {"policy": "never"} if "MAIL" in verbs else {}


def _auth(said: Sequence[tuple[str, str]]) -> Document:
    tried = [(n, text.split()) for n, (text, _) in enumerate(said) if _verb(text) == "AUTH"]
    tried = [(n, words) for n, words in tried if len(words) > 1 and words[1].upper() in MECHANISMS]
    if not tried:
        return {"order": []} if any(_verb(text) == "MAIL" for text, _ in said) else {}
    order = list(dict.fromkeys(words[1].upper() for _, words in tried))
    found: Document = {"order": order}
    found["initial_response"] = [words[1].upper() for _, words in tried if len(words) > 2]
    if tried[0][1][1].islower():
        found["lower_case"] = True
    return found


def _after_refusal(lines: Sequence[LogLine]) -> Document:
    """What came after the first refusal of AUTH, if one is shown."""
    refused, asked = "", False
    for line in lines:
        if line.client and refused:
            does = {"AUTH": "next", "MAIL": "continue", "QUIT": "fail"}.get(_verb(line.text))
            return {"after": {refused: does, "any": "fail"}} if does else {}
        if line.client:
            asked = asked or _verb(line.text) == "AUTH"
        elif asked and not line.text.startswith("334"):
            if line.text.startswith("235"):
                return {}
            refused = line.text[:3]
    return {"after": {refused: "hang-up", "any": "fail"}} if refused else {}


def _envelope(lines: Sequence[LogLine], said: Sequence[tuple[str, str]]) -> Document:
    mail = next((text for text, _ in said if _verb(text) == "MAIL"), "")
    if not mail:
        return {}
    found: Document = {}
    if "<" not in mail:
        found["brackets"] = False
    if re.search(r"\ssize=", mail, re.I):
        found["size"] = True
        found["lower_case_parameters"] = " size=" in mail
    if body := re.search(r"\sbody=(7BIT|8BITMIME|BINARYMIME)", mail, re.I):
        found["body"] = body[1].upper()
    if found.get("lower_case_parameters") is False:
        del found["lower_case_parameters"]
    return found | {k: v for k, v in _author(_from(lines)).items() if k == "display_name"}


def _commands(said: Sequence[tuple[str, str]]) -> Document:
    mail = next((text for text, _ in said if _verb(text) == "MAIL"), "")
    found: Document = {}
    if mail[:4].islower():
        found["lower_case"] = True
    if re.match(r"mail from:\s", mail, re.I):
        found["space"] = True
    return found


# ---- the message ---------------------------------------------------------------------------------


def _data(lines: Sequence[LogLine], said: Sequence[tuple[str, str]]) -> Document:
    found: Document = {}
    if any(_verb(text) == "BDAT" for text, _ in said):
        found["chunking"] = "offered"
    message = _message(lines)
    if not message:
        return found
    header = BytesHeaderParser(policy=compat32).parsebytes("\n".join(message).encode("utf-8"))
    if not header.keys():
        return found
    found["date"], found["message_id"] = "date" in header, "message-id" in header
    found |= {k: v for k, v in _author(header["from"] or "").items() if k == "brackets"}
    if mailer := header["x-mailer"]:
        found["headers"] = {"X-Mailer": str(mailer)}
    return found | _attachment("\n".join(message))


def _from(lines: Sequence[LogLine]) -> str:
    return next((t[5:].strip() for t in _message(lines) if t.lower().startswith("from:")), "")


def _author(text: str) -> Document:
    name, bracket, _ = text.partition("<")
    if not text or not bracket:
        return {"brackets": False} if text else {}
    shown = name.strip().strip('"')
    return {"display_name": [shown]} if shown else {}


def _attachment(text: str) -> Document:
    """The last part that has a file name, and how it is encoded."""
    found: Document = {}
    if name := re.search(r'filename="?([^"\r\n;]+)"?', text, re.I):
        found["attachment"] = name[1]
        kind = re.findall(
            r"^content-type:\s*([\w.+-]+/[\w.+-]+)", text[: name.start()], re.I | re.M
        )
        if kind:
            found["attachment_type"] = kind[-1].lower()
    encoding = re.findall(r"^content-transfer-encoding:\s*([\w-]+)", text, re.I | re.M)
    if encoding and encoding[-1].lower() in _ENCODINGS:
        found["encoding"] = encoding[-1].lower()
    return found


def _message(lines: Sequence[LogLine]) -> list[str]:
    """The lines of the first message, as far as they are shown."""
    granted, found = False, []
    for line in lines:
        if not line.client:
            if granted:
                break
            granted = line.text.startswith("354")
        elif granted:
            found.append(line.text)
    return found
