"""Recordings as people publish them: masks, cut dates, verbs in parentheses, any endpoint."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from fake_exo_harness.cli import cli
from fake_exo_harness.conformance import Causes, Replayed, load_recordings, replay, words
from fake_exo_harness.conformance.words import Act, Event
from fake_exo_harness.scenario import ScenarioError

Lines = list[str]
Said = list[tuple[str, Lines]]
HELLO: tuple[str, Lines] = ("EHLO client.example", [])
BANNER = "220 AM0PR04CA0133.outlook.office365.com Microsoft ESMTP MAIL Service ready at"


def session(*said: tuple[str, Lines], **more: Any) -> dict[str, Any]:  # noqa: ANN401
    steps = [{"c": client, "s": server} for client, server in said]
    return {"id": "mine", "endpoint": "submission", "year": 2026, "steps": steps, **more}


def replayed(
    folder: Path,
    *said: tuple[str, Lines],
    driver: str = "memory",
    **more: Any,  # noqa: ANN401
) -> Replayed:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump([session(*said, **more)]))
    return replay(load_recordings(path)[0], driver)


def told(folder: Path, *sessions: dict[str, Any], args: tuple[str, ...] = ()) -> tuple[int, str]:
    """Exit code and output of the command."""
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(list(sessions)))
    done = CliRunner().invoke(cli, ["conformance", "--driver", "memory", *args, str(path)])
    return done.exit_code, done.output


# ---- ways of writing -------------------------------------------------------------------------

SIGN_IN = [
    ("AUTH LOGIN", ["334 VXNlcm5hbWU6"]),
    ("{user}", ["334 UGFzc3dvcmQ6"]),
    ("{password}", ["235 2.7.0 Authentication successful"]),
]
TAKEN = "250 2.0.0 OK <...> [Hostname=...]"


@pytest.mark.parametrize("driver", ["memory", "socket"])
@pytest.mark.parametrize(
    "said",
    [
        pytest.param(SIGN_IN, id="names in braces"),
        pytest.param(
            [("AUTH LOGIN", ["334 VXNlcm5hbWU6"]), ("****", ["334 UGFzc3dvcmQ6"]),
             ("********", ["235 2.7.0 Authentication successful"])], id="stars"),
        pytest.param(
            [("AUTH LOGIN", ["334 VXNlcm5hbWU6"]), ("<hidden>", ["334 UGFzc3dvcmQ6"]),
             ("[redacted]", ["235 2.7.0 Authentication successful"])], id="other masks"),
        pytest.param(
            [("AUTH LOGIN", ["334 VXNlcm5hbWU6"]), ("am9obkB4LmNvbQ==", ["334 UGFzc3dvcmQ6"]),
             ("c2VjcmV0", ["235 2.7.0 Authentication successful"])], id="somebody's base64"),
        pytest.param(
            [("AUTH LOGIN xxxxxxxx", ["334 UGFzc3dvcmQ6"]),
             ("xxxxxxxx", ["235 2.7.0 Authentication successful"])], id="user beside the verb"),
        pytest.param(
            [("AUTH XOAUTH2 ***", ["235 2.7.0 Authentication successful"])], id="masked token"),
        pytest.param(
            [("AUTH XOAUTH2", ["334 "]), ("…", ["235 2.7.0 Authentication successful"])],
            id="token after its prompt"),
        pytest.param([("AUTH LOGIN", ["334 VXNlcm5hbWU6"]),
                      ("(user name)", ["334 UGFzc3dvcmQ6"]),
                      ("(password)", ["235 2.7.0 Authentication successful"])], id="in words"),
    ],
)  # fmt: skip
def test_secrets_are_read_however_they_are_hidden(tmp_path: Path, said: Said, driver: str) -> None:
    done = replayed(tmp_path, *said, driver=driver)
    assert (done.same, done.judged, done.odd) == (True, len(said), ())


@pytest.mark.parametrize(
    ("line", "same"),
    [
        (f"{BANNER} Sun, 1 Nov 2026 12:00:00 +0000 [08DF3215887372CD]", True),
        (f"{BANNER} Sun, 1 Nov 2026 12:00:00 +0000", False),  # today there is an id behind it
        (f"{BANNER} Sun, 1 Nov 2026 12:00:00", True),
        (f"{BANNER} Sun, 1 Nov 2026 12:00", True),
        (f"{BANNER} Sun, 1 Nov 2026", True),
        (f"{BANNER} Sun, 1 No", True),
        (f"{BANNER} Sun", True),
        (f"{BANNER} Sun, 1 Nov 2026 12:00:00 +0000 [08DF32", True),
        (f"{BANNER} Sun...", True),
        ("220 ***.outlook.office365.com Microsoft ESMTP MAIL Service ready at ...", True),
        (f"{BANNER.replace('ready at', 'is ready at')} Sun, 1 Nov", False),
    ],
)
def test_a_date_may_be_cut_short(tmp_path: Path, line: str, same: bool) -> None:
    assert replayed(tmp_path, ("(connect smtp.office365.com:587)", [line])).same is same


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("530 5.7.57 Client not authenticated to send mail. [AM0PR04CA0133.eurprd04.prod.outlook."
         "com 2026-11-01T12:00", True),
        ("530 5.7.57 Client not authenticated to send mail. [", True),
        ("530 5.7.57 Client not authenticated to send mail. [AM0PR04CA0133.eurprd04.prod.outlook."
         "com 2026-11-01T12:00:00Z 08DF3215887372CD]", True),
        ("530 5.7.58 Client not authenticated to send mail. [AM0PR04", False),
        ("530 5.7.57 Client not authenticated", False),
    ],
)  # fmt: skip
def test_the_suffix_may_be_cut_within_its_bracket(tmp_path: Path, line: str, same: bool) -> None:
    assert replayed(tmp_path, ("MAIL FROM:<user@example.com>", [line])).same is same


@pytest.mark.parametrize(
    "client",
    ["EHLO h", "(EHLO h)", " -> EHLO h", "C: EHLO h", ">>> EHLO h", "12:00:01 EHLO h",
     "EHLO h (12:00:01)", "~> EHLO h"],
)  # fmt: skip
@pytest.mark.parametrize("arrow", ["", "<-  ", "S: ", "<<< ", "<** ", "[12:00:01] "])
def test_arrows_times_and_parentheses_around_a_verb_are_no_part_of_it(
    tmp_path: Path, client: str, arrow: str
) -> None:
    lines = ["250-SIZE 157286400", "250 SMTPUTF8"]
    recorded = [
        f"{arrow}250-*** Hello [192.0.2.10]",
        f"{arrow}{lines[0]}",
        "...",
        f"{arrow}{lines[1]}",
    ]
    done = replayed(tmp_path, (client, recorded))
    assert (done.same, done.odd) == (True, ())


@pytest.mark.parametrize(
    "rest",
    [
        [(".", [TAKEN])],
        [("(message)", [TAKEN])],
        [("Subject: hello", []), ("", []), ("hello", []), (".", [TAKEN])],
        [("Subject: hello\r\n\r\nhello\r\n.", [TAKEN])],
        [("(end of DATA)", [TAKEN])],
        [("(message) .", [TAKEN])],
        [("(data sent, 1234 bytes)", [TAKEN])],
    ],
)
def test_the_message_is_sent_however_its_end_is_shown(tmp_path: Path, rest: Said) -> None:
    done = replayed(
        tmp_path,
        ("MAIL FROM:<user@example.com>", ["250 2.1.0 Sender OK"]),
        ("RCPT TO:<rcpt@example.net>", ["250 2.1.5 Recipient OK"]),
        ("DATA", ["354 Start mail input; end with <CRLF>.<CRLF>"]),
        *rest,
        ("QUIT", ["221 2.0.0 Service closing transmission channel"]),
    )
    wrong = [(a.step.client, a.lines) for a in done.answers if not a.ok]
    assert (wrong, done.odd, done.judged) == ([], (), 5)


def test_a_dot_alone_has_a_message_before_it(tmp_path: Path) -> None:
    done = replayed(tmp_path, (".", [TAKEN]))
    assert (done.same, done.judged) == (True, 1)


def test_pauses_pass_and_what_comes_meanwhile_is_heard(tmp_path: Path) -> None:
    done = replayed(
        tmp_path,
        HELLO,
        ("(pause 30s)", []),
        ("NOOP", ["250 2.0.0 OK"]),
        ("(waits 5 minutes)", ["451 4.7.0 Timeout waiting for client input [...]"]),
    )
    wrong = [(a.step.client, a.lines) for a in done.answers if not a.ok]
    assert (wrong, done.judged, done.odd) == ([], 2, ())


def test_how_long_it_took_is_no_part_of_a_reply(tmp_path: Path) -> None:
    done = replayed(
        tmp_path,
        (
            "MAIL FROM:<a@example.com> (5.02 s)",
            ["530 5.7.57 Client not authenticated to send mail. [...] (5.02 s)"],
        ),
        ("RSET", ["250 2.0.0 Resetting (12 ms)", "(after 12 ms)"]),
    )
    assert (done.same, done.judged, done.odd) == (True, 2, ())


def test_events_are_told_apart_and_unknown_ones_are_reported(tmp_path: Path) -> None:
    done = replayed(
        tmp_path,
        ("(connect smtp.office365.com:465)", ["(connection timed out)"]),
    )
    assert (done.same, done.judged, done.odd) == (True, 1, ())
    done = replayed(
        tmp_path,
        HELLO,
        ("(the moon rises)", ["(a wolf howls)"]),
        ("NOOP", ["250 2.0.0 OK"]),
    )
    assert (done.same, done.judged, done.odd) == (True, 1, ("(the moon rises)", "(a wolf howls)"))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("connect smtp.office365.com:587", Act.CONNECT),
        ("client connects", Act.CONNECT),
        ("connection closed by client", Act.HANG_UP),
        ("end of DATA, 347 bytes", Act.MESSAGE),
        ("ClientHello", Act.HANDSHAKE),
        ("TLS handshake", Act.HANDSHAKE),
        ("waits 10 s", Act.PAUSE),
        ("2.5 seconds", Act.PAUSE),
        ("relay to external recipient", Act.RELAY),
        ("client hangs up", Act.HANG_UP),
        ("nothing", Act.NOTHING),
        ("the moon rises", None),
    ],
)
def test_what_a_client_did(text: str, act: Act | None) -> None:
    assert words.act(text) is act


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("connect to 40.101.128.18 port 465 failed: Connection timed out", Event.TIMED_OUT),
        ("lost connection while sending RCPT TO", Event.LOST),
        ("Connection reset by peer", Event.LOST),
        ("server closes", Event.LOST),
        ('no handshake: "schannel: failed to receive handshake"', Event.HANDSHAKE_FAILED),
        ("SSL routines: alert handshake failure", Event.HANDSHAKE_FAILED),
        ("TLSv1.3 established", Event.HANDSHAKE),
        ("features: 250-SIZE 157286400", Event.NOTE),
        ("5.2 s later", Event.NOTE),
        ("a wolf howls", None),
    ],
)
def test_what_happened_at_its_end(text: str, event: Event | None) -> None:
    assert words.event(text) is event


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("pause 30s", 30), ("waits 5 minutes", 300), ("after 1.5 h", 5400), ("250 ms", 0.25),
     ("pause", 1)],
)  # fmt: skip
def test_how_long_a_pause_is(text: str, seconds: float) -> None:
    assert words.seconds(text) == seconds


# ---- endpoints and days ----------------------------------------------------------------------


@pytest.mark.parametrize("driver", ["memory", "socket"])
def test_high_volume_email_is_replayed_as_its_own_endpoint(tmp_path: Path, driver: str) -> None:
    done = replayed(
        tmp_path,
        ("(connect smtp-hve.office365.com:587)", [f"{BANNER} ..."]),
        ("EHLO h", ["250-...", "...", "250-STARTTLS", "...", "250 SMTPUTF8"]),
        ("STARTTLS", ["220 2.0.0 SMTP server ready"]),
        ("EHLO h", []),
        ("AUTH LOGIN", ["334 VXNlcm5hbWU6"]),
        ("{user}", ["334 UGFzc3dvcmQ6"]),
        ("{password}", ["235 2.7.0 Authentication successful"]),
        ("MAIL FROM:<user@example.com>", ["250 2.1.0 Sender OK"]),
        ("RCPT TO:<ann@example.com>", ["250 2.1.5 Recipient OK"]),
        ("RCPT TO:<anna@customer.example>", ["550 5.7.508 ..."]),
        driver=driver,
        endpoint="hve",
    )
    wrong = [(a.step.client, a.lines) for a in done.answers if not a.ok]
    assert [client for client, _ in wrong] in ([], ["RCPT TO:<anna@customer.example>"])
    assert done.judged == 9


def test_a_token_of_high_volume_email_is_one_of_its_accounts(tmp_path: Path) -> None:
    done = replayed(
        tmp_path, ("AUTH XOAUTH2 ****", ["235 2.7.0 Authentication successful"]), endpoint="hve"
    )
    assert done.same


@pytest.mark.parametrize(
    ("endpoint", "year", "why"),
    [
        ("hve", 2020, "nobody answered at the endpoint hve then (2020)"),
        ("mxx", 2026, '"mxx" is not known here'),
    ],
)
def test_an_endpoint_that_is_not_served_is_refused(
    tmp_path: Path, endpoint: str, year: int, why: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        replayed(tmp_path, HELLO, endpoint=endpoint, year=year)
    assert caught.value.problems[0].cause == why
    code, output = told(tmp_path, session(HELLO, endpoint=endpoint, year=year))
    assert (code, why in output) == (1, True)


def test_a_recording_may_state_its_day(tmp_path: Path) -> None:
    old = (
        "MAIL FROM:<user@example.com>",
        [
            "530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during "
            "MAIL FROM [...]"
        ],
    )
    assert replayed(tmp_path, HELLO, old, year=2019, date="2019-05-06").same
    assert not replayed(tmp_path, HELLO, old, year=2026, date="2026-05-06").same


# ---- causes ----------------------------------------------------------------------------------

WRONG = ("AUTH XOAUTH2 ****", ["535 5.7.3 Authentication unsuccessful [...]"])
LOCKED = (
    "AUTH LOGIN ...",
    ["535 5.7.139 Authentication unsuccessful, account locked. Contact your administrator. [...]"],
)


@pytest.mark.parametrize(
    ("said", "more", "causes"),
    [
        ([HELLO, ("NOOP", ["250 2.0.0 OK"])], {}, Causes.NONE),
        ([LOCKED], {}, Causes.STATED),  # the reply names it
        ([WRONG], {}, Causes.GUESSED),  # a stale token is one of several
        ([WRONG], {"circumstances": {"auth": "wrong"}}, Causes.STATED),
        ([WRONG, LOCKED], {}, Causes.GUESSED),
    ],
)
def test_stated_causes_are_told_from_guessed_ones(
    tmp_path: Path, said: Said, more: dict[str, Any], causes: Causes
) -> None:
    assert replayed(tmp_path, *said, **more).causes is causes


def test_stated_circumstances_decide_and_nothing_is_presumed(tmp_path: Path) -> None:
    assert replayed(tmp_path, WRONG, circumstances={"auth": "wrong"}).same
    assert not replayed(tmp_path, WRONG, circumstances={}).same
    blocked = (
        "RCPT TO:<rcpt@example.net>",
        ["550 5.7.606 Access denied, banned sending IP [...]. ..."],
    )
    stated = {"client_ip": "192.0.2.99", "blocked": "banned"}
    assert replayed(tmp_path, HELLO, blocked, endpoint="mx", circumstances=stated).same
    assert not replayed(tmp_path, HELLO, blocked, endpoint="mx", circumstances={}).same


def test_circumstances_are_read_with_their_errors(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        replayed(tmp_path, HELLO, circumstances={"auht": "wrong"})
    assert '"auht" is not a key here' in caught.value.problems[0].cause


# ---- the command -----------------------------------------------------------------------------


def test_what_compared_nothing_is_never_counted(tmp_path: Path) -> None:
    empty = session(HELLO, ("(the moon rises)", []))
    good = session(("NOOP", ["250 2.0.0 OK"]), id="good")
    code, output = told(tmp_path, empty, good)
    assert code == 1
    assert output.splitlines() == [
        "NOT COMPARED: mine (memory), a client, 2026, no cause needed",
        "not understood: mine: (the moon rises)",
        "1 of 1 replays say what was recorded (1 replies): 1 no cause needed; 1 compared nothing; "
        "1 events were not understood",
    ]


def test_the_sum_tells_how_well_causes_are_known(tmp_path: Path) -> None:
    code, output = told(
        tmp_path,
        session(WRONG, id="a"),
        session(LOCKED, id="b"),
        session(("NOOP", ["250 2.0.0 OK"]), id="c"),
    )
    assert (code, output) == (
        0,
        "3 of 3 replays say what was recorded (3 replies): "
        "1 cause stated, 1 cause guessed, 1 no cause needed\n",
    )


def test_what_differs_says_so_and_reasons_must_hold(tmp_path: Path) -> None:
    wrong = session(("NOOP", ["250 2.0.0 Fine"]), id="a")
    known = session(("NOOP", ["250 2.0.0 Fine"]), id="b", differs="another service")
    healed = session(("NOOP", ["250 2.0.0 OK"]), id="c", differs="another service")
    code, output = told(tmp_path, wrong, known, healed)
    assert code == 1
    assert "DIFFERS: a (memory), a client, 2026, no cause needed" in output
    assert "  recorded: 250 2.0.0 Fine\n  answered: 250 2.0.0 OK" in output
    assert "SAME, though it has a reason to differ: c (memory)" in output
    assert output.splitlines()[-1].endswith("; 2 without a reason")
    assert told(tmp_path, known)[0] == 0


def test_the_document_has_verdict_cause_and_events(tmp_path: Path) -> None:
    _, output = told(tmp_path, session(WRONG, ("(the moon rises)", [])), args=("--json",))
    (done,) = json.loads(output)
    assert (done["verdict"], done["cause"], done["not_understood"]) == (
        "same", "cause guessed", ["(the moon rises)"]
    )  # fmt: skip
