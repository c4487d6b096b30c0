"""The SMTP client by itself: what it says to servers that no scenario has."""

import pytest

from fake_exo.drive import (
    Dialogue,
    Expect,
    GaveUp,
    HangUp,
    Manner,
    Reply,
    Result,
    Talk,
    Write,
    send,
)

CONTENT = b"Subject: x\r\n\r\n.dot\r\n"


def said(dialogue: Dialogue[object], *answers: str) -> list[bytes]:
    """What a client writes to a server that gives these answers, one to each question."""
    written, waiting = [], list(answers)
    result: Result = None
    try:
        while True:
            action = dialogue.send(result)
            result = None
            if isinstance(action, Write):
                written.append(action.data)
            elif isinstance(action, Expect):
                code, _, text = waiting.pop(0).partition(" ")
                result = Reply(int(code), (text,))
            else:
                assert isinstance(action, HangUp)
    except (StopIteration, GaveUp) as end:
        written.append(str(end).encode())
    assert waiting == []
    return written


def talk(*offered: str) -> Talk:
    made = Talk(Manner("mta.example"))
    made.connected = True
    made.capabilities = dict.fromkeys(offered, "")
    return made


ENVELOPE = b"MAIL FROM:<a@a.example>\r\nRCPT TO:<b@b.example>\r\nDATA\r\n"


@pytest.mark.parametrize("data", ["354 go on", "554 no valid recipients", "503 need RCPT"])
def test_data_that_was_granted_for_nobody_is_ended_with_a_dot(data: str) -> None:
    dialogue = send(talk("PIPELINING"), "a@a.example", ["b@b.example"], CONTENT)
    answers = ["250 ok", "550 unknown", data, *(["554 nobody"] if data[0] == "3" else [])]
    dot = [b".\r\n"] if data[0] == "3" else []
    assert said(dialogue, *answers) == [ENVELOPE, *dot, b"550 unknown"]


def test_one_flight_waits_before_the_content_which_is_stuffed() -> None:
    dialogue = send(talk("PIPELINING", "SIZE"), "a@a.example", ["b@b.example"], CONTENT)
    flight = ENVELOPE.replace(b"e>\r\nRCPT", b"e> SIZE=%d\r\nRCPT" % len(CONTENT), 1)
    answers = ("250 ok", "251 forwarded", "354 go on", "250 taken")
    assert said(dialogue, *answers) == [flight, b"Subject: x\r\n\r\n..dot\r\n.\r\n", b"[]"]


def test_without_pipelining_each_answer_is_waited_for() -> None:
    dialogue = send(talk(), "a@a.example", ["b@b.example", "c@c.example"], b"x")
    answers = ("250 ok", "550 unknown", "250 ok", "354 go on", "250 taken")
    assert said(dialogue, *answers) == [
        b"MAIL FROM:<a@a.example>\r\n",
        b"RCPT TO:<b@b.example>\r\n",
        b"RCPT TO:<c@c.example>\r\n",
        b"DATA\r\n",
        b"x\r\n.\r\n",
        b"['b@b.example']",
    ]


@pytest.mark.parametrize(
    ("failure", "written", "abrupt"),
    [
        (None, [b"QUIT\r\n"], False),
        (GaveUp("mail", "550 no"), [b"QUIT\r\n"], False),
        (GaveUp("mail", "silence", lost=True), [], False),
    ],
)
def test_only_who_is_still_there_is_said_goodbye_to(
    failure: GaveUp | None, written: list[bytes], abrupt: bool
) -> None:
    actions = list_of(talk().leave(failure))
    assert [a.data for a in actions if isinstance(a, Write)] == written
    assert actions[-1] == HangUp(abrupt=abrupt)


def list_of(dialogue: Dialogue[None]) -> list[object]:
    """All actions of a dialogue that is answered with 221."""
    found: list[object] = []
    result: Result = None
    try:
        while True:
            action = dialogue.send(result)
            found.append(action)
            result = Reply(221, ("bye",)) if isinstance(action, Expect) else None
    except StopIteration:
        return found


def in_manner(offered: tuple[str, ...], **manner: str | int) -> Talk:
    made = Talk(Manner("mta.example", **manner))  # type: ignore[arg-type]
    made.connected = True
    made.capabilities = dict.fromkeys(offered, "")
    return made


def test_envelopes_fly_and_data_waits_where_the_client_does_it_so() -> None:
    made = in_manner(("PIPELINING",), pipelining="envelope")
    answers = ("250 ok", "250 ok", "354 go on", "250 taken")
    assert said(send(made, "a@a.example", ["b@b.example"], b"x"), *answers) == [
        ENVELOPE.removesuffix(b"DATA\r\n"), b"DATA\r\n", b"x\r\n.\r\n", b"[]",
    ]  # fmt: skip


def test_who_is_blind_does_not_look_what_is_offered() -> None:
    made = in_manner((), pipelining="blind", chunking="blind")
    answers = ("250 ok", "250 ok", "250 taken")
    assert said(send(made, "a@a.example", ["b@b.example"], b"x"), *answers) == [
        ENVELOPE.removesuffix(b"DATA\r\n"), b"BDAT 1 LAST\r\nx", b"[]",
    ]  # fmt: skip


def test_chunks_are_cut_and_the_last_may_be_empty() -> None:
    made = in_manner(("CHUNKING",), chunking="offered", chunk_size=2, chunk_last="alone")
    answers = ("250 ok", "250 ok", "250 a", "250 b", "250 taken")
    assert said(send(made, "a@a.example", ["b@b.example"], b"xyz"), *answers)[2:] == [
        b"BDAT 2\r\nxy", b"BDAT 1\r\nz", b"BDAT 0 LAST\r\n", b"[]",
    ]  # fmt: skip


def test_a_refused_recipient_may_be_reset_before_the_client_gives_up() -> None:
    made = in_manner((), on_reject="reset")
    answers = ("250 ok", "550 unknown", "250 flushed")
    lines = said(send(made, "a@a.example", ["b@b.example", "c@c.example"], b"x"), *answers)
    assert lines[2:] == [b"RSET\r\n", b"550 unknown"]
