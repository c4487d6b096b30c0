"""Signing in, in a client's manner."""

import base64
import binascii

from fake_exo.smtp.client.actions import Dialogue, Reply
from fake_exo.smtp.client.mechanisms import MECHANISMS, Exchange, SaslIdentity
from fake_exo.smtp.client.talk import GaveUp, Talk, refusal

_PROMPTS = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")  # "Username:", "Password:"


def authenticate(talk: Talk, who: SaslIdentity) -> Dialogue[None]:
    """Sign in, or do what this client does when it cannot."""
    tried = _mechanisms(talk)
    for mechanism in tried:
        answer = yield from _attempt(talk, mechanism, who)
        if answer.code == 235:
            return
        reaction = talk.manner.reaction("auth", answer)
        after = _after(talk, answer) if reaction is None else reaction.does
        if after == "continue":
            return
        if after != "next" or mechanism == tried[-1]:
            raise refusal("auth", answer, reaction, hangs_up=after == "hang-up")


def _after(talk: Talk, answer: Reply) -> str:
    """What it does after a refusal: next, continue, hang-up or fail."""
    after = talk.manner.after
    return after.get(str(answer.code), after.get("any", "fail"))


def _mechanisms(talk: Talk) -> list[str]:
    """What the client will try, in its order. Gives up when it must not go on."""
    manner = talk.manner
    if manner.only_over_tls and not talk.secured:
        raise GaveUp("auth", "unencrypted connection")
    if manner.blind:
        return list(manner.mechanisms)
    offered = talk.capabilities.get("AUTH", "").split()
    usable = [mechanism for mechanism in manner.mechanisms if mechanism in offered]
    if usable:
        return usable
    if manner.not_advertised == "fail":
        raise GaveUp("auth", "no usable mechanism is offered")
    return list(manner.mechanisms[:1]) if manner.not_advertised == "send" else []


def _attempt(talk: Talk, mechanism: str, who: SaslIdentity) -> Dialogue[Reply]:
    name = mechanism.lower() if talk.manner.lower_case_mechanism else mechanism
    kind = MECHANISMS[mechanism]
    speaks = kind.speak(who)
    waiting = next(speaks)  # what it says first, or b"" before the challenge
    initial = kind.first and mechanism in talk.manner.initial_response
    first = f"AUTH {name} {_b64(waiting)}" if initial else f"AUTH {name}"
    answer = yield from talk.ask(first, "auth", secret=initial)
    unsaid: bytes | None = waiting if kind.first and not initial else None
    while answer.code == 334:
        if mechanism == "LOGIN" and talk.manner.strict_prompts and answer.text not in _PROMPTS:
            raise GaveUp("auth", f"unexpected prompt {answer.text}")
        response = unsaid if unsaid is not None else _response(speaks, answer.text)
        unsaid = None
        text = "*" if response is None else _b64(response)
        answer = yield from talk.ask(text, "auth", secret=response is not None)
    return answer


def _response(speaks: Exchange, challenge: str) -> bytes | None:
    """What it answers to a challenge; None where it has nothing to say, or cannot read it."""
    try:
        return speaks.send(_decoded(challenge))
    except (StopIteration, ValueError):
        return None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text.encode()  # a prompt in clear text, as some servers have it


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
