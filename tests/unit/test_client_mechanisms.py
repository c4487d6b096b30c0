"""What a client answers in SASL exchanges: the examples of the standards, and how it ends."""

import base64

import pytest

from fake_exo.drive import (
    MECHANISMS,
    Dialogue,
    Expect,
    GaveUp,
    Manner,
    Pause,
    Reply,
    Result,
    SaslIdentity,
    ServerSettings,
    Talk,
    Write,
    open_session,
)
from fake_exo.smtp.client.authentication import authenticate
from fake_exo.smtp.client.manner import Reaction


def answered(mechanism: str, who: SaslIdentity, *challenges: str) -> list[str]:
    """What it says: at once where it may, then to each challenge."""
    kind = MECHANISMS[mechanism]
    speaks = kind.speak(who)
    first = [next(speaks)]
    said = first if kind.first else []
    return [each.decode() for each in [*said, *(speaks.send(c.encode()) for c in challenges)]]


def test_cram_md5_is_that_of_rfc_2195() -> None:
    challenge = "<1896.697170952@postoffice.reston.mci.net>"
    assert answered("CRAM-MD5", SaslIdentity("tim", "tanstaaftanstaaf"), challenge) == [
        "tim b913a602c7eda7a495b4e6e7334d3890"
    ]


def test_digest_md5_is_that_of_rfc_2831() -> None:
    who = SaslIdentity(
        "chris", "secret", service="imap/elwood.innosoft.com", nonce="OA6MHXh6VqTrRk"
    )
    challenge = 'realm="elwood.innosoft.com",nonce="OA6MG9tEQGm2hh",qop="auth",algorithm=md5-sess'
    (said,) = answered("DIGEST-MD5", who, challenge)
    assert "response=d388dad90d4bbd760a152321f2143af7," in said


def test_scram_sha_1_is_that_of_rfc_5802() -> None:
    who = SaslIdentity("user", "pencil", nonce="fyko+d2lbbFgONRv9qkxdawL")
    challenge = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096"
    assert answered("SCRAM-SHA-1", who, challenge) == [
        "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
        "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    ]


def test_scram_sha_256_is_that_of_rfc_7677() -> None:
    who = SaslIdentity("user", "pencil", nonce="rOprNGfwEbeRWgbNEkqO")
    nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
    challenge = f"r={nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
    assert answered("SCRAM-SHA-256", who, challenge)[1] == (
        f"c=biws,r={nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
    )


def test_a_bearer_is_the_token_or_else_the_password() -> None:
    assert answered("XOAUTH2", SaslIdentity("a@b.c", "pw", "TOK")) == [
        "user=a@b.c\1auth=Bearer TOK\1\1"
    ]
    assert answered("XOAUTH2", SaslIdentity("a@b.c", "pw"))[0].endswith("Bearer pw\1\1")


# ---- in a dialogue -------------------------------------------------------------------------------


def said(dialogue: Dialogue[object], *answers: str) -> list[str]:
    """The lines of a client to a server that gives these answers, and how it gave up."""
    lines, waiting = [], list(answers)
    result: Result = None
    try:
        while True:
            action = dialogue.send(result)
            result = None
            if isinstance(action, Write):
                lines.append(action.data.decode().rstrip("\r\n"))
            elif isinstance(action, Expect):
                code, _, text = waiting.pop(0).partition(" ")
                result = Reply(int(code), (text,))
            elif isinstance(action, Pause):
                lines.append(f"waits {action.seconds:g}")
    except StopIteration:
        lines.append("goes on")
    except GaveUp as end:
        lines.append(f"gives up{' and hangs up' * end.hangs_up}: {end}")
    assert waiting == []
    return lines


def talk(manner: Manner, offered: str) -> Talk:
    made = Talk(manner)
    made.connected = True
    made.capabilities = {"AUTH": offered}
    return made


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


WHO = SaslIdentity("u", "p")


def test_the_next_mechanism_is_tried_where_the_code_says_so() -> None:
    manner = Manner("m", mechanisms=("NTLM", "LOGIN"), after={"504": "next", "any": "fail"})
    dialogue = authenticate(talk(manner, "NTLM LOGIN"), WHO)
    assert said(dialogue, "504 no", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235 yes") == [
        "AUTH NTLM", "AUTH LOGIN", b64("u"), b64("p"), "goes on",
    ]  # fmt: skip


def test_a_challenge_that_it_cannot_answer_is_cancelled() -> None:
    manner = Manner("m", mechanisms=("NTLM",), initial_response=frozenset({"NTLM"}))
    first, *rest = said(
        authenticate(talk(manner, "NTLM"), WHO), f"334 {b64('NTLMSSP')}", "501 5.7.0 cancelled"
    )
    assert first.startswith("AUTH NTLM TlRMTVNTUAABAAAA")
    assert rest == ["*", "gives up: 501 5.7.0 cancelled"]


@pytest.mark.parametrize(
    ("after", "end"),
    [
        ("fail", "gives up: 535 5.7.3 no"),
        ("hang-up", "gives up and hangs up: 535 5.7.3 no"),
        ("continue", "goes on"),
    ],
)
def test_what_comes_after_a_refusal_is_the_clients(after: str, end: str) -> None:
    manner = Manner("m", mechanisms=("PLAIN",), after={"any": after})
    dialogue = authenticate(talk(manner, "PLAIN"), WHO)
    assert said(dialogue, "535 5.7.3 no")[-1] == end


def test_a_refused_token_is_ended_with_an_empty_line() -> None:
    manner = Manner("m", mechanisms=("XOAUTH2",), initial_response=frozenset({"XOAUTH2"}))
    dialogue = authenticate(talk(manner, "XOAUTH2"), SaslIdentity("u", "", "T"))
    lines = said(dialogue, f"334 {b64('{}')}", "535 5.7.3 no")
    assert lines[1:] == ["", "gives up: 535 5.7.3 no"]


def test_who_signs_in_when_it_is_asked_to_says_the_same_again() -> None:
    from fake_exo.smtp.client.transaction import send

    reaction = Reaction("mail", (530,), "authenticat", "sign-in")
    manner = Manner("m", starttls="never", mechanisms=("PLAIN",), reactions=(reaction,))
    made = talk(manner, "PLAIN")
    server = ServerSettings(("192.0.2.1",), identity=WHO)
    assert said(open_session(made, server, "hello"), "220 a", "250 b")[-1] == "goes on"
    made.capabilities = {"AUTH": "PLAIN"}
    answers = ("530 5.7.57 Client not authenticated", "235 yes", "250 a", "250 b", "354 c", "250 d")
    assert said(send(made, "a@a.example", ["b@b.example"], b"x"), *answers) == [
        "MAIL FROM:<a@a.example>",
        f"AUTH PLAIN {b64(chr(0) + 'u' + chr(0) + 'p')}",
        "MAIL FROM:<a@a.example>",
        "RCPT TO:<b@b.example>",
        "DATA",
        "x\r\n.",
        "goes on",
    ]


def test_pace_is_kept_before_each_command() -> None:
    made = talk(Manner("m", pace=2, starttls="never"), "")
    server = ServerSettings(("192.0.2.1",))
    assert said(open_session(made, server), "220 a", "250 b") == ["waits 2", "EHLO m", "goes on"]
