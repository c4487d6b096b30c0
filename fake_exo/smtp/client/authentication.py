"""Signing in, in a client's manner."""

import base64

from fake_exo.smtp.client.actions import Dialogue, Reply
from fake_exo.smtp.client.talk import GaveUp, Talk, refusal

_PROMPTS = ("VXNlcm5hbWU6", "UGFzc3dvcmQ6")  # "Username:", "Password:"
_KNOWN = ("LOGIN", "PLAIN")  # mechanisms that can be carried out here


def _b64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def authenticate(talk: Talk, user: str, password: str) -> Dialogue[None]:
    """Sign in, or do what this client does when it cannot."""
    for mechanism in _mechanisms(talk):
        answer = yield from _attempt(talk, mechanism, user, password)
        if answer.code == 235:
            return
        reaction = talk.manner.on_504 if answer.code == 504 else talk.manner.on_535
        if reaction == "continue":
            return
        if reaction == "fail" or mechanism == _mechanisms(talk)[-1]:
            raise refusal("auth", answer)


def _mechanisms(talk: Talk) -> list[str]:
    """What the client will try, in its order. Gives up when it must not go on."""
    manner = talk.manner
    if manner.only_over_tls and not talk.secured:
        raise GaveUp("auth", "unencrypted connection")
    order = [mechanism for mechanism in manner.mechanisms if mechanism in _KNOWN]
    offered = talk.capabilities.get("AUTH", "").split()
    usable = [mechanism for mechanism in order if mechanism in offered]
    if usable:
        return usable
    if manner.not_advertised == "fail":
        raise GaveUp("auth", "no usable mechanism is offered")
    return order[:1] if manner.not_advertised == "send" else []


def _attempt(talk: Talk, mechanism: str, user: str, password: str) -> Dialogue[Reply]:
    name = mechanism.lower() if talk.manner.lower_case_mechanism else mechanism
    initial = mechanism in talk.manner.initial_response
    if mechanism == "PLAIN":
        steps = [_b64(f"\0{user}\0{password}")]
    else:
        steps = [_b64(user), _b64(password)]
    first = f"AUTH {name} {steps.pop(0)}" if initial else f"AUTH {name}"
    answer = yield from talk.ask(first, "auth", secret=initial)
    while answer.code == 334 and steps:
        if talk.manner.strict_prompts and answer.text not in _PROMPTS:
            raise GaveUp("auth", f"unexpected prompt {answer.text}")
        answer = yield from talk.ask(steps.pop(0), "auth", secret=True)
    return answer
